//! Standard output: buffered, silent when its reader has gone, and styled on a terminal.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};

use crate::cli::PaintArgs;
use crate::format::{AsciiWriter, to_ascii};
use crate::report::{Ink, Page, TextRole};

use crate::tui::columns;

use super::environment::{colours, locale_is_ascii};
use super::inert::{TEXT, inert};

const BUFFER: usize = 256 << 10;

/// Runs a function that writes to standard output. A reader that closed its end wanted no more: that is not an error.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // What is left in the buffer was refused already; it must not be tried again on the way out.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// The same for text that people read: in a locale without UTF-8 it is ASCII, on a terminal or not.
pub(super) fn print_text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if !locale_is_ascii() {
        return print_document(write);
    }
    print_document(|out| {
        let mut out = AsciiWriter::new(out);
        write(&mut out)?;
        out.finish()
    })
}

/// Text for standard error, as the locale wants it.
pub(super) fn in_locale(text: String) -> String {
    if locale_is_ascii() { to_ascii(&text) } else { text }
}

/// Writes a line of this program on standard error. Where that fails, there is nobody to tell.
pub(super) fn warn(text: &str) {
    let _ = io::stderr().write_all(in_locale(format!("layerscope: {text}\n")).as_bytes());
}

/// The same for a document: none of its lines is a command to the build server whose log it goes to.
pub(super) fn print_document(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    print(|out| inert(out, TEXT, write))
}

/// What text is written on.
pub(super) fn page(paint: PaintArgs) -> Page {
    let terminal = io::stdout().is_terminal();
    // Without a terminal, nothing needs to fit: the reader can cut it.
    let width = terminal.then(columns).flatten();
    Page { width, ink: if colours(paint.color) { Ink::new(begin, "\x1b[0m") } else { Ink::plain() } }
}

fn begin(role: TextRole) -> &'static str {
    match role {
        TextRole::Heading => "\x1b[1m",
        TextRole::Dim => "\x1b[2m",
        TextRole::Waste | TextRole::Removed => "\x1b[31m",
        TextRole::Added => "\x1b[32m",
        TextRole::Modified => "\x1b[33m",
    }
}
