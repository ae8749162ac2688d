//! Opens container images without an engine and says what every layer changes, what a container will see, and which
//! bytes are stored for nothing.
//!
//! The way of the data: [`source`] turns a file into an [`image::Image`] and the [`image::Entries`] of its layers,
//! [`union`] lays them over each other in one arena, [`analysis`] puts every stored byte in an account, and [`report`]
//! (or the screen) shows it. The library never prints, exits, reads the environment or knows a colour.

pub mod analysis;
#[cfg(feature = "terminal")]
pub mod config;
pub mod format;
pub mod image;
#[cfg(feature = "terminal")]
pub mod tui;
pub mod union;
