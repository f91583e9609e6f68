//! Docker on another machine: HTTP over the pipes of `ssh HOST docker system dial-stdio`.
//!
//! bollard's own transport leaves ssh's master connections behind when the program ends, accepts
//! unknown hosts, and does not support ports. Here each request has a child ssh with the user's
//! configuration, which ends with its pipes.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;

use bollard::BollardRequest;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};

/// Bytes kept of ssh's standard error.
const COMPLAINTS: u64 = 4096;

/// The arguments of ssh for an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ssh {
    arguments: Vec<OsString>,
}

impl Ssh {
    /// Converts `ssh://[USER@]HOST[:PORT][/SOCKET]` to arguments, as the Docker CLI does.
    pub(super) fn to(url: &str, identity: Option<&Path>) -> Result<Self, &'static str> {
        let url = Url::parse(url).map_err(|_| "it is not a URL for ssh")?;
        if url.password().is_some() {
            return Err("ssh does not accept a password in the URL");
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the host is missing")?;
        // No prompts: the terminal belongs to the progress bar or the browser.
        let mut arguments: Vec<OsString> =
            ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"].map(OsString::from).into();
        if let Some(port) = url.port() {
            arguments.extend(["-p".into(), port.to_string().into()]);
        }
        if !url.username().is_empty() {
            arguments.extend(["-l".into(), url.username().into()]);
        }
        if let Some(identity) = identity {
            arguments.extend(["-i".into(), identity.into()]);
        }
        arguments.extend(["--".into(), host.trim_matches(['[', ']']).into(), "docker".into()]);
        let socket = url.path();
        // A shell on the other machine parses it.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        match socket {
            "" | "/" => {}
            _ if socket.bytes().all(is_plain) => {
                arguments.extend(["--host".into(), format!("unix://{socket}").into()]);
            }
            _ => return Err("the path of the socket has unsupported characters"),
        }
        arguments.extend(["system".into(), "dial-stdio".into()]);
        Ok(Self { arguments })
    }

    /// Sends one request.
    pub(super) async fn send(
        self,
        request: BollardRequest,
    ) -> Result<Response<Incoming>, bollard::errors::Error> {
        let (child, answer) = self.exchange(request).await?;
        match answer {
            Ok(answer) => {
                // ssh runs until the response ends.
                drop(tokio::spawn(child.wait()));
                Ok(answer)
            }
            Err(error) => Err(match child.complaints().await {
                Some(said) => io::Error::other(said).into(),
                None => error.into(),
            }),
        }
    }

    async fn exchange(
        &self,
        request: BollardRequest,
    ) -> io::Result<(Running, hyper::Result<Response<Incoming>>)> {
        let mut command = Command::new("ssh");
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
        let missing = || io::Error::other("ssh has no pipes");
        let (stdout, stdin) =
            (child.stdout.take().ok_or_else(missing)?, child.stdin.take().ok_or_else(missing)?);
        let running = Running { stderr: child.stderr.take(), child };
        let pipes = TokioIo::new(tokio::io::join(stdout, stdin));
        let (mut sender, connection) = match http1::handshake(pipes).await {
            Ok(connected) => connected,
            Err(error) => return Ok((running, Err(error))),
        };
        drop(tokio::spawn(connection));
        Ok((running, sender.send_request(relative(request)).await))
    }
}

/// Returns a request with a path instead of a URL, and a fixed host.
fn relative(mut request: BollardRequest) -> BollardRequest {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let path = path.parse().unwrap_or_else(|_| Uri::from_static("/"));
    *request.uri_mut() = path;
    request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
    request
}

/// A running ssh; dropping it ends the process.
struct Running {
    child: Child,
    stderr: Option<ChildStderr>,
}

impl Running {
    /// Waits for its end; reads its standard error meanwhile, so that it never blocks.
    async fn wait(mut self) {
        if let Some(mut stderr) = self.stderr.take() {
            let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
        }
        let _ = self.child.wait().await;
    }

    /// Waits for its end; returns its standard error on one line.
    async fn complaints(mut self) -> Option<String> {
        let mut text = Vec::new();
        let stderr = self.stderr.take()?;
        stderr.take(COMPLAINTS).read_to_end(&mut text).await.ok()?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let said = super::error::bounded(&lines.join("; "));
        (!said.is_empty()).then_some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(url: &str) -> Result<String, &'static str> {
        let found = Ssh::to(url, None)?.arguments;
        let words: Vec<&str> = found.iter().filter_map(|word| word.to_str()).collect();
        Ok(words.join(" ").replace("-T -o BatchMode=yes -o ConnectTimeout=10 ", ""))
    }

    #[test]
    fn address_becomes_arguments_of_ssh() {
        let dial = "docker system dial-stdio";
        for (url, expected) in [
            ("ssh://box", format!("-- box {dial}")),
            ("ssh://me@box/", format!("-l me -- box {dial}")),
            ("ssh://me@box:2222", format!("-p 2222 -l me -- box {dial}")),
            ("ssh://box:22", format!("-p 22 -- box {dial}")),
            ("ssh://[::1]:22", format!("-p 22 -- ::1 {dial}")),
            ("ssh://box/run/d.sock", "-- box docker --host unix:///run/d.sock system dial-stdio".to_owned()),
        ] {
            assert_eq!(arguments(url), Ok(expected), "{url}");
        }
        let with_key = Ssh::to("ssh://box", Some(Path::new("/k"))).expect("an address").arguments;
        assert!(with_key.windows(2).any(|pair| pair == ["-i", "/k"]));
    }

    #[test]
    fn addresses_with_special_characters_for_shell_or_ssh_are_errors() {
        for url in [
            "ssh://me:secret@box",
            "ssh://",
            "ssh://box/a;reboot",
            "ssh://box/$(id)",
            "ssh://box/a b",
            "nonsense",
        ] {
            assert!(arguments(url).is_err(), "{url}: {:?}", arguments(url));
        }
    }
}
