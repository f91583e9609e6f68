//! One connection: reads, records and answers requests until one side closes it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::body::{After, Body};
use super::message::{Request, Response};

/// Answers every request.
pub(super) type Answer = dyn Fn(&Request) -> Response + Send + Sync;

/// State shared by the threads of a server.
pub(super) struct Shared {
    pub(super) answer: Box<Answer>,
    pub(super) requests: Mutex<Vec<Request>>,
    pub(super) connections: Mutex<Vec<Box<dyn Stream>>>,
    pub(super) stopped: AtomicBool,
}

impl Shared {
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn record(&self, request: &Request) {
        locked(&self.requests).push(request.clone());
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection of either kind.
pub(super) trait Stream: Read + Write + Send {
    /// Returns another handle of the same connection.
    fn twin(&self) -> Box<dyn Stream>;

    /// Closes the connection for all its handles.
    fn close(&self);
}

impl Stream for TcpStream {
    fn twin(&self) -> Box<dyn Stream> {
        Box::new(self.try_clone().expect("a handle"))
    }

    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

#[cfg(unix)]
impl Stream for UnixStream {
    fn twin(&self) -> Box<dyn Stream> {
        Box::new(self.try_clone().expect("a handle"))
    }

    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// Serves a connection to its end.
pub(super) fn serve(stream: Box<dyn Stream>, shared: &Shared) {
    let mut out = stream.twin();
    let mut input = BufReader::new(stream);
    while let Ok(Some(request)) = read_request(&mut input) {
        shared.record(&request);
        let response = (shared.answer)(&request);
        match send(&mut *out, &request, &response, shared) {
            Ok(After::Keep) => {}
            // The end of the client or of the server ends this read.
            Ok(After::Hang) => drop(io::copy(&mut input, &mut io::sink())),
            Ok(After::Close) | Err(_) => break,
        }
    }
    out.close();
}

fn send(out: &mut dyn Write, request: &Request, response: &Response, shared: &Shared) -> io::Result<After> {
    if matches!(response.body, Body::Silence) {
        return Ok(After::Hang);
    }
    let mut head = Vec::new();
    write!(head, "HTTP/1.1 {} Answer\r\n", response.status)?;
    let given = |name: &str| response.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let (name, value) = response.body.length_header();
    // 1xx and 204 have no body, and no header with its length.
    if response.status >= 200 && response.status != 204 && !given(&name) {
        write!(head, "{name}: {value}\r\n")?;
    }
    for (name, value) in &response.headers {
        write!(head, "{name}: {value}\r\n")?;
    }
    head.extend_from_slice(b"\r\n");
    out.write_all(&head)?;
    let after = match request.method.as_str() {
        "HEAD" => After::Keep,
        _ => response.body.send(out, &|| shared.is_stopped())?,
    };
    out.flush()?;
    Ok(after)
}

/// Returns the next request; `None` if the client has closed the connection.
fn read_request(input: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(first) = read_line(input)? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let mut request = Request { method: word(), target: word(), ..Request::default() };
    while let Some(line) = read_line(input)?.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        request.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if request.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        request.body = read_chunks(input)?;
    } else if let Some(length) = request.header("content-length").and_then(|length| length.parse().ok()) {
        input.take(length).read_to_end(&mut request.body)?;
    }
    Ok(Some(request))
}

fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if input.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
}

fn read_chunks(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(line) = read_line(input)? {
        let size = u64::from_str_radix(line.split(';').next().unwrap_or_default(), 16);
        let size = size.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        input.take(size).read_to_end(&mut body)?;
        read_line(input)?;
        if size == 0 {
            break;
        }
    }
    Ok(body)
}
