//! A small HTTP/1.1 server for tests of registries, token services and engines, which can
//! misbehave.
//!
//! One closure answers every request. Bodies may be cut, endless, slow, or never arrive. The server
//! listens on a free port of 127.0.0.1 or on a Unix socket, keeps connections open, and records all
//! requests.

mod body;
mod connection;
mod message;
mod registry;

use std::io;
use std::net::{TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
#[cfg(unix)]
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub use body::Body;
use connection::{Answer, Shared, Stream, locked, serve};
pub use message::{Request, Response};
pub use registry::{ranged, referrers, registry};

/// A server that runs until it is dropped.
///
/// ```
/// use dockopt_testkit::{Response, Server};
///
/// let server = Server::start(|request| match request.path() {
///     "/v2/" => Response::ok("{}").header("Content-Type", "application/json"),
///     _ => Response::status(404),
/// });
/// assert!(server.address().starts_with("127.0.0.1:"));
/// assert!(server.requests().is_empty());
/// ```
#[must_use]
pub struct Server {
    shared: Arc<Shared>,
    address: String,
    /// Wakes the thread that waits for the next connection.
    wake: Box<dyn Fn() + Send + Sync>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    pub fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let wake = Box::new(move || drop(TcpStream::connect(address)));
        let accept = move || {
            listener.accept().map(|(stream, _)| {
                // Head and body are written apart, and a client may be slow to confirm the first.
                let _ = stream.set_nodelay(true);
                Box::new(stream) as Box<dyn Stream>
            })
        };
        Self::run(Box::new(answer), address.to_string(), wake, accept)
    }

    /// Starts a server on a Unix socket, which must not exist. The file stays when the server
    /// stops.
    #[cfg(unix)]
    pub fn start_unix(path: &Path, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = UnixListener::bind(path).expect("a socket");
        let socket = path.to_owned();
        let wake = Box::new(move || drop(UnixStream::connect(&socket)));
        let accept = move || listener.accept().map(|(stream, _)| Box::new(stream) as Box<dyn Stream>);
        Self::run(Box::new(answer), path.display().to_string(), wake, accept)
    }

    fn run(
        answer: Box<Answer>,
        address: String,
        wake: Box<dyn Fn() + Send + Sync>,
        accept: impl Fn() -> io::Result<Box<dyn Stream>> + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            answer,
            requests: Mutex::default(),
            connections: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            while let Ok(stream) = accept() {
                if for_thread.is_stopped() {
                    break;
                }
                locked(&for_thread.connections).push(stream.twin());
                let shared = Arc::clone(&for_thread);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { shared, address, wake, thread: Some(thread) }
    }

    /// Returns its address: `127.0.0.1:PORT`, or the path of its socket.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns all requests so far.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.shared.requests).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        (self.wake)();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for connection in locked(&self.shared.connections).iter() {
            connection.close();
        }
    }
}

#[cfg(test)]
mod tests;
