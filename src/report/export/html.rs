//! One page that needs nothing else.

use std::io::{self, Write};

use crate::analysis::Dive;
use crate::report::Subject;

/// The report as a page.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_html(_subject: &Subject<'_>, _dive: &Dive, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<!doctype html>\n")
}
