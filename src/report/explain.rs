//! An image as text for a lecture, a README or a pull request: a paragraph for every layer, in the order of the build.

use std::io::{self, Write};

use super::{Page, Subject, TextRole, names};
use crate::format::markdown::{code, escaped, prose};
use crate::format::wrap;
use crate::teaching::Explanation;

/// The columns of a page without a width.
const WIDTH: usize = 80;
/// No longer line is read with ease.
const MOST: usize = 100;
const INDENT: &str = "  ";

fn explanation(subject: &Subject<'_>) -> Explanation {
    Explanation::new(subject.image, subject.union, subject.analysis, subject.redactor)
}

/// The explanation as paragraphs.
///
/// # Errors
/// If `out` cannot be written.
pub fn explain_text(subject: &Subject<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let columns = page.width.unwrap_or(WIDTH).min(MOST);
    let explanation = explanation(subject);
    for line in wrap(&names::title(subject.image), columns, 0) {
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Heading), &line))?;
    }
    let incomplete = subject.incomplete().map(|said| sentence(&said));
    prose_lines(incomplete.iter().chain(&explanation.introduction), columns, out)?;
    for paragraph in &explanation.paragraphs {
        writeln!(out)?;
        let heading = match paragraph.instruction.as_str() {
            "" => paragraph.title.clone(),
            instruction => format!("{}: {instruction}", paragraph.title),
        };
        for line in wrap(&heading, columns, INDENT.len()) {
            writeln!(out, "{}", page.ink.mark(Some(TextRole::Heading), &line))?;
        }
        prose_lines(&paragraph.sentences, columns, out)?;
    }
    Ok(())
}

fn prose_lines<'a>(
    sentences: impl IntoIterator<Item = &'a String>,
    columns: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = sentences.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let room = columns.saturating_sub(INDENT.len()).max(1);
    wrap(&text, room, 0).iter().try_for_each(|line| writeln!(out, "{INDENT}{line}"))
}

/// The explanation as Markdown, with a heading for every layer.
///
/// # Errors
/// If `out` cannot be written.
pub fn explain_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let explanation = explanation(subject);
    writeln!(out, "### {}\n", names::title_as(subject.image, code))?;
    if let Some(said) = subject.incomplete() {
        writeln!(out, "**Incomplete:** {}.\n", escaped(said.trim_start_matches("incomplete: ")))?;
    }
    paragraph(&explanation.introduction, out)?;
    for part in &explanation.paragraphs {
        writeln!(out, "\n#### {}\n", escaped(&part.title))?;
        if !part.instruction.is_empty() {
            writeln!(out, "{}\n", code(&part.instruction))?;
        }
        paragraph(&part.sentences, out)?;
    }
    Ok(())
}

fn paragraph(sentences: &[String], out: &mut dyn Write) -> io::Result<()> {
    sentences.iter().try_for_each(|sentence| writeln!(out, "{}", prose(sentence)))
}

fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
