//! Addresses of engines: parsing, and display without passwords.
//!
//! An address may have a password, which ssh may need. It is never displayed.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use dockopt_core::image::SourceKind;

/// A container engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl EngineKind {
    /// Returns the name of its program, which is also its scheme.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    /// Returns the kind of source that its images are from.
    pub(crate) fn source(self) -> SourceKind {
        match self {
            Self::Docker => SourceKind::Docker,
            Self::Podman => SourceKind::Podman,
        }
    }

    /// Returns the engine with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Docker, Self::Podman].into_iter().find(|kind| kind.name() == name)
    }
}

/// An address where an engine may listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) kind: EngineKind,
    pub(crate) address: Address,
    /// The source of the address: an environment variable, a context, a connection, or a default.
    pub(crate) origin: String,
    /// Whether the user's settings name the address; otherwise it is a default.
    pub(crate) configured: bool,
}

/// The address of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// A named pipe of Windows, as `//./pipe/docker_engine`.
    NamedPipe(String),
    /// HTTP, or HTTPS if there are files for it.
    Tcp {
        /// `HOST:PORT`.
        host_port: String,
        tls: Option<TlsFiles>,
    },
    /// Docker on another machine, through its `docker system dial-stdio`.
    Ssh {
        /// The URL as written: `ssh://[USER@]HOST[:PORT][/SOCKET]`.
        url: String,
        identity: Option<PathBuf>,
    },
    /// Podman's own program with these global options, without a socket or on another machine.
    Command { arguments: Vec<OsString> },
}

/// Files for TLS. Some may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The authorities for the engine's certificate.
    pub(crate) ca: PathBuf,
    /// The user's certificate.
    pub(crate) cert: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
    /// Whether to verify the engine's certificate.
    pub(crate) verify: bool,
}

impl TlsFiles {
    /// Returns the files under Docker's names.
    pub(crate) fn in_directory(directory: &std::path::Path, verify: bool) -> Self {
        let file = |name: &str| directory.join(name);
        Self { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem"), verify }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix://{}", path.display()),
            Self::NamedPipe(path) => write!(formatter, "npipe://{path}"),
            Self::Tcp { host_port, tls: None } => write!(formatter, "tcp://{host_port}"),
            Self::Tcp { host_port, tls: Some(_) } => write!(formatter, "tcp://{host_port} with TLS"),
            Self::Ssh { url, .. } => formatter.write_str(&without_password(url)),
            Self::Command { arguments } => {
                formatter.write_str("the program `podman")?;
                for argument in arguments {
                    write!(formatter, " {}", without_password(&argument.to_string_lossy()))?;
                }
                formatter.write_str("`")
            }
        }
    }
}

/// Returns a URL without its password, for display.
pub(crate) fn without_password(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(name, _)| name);
            format!("{scheme}{user}@{host}{tail}")
        }
        None => url.to_owned(),
    }
}

/// Parses the address of an engine; `tls` has the files for TCP.
///
/// The error completes a sentence about the address.
pub(crate) fn parse(text: &str, tls: Option<TlsFiles>) -> Result<Address, &'static str> {
    if text.contains(char::is_control) {
        return Err("it contains control characters");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text {
            _ if text.starts_with('/') => Err("a socket is written `unix:///path`"),
            _ => Ok(Address::Tcp { host_port: host_port(text, tls.is_some())?, tls }),
        };
    };
    match scheme {
        "unix" if rest.is_empty() => Err("the path of the socket is missing"),
        "unix" => Ok(Address::Unix(PathBuf::from(rest))),
        "npipe" if rest.is_empty() => Err("the name of the pipe is missing"),
        "npipe" => Ok(Address::NamedPipe(rest.to_owned())),
        "tcp" | "http" => Ok(Address::Tcp { host_port: host_port(rest, tls.is_some())?, tls }),
        "https" if tls.is_none() => Err("there are no certificates for TLS"),
        "https" => Ok(Address::Tcp { host_port: host_port(rest, true)?, tls }),
        "ssh" => ssh(text, rest),
        _ => Err("it must begin with unix://, tcp://, http://, https://, ssh:// or npipe://"),
    }
}

/// Returns host and port; the default is Docker's port.
fn host_port(text: &str, has_tls: bool) -> Result<String, &'static str> {
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.contains('@') {
        return Err("it must have no user or password");
    }
    if text.contains(['/', '?', '#']) {
        return Err("it must end after host and port");
    }
    if text.contains(|character: char| character.is_whitespace() || "\\\"'`<>%".contains(character)) {
        return Err("the host has invalid characters");
    }
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address are within brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
        return Err("an IPv6 address is written `[::1]:2375`");
    }
    let port = match port {
        Some(port) => port.parse::<u16>().map_err(|_| "the port is not a number from 0 to 65535")?,
        None if has_tls => 2376,
        None => 2375,
    };
    Ok(format!("{}:{port}", if host.is_empty() { "127.0.0.1" } else { host }))
}

fn ssh(url: &str, rest: &str) -> Result<Address, &'static str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if host.is_empty() || host.starts_with(':') {
        return Err("the host is missing");
    }
    // ssh would parse it as an option.
    if user.starts_with('-') || host.starts_with('-') {
        return Err("neither user nor host may begin with `-`");
    }
    Ok(Address::Ssh { url: url.to_owned(), identity: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls() -> TlsFiles {
        TlsFiles::in_directory(std::path::Path::new("/certs"), true)
    }

    fn tcp(host_port: &str) -> Address {
        Address::Tcp { host_port: host_port.to_owned(), tls: None }
    }

    #[test]
    fn addresses_in_the_syntax_of_docker_are_parsed() {
        let cases = [
            ("unix:///run/docker.sock", Address::Unix(PathBuf::from("/run/docker.sock"))),
            ("npipe:////./pipe/docker_engine", Address::NamedPipe("//./pipe/docker_engine".to_owned())),
            ("tcp://box:1234", tcp("box:1234")),
            ("tcp://box:1234/", tcp("box:1234")),
            ("http://box", tcp("box:2375")),
            ("tcp://:1234", tcp("127.0.0.1:1234")),
            ("tcp://[::1]", tcp("[::1]:2375")),
            ("tcp://[::1]:1", tcp("[::1]:1")),
            ("box:1234", tcp("box:1234")),
            ("ssh://me@box:22", Address::Ssh { url: "ssh://me@box:22".to_owned(), identity: None }),
        ];
        for (text, address) in cases {
            assert_eq!(parse(text, None), Ok(address), "{text}");
        }
    }

    #[test]
    fn tls_has_its_own_port() {
        for text in ["tcp://box", "https://box", "http://box"] {
            let address = Address::Tcp { host_port: "box:2376".to_owned(), tls: Some(tls()) };
            assert_eq!(parse(text, Some(tls())), Ok(address), "{text}");
        }
        assert!(parse("https://box", None).is_err());
    }

    #[test]
    fn invalid_addresses_are_errors() {
        for text in [
            "/run/docker.sock",
            "unix://",
            "npipe://",
            "fd://",
            "ftp://x",
            "tcp://a:b",
            "tcp://a:65536",
            "tcp://a:-1",
            "tcp://u:p@a",
            "tcp://a/path",
            "tcp://a?x",
            "tcp://a b",
            "tcp://::1",
            "ssh://",
            "ssh://me@",
            "ssh://-oProxyCommand=x",
            "ssh://-l@box",
            "tcp://a\nb",
            "unix:///a\u{0}",
        ] {
            assert!(parse(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_displayed_without_passwords() {
        for text in ["unix:///run/docker.sock", "npipe:////./pipe/x", "tcp://box:1", "ssh://me@box:22/run/x"]
        {
            assert_eq!(parse(text, None).expect(text).to_string(), text);
        }
        let secret = parse("ssh://me:hunter2@box", None).expect("an address");
        assert_eq!(secret.to_string(), "ssh://me@box");
        let arguments = vec!["--url".into(), "ssh://me:p@ss@box/run/x@y".into()];
        let command = Address::Command { arguments };
        assert_eq!(command.to_string(), "the program `podman --url ssh://me@box/run/x@y`");
        let secured = Address::Tcp { host_port: "box:2376".to_owned(), tls: Some(tls()) };
        assert_eq!(secured.to_string(), "tcp://box:2376 with TLS");
    }

    #[test]
    fn invalid_addresses_are_displayed_without_passwords() {
        assert_eq!(without_password("me:hunter2@box:1"), "me@box:1");
        assert_eq!(without_password("x://me:hun@ter2@box/a:b@c"), "x://me@box/a:b@c");
        assert_eq!(without_password("/home/me/key"), "/home/me/key");
    }

    #[test]
    fn engines_have_names() {
        for kind in [EngineKind::Docker, EngineKind::Podman] {
            assert_eq!(EngineKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(EngineKind::from_name("containerd"), None);
    }
}
