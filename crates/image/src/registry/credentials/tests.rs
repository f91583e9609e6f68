//! Files as Docker and Podman write them, and broken ones.

use std::path::Path;

use super::*;

/// `alice:wonder`, `bob:builder`, `carol:xmas`.
const ALICE: &str = r#"{"auth":"YWxpY2U6d29uZGVy"}"#;
const BOB: &str = r#"{"auth":"Ym9iOmJ1aWxkZXI="}"#;
const CAROL: &str = r#"{"auth":"Y2Fyb2w6eG1hcw=="}"#;

struct Home {
    directory: tempfile::TempDir,
    environment: Environment,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name).display().to_string();
        let environment = Environment::with([
            ("HOME", path("home").as_str()),
            ("XDG_RUNTIME_DIR", path("run").as_str()),
            ("REGISTRY_AUTH_FILE", path("auth.json").as_str()),
        ]);
        Self { directory, environment }
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a directory");
        std::fs::write(path, text).expect("written");
        self
    }

    fn find(&self, name: &str) -> Result<Credentials, RegistryError> {
        find(&ImageName::parse(name).expect("a name"), &self.environment)
    }

    fn user(&self, name: &str) -> Option<String> {
        match self.find(name).expect("readable") {
            Credentials::Anonymous => None,
            Credentials::Password { user, password } => {
                Some(format!("{}:{}", user.reveal(), password.reveal()))
            }
            Credentials::IdentityToken(token) => Some(format!("token {}", token.reveal())),
        }
    }
}

fn auths(entries: &[(&str, &str)]) -> String {
    let entries: Vec<_> = entries.iter().map(|(key, entry)| format!("\"{key}\":{entry}")).collect();
    format!("{{\"auths\":{{{}}}}}", entries.join(","))
}

#[test]
fn user_without_stored_credentials_is_anonymous() {
    assert_eq!(Home::new().user("alpine"), None);
    assert_eq!(
        find(&ImageName::parse("a").expect("a name"), &Environment::default()).ok(),
        Some(Credentials::Anonymous)
    );
    let home = Home::new();
    home.write("home/.docker/config.json", "{}").write("auth.json", &auths(&[("other.io", ALICE)]));
    assert_eq!(home.user("ghcr.io/a/b"), None);
}

#[test]
fn nearest_file_wins() {
    let home = Home::new();
    home.write("home/.docker/config.json", &auths(&[("x.io", CAROL)]));
    assert_eq!(home.user("x.io/a").as_deref(), Some("carol:xmas"));
    home.write("home/.config/containers/auth.json", &auths(&[("x.io", BOB)]));
    assert_eq!(home.user("x.io/a").as_deref(), Some("bob:builder"));
    home.write("run/containers/auth.json", &auths(&[("x.io", CAROL)]));
    assert_eq!(home.user("x.io/a").as_deref(), Some("carol:xmas"));
    home.write("auth.json", &auths(&[("x.io", ALICE)]));
    assert_eq!(home.user("x.io/a").as_deref(), Some("alice:wonder"));
}

#[test]
fn most_specific_key_wins() {
    let home = Home::new();
    home.write("auth.json", &auths(&[("x.io", CAROL), ("x.io/a", BOB), ("x.io/a/b", ALICE)]));
    for (name, user) in [
        ("x.io/a/b:1", "alice:wonder"),
        ("x.io/a/c", "bob:builder"),
        ("x.io/a", "bob:builder"),
        ("x.io/ab", "carol:xmas"),
        ("x.io/d/e/f", "carol:xmas"),
    ] {
        assert_eq!(home.user(name).as_deref(), Some(user), "{name}");
    }
}

#[test]
fn docker_hub_has_several_keys() {
    for key in ["https://index.docker.io/v1/", "docker.io", "docker.io/library", "index.docker.io"] {
        let home = Home::new();
        home.write("home/.docker/config.json", &auths(&[(key, ALICE)]));
        assert_eq!(home.user("alpine").as_deref(), Some("alice:wonder"), "{key}");
        assert_eq!(home.user("example.com/alpine"), None, "{key}");
    }
}

#[test]
fn keys_may_be_urls_and_entries_may_be_tokens() {
    let home = Home::new();
    let token = r#"{"auth":"MDowCg==","identitytoken":"refresh"}"#;
    home.write("auth.json", &auths(&[("https://x.io/v1/", BOB), ("localhost:5000", token)]));
    assert_eq!(home.user("x.io/a").as_deref(), Some("bob:builder"));
    assert_eq!(home.user("localhost:5000/a").as_deref(), Some("token refresh"));
    assert_eq!(home.user("localhost:5001/a"), None);
}

#[test]
fn error_of_a_broken_file_names_it_and_hides_its_content() {
    let home = Home::new();
    for text in [r#"{"auths":"hunter2"}"#, r#"{"auths":{"x.io":{"auth":"hunter2!"}}}"#, "hunter2"] {
        home.write("auth.json", text);
        let error = home.find("x.io/a").expect_err("broken");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("auth.json"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn missing_helper_is_named_in_the_error() {
    let home = Home::new();
    home.write("home/.docker/config.json", r#"{"credsStore":"no-such-helper"}"#);
    let error = home.find("x.io/a").expect_err("no helper");
    assert_eq!(
        error.to_string(),
        "credentials for `x.io` cannot be read from `docker-credential-no-such-helper`: the credential helper cannot be run"
    );
    home.write("home/.docker/config.json", r#"{"credHelpers":{"x.io":"no-such-helper"}}"#);
    assert!(home.find("x.io/a").is_err());
    assert_eq!(home.user("y.io/a"), None, "the helper is for another registry");
}

#[test]
fn helper_without_credentials_means_anonymous_and_its_output_is_hidden() {
    let failure = |stdout: &str| {
        found(Err(CredentialRetrievalError::HelperFailure {
            helper: "h".to_owned(),
            stdout: stdout.to_owned(),
            stderr: String::new(),
        }))
    };
    assert_eq!(failure("credentials not found in native keychain"), Ok(None));
    assert_eq!(failure("hunter2 leaked"), Err("the credential helper failed"));
}

#[test]
fn debug_output_of_credentials_has_no_secrets() {
    let credentials = [
        Credentials::Password { user: Secret::new("alice"), password: Secret::new("hunter2") },
        Credentials::IdentityToken(Secret::new("hunter2")),
    ];
    let shown = format!("{credentials:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("alice"), "{shown}");
}
