//! Memory that cannot be had ends the program with a sentence, after the terminal was given back. The library of the
//! language has no stable way to say what happens then: it aborts. So the program's allocator is the system's, looked at.
//!
//! What happens on the way out takes no memory and waits for nothing for long.
#![expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait, and leaving without the usual farewells a system call"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// It could not be done, as for every other error.
const FAILED: i32 = 2;

/// The system's allocator, for a program that sets it as its own.
pub struct Memory;

static FAREWELL: OnceLock<fn()> = OnceLock::new();

/// What is done before the program ends for want of memory; the first to say so. It must not allocate.
pub fn before_the_end(farewell: fn()) {
    let _ = FAREWELL.set(farewell);
}

// SAFETY: everything is the system's allocator's own answer; where it has none, nothing is returned.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        had(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        had(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        had(unsafe { System.realloc(at, layout, size) }, size)
    }
}

#[inline]
fn had(at: *mut u8, size: usize) -> *mut u8 {
    if at.is_null() { end(size) } else { at }
}

#[cold]
fn end(size: usize) -> ! {
    thread_local!(static ENDING: Cell<bool> = const { Cell::new(false) });
    static TOLD: AtomicBool = AtomicBool::new(false);
    if ENDING.replace(true) {
        leave();
    }
    if TOLD.swap(true, Ordering::SeqCst) {
        // Another thread is at it.
        std::thread::sleep(Duration::from_secs(1));
        leave();
    }
    if let Some(farewell) = FAREWELL.get() {
        farewell();
    }
    let mut text = FixedLine::default();
    text.push(b"layerscope: not enough memory: ");
    text.push_number(size);
    text.push(b" more bytes could not be allocated\n");
    text.print();
    leave();
}

/// A line that takes no memory but its own.
struct FixedLine {
    bytes: [u8; 128],
    len: usize,
}

impl Default for FixedLine {
    fn default() -> Self {
        Self { bytes: [0; 128], len: 0 }
    }
}

impl FixedLine {
    fn push(&mut self, more: &[u8]) {
        let room = &mut self.bytes[self.len..];
        let count = more.len().min(room.len());
        room[..count].copy_from_slice(&more[..count]);
        self.len += count;
    }

    fn push_number(&mut self, mut number: usize) {
        let mut digits = [b'0'; 20];
        let mut first = digits.len() - 1;
        loop {
            digits[first] = b"0123456789"[number % 10];
            number /= 10;
            if number == 0 || first == 0 {
                break;
            }
            first -= 1;
        }
        self.push(&digits[first..]);
    }

    #[cfg(unix)]
    fn print(&self) {
        // SAFETY: the pointer and the length are those of a slice.
        let _ = unsafe { libc::write(2, self.bytes.as_ptr().cast(), self.len) };
    }

    #[cfg(not(unix))]
    fn print(&self) {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), &self.bytes[..self.len]);
    }
}

/// Without waiting for other threads, and without giving anything back that the system takes back anyway.
fn leave() -> ! {
    // SAFETY: nothing of this process is used any more.
    #[cfg(unix)]
    unsafe {
        libc::_exit(FAILED)
    }
    #[cfg(not(unix))]
    std::process::exit(FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_without_memory() {
        for number in [0, 7, 1234, usize::MAX] {
            let mut text = FixedLine::default();
            text.push_number(number);
            assert_eq!(std::str::from_utf8(&text.bytes[..text.len]), Ok(number.to_string().as_str()));
        }
        let mut text = FixedLine::default();
        text.push(&[b'x'; 200]);
        assert_eq!(text.len, 128, "what does not fit is left out");
    }
}
