//! Tar, read as Go's `archive/tar` reads it, since every engine reads layers with that.
//!
//! An own walker over blocks, because the layers of images hold everything that a header can say wrongly, and a library
//! that loses its place there would show another image than the one that runs. It goes from header to header over any
//! [`TarInput`]: in a blob that can be sought in, contents are never read; in a stream they pass by once.

mod bound;
mod doubt;
mod fault;
mod header;
mod input;
mod member;
mod pax;
mod sparse;
#[cfg(test)]
pub(super) mod tests;
mod walker;

pub(super) use doubt::Doubt;
pub(super) use fault::TarError;
pub(super) use header::{BLOCK, Block, checksum_is_right, content_size};
pub(super) use input::{SeekableInput, StreamInput, TarInput};
pub(super) use member::Member;
pub(super) use walker::Walker;
