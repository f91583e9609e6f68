//! Rules on small images.

mod contents;
mod packages;
mod secrets;

use std::collections::BTreeSet;

use dockopt_core::entry::EntryKind;
use dockopt_core::findings::{Finding, Severity};

use super::*;
use crate::build::patch::apply;
use crate::testing::Image;

const MB: u64 = 1_000_000;

/// Returns `rule layer saves severity` of the findings that save bytes, and `base` for what only the
/// base can change.
fn shown(findings: &Findings) -> Vec<String> {
    let saving = findings.findings.iter().filter(|finding| finding.saves.stored > 0);
    let line = |finding: &Finding| {
        let layer = finding.layer.expect("a layer");
        let base = if finding.base { " base" } else { "" };
        format!("{} {layer} {} {}{base}", finding.rule, finding.saves.stored, finding.severity)
    };
    saving.map(line).collect()
}

/// Returns the rules of the findings about no bytes, with their layers.
fn noted(findings: &Findings) -> Vec<String> {
    let noted = findings.findings.iter().filter(|finding| finding.claims.is_empty());
    noted.map(|finding| format!("{} {:?} {}", finding.rule, finding.layer, finding.severity)).collect()
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
            "large-file 2 60000000 info",
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
    let lists = twice.findings.iter().filter(|finding| finding.rule == "apt-lists");
    let prints: BTreeSet<_> = lists.map(|finding| &finding.fingerprint).collect();
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

/// Returns the Dockerfile after all edits of the plan.
fn fixed(image: Image, dockerfile: &str) -> String {
    let Advice { findings, edits } = image.advice(Some(dockerfile));
    let planned = findings.plan.findings.iter().map(|number| &findings.findings[*number].fingerprint);
    let changes: Vec<&[Edit]> = planned.filter_map(|print| edits.get(print)).map(Vec::as_slice).collect();
    apply(dockerfile, &changes).0
}

#[test]
fn instructions_are_located_and_patched() {
    let text = "FROM base\nRUN apt-get update && apt-get install -y x\n";
    let image = Image::default().by("ADD rootfs /").by("RUN apt-get update && apt-get install -y x").sized(
        "var/lib/apt/lists/main",
        20 * MB,
        0,
    );
    let found = image.advice(Some(text)).findings;
    let [finding, ..] = &found.findings[..] else { panic!("a finding") };
    let location = finding.location.as_ref().expect("a location");
    assert_eq!((location.file.as_str(), location.line, location.end_line), ("Dockerfile", 2, 2));
    let patch = "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,2 +1,2 @@\n FROM base\n\
        -RUN apt-get update && apt-get install -y x\n\
        +RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*\n";
    assert_eq!(finding.fix.patch.as_deref(), Some(patch));
}

#[test]
fn lists_that_a_later_instruction_reads_stay_until_then() {
    let image = || {
        Image::default()
            .by("ADD rootfs /")
            .by("RUN apt-get update")
            .sized("var/lib/apt/lists/main", 20 * MB, 0)
            .sized("var/cache/apt/pkgcache.bin", 30 * MB, 0)
            .by("RUN apt-get install -y x")
            .sized("var/cache/apt/pkgcache.bin", 40 * MB, 0)
    };
    assert_eq!(
        fixed(image(), "FROM base\nRUN apt-get update\nRUN apt-get install -y x\n"),
        "FROM base\nRUN apt-get update && apt-get install -y x && apt-get clean && rm -rf /var/lib/apt/lists/*\n"
    );
    // With something between, nothing is changed that the installation needs.
    let between = "FROM base\nRUN apt-get update\nENV A=1\nRUN apt-get install -y x\n";
    assert_eq!(
        fixed(image(), between),
        "FROM base\nRUN apt-get update\nENV A=1\nRUN apt-get install -y x && apt-get clean\n"
    );
    let own = image().by("RUN apt-get update && apt-get install -y y").sized("var/lib/apt/lists/new", MB, 0);
    let texts = own.findings().findings.into_iter().map(|finding| finding.fix.text).collect::<Vec<_>>();
    assert!(
        texts.iter().any(|text| text.starts_with("join the instructions of layers 1 to 2, ")),
        "{texts:?}"
    );
}

#[test]
fn option_replaces_the_clean_up() {
    let image =
        Image::default().by("ADD rootfs /").by("RUN pip install x").sized("root/.cache/pip/a", 20 * MB, 0);
    assert_eq!(
        fixed(image, "FROM base\nRUN pip install x\n"),
        "FROM base\nRUN pip install --no-cache-dir x\n"
    );
}

#[test]
fn deleted_files_join_their_instructions() {
    let image = || {
        Image::default()
            .by("ADD rootfs /")
            .by("RUN make")
            .sized("src/a", 20 * MB, 0)
            .by("RUN make install")
            .sized("usr/bin/a", MB, 0)
            .by("RUN rm -rf /src")
            .sized(".wh.src", 0, 0)
    };
    assert_eq!(
        fixed(image(), "FROM base\nRUN make\nRUN make install\nRUN rm -rf /src\nCMD a\n"),
        "FROM base\nRUN make && make install && rm -rf /src\nCMD a\n"
    );
    let between = "FROM base\nRUN make\nRUN make install\nWORKDIR /\nRUN rm -rf /src\n";
    assert_eq!(fixed(image(), between), between);
}

#[test]
fn owner_is_set_by_the_copy() {
    let image = |extra: bool| {
        let image = Image::default()
            .by("ADD rootfs /")
            .sized("etc/passwd", 100, 0)
            .by("WORKDIR /app")
            .entry("app", EntryKind::Directory, "", b"")
            .by("COPY . /app")
            .entry("app", EntryKind::Directory, "", b"")
            .entry("app/sub", EntryKind::Directory, "", b"")
            .sized("app/sub/a", 20 * MB, 0)
            .sized("app/b", MB, 0)
            .by("RUN chown -R 5:5 /app")
            .entry("app", EntryKind::Directory, "", b"")
            .entry("app/sub", EntryKind::Directory, "", b"")
            .sized("app/sub/a", 20 * MB, 5)
            .sized("app/b", MB, 5);
        if extra { image.sized("etc/passwd", 100, 5) } else { image }
    };
    let text = "FROM base\nWORKDIR /app\nCOPY . /app\nRUN chown -R 5:5 /app\n";
    assert_eq!(
        fixed(image(false), text),
        "FROM base\nWORKDIR /app\nCOPY --chown=5:5 . /app\nRUN chown 5:5 /app\n"
    );
    assert_eq!(fixed(image(true), text), text, "it changes more than the copy");
    let direct = Image::default()
        .by("ADD rootfs /")
        .by("COPY . /app")
        .entry("app", EntryKind::Directory, "", b"")
        .sized("app/b", MB, 0)
        .by("RUN chown -R 5:5 /app")
        .entry("app", EntryKind::Directory, "", b"")
        .sized("app/b", MB, 5);
    let text = "FROM base\nCOPY . /app\nRUN chown -R 5:5 /app\nCMD x\n";
    assert_eq!(fixed(direct, text), "FROM base\nCOPY --chown=5:5 . /app\nCMD x\n");
}

#[test]
fn copy_that_changes_nothing_goes() {
    let image = |last: u64| {
        Image::default()
            .by("ADD rootfs /")
            .by("COPY a /a")
            .entry("a", EntryKind::Directory, "", b"")
            .sized("a/x", MB, 0)
            .by("COPY a /a")
            .entry("a", EntryKind::Directory, "", b"")
            .sized("a/x", MB, 0)
            .sized("b", last, 0)
    };
    let text = "FROM base\nCOPY a /a\nCOPY a /a\nCMD x\n";
    assert_eq!(fixed(image(5), text), text, "it has a file of its own");
    let same = Image::default()
        .by("ADD rootfs /")
        .by("COPY a /a")
        .sized("a/x", MB, 0)
        .by("COPY a /a")
        .sized("a/x", MB, 0);
    assert_eq!(fixed(same, text), "FROM base\nCOPY a /a\nCMD x\n");
}

#[test]
fn files_that_no_image_needs_are_named_for_dockerignore() {
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("srv/.git/base", MB, 0)
        .by("COPY . /app")
        .sized("app/.git/objects/pack", 60 * MB, 0)
        .sized("app/src/__pycache__/a.pyc", MB, 0)
        .sized("app/.github", MB, 0)
        .sized("app/src/git", MB + 1, 0)
        .by("RUN git clone x")
        .sized("x/.git/y", MB + 2, 0)
        .by("COPY --from=build /y /y")
        .sized("y/.git/z", MB + 3, 0);
    let findings = image.findings();
    assert_eq!(shown(&findings), ["dockerignore 1 62000000 high"]);
    let fix = "add to `.dockerignore`: `**/.git`, `**/.github`, `**/__pycache__`";
    assert_eq!(findings.findings[0].fix.text, fix);
}

#[test]
fn results_are_kept_out_only_if_the_image_makes_them() {
    let rules = |run: &str| {
        let image =
            Image::default().by("ADD rootfs /").by("COPY . /app").sized("app/node_modules/a", 9 * MB, 0);
        shown(&image.sized("app/dist/a", 3 * MB + 1, 0).by(run).findings())
    };
    assert_eq!(rules("RUN true"), [""; 0]);
    assert_eq!(rules("RUN npm ci"), ["dockerignore 1 9000000 medium"]);
    assert_eq!(rules("RUN npm ci && npm run build"), ["dockerignore 1 12000001 medium"]);
}

#[test]
fn leftovers_of_the_user_are_found() {
    let core = [&b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0\x3e\0"[..], &vec![0; 2 << 20]].concat();
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("var/log/base", 9 * MB, 0)
        .by("RUN make")
        .sized("var/log/make.log", 2 * MB, 0)
        .sized("tmp/a", 3 * MB, 0)
        .sized("usr/share/man/man1/x.1", 6 * MB, 0)
        .file("work/core", &core);
    let findings = image.findings();
    assert_eq!(
        shown(&findings),
        ["documentation 1 6000000 info", "logs 1 5000000 medium", "core-dump 1 2097172 low",]
    );
    assert_eq!(findings.plan.saves, 5 * MB + 2_097_172, "documentation is a matter of taste");
}

#[test]
fn instructions_that_cost_time_are_noted() {
    let history = ["ADD rootfs /", "RUN apt-get update", "COPY . /app", "RUN cd /app && npm ci"];
    let image = history.iter().fold(Image::default(), |image, step| image.by(step));
    assert_eq!(
        noted(&image.findings()),
        ["update-alone Some(1) low", "copy-before-install Some(2) low", "root-user None info"]
    );
    let clean = [
        "ADD rootfs /",
        "RUN apt-get update && apt-get install -y x",
        "COPY package.json /app",
        "RUN npm ci",
        "COPY . /app",
    ];
    let mut image = clean.iter().fold(Image::default(), |image, step| image.by(step));
    image.config.user = Some("app:app".to_owned());
    assert_eq!(noted(&image.findings()), [""; 0]);
}

#[test]
fn add_is_noted_where_its_source_is_known() {
    let image =
        || Image::default().by("ADD rootfs /").by("ADD a /b").by("ADD x.tar.gz /").by("ADD http://x/y /");
    let dockerfile = "FROM x\nADD a /b\nADD x.tar.gz /\nADD http://x/y /\n";
    let found = image().advice(Some(dockerfile)).findings;
    assert_eq!(noted(&found), ["root-user None info", "add-for-copy Some(1) info"]);
    assert_eq!(noted(&image().findings()), ["root-user None info"]);
}

#[test]
fn files_with_dangerous_modes_are_noted() {
    let mut image = Image::default()
        .by("ADD rootfs /")
        .with_mode("usr/bin/su", 0o4755)
        .by("RUN install")
        .with_mode("usr/bin/a", 0o4755)
        .with_mode("usr/bin/b", 0o755)
        .with_mode("srv/c", 0o666)
        .with_mode("srv/gone", 0o2755)
        .by("RUN rm /srv/gone")
        .sized("srv/.wh.gone", 0, 0);
    image.config.user = Some("1000".to_owned());
    let findings = image.findings();
    assert_eq!(noted(&findings), ["set-uid Some(1) info", "world-writable Some(1) info"]);
    let paths: Vec<String> = findings.findings.iter().map(|one| one.paths[0].path.to_text()).collect();
    assert_eq!(paths, ["/usr/bin/a", "/srv/c"]);
}

/// A status file from lines `name|depends|provides`.
fn status(packages: &[&str]) -> String {
    let stanza = |line: &&str| {
        let fields: Vec<&str> = line.split('|').collect();
        let [name, depends, provides] = fields[..] else { panic!("{line}") };
        format!(
            "Package: {name}\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\
            Depends: {}\nProvides: {provides}\n\n",
            depends.replace('/', " | ")
        )
    };
    packages.iter().map(stanza).collect()
}

#[test]
fn packages_that_are_only_recommended_are_found() {
    let base = ["old||"];
    let all = ["old||", "app|lib (>= 1), virtual/other|", "lib||", "real||virtual", "extra|more|", "more||"];
    let image = |run: &str| {
        let image = Image::default().by("ADD rootfs /").file("var/lib/dpkg/status", status(&base)).by(run);
        let image = image.file("var/lib/dpkg/status", status(&all));
        ["app", "lib", "real", "extra", "more"].iter().fold(image, |image, name| {
            let path = format!("usr/lib/{name}/file");
            image.list(name, &format!("/{path}\n")).sized(&path, 2 * MB, 0)
        })
    };
    let found = |run: &str| {
        let findings = image(run).findings();
        let rows = findings.findings.iter().filter(|finding| finding.rule == "recommended-packages");
        rows.map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        found("RUN apt-get update && apt-get install -y app=1"),
        [
            "layer 1 (`RUN apt-get update && apt-get install -y app=1`) installs 2 packages that are only recommended, 4 MB: extra, more"
        ]
    );
    assert_eq!(found("RUN apt-get install app extra"), [""; 0]);
    assert_eq!(found("RUN apt-get install --no-install-recommends app"), [""; 0]);
    assert_eq!(found("RUN apt-get install -y $PACKAGES"), [""; 0]);
    assert_eq!(found("RUN dpkg -i x.deb"), [""; 0]);
    let text = "FROM x\nRUN apt-get update && apt-get -y install app\n";
    assert_eq!(
        fixed(image("RUN apt-get update && apt-get -y install app"), text),
        "FROM x\nRUN apt-get update && apt-get -y install --no-install-recommends app\n"
    );
}

#[test]
fn lists_stay_where_a_later_reader_is_not_understood() {
    let lists = |later: &[&str]| {
        let image = Image::default().by("ADD rootfs /").by("RUN apt-get update && apt-get install -y x");
        let image = image.sized("var/lib/apt/lists/main", 20 * MB, 0);
        later.iter().fold(image, |image, step| image.by(step))
    };
    let dockerfile = |later: &[&str]| {
        format!("FROM base\nRUN apt-get update && apt-get install -y x\n{}\n", later.join("\n"))
    };
    for later in [
        "RUN if true; then apt-get install y; fi",
        "RUN (apt-get install y)",
        "RUN echo y | xargs apt-get install",
        "RUN env X=y apt-get install y",
        "RUN bash -c \"apt-get install y\"",
        "RUN /usr/local/bin/apt-get install y",
        "RUN [\"apt-get\", \"install\", \"y\"]",
        "ONBUILD RUN apt-get install y",
        "RUN aptitude install $X && sh x.sh apt",
    ] {
        let text = dockerfile(&[later]);
        assert_eq!(fixed(lists(&[later]), &text), text, "{later}");
    }
    for later in ["RUN apt-get -o A=b install y", "RUN apt-get -t backports install y"] {
        let changed = fixed(lists(&[later]), &dockerfile(&[later]));
        assert!(changed.contains(" y && rm -rf /var/lib/apt/lists/*"), "{changed}");
    }
    for later in ["RUN rm /var/lib/apt/x", "RUN apt-get update && apt-get install y", "RUN make"] {
        let changed = fixed(lists(&[later]), &dockerfile(&[later]));
        assert!(changed.contains(" x && rm -rf /var/lib/apt/lists/*\n"), "{changed}");
    }
}

#[test]
fn shared_stages_and_other_users_are_not_changed() {
    let image = || {
        let image = Image::default().by("ADD rootfs /").by("RUN apt-get update && apt-get install -y x");
        image.sized("var/lib/apt/lists/main", 20 * MB, 0).by("RUN make")
    };
    let run = "RUN apt-get update && apt-get install -y x";
    let shared =
        format!("FROM a AS base\n{run}\nFROM base AS tests\nRUN apt-get install y\nFROM base\nRUN make\n");
    assert_eq!(fixed(image(), &shared), shared);
    let alone = format!("FROM a AS base\n{run}\nFROM base\nRUN make\n");
    assert!(fixed(image(), &alone).contains("rm -rf"));
    let user = Image::default()
        .by("ADD rootfs /")
        .by("USER app")
        .by("RUN sudo apt-get update && sudo apt-get install -y x");
    let user = user.sized("var/lib/apt/lists/main", 20 * MB, 0);
    let text = "FROM a\nUSER app\nRUN sudo apt-get update && sudo apt-get install -y x\n";
    assert_eq!(fixed(user, text), text);
}

#[test]
fn owner_that_does_not_exist_yet_stays_in_its_place() {
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("etc/passwd", 10, 0)
        .by("COPY data /app")
        .entry("app", EntryKind::Directory, "", b"")
        .sized("app/a", MB, 0)
        .by("RUN useradd app")
        .sized("etc/passwd", 20, 0)
        .by("RUN chown -R app:app /app")
        .entry("app", EntryKind::Directory, "", b"")
        .sized("app/a", MB, 5);
    let text = "FROM x\nCOPY data /app\nRUN useradd app\nRUN chown -R app:app /app\n";
    assert_eq!(fixed(image, text), text);
    let above = Image::default()
        .by("ADD rootfs /")
        .by("COPY data /new/app/data")
        .entry("new", EntryKind::Directory, "", b"")
        .entry("new/app", EntryKind::Directory, "", b"")
        .entry("new/app/data", EntryKind::Directory, "", b"")
        .sized("new/app/data/a", MB, 0)
        .by("RUN chown -R 5:5 /new")
        .entry("new", EntryKind::Directory, "", b"")
        .entry("new/app", EntryKind::Directory, "", b"")
        .entry("new/app/data", EntryKind::Directory, "", b"")
        .sized("new/app/data/a", MB, 5);
    let text = "FROM x\nCOPY data /new/app/data\nRUN chown -R 5:5 /new\n";
    assert_eq!(fixed(above, text), text);
}

#[test]
fn names_of_the_image_are_no_commands() {
    let image = Image::default().by("ADD rootfs /").by("RUN npm install");
    let image = image.sized("srv/x\nRUN touch /pwned\nRUN : \u{1b}[31m/.npm/_cacache/a", 20 * MB, 0);
    let text = "FROM x\nRUN npm install\n";
    assert_eq!(fixed(image, text), text);
    let quoted =
        Image::default().by("ADD rootfs /").by("RUN npm install").sized("a b/.npm/_cacache/a", 20 * MB, 0);
    assert_eq!(fixed(quoted, text), "FROM x\nRUN npm install && rm -rf '/a b/.npm/_cacache'\n");
    let many = (0..9).fold(Image::default().by("ADD rootfs /").by("RUN npm install"), |image, number| {
        image.sized(&format!("home/{number}/.npm/_cacache/a"), MB, 0)
    });
    assert_eq!(fixed(many, text), text);
}

#[test]
fn caches_that_later_commands_may_need_are_left_to_the_user() {
    let image = || {
        Image::default().by("ADD rootfs /").by("RUN cargo fetch").sized("root/.cargo/registry/a", 20 * MB, 0)
    };
    let text = "FROM x\nRUN cargo fetch\n";
    let with_cargo = || image().sized("usr/bin/cargo", 1, 0);
    assert_eq!(fixed(with_cargo(), text), text);
    assert_eq!(with_cargo().findings().plan.saves, 0);
    let removed = "FROM x\nRUN cargo fetch && rm -rf /root/.cargo/registry\n";
    assert_eq!(fixed(image(), text), removed, "without Cargo, nothing can need it");
}

#[test]
fn own_change_of_files_of_the_base_is_the_users() {
    let image = Image::default()
        .by("ADD rootfs /")
        .sized("usr/share/a", 9 * MB, 0)
        .sized("usr/share/b", 4 * MB, 0)
        .by("RUN chown 5 /usr/share/a && make")
        .sized("usr/share/a", 9 * MB, 5)
        .sized("usr/share/b", 5 * MB, 0);
    let findings = image.findings();
    assert_eq!(
        shown(&findings),
        ["metadata-rewrite 1 9000000 medium", "overwritten-later 1 4000000 info base"]
    );
    assert_eq!(findings.findings[0].stored_in, [1]);
}
