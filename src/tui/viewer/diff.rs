//! What a version changed in the content of the previous one: lines of text, or rows of bytes. Both are bounded, since
//! the contents are hostile.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffTag};

use super::content_view::is_text;
use super::hex;
use super::stored::{ActiveRequest, Stored, Update};

/// Larger contents are only searched for their first difference.
const LONGEST: u64 = 8 << 20;
/// Texts with more lines are compared as bytes.
const MOST_LINES: usize = 200_000;
/// The limit on rows of a difference.
const MOST_ROWS: usize = 20_000;
/// Equal lines around each difference.
const CONTEXT: usize = 3;
/// A comparison that takes longer becomes coarser.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a row of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiffSign {
    Same,
    Removed,
    Added,
    /// The position of the next rows, or a remark.
    Place,
}

/// One row of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DiffRow {
    pub sign: DiffSign,
    pub bytes: Box<[u8]>,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Diff {
    /// In a few words.
    pub(super) summary: String,
    pub(super) rows: Vec<DiffRow>,
}

impl Diff {
    fn summary_only(summary: String) -> Self {
        Self { summary, rows: Vec::new() }
    }
}

/// Compares two contents.
pub(super) fn compare(before: &Stored, after: &Stored, request: &mut ActiveRequest<'_>) -> Result<Update, String> {
    if before.size() > LONGEST || after.size() > LONGEST {
        return first_difference(before, after, request);
    }
    let all = usize::try_from(LONGEST).unwrap_or(usize::MAX);
    let ((old, old_read), (new, new_read)) = (before.bytes(0, all, request), after.bytes(0, all, request));
    old_read.and(new_read)?;
    Ok(Update::Diff(line_diff(&old, &new)))
}

fn line_diff(old: &[u8], new: &[u8]) -> Diff {
    if old == new {
        return Diff::summary_only("the same content".to_owned());
    }
    let is_short = |bytes: &[u8]| lines(bytes).take(MOST_LINES + 1).count() <= MOST_LINES;
    if is_text(old) && is_text(new) && is_short(old) && is_short(new) {
        return of_texts(old, new, Instant::now() + PATIENCE);
    }
    of_bytes(old, new)
}

/// Lines with their line ends, so that a last line without one differs.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

fn of_texts(old: &[u8], new: &[u8], until: Instant) -> Diff {
    let (old, new): (Vec<_>, Vec<_>) = (lines(old).collect(), lines(new).collect());
    let ops = similar::capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(until));
    let (mut removed, mut added) = (0, 0);
    for op in &ops {
        let (tag, from, to) = op.as_tag_tuple();
        if tag != DiffTag::Equal {
            removed += from.len();
            added += to.len();
        }
    }
    let mut rows = DiffRows::default();
    for group in similar::group_diff_ops(ops, CONTEXT) {
        let Some((first, last)) = group.first().zip(group.last()) else { continue };
        let (from, to) = (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        rows.push(DiffSign::Place, format!("@@ -{} +{} @@", span(&from), span(&to)).as_bytes());
        for op in &group {
            let (tag, from, to) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                rows.lines(DiffSign::Same, &old[from]);
            } else {
                rows.lines(DiffSign::Removed, &old[from]);
                rows.lines(DiffSign::Added, &new[to]);
            }
        }
    }
    let lines = |count: usize| format!("{count} line{}", if count == 1 { "" } else { "s" });
    rows.into_diff(format!("{} removed, {} added", lines(removed), lines(added)))
}

/// `first,count`, lines counted from 1, as `diff -u` writes it.
fn span(range: &std::ops::Range<usize>) -> String {
    let first = if range.is_empty() { range.start } else { range.start + 1 };
    if range.len() == 1 { first.to_string() } else { format!("{first},{}", range.len()) }
}

/// Rows of sixteen bytes at the same offset that differ.
fn of_bytes(old: &[u8], new: &[u8]) -> Diff {
    let row =
        |bytes: &[u8], at: usize| bytes.get(at..).map(|rest| rest[..rest.len().min(16)].to_vec()).unwrap_or_default();
    let digits = hex::digits(LONGEST);
    let mut rows = DiffRows::default();
    let (mut differing, mut next) = (0, None);
    for at in (0..old.len().max(new.len())).step_by(16) {
        let (before, after) = (row(old, at), row(new, at));
        if before == after {
            continue;
        }
        differing += 1;
        if next != Some(at) && next.is_some() {
            rows.push(DiffSign::Place, b"");
        }
        next = Some(at + 16);
        for (sign, bytes) in [(DiffSign::Removed, before), (DiffSign::Added, after)] {
            if !bytes.is_empty() {
                rows.push(sign, hex::line(at as u64, &bytes, digits).as_bytes());
            }
        }
    }
    rows.into_diff(format!("{differing} row{} of 16 bytes differ", if differing == 1 { "" } else { "s" }))
}

#[derive(Default)]
struct DiffRows {
    kept: Vec<DiffRow>,
    bytes: usize,
    cut: bool,
}

impl DiffRows {
    fn push(&mut self, sign: DiffSign, bytes: &[u8]) {
        // A line may be as long as the file; what is shown of it is not.
        let bytes = &bytes[..bytes.len().min(super::rows::LONGEST)];
        self.bytes += bytes.len();
        self.cut |= self.kept.len() >= MOST_ROWS || self.bytes > 4 << 20;
        if !self.cut {
            self.kept.push(DiffRow { sign, bytes: bytes.into() });
        }
    }

    fn lines(&mut self, sign: DiffSign, lines: &[&[u8]]) {
        for line in lines {
            self.push(sign, line.strip_suffix(b"\n").unwrap_or(line));
            if !line.ends_with(b"\n") {
                self.push(DiffSign::Place, b"(no newline at end of file)");
            }
        }
    }

    fn into_diff(mut self, summary: String) -> Diff {
        if self.cut {
            self.kept.push(DiffRow { sign: DiffSign::Place, bytes: b"(more differences follow)"[..].into() });
        }
        Diff { summary, rows: self.kept }
    }
}

fn first_difference(before: &Stored, after: &Stored, request: &mut ActiveRequest<'_>) -> Result<Update, String> {
    let sizes = format!("{} B and {} B are too large to be compared in full", before.size(), after.size());
    let said = |at: Option<u64>| match at {
        Some(at) => format!("{sizes}; the first difference is at byte {at} ({at:#x})"),
        None => format!("the same content, {} B", before.size()),
    };
    let at = before.differs_from(after, request)?;
    Ok(Update::Diff(Diff::summary_only(said(at))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(diff: &Diff) -> Vec<String> {
        let sign = |sign| match sign {
            DiffSign::Same => ' ',
            DiffSign::Removed => '-',
            DiffSign::Added => '+',
            DiffSign::Place => '@',
        };
        diff.rows.iter().map(|row| format!("{}{}", sign(row.sign), String::from_utf8_lossy(&row.bytes))).collect()
    }

    #[test]
    fn texts_differ_by_lines_with_some_round_them() {
        let old: String = (1..=20).map(|line| ["line ", &line.to_string(), "\n"].concat()).collect();
        let new = old.replace("line 10\n", "line ten\nand more\n");
        let diff = line_diff(old.as_bytes(), new.as_bytes());
        assert_eq!(diff.summary, "1 line removed, 2 lines added");
        assert_eq!(
            shown(&diff),
            [
                "@@@ -7,7 +7,8 @@",
                " line 7",
                " line 8",
                " line 9",
                "-line 10",
                "+line ten",
                "+and more",
                " line 11",
                " line 12",
                " line 13"
            ]
        );
    }

    #[test]
    fn a_missing_last_line_end_is_said() {
        let diff = line_diff(b"a\nb\n", b"a\nb");
        assert_eq!(shown(&diff), ["@@@ -1,2 +1,2 @@", " a", "-b", "+b", "@(no newline at end of file)"]);
        assert_eq!(line_diff(b"", b"a\n").rows.len(), 2);
        assert_eq!(line_diff(b"a", b"a").summary, "the same content");
    }

    #[test]
    fn bytes_differ_by_rows_at_the_same_place() {
        let old: Vec<u8> = (0..=255).collect();
        let mut new = old.clone();
        (new[3], new[40]) = (0xee, 0xee);
        new.extend_from_slice(b"\0\0");
        let diff = line_diff(&old, &new);
        assert_eq!(diff.summary, "3 rows of 16 bytes differ");
        let rows = shown(&diff);
        assert_eq!(rows.len(), 7, "{rows:?}");
        assert!(rows[0].starts_with("-00000000  00 01 02 03") && rows[1].starts_with("+00000000  00 01 02 ee"));
        assert!(rows[6].starts_with("+00000100  00 00"), "{rows:?}");
    }

    #[test]
    fn a_difference_has_an_end() {
        let old = "a\n".repeat(MOST_LINES - 1);
        let new = "b\n".repeat(MOST_LINES - 1);
        let diff = of_texts(old.as_bytes(), new.as_bytes(), Instant::now());
        assert_eq!(diff.rows.len(), MOST_ROWS + 1);
        let (old, new) = (vec![0; 1 << 20], vec![1; 1 << 20]);
        assert_eq!(line_diff(&old, &new).rows.len(), MOST_ROWS + 1);
    }
}
