//! What was compared and what differs, told as it goes.

use std::fmt::{self, Display};
use std::io::Write;

/// As many lines of one comparison as a person reads.
const ENOUGH: usize = 20;

/// Comparisons, and those that differ.
#[derive(Default)]
pub struct Report {
    /// What was compared, in words for the line that tells of it.
    subject: String,
    comparisons: usize,
    /// Entries, files, steps and sizes that were held against each other.
    pieces: usize,
    /// One comparison that differs each, all lines of it.
    pub faults: Vec<String>,
}

impl Report {
    /// Of one subject, to be taken into another report.
    pub fn of(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..Self::default() }
    }

    /// One comparison of some pieces, and the lines in which it differs.
    pub fn compared(&mut self, what: impl Display, pieces: usize, differences: &[String]) {
        self.comparisons += 1;
        self.pieces += pieces;
        if differences.is_empty() {
            return;
        }
        let mut fault = format!("{}: {what}: {} differ", self.subject, differences.len());
        for line in differences.iter().take(ENOUGH) {
            fault.push_str("\n    ");
            fault.push_str(line);
        }
        if differences.len() > ENOUGH {
            fault.push_str("\n    …");
        }
        self.faults.push(fault);
    }

    /// Adds another one's, and tells of it.
    pub fn take(&mut self, other: Self) {
        say(&format!("engines: {}: {other}", other.subject));
        for fault in &other.faults {
            say(fault);
        }
        self.comparisons += other.comparisons;
        self.pieces += other.pieces;
        self.faults.extend(other.faults);
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} comparisons of {} pieces, ", self.comparisons, self.pieces)?;
        match self.faults.len() {
            0 => f.write_str("all equal"),
            count => write!(f, "{count} differ"),
        }
    }
}

/// A line that is seen whether the test passes or not: the harness holds back only what is printed by macros.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
