//! Rules on small images.

use std::collections::BTreeSet;

use dockopt_core::entry::EntryKind;
use dockopt_core::findings::{Finding, Severity};

use super::*;
use crate::testing::Image;

const MB: u64 = 1_000_000;

/// Returns `rule layer saves severity`, and `base` for what only the base can change.
fn shown(findings: &Findings) -> Vec<String> {
    let line = |finding: &Finding| {
        let layer = finding.layer.expect("a layer");
        let base = if finding.base { " base" } else { "" };
        format!("{} {layer} {} {}{base}", finding.rule, finding.saves.stored, finding.severity)
    };
    findings.findings.iter().map(line).collect()
}

#[test]
fn rules_have_names_of_their_own_and_help() {
    let mut names = BTreeSet::new();
    for rule in rules() {
        assert!(names.insert(rule.id), "{}", rule.id);
        assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.id);
        assert!(rule.help.ends_with('.') && !rule.title.ends_with('.'), "{}", rule.id);
        assert!(rule.links.iter().all(|link| link.starts_with("https://")), "{}", rule.id);
    }
}

#[test]
fn cache_is_reported_once_by_its_own_rule() {
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("var/lib/apt/lists/base", MB, 0)
        .by("RUN apt-get update")
        .sized("var/lib/apt/lists/main", 20 * MB, 0)
        .sized("usr/bin/x", MB, 0)
        .by("RUN rm -rf /var/lib/apt/lists/*")
        .sized("var/lib/apt/lists/.wh.main", 0, 0)
        .sized("var/lib/apt/lists/.wh.base", 0, 0);
    let findings = image.findings();
    assert_eq!(shown(&findings), ["apt-lists 1 20000000 medium", "apt-lists 0 1000000 info base"]);
    assert_eq!(findings.plan.saves, 20 * MB);
    assert_eq!(
        findings.findings[0].message,
        "layer 1 (`RUN apt-get update`) stores apt's package lists that layer 2 deletes or replaces: 20 MB in 1 file"
    );
    assert_eq!(findings.findings[0].fix.text, "end the instruction with `&& rm -rf /var/lib/apt/lists/*`");
}

#[test]
fn cache_below_any_home_is_found_with_its_option() {
    let image = Image::default().by("ADD rootfs /").by("RUN pip install x");
    let findings =
        image.sized("home/app/.cache/pip/wheels/a", 6 * MB, 0).sized("x/.cache/pipx/b", MB, 0).findings();
    assert_eq!(shown(&findings), ["pip-cache 1 6000000 medium"]);
    assert_eq!(
        findings.findings[0].fix.text,
        "use `pip install --no-cache-dir`, or end the instruction with `&& rm -rf /home/app/.cache/pip`"
    );
}

#[test]
fn file_that_is_linked_outside_of_the_cache_is_no_cache() {
    let image = Image::default()
        .by("ADD rootfs /")
        .by("RUN conda install x")
        .sized("opt/conda/pkgs/x/lib.so", 10 * MB, 0)
        .sized("opt/conda/pkgs/x.conda", 2 * MB, 0)
        .entry("opt/conda/lib/lib.so", EntryKind::HardLink, "opt/conda/pkgs/x/lib.so", b"");
    assert_eq!(shown(&image.findings()), ["conda-cache 1 2000000 low"]);
}

#[test]
fn waste_is_reported_by_its_cause() {
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("base", 3 * MB, 0)
        .by("COPY . /src")
        .sized("src/a", 60 * MB, 0)
        .sized("src/b", 7 * MB, 0)
        .sized("src/c", 8 * MB, 0)
        .sized("src/d", 9 * MB, 0)
        .by("RUN chown 5 /src/a && rm /src/b && touch /src/c && make")
        .sized("src/a", 60 * MB, 5)
        .sized("src/.wh.b", 0, 0)
        .sized("src/c", 8 * MB, 0)
        .sized("src/d", 4 * MB, 0)
        .sized("base", 2 * MB, 0);
    let findings = image.findings();
    assert_eq!(
        shown(&findings),
        [
            "metadata-rewrite 2 60000000 high",
            "overwritten-later 2 9000000 medium",
            "identical-rewrite 2 8000000 medium",
            "deleted-later 1 7000000 medium",
            "overwritten-later 2 3000000 info base",
        ]
    );
    assert_eq!(findings.plan.saves, 84 * MB);
    let paths = &findings.findings[0].paths;
    assert_eq!(paths.iter().map(|found| found.path.to_text()).collect::<Vec<_>>(), ["/src/a"]);
}

#[test]
fn fingerprints_survive_other_bytes_and_layers() {
    let image = |layers: usize, bytes| {
        let image = Image::default().by("ADD rootfs /");
        let image = (0..layers).fold(image, |image, _| image.by("RUN true"));
        image.by("RUN apt-get update").sized("var/lib/apt/lists/main", bytes, 0).findings()
    };
    let (one, other) = (image(0, MB), image(3, 2 * MB));
    assert_eq!(one.findings[0].fingerprint, other.findings[0].fingerprint);
    assert_eq!(one.findings[0].fingerprint.len(), 16);
    let twice = Image::default()
        .by("ADD rootfs /")
        .by("RUN apt-get update")
        .sized("var/lib/apt/lists/main", MB, 0)
        .by("RUN apt-get update")
        .sized("var/lib/apt/lists/main", 2 * MB, 0)
        .findings();
    let prints: BTreeSet<_> = twice.findings.iter().map(|finding| &finding.fingerprint).collect();
    assert_eq!(prints.len(), 2);
}

#[test]
fn small_savings_are_information() {
    let image = Image::default()
        .by("ADD rootfs /")
        .by("RUN x")
        .sized("a", 10_000, 0)
        .by("RUN y")
        .sized("a", 20_000, 0);
    let findings = image.findings();
    assert_eq!(findings.findings[0].severity, Severity::Info);
    assert_eq!((findings.plan.saves, findings.plan.findings.len()), (0, 0));
}
