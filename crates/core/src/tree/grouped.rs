//! Many groups of items in one array: a vector of vectors at four bytes a group.

/// Items by group, in the order of insertion within a group.
#[derive(Debug, Default)]
pub(crate) struct Grouped<T> {
    /// The end of each group in `items`; a group starts where the previous one ends.
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Grouped<T> {
    /// Sorts pairs of group and item into `groups` groups. Items of other groups are dropped.
    pub(crate) fn new(groups: usize, pairs: impl Iterator<Item = (usize, T)> + Clone) -> Self {
        let mut places = vec![0_u32; groups];
        for (group, _) in pairs.clone() {
            if let Some(count) = places.get_mut(group) {
                *count = count.saturating_add(1);
            }
        }
        let mut total = 0_u32;
        for place in &mut places {
            let count = std::mem::replace(place, total);
            total = total.saturating_add(count);
        }
        let mut items = vec![T::default(); total as usize];
        for (group, item) in pairs {
            let Some(place) = places.get_mut(group) else { continue };
            if let Some(free) = items.get_mut(*place as usize) {
                *free = item;
            }
            *place = place.saturating_add(1);
        }
        // By now each place is the end of its group.
        Self { ends: places, items }
    }
}

impl<T> Grouped<T> {
    /// Returns the items of a group; none for a group that does not exist.
    pub(crate) fn get(&self, group: usize) -> &[T] {
        self.range(group).and_then(|range| self.items.get(range)).unwrap_or_default()
    }

    /// Returns the items of a group for sorting.
    pub(crate) fn get_mut(&mut self, group: usize) -> &mut [T] {
        self.range(group).and_then(|range| self.items.get_mut(range)).unwrap_or_default()
    }

    /// Returns the number of groups.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn range(&self, group: usize) -> Option<std::ops::Range<usize>> {
        let end = *self.ends.get(group)?;
        let start = group.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        Some(start as usize..end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_order_within_a_group() {
        let pairs = [(2, 'a'), (0, 'b'), (2, 'c'), (9, 'x'), (0, 'd')];
        let grouped = Grouped::new(4, pairs.into_iter());
        let groups: Vec<String> = (0..5).map(|group| grouped.get(group).iter().collect()).collect();
        assert_eq!(groups, ["bd", "", "ac", "", ""]);
        assert_eq!(grouped.len(), 4);
    }

    #[test]
    fn a_group_can_be_sorted() {
        let mut grouped = Grouped::new(2, [(1, 3), (0, 7), (1, 2)].into_iter());
        grouped.get_mut(1).sort_unstable();
        assert_eq!((grouped.get(0), grouped.get(1)), (&[7][..], &[2, 3][..]));
        assert!(grouped.get_mut(2).is_empty());
    }
}
