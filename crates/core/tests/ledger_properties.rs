//! Compares the ledger with a naive model of docs/metrics.md, on random layers and on the traps
//! that broke other tools.
//!
//! `PROPTEST_CASES` is the number of random images for each property. Add a table test for each
//! counterexample; proptest's seeds are not kept.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic fails the test")]

mod naive;

use naive::real::{self, Reading};
use naive::{NaiveLayer, account, layers};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![Just(Reading::Hashed), Just(Reading::Asked), Just(Reading::Mixed)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_prefix_of_the_layers_agrees_with_the_model(
        layers in layers::any_layers(),
        reading in reading(),
        base_layers in 0..4_usize,
    ) {
        for count in 0..=layers.len() {
            let layers = &layers[..count];
            real::assert_agrees(&account(layers), &real::account(layers, reading, base_layers));
        }
    }

    #[test]
    fn numbers_of_the_model_add_up(layers in layers::any_layers()) {
        let ledger = account(&layers);
        prop_assert_eq!(ledger.total.live + ledger.total.wasted, ledger.total.stored);
        prop_assert_eq!(ledger.wasted.iter().map(|file| file.bytes).sum::<u64>(), ledger.total.wasted);
        prop_assert_eq!(ledger.rows.iter().map(|row| row.bytes).sum::<u64>(), ledger.total.wasted);
    }

    #[test]
    fn numbers_add_up(layers in layers::any_layers(), base_layers in 0..10_usize) {
        let ledger = real::account(&layers, Reading::Hashed, base_layers).ledger;
        prop_assert_eq!(ledger.layers.len(), layers.len());
        let accounts: Vec<_> = ledger.layers.iter().map(|layer| real::bytes(layer.bytes)).collect();
        prop_assert_eq!(naive::sum(&accounts), real::bytes(ledger.total));
        let user = accounts.get(base_layers..).unwrap_or_default();
        prop_assert_eq!(naive::sum(user), real::bytes(ledger.user));
        for account in accounts.into_iter().chain([real::bytes(ledger.total), real::bytes(ledger.user)]) {
            prop_assert_eq!(account.live + account.wasted, account.stored);
        }
        let rows: u64 = ledger.waste.iter().map(|row| row.bytes).sum();
        prop_assert_eq!(rows, ledger.total.wasted);
        prop_assert!((0.0..=1.0).contains(&ledger.user.waste_ratio()));
        prop_assert!((0.0..=1.0).contains(&ledger.total.efficiency()));
    }

    #[test]
    fn waste_rows_are_sorted_and_distinct(layers in layers::any_layers()) {
        let rows = real::account(&layers, Reading::Hashed, 1).ledger.waste;
        let order: Vec<_> = rows
            .iter()
            .map(|row| (u64::MAX - row.bytes, row.path.as_bytes(), row.cause, row.wasted_by))
            .collect();
        prop_assert!(order.is_sorted());
        let keys: BTreeSet<_> = rows.iter().map(|row| (&row.path, row.cause, row.wasted_by)).collect();
        prop_assert_eq!(keys.len(), rows.len());
        for row in &rows {
            prop_assert!(row.bytes > 0 && row.files > 0 && !row.stored_in.is_empty());
            prop_assert!(row.stored_in.iter().all(|layer| *layer <= row.wasted_by));
        }
    }

    #[test]
    fn reading_order_of_layers_changes_nothing(
        layers in layers::any_layers(),
        slots in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
    ) {
        let order: Vec<usize> = slots.into_iter().filter(|slot| *slot < layers.len()).collect();
        let mut slots = vec![NaiveLayer::new(); layers.len()];
        for (slot, layer) in order.iter().zip(&layers) {
            slots[*slot].clone_from(layer);
        }
        let real = real::stack(&slots, Reading::Mixed, arrival(&slots, &picks), &order, 1);
        real::assert_agrees(&account(&layers), &real);
        let straight = real::account(&layers, Reading::Mixed, 1).ledger;
        prop_assert_eq!(real.ledger, straight);
    }

    #[test]
    fn repeated_layer_is_stored_again(
        slots in layers::any_layers(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        reading in reading(),
    ) {
        let order: Vec<usize> = order.iter().map(|index| index.index(slots.len())).collect();
        let layers: Vec<NaiveLayer> = order.iter().map(|slot| slots[*slot].clone()).collect();
        let arrival = arrival(&slots, &[]);
        real::assert_agrees(&account(&layers), &real::stack(&slots, reading, arrival, &order, 1));
    }

    #[test]
    fn contents_are_requested_only_if_they_decide_a_cause(
        layers in layers::any_layers(),
        reading in reading(),
    ) {
        let needed: BTreeSet<(usize, usize)> = account(&layers)
            .compared
            .into_iter()
            .filter(|(_, position)| real::is_asked(*position, reading))
            .collect();
        prop_assert_eq!(needed, real::account(&layers, reading, 1).asked);
    }
}

/// Returns a possible order of entries when several layers are read at once: each pick takes the
/// next entry of a layer.
fn arrival(slots: &[NaiveLayer], picks: &[prop::sample::Index]) -> Vec<usize> {
    let mut left: Vec<usize> = slots.iter().map(Vec::len).collect();
    let mut arrival = Vec::new();
    let mut picks = picks.iter();
    loop {
        let open: Vec<usize> = (0..slots.len()).filter(|slot| left[*slot] > 0).collect();
        if open.is_empty() {
            return arrival;
        }
        let slot = open[picks.next().map_or(0, |pick| pick.index(open.len()))];
        left[slot] -= 1;
        arrival.push(slot);
    }
}
