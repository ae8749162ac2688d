//! The terminal, taken and restored: on return, on error, on panic, on a signal, and while the program is suspended.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError, TryLockError};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{Command, execute};

use super::screen::Screen;

/// A frame consists of thousands of small writes.
const BUFFER: usize = 64 * 1024;

/// Whether the terminal is ours; a static, since the panic hook has nothing else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Held while the terminal is taken and while a frame is written, so that the terminal is never restored in between.
static DRAWING: Mutex<()> = Mutex::new(());

/// The terminal itself, past the library's lock and buffer, which the code that needs memory may hold.
static OUT: OnceLock<File> = OnceLock::new();

/// How long a panic waits for a frame to finish. The frame may be what panicked, so the wait is bounded.
const FRAME: Duration = Duration::from_millis(50);

/// The width of the terminal that the program runs on, if there is one and it knows.
#[must_use]
pub fn columns() -> Option<usize> {
    size().ok().map(|(columns, _)| usize::from(columns)).filter(|&columns| columns > 0)
}

/// Holds the terminal and restores it when dropped.
pub(super) struct Guard {
    mouse: bool,
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Guard {
    /// `mouse` says whether the program receives clicks.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let said = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                said(panic);
            }));
        });
        #[cfg(unix)]
        if let Ok(out) = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned() {
            let _ = OUT.set(out.into());
        }
        take_terminal(mouse)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
        match Terminal::new(backend) {
            Ok(terminal) => Ok(Self { mouse, terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub fn draw(&mut self, screen: &Screen) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        if is_taken() { self.terminal.draw(|frame| screen.draw(frame)).map(drop) } else { Ok(()) }
    }

    /// Asks the terminal to put a text on the clipboard (OSC 52). The text is encoded, so nothing in it can control the
    /// terminal.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_taken() {
            return Ok(());
        }
        let backend = self.terminal.backend_mut();
        write!(backend, "\x1b]52;c;{}\x1b\\", BASE64_STANDARD.encode(text))?;
        Write::flush(backend)
    }

    /// Sends the terminal a question. It answers among the keys.
    pub fn ask(&mut self, query: &[u8]) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_taken() {
            return Ok(());
        }
        let backend = self.terminal.backend_mut();
        backend.write_all(query)?;
        Write::flush(backend)
    }

    /// Takes the terminal again, whatever happened to it meanwhile; the next frame is drawn in full.
    pub fn enter_again(&mut self) -> io::Result<()> {
        take_terminal(self.mouse)?;
        let (width, height) = size()?;
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, width, height))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

fn take_terminal(mouse: bool) -> io::Result<()> {
    let taken = {
        // A thread that panics meanwhile restores a terminal that is taken completely.
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode().and_then(|()| {
            execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
            if mouse { execute!(io::stdout(), EnableClicks) } else { Ok(()) }
        })
    };
    if taken.is_err() {
        give_back();
    }
    taken
}

/// Asks for clicks, the wheel and dragging. crossterm would ask for every movement too, which is not used here and is
/// costly on a slow line.
struct EnableClicks;

impl Command for EnableClicks {
    fn write_ansi(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str("\x1b[?1000h\x1b[?1002h\x1b[?1006h")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        ratatui::crossterm::event::EnableMouseCapture.execute_winapi()
    }

    #[cfg(windows)]
    fn is_ansi_code_supported(&self) -> bool {
        false
    }
}

/// Whether the terminal is still ours; a panic on any thread restores it, and after that nothing more may be drawn.
pub(super) fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Waits for a frame to be done, but not for ever.
fn after_frame() -> Option<MutexGuard<'static, ()>> {
    let begun = Instant::now();
    loop {
        match DRAWING.try_lock() {
            Ok(drawing) => return Some(drawing),
            Err(TryLockError::Poisoned(drawing)) => return Some(drawing.into_inner()),
            Err(TryLockError::WouldBlock) if begun.elapsed() < FRAME => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return None,
        }
    }
}

/// Restores the terminal when there is no memory to do so in the usual way. Only for the end of the program.
pub fn give_back_without_memory() {
    // What `give_back` writes, and then the program's own modes of the mouse.
    const LEAVE: &[u8] = b"\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?1049l\x1b[?25h";
    let drawing = after_frame();
    if TAKEN.swap(false, Ordering::SeqCst) {
        if let Some(mut out) = OUT.get() {
            let _ = out.write_all(LEAVE);
        }
        let _ = disable_raw_mode();
    }
    // No more drawing.
    std::mem::forget(drawing);
}

/// Restores everything. Only the first call does; errors are ignored, since nothing can be done about them.
pub(super) fn give_back() {
    let _drawing = after_frame();
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = execute!(out, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}
