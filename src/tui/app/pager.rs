//! Hands the terminal to a pager, which gets a text through a pipe, and takes it back when the pager ends.

use std::io::{self, BufWriter, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::tui::work::PagedText;

/// What is tried in turn if no pager is set.
const USUAL: [&str; 2] = ["less", "more"];
/// A pager command with one of these is for a shell.
const OF_A_SHELL: &str = "|&;<>()$`\\\"'*?[#~=%\n";
/// How long the thread that reads keys may take to pause.
const PAUSES_WITHIN: Duration = Duration::from_secs(1);

/// How the user reads long texts.
#[derive(Clone, Debug, Default)]
pub struct PagerOptions {
    /// The command; `None` for a usual one.
    pub command: Option<String>,
    /// The options that `less` takes from the environment.
    pub less: String,
}

/// A pager that runs.
pub(super) struct Pager {
    command: String,
    child: Child,
}

impl Pager {
    /// Starts the user's pager, or a usual one, and passes the text on to it. The error is a sentence.
    pub fn start(options: &PagerOptions, text: PagedText) -> Result<Self, String> {
        let less = options.less.as_str();
        let (command, mut child) = match options.command.as_deref() {
            Some(command) => (command, spawn(command, less).map_err(|error| refusal(command, &error))?),
            None => USUAL
                .iter()
                .find_map(|usual| Some((*usual, spawn(usual, less).ok()?)))
                .ok_or("there is neither `less` nor `more` here: set PAGER to a pager that is installed")?,
        };
        if let Some(pipe) = child.stdin.take() {
            thread::spawn(move || {
                let mut pipe = BufWriter::new(pipe);
                // A pager that is left early wants no more.
                let _ = text.write_to(&mut pipe).and_then(|()| pipe.flush());
            });
        }
        Ok(Self { command: command.to_owned(), child })
    }

    /// Whether it has ended: what went wrong as a sentence, or nothing.
    pub fn ended(&mut self) -> Option<Result<(), String>> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(outcome(&self.command, status)),
            Err(error) => Some(Err(refusal(&self.command, &error))),
        }
    }

    /// Ends it.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(command: &str, less: &str) -> io::Result<Child> {
    let mut words = command.split_whitespace();
    let mut started = if cfg!(unix) && command.contains(|letter| OF_A_SHELL.contains(letter)) {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        shell
    } else {
        let mut program = Command::new(words.next().unwrap_or_default());
        program.args(words);
        program
    };
    // Else `less` would leave a short text before anyone has read it.
    if less.contains('F') || less.contains("quit-if-one-screen") {
        started.env("LESS", format!("{less} -+F"));
    }
    started.stdin(Stdio::piped()).spawn()
}

fn refusal(command: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("the pager `{command}` does not exist: set PAGER to one that is installed"),
        _ => format!("the pager `{command}` cannot be run: {error}"),
    }
}

fn outcome(command: &str, status: ExitStatus) -> Result<(), String> {
    match status.code() {
        // A pager that a signal ended was ended by the user.
        Some(0) | None => Ok(()),
        // What shells say of a command that is not there.
        Some(127) => Err(refusal(command, &io::ErrorKind::NotFound.into())),
        Some(code) => Err(format!("the pager `{command}` ended with exit code {code}")),
    }
}

#[derive(Default)]
struct PauseState {
    wanted: bool,
    reached: bool,
}

/// Keeps the thread that reads keys from reading those of another program.
#[derive(Clone, Default)]
pub(super) struct KeyPause(Arc<(Mutex<PauseState>, Condvar)>);

impl KeyPause {
    /// Called by the thread that reads keys before every read: waits while another program has the terminal.
    pub fn wait(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.wanted {
            state.reached = true;
            changed.notify_all();
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.reached = false;
    }

    /// Returns once no more keys are read.
    pub fn begin(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.wanted = true;
        let until = Instant::now() + PAUSES_WITHIN;
        while !state.reached && Instant::now() < until {
            wake_reader();
            let step = Duration::from_millis(10);
            state = changed.wait_timeout(state, step).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn end(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap_or_else(PoisonError::into_inner).wanted = false;
        changed.notify_all();
    }
}

/// Makes a read of keys return: a terminal that is resized is an event, too.
fn wake_reader() {
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_that_does_not_exist_is_one_sentence() {
        for command in ["no-such-pager -R", "no-such-pager | cat", "LESS=R no-such-pager"] {
            let options = PagerOptions { command: Some(command.to_owned()), less: "FRX".to_owned() };
            let ended = Pager::start(&options, PagedText::new(|out| out.write_all(b"text"))).and_then(|mut pager| {
                loop {
                    if let Some(ended) = pager.ended() {
                        return ended;
                    }
                    thread::sleep(Duration::from_millis(5));
                }
            });
            if command.contains('|') {
                assert_eq!(ended, Ok(()), "the last command of a pipe decides");
            } else {
                assert_eq!(
                    ended,
                    Err(format!("the pager `{command}` does not exist: set PAGER to one that is installed"))
                );
            }
        }
    }
}
