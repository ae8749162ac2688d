//! What several tests share: layers and archives built from lines of text.
#![allow(dead_code, clippy::panic, reason = "each test takes what it needs of this; a faulty test may stop at once")]

pub mod archive;
pub mod cases;
pub mod contents;
pub mod fuzzing;
#[cfg(not(fuzzing))]
pub mod gates;
#[cfg(not(fuzzing))]
pub mod members;
pub mod naive;
pub mod notation;
#[cfg(not(fuzzing))]
pub mod seeds;
pub mod tarball;
