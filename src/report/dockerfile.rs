//! A Dockerfile as far as the history tells it, oldest step first.
//!
//! What the history does not say is not invented: there is no `FROM`, sources that the classic builder knows by checksum
//! stay checksums, and a step that is no instruction stands as a comment.

use std::io::{self, Write};

use super::{Subject, names};
use crate::analysis::Instruction;
use crate::format::{safe_lines, safe_str};
use crate::image::Step;

/// The Dockerfile.
///
/// # Errors
/// If `out` cannot be written.
pub fn dockerfile(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# {}, as its history tells it: the base image and the build context are not known",
        names::title(subject.image)
    )?;
    subject.image.steps.iter().try_for_each(|step| writeln!(out, "{}", line(step)))
}

fn line(step: &Step) -> String {
    match Instruction::read(&step.created_by) {
        Instruction::Nothing => match step.layer {
            Some(layer) => format!("# layer {layer}: no history"),
            None => format!("# step {}: no history", step.number),
        },
        Instruction::Run { arguments: "", command } => run(command),
        Instruction::Run { arguments, command } => {
            format!("# build arguments: {}\n{}", safe_str(arguments), run(command))
        }
        Instruction::Written { keyword, rest } => written(keyword, rest),
        Instruction::Other(text) => comment(text),
    }
}

/// A command of several lines needs a here-document to stay one.
fn run(command: &str) -> String {
    let command = safe_lines(command);
    if command.contains('\n') && !continued(&command) {
        format!("RUN <<EOF\n{command}\nEOF")
    } else {
        format!("RUN {command}")
    }
}

/// Whether every line but the last ends with a backslash, as in the Dockerfile it came from.
fn continued(command: &str) -> bool {
    let mut lines = command.lines().rev();
    lines.next();
    lines.all(|line| line.ends_with('\\'))
}

fn written(keyword: &str, rest: &str) -> String {
    let rest = rest.trim();
    let text = match keyword {
        "CMD" | "ENTRYPOINT" | "SHELL" => with_commas(rest).unwrap_or_else(|| rest.to_owned()),
        "VOLUME" => rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(rest).to_owned(),
        "EXPOSE" => ports(rest).unwrap_or_else(|| rest.to_owned()),
        // A classic COPY: `file:16e9… in /root/key`.
        "COPY" | "ADD" => {
            rest.rsplit_once(" in /").map_or_else(|| rest.to_owned(), |(from, to)| format!("{from} /{to}"))
        }
        // Written as the structure it is kept in, which no Dockerfile can hold.
        "HEALTHCHECK" if rest.starts_with("&{") => return comment(&format!("{keyword} {rest}")),
        _ => rest.to_owned(),
    };
    format!("{keyword} {}", safe_lines(&text).replace('\n', " \\\n"))
}

fn comment(text: &str) -> String {
    let text = safe_lines(text);
    text.lines()
        .map(|line| if line.starts_with('#') { line.to_owned() } else { format!("# {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Go writes a list of strings without commas: `["a" "b"]`. None where it is no such list.
fn with_commas(list: &str) -> Option<String> {
    let mut rest = list.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = inner.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        items.push(&rest[..end + 2]);
        rest = rest[end + 2..].trim_start_matches([' ', ',']);
    }
    Some(format!("[{}]", items.join(", ")))
}

/// Ports as Go prints a map of them: `map[80/tcp:{} 443/tcp:{}]`.
fn ports(map: &str) -> Option<String> {
    let inner = map.strip_prefix("map[")?.strip_suffix(']')?;
    Some(inner.split(' ').map(|port| port.trim_end_matches(":{}")).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::LayerNumber;

    fn of(created_by: &str) -> String {
        line(&Step {
            number: 4,
            created: None,
            created_by: created_by.to_owned(),
            author: String::new(),
            comment: String::new(),
            layer: Some(LayerNumber::FIRST),
            inconsistent: false,
        })
    }

    #[test]
    fn a_step_becomes_the_line_it_was_built_from() {
        for (created_by, line) in [
            ("/bin/sh -c #(nop)  CMD [\"mkdir\" \"/started\"]", "CMD [\"mkdir\", \"/started\"]"),
            ("ENTRYPOINT [\"a \\\"b\\\"\" \"c\"]", "ENTRYPOINT [\"a \\\"b\\\"\", \"c\"]"),
            ("CMD make all", "CMD make all"),
            ("/bin/sh -c #(nop)  VOLUME [/data]", "VOLUME /data"),
            ("EXPOSE map[443/tcp:{} 80/tcp:{}]", "EXPOSE 443/tcp 80/tcp"),
            ("/bin/sh -c #(nop)  EXPOSE 8080", "EXPOSE 8080"),
            ("/bin/sh -c #(nop) COPY dir:087aa0 in /srv/app ", "COPY dir:087aa0 /srv/app"),
            ("COPY app /srv/app # buildkit", "COPY app /srv/app"),
            ("|1 V=2 /bin/sh -c make", "# build arguments: V=2\nRUN make"),
            ("RUN /bin/sh -c make # buildkit", "RUN make"),
            ("/t append /data/one.bin more", "RUN /t append /data/one.bin more"),
            ("bazel build ...", "# bazel build ..."),
            ("# debian.sh --arch amd64", "# debian.sh --arch amd64"),
            ("", "# layer 1: no history"),
        ] {
            assert_eq!(of(created_by), line, "{created_by}");
        }
    }

    #[test]
    fn a_script_stays_one_instruction() {
        assert_eq!(of("RUN /bin/sh -c set -e\nmake # buildkit"), "RUN <<EOF\nset -e\nmake\nEOF");
        assert_eq!(of("/bin/sh -c set -e; \\\n\tmake"), "RUN set -e; \\\n    make");
    }

    #[test]
    fn nothing_in_a_history_breaks_out_of_its_comment() {
        assert_eq!(of("jib\nRUN evil\x1b[2J"), "# jib\n# RUN evil\\x1b[2J");
    }
}
