//! Bytes, fractions and times as people read them, and the one function that makes text from an image safe to show.

mod error;
mod number;
mod safe;
mod size;
mod time;
mod wrap;

pub use error::error_chain;
pub use number::{bytes, count, docker_size, percent};
pub use safe::{fit, is_unsafe, safe, safe_content, safe_lines, safe_str, width};
pub use size::parse_size;
pub use time::{docker_time, mtime, since, timestamp};
pub use wrap::wrap;
