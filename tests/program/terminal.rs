//! A pseudo-terminal with the real program on it, and what a person would see there.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// As long as a slow, busy machine may take; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Runs `layerscope` with some arguments on a terminal of a size.
    pub fn run(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::run_with(arguments, columns, rows, &[])
    }

    pub fn run_with(arguments: &[&str], columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_layerscope"));
        command.args(arguments);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env_remove("NO_COLOR");
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in environment {
            command.env(name, value);
        }
        Self::start(command, columns, rows)
    }

    /// Runs any command.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let (seen, kept) = (Arc::clone(&screen), Arc::clone(&raw));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 {
                    break;
                }
                seen.lock().expect("no panic there").process(&buffer[..count]);
                kept.lock().expect("no panic there").extend_from_slice(&buffer[..count]);
            }
        });
        Self { screen, raw, writer, child, master: pair.master }
    }

    /// Types some keys, as bytes a terminal would send.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.writer.flush().expect("the terminal takes keys");
    }

    /// Waits until the screen shows a text.
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// Waits until nothing more comes, as a person does who looks before typing on.
    #[allow(dead_code, reason = "not every test types faster than it looks")]
    pub fn wait_still(&self) {
        let begin = Instant::now();
        let mut last = (self.text(), Instant::now());
        while last.1.elapsed() < Duration::from_millis(150) && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(10));
            let now = self.text();
            if now != last.0 {
                last = (now, Instant::now());
            }
        }
    }

    /// Waits until the screen no longer shows a text. A frame that is only half drawn does not count, and keys that
    /// follow an escape at once would be taken for one key.
    pub fn wait_gone(&self, text: &str) {
        let is_gone = |screen: &vt100::Screen| !screen.contents().contains(text);
        loop {
            self.wait(text, is_gone);
            std::thread::sleep(Duration::from_millis(60));
            if self.with_screen(is_gone) {
                return;
            }
        }
    }

    fn wait(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let begin = Instant::now();
        while !holds(self.screen.lock().expect("no panic there").screen()) {
            assert!(begin.elapsed() < PATIENCE, "waited for `{what}` in vain; the screen shows:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the screen shows.
    pub fn text(&self) -> String {
        self.screen.lock().expect("no panic there").screen().contents()
    }

    /// The screen itself, for whoever wants its colours.
    pub fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.screen.lock().expect("no panic there").screen())
    }

    /// Every byte the program wrote.
    pub fn raw(&self) -> Vec<u8> {
        self.raw.lock().expect("no panic there").clone()
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.lock().expect("no panic there").screen_mut().set_size(at_least_one(rows), at_least_one(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("a terminal of another size");
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Waits for the program to end.
    pub fn end(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                // What it wrote last is still on its way through the terminal.
                std::thread::sleep(Duration::from_millis(100));
                return status;
            }
            assert!(begin.elapsed() < PATIENCE, "it does not end; the screen shows:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether the terminal is as a shell wants it: main screen, cursor shown, no mouse, line-wise with echo.
    pub fn assert_restored(&self) {
        self.with_screen(|screen| {
            assert!(!screen.alternate_screen(), "the alternate screen is left");
            assert!(!screen.hide_cursor(), "the cursor is shown");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
            assert!(!screen.bracketed_paste(), "pasting is as it was");
        });
        #[cfg(unix)]
        {
            let settings = self.master.get_termios().expect("a terminal has settings");
            let flags = format!("{:?}", settings.local_flags);
            assert!(flags.contains("ICANON") && flags.contains("ECHO"), "line-wise, with echo: {flags}");
        }
    }
}

/// Nobody has a terminal without cells.
fn at_least_one(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).unwrap_or(NonZeroU16::MIN)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
