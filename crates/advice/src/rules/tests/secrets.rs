//! Secrets in files, variables and commands.

use dockopt_core::findings::{Confidence, Finding, Severity};

use super::noted;
use crate::rules::redact;
use crate::testing::Image;

/// A private key (Ed25519, PKCS #8), made for this test.
fn key() -> String {
    let name = "PRIVATE KEY";
    let body = "MC4CAQAwBQYDK2VwBCIEIHk3Tq0Yx9mZ1nC7rBw4uEoVjLs2PfGd8aKiQXhRtMbc";
    format!("-----BEGIN {name}-----\n{body}\n-----END {name}-----\n")
}

fn secrets(image: Image) -> Vec<Finding> {
    let findings = image.findings().findings;
    findings.into_iter().filter(|finding| finding.rule.starts_with("secret-")).collect()
}

#[test]
fn deleted_secret_is_a_ghost_of_its_layer() {
    let image = Image::default()
        .by("ADD rootfs /")
        .by("COPY . /app")
        .file("app/id_rsa", key())
        .by("RUN chown -R app /app")
        .file("app/id_rsa", key())
        .by("RUN rm /app/id_rsa")
        .sized("app/.wh.id_rsa", 0, 0);
    let found = secrets(image);
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((finding.rule, finding.severity), ("secret-key", Severity::High));
    assert_eq!((finding.layer, finding.stored_in.as_slice()), (Some(1), &[1, 2][..]));
    assert_eq!((finding.confidence, finding.base), (Confidence::Certain, false));
    let message = &finding.message;
    assert!(
        message.starts_with("layer 1 (`COPY . /app`) stores a private key (line 1, SHA-256 "),
        "{message}"
    );
    let end = "in /app/id_rsa; layer 3 (`RUN rm /app/id_rsa`) removes it, but everyone can still read it";
    assert!(message.ends_with(end), "{message}");
    assert!(finding.fix.text.ends_with("`extract IMAGE 1:/app/id_rsa` shows it"), "{}", finding.fix.text);
    assert!(!format!("{finding:?}").contains("MC4CAQ"), "the key is never told");
}

#[test]
fn secret_of_the_base_says_so() {
    let found =
        secrets(Image::default().by("ADD rootfs /").file("root/.ssh/id_ed25519", key()).by("RUN true"));
    assert_eq!(noted_of(&found), ["secret-key Some(0) medium true"]);
}

fn noted_of(findings: &[Finding]) -> Vec<String> {
    let line = |one: &Finding| format!("{} {:?} {} {}", one.rule, one.layer, one.severity, one.base);
    findings.iter().map(line).collect()
}

#[test]
fn keys_of_packages_and_of_tests_are_none() {
    let image = Image::default()
        .by("ADD rootfs /")
        .by("RUN apt-get install x")
        .status(&["x 1"])
        .list("x", "/etc/x/example.key\n")
        .file("etc/x/example.key", key())
        .file("usr/share/doc/x/key.pem", key())
        .by("COPY . /app")
        .file("app/tests/key.pem", key());
    assert_eq!(noted_of(&secrets(image)), ["secret-key Some(2) info false"]);
}

#[test]
fn secrets_of_the_description_are_found_once_and_redacted() {
    let mut image = Image::default()
        .by("ADD rootfs /")
        .by("|1 TOKEN=q8Zr4tLw2xVb /bin/sh -c curl -u bob:s3cr3t-pw https://x")
        .by("RUN true");
    image.config.env =
        vec!["DB_PASSWORD=s3cr3t-prod".to_owned(), "PATH=/bin".to_owned(), "GPG_KEY=A1B2C3".to_owned()];
    image.config.labels.insert("db.password".to_owned(), "s3cr3t-label".to_owned());
    let mut info = dockopt_core::image::ImageInfo { config: image.config.clone(), ..Default::default() };
    let findings = image.findings();
    let rules: Vec<String> = noted(&findings).into_iter().filter(|row| row.starts_with("secret")).collect();
    assert_eq!(rules.len(), 4, "{rules:?}");
    assert!(rules.iter().all(|row| row.starts_with("secret-variable")), "{rules:?}");
    let text = format!("{findings:?}");
    for secret in ["q8Zr4", "s3cr3t"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    redact(&mut info);
    assert_eq!(info.config.env, ["DB_PASSWORD=***", "PATH=/bin", "GPG_KEY=A1B2C3"]);
    assert_eq!(info.config.labels["db.password"], "***");
}

#[test]
fn secrets_beyond_the_limit_are_counted() {
    let image = Image::default().by("ADD rootfs /").by("COPY . /app");
    let image = (0..130).fold(image, |image, number| image.file(&format!("app/{number}.pem"), key()));
    let found = secrets(image);
    assert_eq!(found.len(), 101);
    assert!(found.iter().any(|finding| finding.message == "30 files more have secrets"));
}

#[test]
fn each_class_of_a_file_is_a_finding_and_a_key_is_never_left_out() {
    let passwords = "DB_PASSWORD=s3cr3t-prod\n".repeat(30);
    let content = format!("{passwords}{}", key());
    let found = secrets(Image::default().by("ADD rootfs /").by("COPY . /app").file("app/x.env", content));
    assert_eq!(noted_of(&found), ["secret-key Some(1) high false", "secret-password Some(1) high false"]);
    let image = Image::default().by("ADD rootfs /").by("COPY . /app");
    let image = (0..130)
        .fold(image, |image, number| image.file(&format!("app/{number:03}.env"), "DB_PASSWORD=s3cr3t-prod"));
    let found = secrets(image.file("app/z.pem", key()));
    assert!(found.iter().any(|finding| finding.rule == "secret-key"), "{found:?}");
}

#[test]
fn password_with_an_at_sign_is_not_told() {
    let mut image = Image::default().by("ADD rootfs /").by("RUN true");
    image.config.env = vec!["DATABASE_URL=postgres://bob:s3cr3t@m0re@db.internal/x".to_owned()];
    let mut info = dockopt_core::image::ImageInfo { config: image.config.clone(), ..Default::default() };
    let text = format!("{:?}", secrets(image));
    assert!(text.contains("an address of db.internal") && !text.contains("m0re"), "{text}");
    redact(&mut info);
    assert_eq!(info.config.env, ["DATABASE_URL=postgres://bob:***@db.internal/x"]);
}
