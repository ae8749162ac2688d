//! What several tests share: layers and archives built from lines of text.
#![allow(dead_code, reason = "each test takes what it needs of this")]

pub mod archive;
pub mod cases;
pub mod fuzzing;
pub mod naive;
pub mod notation;
pub mod tarball;
