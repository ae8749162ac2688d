//! mod
mod blob;
mod error;
mod location;
mod progress;
mod tar;
mod unpack;
pub use error::SourceError;
pub use location::{Input, Location, Selector, Transport};
pub use progress::{Event, Progress, Quiet};
