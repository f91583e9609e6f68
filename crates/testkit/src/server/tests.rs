//! The bytes that a client receives from the server.

use std::io::{Read, Write};
use std::time::Duration;

use super::*;

/// Sends these bytes and returns all that comes back.
fn talk(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

const LAST: &str = "GET /last HTTP/1.1\r\n\r\n";

/// A server that answers with this body, and closes the connection after the path `/last`.
fn serving(body: Body) -> Server {
    Server::start(move |request| match request.path() {
        "/last" => Response::new(404, Body::Cut(Vec::new(), 0)),
        _ => Response::ok(body.clone()).header("X-A", "b"),
    })
}

#[test]
fn all_requests_of_a_connection_are_answered_and_recorded() {
    let server = serving("hello".into());
    let post = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nRange: bytes=17-\r\n\r\nhi";
    let chunked = "PUT /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    let answer = talk(&server, &format!("{post}{chunked}HEAD /e HTTP/1.1\r\n\r\n{LAST}"));
    let ok = "HTTP/1.1 200 Answer\r\nContent-Length: 5\r\nX-A: b\r\n\r\n";
    let last = "HTTP/1.1 404 Answer\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(answer, format!("{ok}hello{ok}hello{ok}{last}"));
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert_eq!((requests[0].method.as_str(), requests[0].path(), requests[0].query()), ("POST", "/a", "b=c"));
    assert_eq!((requests[0].body.as_slice(), requests[0].range_start()), (&b"hi"[..], Some(17)));
    assert_eq!(requests[0].header("HOST"), Some("x"));
    assert_eq!(requests[1].body, b"abc");
}

#[test]
fn broken_bodies_are_sent_as_given() {
    for (body, expected) in [
        (Body::Cut(b"hello".to_vec(), 2), "Content-Length: 5\r\nX-A: b\r\n\r\nhe"),
        (Body::ChunkedCut(b"hello".to_vec(), 3), "chunked\r\nX-A: b\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n"),
    ] {
        let answer = talk(&serving(body), "GET / HTTP/1.1\r\n\r\n");
        assert!(answer.ends_with(expected), "{answer}");
    }
    for (body, expected) in [
        (Body::Chunked(b"hello".to_vec(), 4), "\r\n\r\n4\r\nhell\r\n1\r\no\r\n0\r\n\r\nHTTP/1.1 404"),
        (Body::Drip(b"hello".to_vec(), 3, Duration::from_millis(1)), "\r\n\r\nhelloHTTP/1.1 404"),
    ] {
        let answer = talk(&serving(body), &format!("GET / HTTP/1.1\r\n\r\n{LAST}"));
        assert!(answer.contains(expected), "{answer}");
    }
}

#[test]
fn endless_answers_end_with_the_server() {
    for body in [Body::Endless(vec![b'x'; 1000]), Body::Stall(b"hello".to_vec(), 2), Body::Silence] {
        let silent = matches!(body, Body::Silence);
        let server = serving(body);
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        if silent {
            while server.requests().is_empty() {
                thread::yield_now();
            }
        } else {
            stream.read_exact(&mut [0; 8]).unwrap();
        }
        drop(server);
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

#[cfg(unix)]
#[test]
fn unix_socket_serves_requests_too() {
    let path = std::env::temp_dir().join(format!("dockopt-testkit-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let server =
        Server::start_unix(&path, |request| Response::new(200, Body::Cut(request.target.clone().into(), 2)));
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /a HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\n/a"), "{answer}");
    assert_eq!(server.requests().len(), 1);
    drop(server);
    std::fs::remove_file(&path).unwrap();
}
