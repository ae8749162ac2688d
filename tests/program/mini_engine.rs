//! An engine on a unix socket that gives recorded answers and remembers the requests.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::tool;

/// One answer, or what goes wrong instead.
#[derive(Clone)]
pub enum Answer {
    /// A body with this status line and these headers.
    Whole(String, Vec<u8>),
    /// The same, but the connection ends after the body although more is promised.
    Cut(Vec<u8>),
    /// The same, but nothing comes after the body, and the connection stays.
    Stalled(Vec<u8>),
    /// The body, of which so many bytes come at once and the others once the gate is open.
    Gated(Arc<AtomicBool>, usize, Vec<u8>),
    /// Nothing ever comes.
    Silence,
    /// Bytes that are not HTTP.
    Garbage,
}

/// The file of a recorded answer.
pub fn recorded(name: &str) -> Answer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name);
    let bytes = std::fs::read(path).expect(name);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let is_framing = |line: &&str| {
        let name = line.to_ascii_lowercase();
        !name.starts_with("content-length:") && !name.starts_with("transfer-encoding:")
    };
    let head = head.split("\r\n").filter(is_framing).collect::<Vec<_>>().join("\r\n");
    Answer::Whole(head, bytes[end + 4..].to_vec())
}

/// A success with a body.
pub fn success(body: impl Into<Vec<u8>>) -> Answer {
    Answer::Whole("HTTP/1.1 200 OK".to_owned(), body.into())
}

/// A recorded body that is compressed here.
pub fn recorded_tar(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name);
    zstd::decode_all(std::fs::File::open(path).expect(name)).expect("zstd")
}

/// The bytes of an archive in `tests/images`.
pub fn archive(name: &str) -> Vec<u8> {
    std::fs::read(tool::images().join(name)).expect(name)
}

pub struct MiniEngine {
    folder: tempfile::TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

impl MiniEngine {
    /// Answers requests for these paths, with queries; all others are not found.
    pub fn new(routes: Vec<(&str, Answer)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("s")).expect("a socket");
        let routes: Vec<_> = routes.into_iter().map(|(path, answer)| (path.to_owned(), answer)).collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (routes, seen) = (routes.clone(), Arc::clone(&seen));
                thread::spawn(move || serve(stream, &routes, &seen));
            }
        });
        Self { folder, requests }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The requests so far, without the method.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

fn serve(mut stream: UnixStream, routes: &[(String, Answer)], seen: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().expect("a clone")).lines().map_while(Result::ok);
    loop {
        let Some(first) = lines.next() else { return };
        while lines.next().is_some_and(|line| !line.is_empty()) {}
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        seen.lock().expect("no panic").push(path.clone());
        let answer = routes.iter().find(|(route, _)| *route == path).map(|(_, answer)| answer);
        let not_found = Answer::Whole(
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json".to_owned(),
            b"{\"message\":\"no such thing\"}".to_vec(),
        );
        let written = match answer.unwrap_or(&not_found) {
            Answer::Whole(head, _) if first.starts_with("HEAD ") => {
                write!(stream, "{head}\r\nContent-Length: 9\r\n\r\n")
            }
            Answer::Whole(head, body) => {
                write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n", body.len()).and_then(|()| stream.write_all(body))
            }
            Answer::Cut(body) => {
                let more = body.len() + 1000;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {more}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
                return;
            }
            Answer::Stalled(body) => {
                let more = body.len() + 1000;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {more}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
                thread::sleep(std::time::Duration::from_secs(60));
                return;
            }
            Answer::Gated(gate, first, body) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let (first, rest) = body.split_at(*first);
                let begun = match first {
                    [] => Ok(()),
                    _ => stream.write_all(&[head.as_bytes(), first].concat()),
                };
                while !gate.load(Ordering::Relaxed) {
                    thread::sleep(std::time::Duration::from_millis(5));
                }
                let head = if first.is_empty() { head.as_bytes() } else { b"" };
                begun.and_then(|()| stream.write_all(&[head, rest].concat()))
            }
            Answer::Silence => {
                thread::sleep(std::time::Duration::from_secs(60));
                return;
            }
            Answer::Garbage => {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}
