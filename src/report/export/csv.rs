//! A row per wasted file, for spreadsheets (RFC 4180).

use std::borrow::Cow;
use std::io::{self, Write};

use csv::Writer;

use crate::report::Subject;

/// Every wasted file, largest first.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let instructions = subject.briefs();
    let mut rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    rows.write_record(["bytes", "account", "layer", "wasted_by", "path", "instruction"])?;
    for waste in subject.analysis.waste.iter().filter(|waste| waste.bytes > 0) {
        let path = subject.path(subject.union.version(waste.name).path().as_bytes());
        let instruction = instructions.get(waste.by.index()).map_or("", String::as_str);
        rows.write_record([
            waste.bytes.to_string().as_str(),
            waste.account.name(),
            &waste.layer.to_string(),
            &waste.by.to_string(),
            &inert(&path),
            &inert(instruction),
        ])?;
    }
    flush(rows)
}

fn flush(mut rows: Writer<&mut dyn Write>) -> io::Result<()> {
    rows.flush()
}

/// Spreadsheets evaluate what begins like a formula; after an apostrophe it is text.
fn inert(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@']) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}
