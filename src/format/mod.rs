//! Bytes, fractions and time as people read them, and the one function that makes text from an image safe to show.

mod number;
mod safe;
mod time;

pub use number::{bytes, count, docker_size, percent};
pub use safe::{fit, is_unsafe, safe, safe_lines, safe_str, width};
pub use time::{docker_time, mtime, since, timestamp};
