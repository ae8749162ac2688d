//! A Dockerfile as far as the history shows it, oldest step first.
//!
//! What the history does not say is not invented: there is no `FROM`, sources that the classic builder knows by
//! checksum stay checksums. A step becomes exactly one instruction with its own keyword, or comments: if it is not an
//! instruction, if it is unknown (the content of a here-document), or if it does not fit on a line that a builder
//! accepts.

mod copy;
mod healthcheck;
mod lists;
mod pairs;
mod run;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{self, Write};

use super::{Subject, names};
use crate::analysis::{Base, Instruction};
use crate::format::{safe_lines, safe_str};
use crate::image::{Config, Step};

/// Builders refuse lines of 64 KiB and more, comments too.
const LONGEST_LINE: usize = 60_000;

/// The Dockerfile.
///
/// # Errors
/// If `out` cannot be written.
pub fn dockerfile(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    // A name comes late in the line: builders obey a first line such as `# syntax=…`.
    let title = names::title(subject.image);
    let unknown = match Base::detect(subject.image).describe() {
        Some(base) => format!("the base image is {}; the build context is not known", safe_str(&base)),
        None => "the base image and the build context are not known".to_owned(),
    };
    let head = format!("# The history of {title}: {unknown}");
    writeln!(out, "{}", comment(&head))?;
    let known = ConfigValues::new(&subject.image.config);
    subject.image.steps.iter().try_for_each(|step| writeln!(out, "{}", text(step, &known)))
}

/// What the configuration says about values that the history has without their quotes.
struct ConfigValues<'a> {
    env: HashMap<&'a str, &'a str>,
    labels: HashMap<&'a str, &'a str>,
    volumes: &'a [String],
}

impl<'a> ConfigValues<'a> {
    fn new(config: &'a Config) -> Self {
        Self {
            env: config.env.iter().filter_map(|pair| pair.split_once('=')).collect(),
            labels: config.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            volumes: &config.volumes,
        }
    }
}

fn text(step: &Step, known: &ConfigValues<'_>) -> String {
    let instruction = Instruction::read(&step.created_by);
    let arguments = match instruction {
        Instruction::Nothing => {
            return match step.layer {
                Some(layer) => format!("# layer {layer}: no history"),
                None => "# no layer, no history".to_owned(),
            };
        }
        Instruction::Run { arguments, .. } if !arguments.is_empty() => {
            comment(&format!("build arguments: {}", safe_str(arguments))) + "\n"
        }
        _ => String::new(),
    };
    match written(&instruction, known) {
        Some(text) if text.lines().all(|line| line.len() <= LONGEST_LINE) => arguments + &text,
        _ => arguments + &comment(&instruction.whole()),
    }
}

/// The instruction as a builder accepts it; none where no such text says what the step says.
fn written(instruction: &Instruction<'_>, known: &ConfigValues<'_>) -> Option<String> {
    let (keyword, rest) = match instruction {
        Instruction::Nothing | Instruction::Other(_) => return None,
        Instruction::Run { command, .. } => return run::run(command),
        Instruction::Written { keyword, rest } => (*keyword, rest.trim()),
    };
    if rest.is_empty() {
        return None;
    }
    let rest = match keyword {
        "ENV" => return pairs::named(keyword, rest, &known.env),
        "LABEL" => return pairs::named(keyword, rest, &known.labels),
        "ARG" => return pairs::arg(rest),
        // In the middle it would begin another stage, and drop what came before.
        "FROM" => return None,
        "ONBUILD" => on_build(rest, known)?,
        "CMD" | "ENTRYPOINT" => lists::command(rest)?,
        "SHELL" => lists::shell(rest)?,
        "VOLUME" => lists::volumes(rest, known.volumes)?,
        "EXPOSE" => lists::ports(rest)?,
        "COPY" | "ADD" => copy::copy(keyword, rest)?,
        "HEALTHCHECK" => healthcheck::healthcheck(rest)?,
        _ => plain(rest)?,
    };
    Some(format!("{keyword} {rest}"))
}

/// What a child image runs, which is one line and no trigger of triggers.
fn on_build(rest: &str, known: &ConfigValues<'_>) -> Option<String> {
    let (keyword, _) = rest.split_once(char::is_whitespace)?;
    let instruction = Instruction::read(rest);
    // Before its rest is read, which may be a million triggers of triggers.
    if matches!(instruction, Instruction::Written { keyword: "ONBUILD" | "MAINTAINER", .. }) {
        return None;
    }
    let trigger = written(&instruction, known)?;
    (!trigger.contains('\n') && trigger.strip_prefix(keyword)?.starts_with(' ')).then_some(trigger)
}

/// One line as it is; none where it is blank, or where a builder would take its beginning for an option.
fn plain(text: &str) -> Option<String> {
    one_line(text).filter(|text| !text.trim().is_empty() && !text.starts_with("--"))
}

/// One line with its own options; `None` if the instruction would not end at its end.
fn one_line(text: &str) -> Option<String> {
    let is_one_line = !text.contains(['\n', '\r']) && !text.trim_end().ends_with('\\');
    is_one_line.then(|| safe_str(&text.replace('\t', " ")))
}

/// Lines that no builder obeys, however long the text.
fn comment(text: &str) -> String {
    let text = safe_lines(text);
    let mut lines = Vec::new();
    for mut line in text.lines() {
        while line.len() > LONGEST_LINE {
            let end = (0..=LONGEST_LINE).rfind(|&at| line.is_char_boundary(at)).unwrap_or(LONGEST_LINE);
            let (head, tail) = line.split_at(end);
            lines.push(commented(head));
            line = tail;
        }
        lines.push(commented(line));
    }
    lines.join("\n")
}

fn commented(line: &str) -> String {
    if line.starts_with('#') { line.to_owned() } else { format!("# {line}") }
}
