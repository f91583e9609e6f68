//! Detects Podman behind Docker's API: it names itself in the headers of each response, which
//! bollard does not expose.
//!
//! A ping takes less than a millisecond. Podman's responses with its version and ID take half a
//! second.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::endpoint::Address;

/// The longest wait for the headers.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest head of a response in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// Returns whether the engine at this address is Podman; `None` if that needs more than a plain
/// connection.
pub(super) fn is_podman(address: &Address) -> Option<bool> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => {
            let stream = std::os::unix::net::UnixStream::connect(path).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            stream.set_write_timeout(Some(PATIENCE)).ok()?;
            ask(stream)
        }
        Address::Tcp { host_port, tls: None } => {
            let address = host_port.to_socket_addrs().ok()?.next()?;
            let stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            stream.set_write_timeout(Some(PATIENCE)).ok()?;
            ask(stream)
        }
        _ => None,
    }
}

fn ask(mut stream: impl Read + Write) -> Option<bool> {
    stream.write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n").ok()?;
    let (begun, mut head, mut buffer) = (Instant::now(), Vec::new(), [0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut buffer).ok()?;
        head.extend_from_slice(buffer.get(..read)?);
        if read == 0 || head.len() > MAX_HEAD || begun.elapsed() > PATIENCE {
            return None;
        }
    }
    Some(names_podman(&String::from_utf8_lossy(&head)))
}

fn names_podman(head: &str) -> bool {
    let is_it = |line: &str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("libpod-api-version:") || line.starts_with("server: libpod")
    };
    head.lines().take_while(|line| !line.is_empty()).any(is_it)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// A connection that responds with these bytes.
    struct Answering(io::Cursor<Vec<u8>>);

    impl Read for Answering {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Answering {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn headers_distinguish_podman_from_docker() {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\nServer: Libpod/4\r\n\r\n", "x".repeat(MAX_HEAD));
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nServer: Libpod/4.3.1 (linux)\r\n\r\nOK", Some(true)),
            ("HTTP/1.1 200 OK\r\nLibpod-Api-Version: 4.3.1\r\n\r\nOK", Some(true)),
            ("HTTP/1.1 200 OK\r\nServer: Docker/20.10.24+dfsg1 (linux)\r\n\r\nOK", Some(false)),
            ("HTTP/1.1 200 OK\r\n\r\nServer: Libpod", Some(false)),
            ("HTTP/1.1 404 Not Found\r\n\r\n", Some(false)),
            ("HTTP/1.1 200 OK\r\nServer: Libpod", None),
            ("", None),
            (&long, None),
        ] {
            let connection = Answering(io::Cursor::new(answer.as_bytes().to_vec()));
            assert_eq!(ask(connection), expected, "{answer:.60}");
        }
    }
}
