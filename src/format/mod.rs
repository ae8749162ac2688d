//! Bytes, fractions and times as people read them, and what makes text from an image safe: to show, for a shell and in
//! Markdown.

mod ascii;
mod error;
pub mod markdown;
mod number;
mod safe;
pub mod shell;
mod size;
mod time;
mod wrap;

pub use ascii::{AsciiWriter, ascii_form, to_ascii};
pub use error::error_chain;
pub use number::{bytes, count, docker_size, joined, percent, signed};
pub use safe::{fit, is_unsafe, safe, safe_content, safe_lines, safe_str, width};
pub use size::parse_size;
pub use time::{docker_time, mtime, rfc3339, since, timestamp};
pub use wrap::wrap;
