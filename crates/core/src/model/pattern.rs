//! Patterns of names and paths.

/// Whether a whole path matches a pattern: `*` is any part of a name, `**` any directories. Leading
/// slashes do not matter.
pub fn matches_path(pattern: &[u8], path: &[u8]) -> bool {
    matches_parts(&parts(pattern), &parts(path))
}

fn parts(text: &[u8]) -> Vec<&[u8]> {
    text.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect()
}

/// Compares components. What each prefix of the path is matched by is kept from one component of the
/// pattern to the next, so that the work is the product of both lengths.
fn matches_parts(pattern: &[&[u8]], path: &[&[u8]]) -> bool {
    let mut reached = vec![false; path.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for component in pattern {
        let mut next = vec![false; path.len() + 1];
        let mut above = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1).and_then(|at| Some((reached.get(at)?, path.get(at)?)));
            above |= reached.get(at) == Some(&true);
            *slot = if *component == b"**" {
                above
            } else {
                before.is_some_and(|(reached, name)| *reached && matches_name(component, name))
            };
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// Whether a name matches a component with `*` for any characters.
pub fn matches_name(component: &[u8], name: &[u8]) -> bool {
    let mut parts = component.split(|byte| *byte == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&[u8]> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let Some(at) = rest.windows(part.len()).position(|window| window == part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, expected) in [
            ("/app/*.key", "app/a.key", true),
            ("/app/*.key", "app/sub/a.key", false),
            ("app/**/a.key", "app/a.key", true),
            ("app/**/a.key", "app/b/c/a.key", true),
            ("app/**", "app", true),
            ("**/test/**", "x/test/y", true),
            ("app", "app/x", false),
        ] {
            assert_eq!(matches_path(pattern.as_bytes(), path.as_bytes()), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn stars_match_any_characters() {
        for (component, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*.bin", "x.bin", true),
            ("*.bin", ".bin", true),
            ("*.bin", "x.bin2", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("*", "anything", true),
        ] {
            assert_eq!(matches_name(component.as_bytes(), name.as_bytes()), expected, "{component} {name}");
        }
    }
}
