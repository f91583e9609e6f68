//! The images of a local engine, where there is none.

use crate::run::run;

#[test]
fn without_an_engine_there_is_an_error_and_a_hint() {
    for arguments in [&[][..], &["images"], &["images", "-o", "json"], &["images", "--source", "podman"]] {
        let run = run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains("\nhint: "), "{}", run.stderr);
    }
}

#[test]
fn wrong_arguments_are_explained() {
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
