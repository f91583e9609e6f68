//! `--ci`: the origins of rules, and exit codes.

use std::fs;

use dockopt_testkit::{Image, Layer};

use crate::run::{Run, program, run, testdata};

/// Runs the gate in a folder with this `.dive-ci`.
fn gate(rules: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(".dive-ci"), rules).expect("written");
    program()
        .args(arguments)
        .arg(testdata("hello.docker.tar"))
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .output()
        .expect("the program starts")
        .into()
}

const OFF: &str = "rules:\n  lowestEfficiency: disabled\n  highestUserWastedPercent: off\n";

#[test]
fn exit_code_is_1_for_a_broken_rule_and_0_otherwise() {
    assert_eq!(gate("", &["--ci"], &[]).code, 1, "dive's defaults");
    assert_eq!(gate(OFF, &["--ci"], &[]).code, 0);
    assert_eq!(gate("", &[], &[]).code, 0, "no gate without --ci");
}

#[test]
fn each_rule_decides_at_its_limit() {
    // stored 73,796, live 35,896, wasted 37,900, largest layer 24,400, 11 layers
    for (rule, kept, broken) in [
        ("--highest-wasted-bytes", "37.9kB", "37899"),
        ("--highest-stored-bytes", "73796", "73.7 KB"),
        ("--highest-live-bytes", "35,896", "35KiB"),
        ("--highest-layer-bytes", "24.4kb", "24399"),
        ("--highest-layers", "11", "10"),
        ("--lowest-efficiency", "0.4864", "0.4865"),
        ("--highest-user-wasted-percent", "0.674", "0.673"),
        ("--lowestEfficiency", "0.4", "0.9"),
        ("--highestWastedBytes", "40KB", "30KB"),
        ("--highestUserWastedPercent", "0.7", "0.6"),
    ] {
        assert_eq!(gate(OFF, &["--ci", rule, kept], &[]).code, 0, "{rule} {kept}");
        let run = gate(OFF, &["--ci", rule, broken], &[]);
        assert_eq!(run.code, 1, "{rule} {broken}");
        assert!(run.stdout.contains("FAIL"), "{}", run.stdout);
    }
}

#[test]
fn limit_for_packages_names_the_largest_one_in_every_report() {
    let status = "Package: tool\nVersion: 1\nArchitecture: all\n";
    let layer = Layer::new()
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/info/tool.list", "/tool\n")
        .file("tool", "x".repeat(1000));
    let image = tempfile::NamedTempFile::new().expect("a file");
    fs::write(image.path(), Image::new().layer(layer).docker_legacy().to_tar()).expect("written");
    let path = image.path().to_str().expect("UTF-8");
    let judged = |limit: &str, format: &str| {
        run([
            "--ci",
            "--max-package-bytes",
            limit,
            "--highest-user-wasted-percent",
            "off",
            "-o",
            format,
            path,
        ])
    };
    for format in ["text", "json", "dive-json"] {
        assert_eq!(judged("1kB", format).code, 0, "{format}");
        assert_eq!(judged("999", format).code, 1, "{format}");
    }
    let text = judged("999", "text").stdout;
    assert!(text.contains("1,000 bytes is above 999 bytes: deb tool 1"), "{text}");
}

#[test]
fn flags_precede_environment_file_and_defaults() {
    let file = "rules:\n  highestLayers: 10\n  lowestEfficiency: off\n  highestUserWastedPercent: off\n";
    let variable = [("DOCKOPT_DIVE_HIGHEST_LAYERS", "11")];
    assert_eq!(gate(file, &["--ci"], &[]).code, 1);
    assert_eq!(gate(file, &["--ci"], &variable).code, 0);
    assert_eq!(gate(file, &["--ci", "--highest-layers", "10"], &variable).code, 1);
    let run = gate("", &["--ci"], &[]);
    assert!(run.stdout.contains("lowestEfficiency (default 0.9)"), "{}", run.stdout);
}

#[test]
fn ci_variable_is_the_same_as_the_flag() {
    for (value, code) in
        [("true", 1), ("1", 1), ("yes", 1), ("false", 0), ("", 0), ("no", 0), ("woodpecker", 0)]
    {
        assert_eq!(gate("", &[], &[("CI", value)]).code, code, "CI={value}");
    }
}

#[test]
fn invalid_rules_file_is_exit_code_2() {
    for rules in [
        "rules:\n  lowestEficiency: 0.9\n",
        "rule: {}\n",
        "rules: [\n",
        "rules:\n  highestWastedBytes: lots\n",
        "rules:\n  lowestEfficiency: 90\n",
        "rules:\n  highestLayers: 3\n  highestLayers: 4\n",
    ] {
        let run = gate(rules, &["--ci"], &[]);
        assert_eq!(run.code, 2, "{rules}{}", run.stdout);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let run = gate("rules:\n  lowestEficiency: 0.9\n", &["--ci"], &[]);
    assert!(
        run.stderr.contains("`lowestEficiency`") && run.stderr.contains("did you mean `lowestEfficiency`?")
    );
}

#[test]
fn named_rules_file_must_exist() {
    let run = run(["--ci", "--ci-config", "no-such-file", "hello.docker.tar"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no-such-file"), "{}", run.stderr);
}

#[test]
fn dive_score_judges_with_the_numbers_of_dive() {
    // dive counts kept copies as waste: 48,600 bytes.
    let limit = |bytes| gate(OFF, &["--ci", "--score", "dive", "--highest-wasted-bytes", bytes], &[]).code;
    assert_eq!((limit("48600"), limit("48599")), (0, 1));
    assert_eq!(gate(OFF, &["--ci", "--highest-wasted-bytes", "48599"], &[]).code, 0);
}

/// Writes an archive with a layer that has no end-of-archive block and no known size.
fn doubtful_archive(folder: &std::path::Path) -> String {
    let path = folder.join("doubtful.tar");
    let layer = dockopt_testkit::Layer::new().file("a", "content").without_end();
    let image = dockopt_testkit::Image::new().layer(layer);
    fs::write(&path, image.docker_legacy().to_tar()).expect("written");
    path.display().to_string()
}

#[test]
fn numbers_in_doubt_are_not_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = doubtful_archive(folder.path());
    let allowed = ["--allow", "may-be-truncated"];
    let judge = |arguments: &[&str], environment: &[(&str, &str)]| -> Run {
        let mut command = program();
        command.args(arguments).arg(&archive).current_dir(folder.path());
        command.envs(environment.iter().copied()).output().expect("the program starts").into()
    };
    let run = judge(&["--ci", "-o", "json"], &[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("caused by: may-be-truncated: layer 0: "), "{}", run.stderr);
    assert!(run.stderr.contains("hint: `--allow may-be-truncated` judges it"), "{}", run.stderr);
    assert!(run.stdout.contains("\"verdict\": \"none\""), "{}", run.stdout);
    assert_eq!(judge(&[&["--ci"][..], &allowed].concat(), &[]).code, 0);
    assert_eq!(judge(&["--ci"], &[("DOCKOPT_DIVE_ALLOW", "blob-size,may-be-truncated")]).code, 0);
    assert_eq!(judge(&["--ci", "--allow", "blob-size"], &[]).code, 2);
    assert_eq!(judge(&[], &[]).code, 0, "a report is no judgement");
    let unknown = judge(&["--ci", "--allow", "may-be-trunkated"], &[]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("'may-be-truncated'"), "{}", unknown.stderr);
    fs::write(folder.path().join(".dive-ci"), "allow: [may-be-truncated]\n").expect("written");
    assert_eq!(judge(&["--ci"], &[]).code, 0);
}

#[test]
fn images_without_layers_or_smaller_than_the_base_are_not_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("empty.tar");
    fs::write(&path, dockopt_testkit::Image::new().docker_legacy().to_tar()).expect("written");
    let empty = path.display().to_string();
    let run_on = |arguments: &[&str]| run([&["--ci"][..], arguments].concat());
    let none = run_on(&[&empty]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    assert!(none.stderr.contains("no-layers"), "{}", none.stderr);
    assert_eq!(run_on(&["--allow", "no-layers", &empty]).code, 0);
    let base = run_on(&["--base-layers", "12", "hello.docker.tar"]);
    assert_eq!(base.code, 2, "{}", base.stderr);
    assert!(
        base.stderr.contains("base-layers: 12 base layers requested, the image has 11"),
        "{}",
        base.stderr
    );
}

/// Writes an image whose second layer deletes a secret of the first one; returns its path.
fn with_secret(folder: &std::path::Path) -> String {
    let name = "PRIVATE KEY";
    let body = "MC4CAQAwBQYDK2VwBCIEIHk3Tq0Yx9mZ1nC7rBw4uEoVjLs2PfGd8aKiQXhRtMbc";
    let key = format!("-----BEGIN {name}-----\n{body}\n-----END {name}-----\n");
    let image = Image::new()
        .layer(Layer::new().file("base", "x".repeat(1000)))
        .layer(Layer::new().file("app/key.pem", key))
        .layer(Layer::new().file("app/.wh.key.pem", ""));
    let path = folder.join("secret.tar");
    fs::write(&path, image.docker_25().to_tar()).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

/// Judges the image with the secret by a rules file.
fn judged(rules: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let image = with_secret(folder.path());
    let rules = format!("{OFF}{rules}");
    fs::write(folder.path().join(".dive-ci"), rules).expect("written");
    let mut program = program();
    program.args(["--ci"]).args(arguments).arg(image).envs(environment.iter().copied());
    program.current_dir(folder.path()).output().expect("the program starts").into()
}

#[test]
fn denied_finding_fails_and_no_other_one() {
    assert_eq!(judged("", &[], &[]).code, 0, "no rule counts unless it is named");
    for run in [
        judged("deny: [secret-key]\n", &[], &[]),
        judged("", &["--deny", "apt-lists,secret-key"], &[]),
        judged("", &[], &[("DOCKOPT_DIVE_DENY", "secret-key")]),
    ] {
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(
            run.stdout
                .contains("  FAIL secret-key: layer 1 (`layer 1`) stores a private key (line 1, SHA-256 "),
            "{}",
            run.stdout
        );
        assert!(
            run.stdout.contains("layer 2 (`layer 2`) removes it, but everyone can still read it"),
            "{}",
            run.stdout
        );
        assert!(run.stdout.ends_with("Verdict: FAIL, 1 rule broken\n"), "{}", run.stdout);
        assert!(!run.stdout.contains("MC4CAQ"), "the key is never printed");
    }
    let warned = judged("warn: [secret-key]\n", &[], &[]);
    assert_eq!(warned.code, 0);
    assert!(warned.stdout.contains("  WARN secret-key: "), "{}", warned.stdout);
    let unknown = judged("", &["--deny", "secret-kye"], &[]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("secret-key"), "{}", unknown.stderr);
}

#[test]
fn ignored_finding_counts_again_after_its_last_day() {
    let rules = |expires: &str| {
        format!(
            "deny: [secret-key]\nignore:\n  - rule: secret-key\n    path: /app/*.pem\n    reason: a test\n    expires: {expires}\n"
        )
    };
    let ignored = judged(&rules("2999-01-01"), &["-o", "json"], &[]);
    assert_eq!(ignored.code, 0, "{}", ignored.stderr);
    let report: serde_json::Value = serde_json::from_str(&ignored.stdout).expect("JSON");
    let row = &report["findingRules"][0];
    assert_eq!((&row["rule"], &row["status"]), (&"secret-key".into(), &"ignored".into()));
    assert!(row["message"].as_str().expect("a text").ends_with("(ignored: a test)"), "{row}");
    assert_eq!(report["verdict"], "pass");
    let over = judged(&rules("2001-01-01"), &[], &[]);
    assert_eq!(over.code, 1);
    assert!(over.stdout.contains("(ignored until 2001-01-01: a test)"), "{}", over.stdout);
}
