//! The connection to an engine: a unix socket, plain TCP, or the pipes of a child process.
//!
//! Only this file uses the part of `ureq` that may change in a minor version.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use super::endpoint::Via;

/// The limit on what a child says about a failure.
const COMPLAINT_MOST: u64 = 4 << 10;

/// An agent whose every connection leads to one endpoint, and what went wrong with the last one that failed.
pub(super) fn agent(via: &Via) -> (Agent, Failure) {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .input_buffer_size(128 << 10)
        .user_agent(concat!("layerscope/", env!("CARGO_PKG_VERSION")))
        .build();
    let failure = Failure::default();
    let connector = EngineConnector { via: via.clone(), failure: failure.clone() };
    (Agent::with_parts(config, connector, NoResolver), failure)
}

/// The cause of a failed connection: `ureq` passes on less than is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<Mutex<Option<ConnectFault>>>);

/// What is known about a failed connection.
#[derive(Debug)]
pub(super) enum ConnectFault {
    /// The system's error.
    Io(io::Error),
    /// The program that should connect cannot be run.
    Program(io::Error),
    /// The program that should connect ended, with its own words.
    Ended(String),
}

impl Failure {
    fn set(&self, fault: ConnectFault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// The last fault, once.
    pub(super) fn take(&self) -> Option<ConnectFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Names of hosts mean nothing here, so none is ever looked up.
#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(([0, 0, 0, 0], 0).into());
        Ok(addresses)
    }
}

#[derive(Debug)]
struct EngineConnector {
    via: Via,
    failure: Failure,
}

impl Connector for EngineConnector {
    type Out = EngineTransport;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<EngineTransport>, ureq::Error> {
        let stream = Stream::open(&self.via).map_err(|fault| {
            let error = match &fault {
                ConnectFault::Io(error) | ConnectFault::Program(error) => error.kind().into(),
                ConnectFault::Ended(_) => io::ErrorKind::BrokenPipe.into(),
            };
            self.failure.set(fault);
            ureq::Error::Io(error)
        })?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(EngineTransport { stream, buffers, is_open: true, failure: self.failure.clone() }))
    }
}

/// What carries the bytes.
enum Stream {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
    Child(ChildStream),
}

impl Stream {
    fn open(via: &Via) -> Result<Self, ConnectFault> {
        match via {
            #[cfg(unix)]
            Via::Unix(path) => UnixStream::connect(path).map(Self::Unix).map_err(ConnectFault::Io),
            #[cfg(not(unix))]
            Via::Unix(_) => Err(ConnectFault::Io(io::ErrorKind::Unsupported.into())),
            Via::Tcp(host) => TcpStream::connect(host.as_str()).map(Self::Tcp).map_err(ConnectFault::Io),
            Via::Child { program, arguments } => ChildStream::open(program, arguments).map(Self::Child),
        }
    }

    /// Limits the time that one read or write may take. Pipes of a child have no limit: Ctrl-C ends it too.
    fn limit(&self, time: Option<Duration>) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_read_timeout(time).and_then(|()| stream.set_write_timeout(time)),
            Self::Tcp(stream) => stream.set_read_timeout(time).and_then(|()| stream.set_write_timeout(time)),
            Self::Child(_) => Ok(()),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
            Self::Child(child) => child.output.read(buffer),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Unix(stream) => stream.write_all(bytes),
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Child(child) => child.input.write_all(bytes).and_then(|()| child.input.flush()),
        }
    }
}

/// A child process that copies between its pipes and the engine. It ends with this.
struct ChildStream {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    errors: Option<ChildStderr>,
}

impl ChildStream {
    fn open(program: &str, arguments: &[String]) -> Result<Self, ConnectFault> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(ConnectFault::Program)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { input, output, errors: child.stderr.take(), child }),
            _ => Err(ConnectFault::Program(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// What it said before it ended; its last line is the reason.
    fn complaint(&mut self) -> String {
        let mut text = Vec::new();
        // Its standard output is at its end: it ends, or will not say anything more.
        for _ in 0..50 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        if let Some(errors) = self.errors.take() {
            let _ = errors.take(COMPLAINT_MOST).read_to_end(&mut text);
        }
        let text = String::from_utf8_lossy(&text);
        let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        last.unwrap_or("it ended without an answer").to_owned()
    }
}

impl Drop for ChildStream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct EngineTransport {
    stream: Stream,
    buffers: LazyBuffers,
    is_open: bool,
    failure: Failure,
}

impl fmt::Debug for EngineTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineTransport").field("is_open", &self.is_open).finish_non_exhaustive()
    }
}

impl EngineTransport {
    /// The connection is of no use any more. A child says why.
    fn ended(&mut self) {
        self.is_open = false;
        if let Stream::Child(child) = &mut self.stream {
            self.failure.set(ConnectFault::Ended(child.complaint()));
        }
    }

    fn failed(&mut self, error: io::Error, timeout: NextTimeout) -> ureq::Error {
        self.ended();
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
            _ => ureq::Error::Io(error),
        }
    }
}

impl Transport for EngineTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let limit = timeout.not_zero().map(|time| *time);
        let sent = self.stream.limit(limit).and_then(|()| self.stream.write_all(&self.buffers.output()[..amount]));
        sent.map_err(|error| self.failed(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let limit = timeout.not_zero().map(|time| *time);
        self.stream.limit(limit).map_err(|error| self.failed(error, timeout))?;
        let count = loop {
            match self.stream.read(self.buffers.input_append_buf()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let count = count.map_err(|error| self.failed(error, timeout))?;
        self.buffers.input_appended(count);
        if count == 0 {
            self.ended();
        }
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        self.is_open
    }
}
