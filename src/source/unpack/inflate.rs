//! Inflation of one gzip member whose state can be copied: what checkpoints are made of.
//!
//! No safe interface offers the copy: neither flate2 nor zlib-rs' own lets a state be cloned, or tells the bit at which a
//! block begins. So this is the one module that speaks to zlib-rs through the functions of zlib, which do (`inflateCopy`).
//! What it keeps true, so that nothing outside it can go wrong:
//!
//! - a stream exists only after `inflateInit2_` or `inflateCopy` succeeded, never moves (it is boxed), and is ended once;
//! - the library sees the caller's buffers only while [`Inflate::run`] runs: no pointer into them is kept behind it;
//! - a copy shares nothing with what it was copied from; copying only reads, so a kept state may be copied by many threads.

#![expect(unsafe_code, reason = "zlib-rs lets an inflate state be copied through the functions of zlib alone")]

use std::ffi::{CStr, c_int};
use std::io;
use std::ptr::{self, NonNull};

use libz_rs_sys::{
    Z_BUF_ERROR, Z_NO_FLUSH, Z_OK, Z_STREAM_END, inflate, inflateCopy, inflateEnd, inflateInit2_, inflateReset,
    z_stream, zlibVersion,
};

/// A window of 2¹⁵ bytes, and 16 for gzip's header and check sum around the data.
const GZIP_WINDOW_BITS: c_int = 16 + 15;

/// The state of one gzip member's decoding, its check sum included.
pub(in crate::source) struct Inflate {
    /// Initialised, with its own state, and without pointers to buffers.
    stream: Box<z_stream>,
    /// What was wrong behind the output that was given out first; the library gives the first reason only once.
    fault: Option<String>,
}

// SAFETY: the state behind the pointers belongs to this stream alone and comes from Rust's global allocator, which any
// thread may give it back to; the pointers into buffers lead nowhere between two calls.
unsafe impl Send for Inflate {}

// SAFETY: all that a shared reference can do is `copy`, which reads. Nothing inside changes without `&mut`.
unsafe impl Sync for Inflate {}

/// What one step did.
#[derive(Clone, Copy, Debug)]
pub(super) struct InflateStep {
    /// Bytes of the input that were consumed.
    pub(super) used: usize,
    /// Bytes of output that were made.
    pub(super) made: usize,
    /// Whether the member is over, and bore its check sum out.
    pub(super) ended: bool,
}

impl Inflate {
    /// About what a state occupies: the window, the code tables, and what belongs to them.
    pub(super) const BYTES: usize = 48 << 10;

    /// Before the header of a member.
    pub(super) fn new() -> io::Result<Self> {
        let mut stream = Box::new(z_stream::default());
        let size = c_int::try_from(size_of::<z_stream>()).unwrap_or(c_int::MAX);
        // SAFETY: `stream` is a z_stream that asks for the library's own allocator; version and size are those of the
        // library that this was compiled with, and it checks them.
        let code = unsafe { inflateInit2_(&raw mut *stream, GZIP_WINDOW_BITS, zlibVersion(), size) };
        if code != Z_OK {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        Ok(Self { stream, fault: None })
    }

    /// Takes from the input and makes output, as much as there is of the one and room for in the other.
    pub(super) fn run(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<InflateStep> {
        if let Some(fault) = &self.fault {
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault.clone()));
        }
        let stream = &mut *self.stream;
        let room_in = u32::try_from(input.len()).unwrap_or(u32::MAX);
        let room_out = u32::try_from(output.len()).unwrap_or(u32::MAX);
        (stream.next_in, stream.avail_in) = (input.as_ptr().cast_mut(), room_in);
        (stream.next_out, stream.avail_out) = (output.as_mut_ptr(), room_out);
        // SAFETY: the stream is initialised; `next_in` and `next_out` are valid for the `avail_in` bytes that are read
        // and the `avail_out` bytes that are written, and the two slices do not overlap.
        let code = unsafe { inflate(&raw mut *stream, Z_NO_FLUSH) };
        let (used, made) = (room_in - stream.avail_in, room_out - stream.avail_out);
        (stream.next_in, stream.avail_in) = (ptr::null_mut(), 0);
        // Not null, as `inflateCopy` requires of its source.
        (stream.next_out, stream.avail_out) = (NonNull::dangling().as_ptr(), 0);
        match code {
            Z_OK | Z_BUF_ERROR | Z_STREAM_END => {}
            // What came before a fault is given out first.
            _ if made > 0 => self.fault = Some(self.reason()),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, self.reason())),
        }
        Ok(InflateStep { used: used as usize, made: made as usize, ended: code == Z_STREAM_END })
    }

    /// The library's message.
    fn reason(&self) -> String {
        if self.stream.msg.is_null() {
            return "the gzip stream is corrupt".to_owned();
        }
        // SAFETY: where the library sets `msg`, it points to one of its constant strings, which end with a zero.
        let said = unsafe { CStr::from_ptr(self.stream.msg) };
        format!("the gzip stream is corrupt: {}", said.to_string_lossy())
    }

    /// Goes back to before the header of a member, and keeps the memory.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        (self.stream.msg, self.fault) = (ptr::null_mut(), None);
        // SAFETY: the stream is initialised.
        if unsafe { inflateReset(&raw mut *self.stream) } == Z_OK { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
    }

    /// A copy of the state; `None` if there is no memory for it, or if nothing was decoded yet.
    pub(super) fn copy(&self) -> Option<Self> {
        let mut stream = Box::new(z_stream::default());
        // SAFETY: the source is initialised and, by `&self`, not written to meanwhile; the destination is a z_stream of
        // its own. Where this fails, the destination may name the source's state: it is then dropped as the plain data
        // it is, and never ended.
        let code = unsafe { inflateCopy(&raw mut *stream, &raw const *self.stream) };
        (code == Z_OK).then(|| Self { stream, fault: self.fault.clone() })
    }
}

impl Drop for Inflate {
    fn drop(&mut self) {
        // SAFETY: the stream is initialised, its state is its own, and this is the last that happens to it.
        unsafe { inflateEnd(&raw mut *self.stream) };
    }
}
