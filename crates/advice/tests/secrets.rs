//! The secrets of a corpus: files that hold one, and files that only look so.
//!
//! A section starts with `=== PATH | KIND`. `¦` inside of a secret is not part of it: it keeps other
//! scanners from finding the corpus. All secrets were drawn for it.

use dockopt_advice::evidence::secrets::{Sureness, in_file, is_examined};

/// Returns path, kind and content of each section.
fn sections(corpus: &'static str) -> Vec<(&'static str, &'static str, String)> {
    let sections = corpus.split("=== ").skip(1).filter_map(|section| {
        let (head, content) = section.split_once('\n')?;
        let (path, kind) = head.split_once(" | ")?;
        Some((path, kind, content.replace('¦', "")))
    });
    sections.collect()
}

/// Whether a file is reported as one with a secret.
fn is_reported(path: &str, content: &str) -> bool {
    let found = in_file(path.as_bytes(), content.as_bytes());
    let is_sure = found.iter().any(|secret| secret.sureness > Sureness::Example);
    is_sure && is_examined(path.as_bytes(), content.len() as u64)
}

#[test]
#[expect(clippy::disallowed_macros, reason = "the figures are for readers of the log")]
fn secrets_of_the_corpus_are_found_and_nothing_else() {
    let positive = sections(include_str!("secrets/positive.txt"));
    let negative = sections(include_str!("secrets/negative.txt"));
    assert!(positive.len() >= 80 && negative.len() >= 80);
    let missed: Vec<String> = positive
        .iter()
        .filter(|(path, _, content)| !is_reported(path, content))
        .map(|(path, kind, _)| format!("{path} ({kind})"))
        .collect();
    let wrong: Vec<String> = negative
        .iter()
        .filter(|(path, _, content)| is_reported(path, content))
        .map(|(path, _, content)| format!("{path}: {:?}", in_file(path.as_bytes(), content.as_bytes())))
        .collect();
    let found = positive.len() - missed.len();
    let ratio = |part: usize, whole: usize| {
        f64::from(u32::try_from(part).expect("small")) / f64::from(u32::try_from(whole).expect("small"))
    };
    let (precision, recall) = (ratio(found, found + wrong.len()), ratio(found, positive.len()));
    println!(
        "precision {precision:.3}, recall {recall:.3}: {found} of {} found, {} of {} wrong",
        positive.len(),
        wrong.len(),
        negative.len()
    );
    println!("missed: {missed:#?}\nwrong: {wrong:#?}");
    assert!(precision >= 0.98, "{wrong:#?}");
    assert!(recall >= 0.98, "{missed:#?}");
}
