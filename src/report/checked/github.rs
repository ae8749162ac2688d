//! Annotations of a GitHub workflow: one per failed rule, since a run shows ten of them and no more.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::check::{Judgement, Verdict};
use crate::format::safe_str;
use crate::report::Subject;

use super::{place, seen};

/// The limit on violations in one annotation.
const PLACES: usize = 5;

/// The failed rules as workflow commands, and the verdict as a notice. A run shows an annotation at one place: at the first
/// lines of a Dockerfile, where any are known.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_github(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    for judged in judgement.rules.iter().filter(|judged| judged.verdict == Verdict::Fail) {
        let mut message = seen(judged);
        for at in judged.places.iter().take(PLACES) {
            message.push('\n');
            message.push_str(&place(subject, at));
        }
        let more = judged.places.len().saturating_sub(PLACES) + judged.more_places;
        if more > 0 {
            let _ = write!(message, "\nand {more} more");
        }
        let mut properties = vec![("title", format!("layerscope: {}", judged.rule))];
        let sources = judged.places.iter().filter_map(|at| at.step(subject.image)?.source.as_ref());
        if let Some(source) = sources.into_iter().next() {
            properties.push(("file", safe_str(&source.file)));
            properties.push(("line", source.lines.first().to_string()));
            properties.push(("endLine", source.lines.last().to_string()));
        }
        writeln!(out, "{}", command("error", &properties, &message))?;
    }
    let (kept, broken) = (judgement.count(Verdict::Pass), judgement.count(Verdict::Fail));
    writeln!(
        out,
        "{}",
        command("notice", &[("title", "layerscope".to_owned())], &format!("{kept} rules passed, {broken} failed"))
    )
}

/// One workflow command, on one line.
fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    format!("::{name} {}::{}", properties.join(","), data(message))
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A name, properties and a message.
    type Command = (String, Vec<(String, String)>, String);

    /// A command as the runner reads a line: its name, its properties and its message, unescaped. The name ends at the
    /// first space, the properties at the first `::`; they are parted by commas, and each from its value by the first `=`.
    fn runner(line: &str) -> Option<Command> {
        let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let properties = properties.split(',').filter_map(|property| property.trim().split_once('='));
        let value = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        let read = |(key, text): (&str, &str)| (key.to_owned(), value(text).replace("%25", "%"));
        let message = message.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
        Some((name.to_owned(), properties.map(read).collect(), message))
    }

    proptest! {
        #[test]
        fn a_runner_reads_what_was_written(
            title in "[a-z:,=%0-9AD\r\n ]{0,12}[a-z]",
            message in "(::|%0A|%25|%3A|[\\PC\r\n,:%]){0,20}",
        ) {
            let line = command("error", &[("title", title.clone())], &message);
            prop_assert_eq!(line.lines().count(), 1);
            prop_assert!(!line.contains('\r'));
            let expected = ("error".to_owned(), vec![("title".to_owned(), title)], message);
            prop_assert_eq!(runner(&line), Some(expected));
        }
    }
}
