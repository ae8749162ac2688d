//! Opens container images without an engine and reports what every layer changes, what a container sees, and which
//! bytes are wasted.
//!
//! The data flow: [`source`] turns a file into an [`image::Image`] and the [`image::Entries`] of its layers, [`union`]
//! merges them in one arena, [`analysis`] puts every stored byte in an account, [`lint`] and [`secrets`] look for what
//! should not be there, and [`report`] (or the screen) shows the result. The library never prints, exits, reads the environment or knows a colour.

pub mod analysis;
pub mod check;
#[cfg(feature = "terminal")]
pub mod cli;
#[cfg(feature = "terminal")]
pub mod config;
pub mod dive;
pub mod export;
pub mod extract;
pub mod format;
pub mod image;
pub mod lint;
pub mod memory;
pub mod overview;
pub mod report;
#[cfg(feature = "terminal")]
pub mod run;
pub mod secrets;
pub mod source;
#[cfg(feature = "terminal")]
pub mod tui;
pub mod union;
pub mod verify;
