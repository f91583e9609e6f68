//! The list of images without a local engine.

use crate::run::run;

#[test]
fn missing_engine_is_an_error_with_a_hint() {
    for arguments in [&[][..], &["images"], &["images", "-o", "json"], &["images", "--source", "podman"]] {
        let run = run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains("\nhint: "), "{}", run.stderr);
    }
}

#[test]
fn invalid_arguments_are_errors() {
    for (arguments, words) in [
        (["images", "--source=oci"], ["docker", "podman"]),
        (["images", "--sort=colour"], ["created", "unique"]),
        (["images", "-o=dive-json"], ["text", "json"]),
        (["images", "-qo=json"], ["--quiet", "--output"]),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(words.iter().all(|word| run.stderr.contains(word)), "{}", run.stderr);
    }
}
