//! The meaning of a history entry's `created_by`, without what builders wrap around it.
//!
//! | builder | writes | means |
//! |---|---|---|
//! | classic, buildah | `/bin/sh -c #(nop)  ENV A=b` | `ENV A=b` |
//! | classic | `/bin/sh -c make` | `RUN make` |
//! | classic, exec form | `/bin/make all` | `RUN /bin/make all` |
//! | classic, with build arguments | `\|1 V=2 /bin/sh -c make` | `RUN make`, with `V=2` |
//! | BuildKit | `RUN /bin/sh -c make # buildkit` | `RUN make` |
//! | BuildKit | `COPY app /srv # buildkit` | `COPY app /srv` |
//! | buildah, with options | `/bin/sh -c make\|force-mtime=10` | `RUN make` |
//! | others | anything | itself |

mod arguments;

use std::borrow::Cow;

use crate::provenance::KEYWORDS;

pub(crate) use arguments::{Argument, WithArguments};

/// The shells that builders put before a command: their own, and those that people set with `SHELL`.
const SHELLS: [&str; 5] =
    ["/bin/sh -c", "/bin/bash -c", "/bin/bash -o pipefail -c", "/bin/ash -eo pipefail -c", "cmd /S /C"];

/// What a step did, according to its history entry. Hostile text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction<'a> {
    /// The history has no instruction.
    Nothing,
    /// An instruction as a Dockerfile has it.
    Written {
        /// Its first word, in capitals.
        keyword: &'a str,
        /// The rest of it.
        rest: &'a str,
    },
    /// A command that was run.
    Run {
        /// The build arguments it saw, as the builder lists them; empty for none.
        arguments: &'a str,
        /// The command.
        command: &'a str,
    },
    /// Any other text of a builder.
    Other(&'a str),
}

impl<'a> Instruction<'a> {
    /// Reads a `created_by`.
    #[must_use]
    pub fn read(created_by: &'a str) -> Self {
        let text = without_build_notes(created_by.trim());
        if text.is_empty() {
            return Self::Nothing;
        }
        if let Some(written) = metadata_only(text) {
            return written;
        }
        let text = text.strip_suffix("# buildkit").map_or(text, str::trim_end);
        if let Some(run) = shell_command(text) {
            return run;
        }
        if let Some(command) = text.strip_prefix("RUN ").map(str::trim_start) {
            return shell_command(command).unwrap_or(Self::Run { arguments: "", command });
        }
        // A classic history stores a command in exec form as it is.
        let bare = text.starts_with('/').then_some(Self::Run { arguments: "", command: text });
        written(text).or(bare).unwrap_or(Self::Other(text))
    }

    /// The build arguments of a `created_by`, one by one, and the command after them; `None` if it has none. `shell` is
    /// the image's shell at this step, as one text.
    pub(crate) fn arguments(created_by: &'a str, shell: Option<&str>) -> Option<(Vec<Argument<'a>>, &'a str)> {
        let text = created_by.trim();
        let text = text.strip_suffix("# buildkit").map_or(text, str::trim_end);
        let text = text.strip_prefix("RUN ").map_or(text, str::trim_start);
        WithArguments::read(text, shell).map(|read| (read.each(), read.command))
    }

    /// The instruction as a Dockerfile would have it, complete and with its line breaks.
    #[must_use]
    pub fn whole(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Written { keyword, rest } => format!("{keyword} {}", without_go_map(rest)),
            Self::Run { command, .. } => format!("RUN {command}"),
            Self::Other(text) => (*text).to_owned(),
        }
    }

    /// The same as [`Self::line`]; `<missing>`, as engines print it, if there is none.
    #[must_use]
    pub fn line_or_missing(&self) -> String {
        let line = self.line();
        if line.is_empty() { "<missing>".to_owned() } else { line }
    }

    /// All of it, broken before every `&&` in a line that is wider than the given width.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<String> {
        let mut lines = Vec::new();
        // The line breaks of a Dockerfile leave runs of blanks.
        let collapsed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        for line in self.whole().lines().map(collapsed).filter(|line| !line.is_empty()) {
            if crate::format::width(&line) <= width {
                lines.push(line);
                continue;
            }
            let mut parts = line.split(" && ");
            lines.extend(parts.next().map(str::to_owned));
            lines.extend(parts.map(|part| format!("  && {part}")));
        }
        lines
    }

    /// The instruction on one line, as a Dockerfile would begin it; long checksums are cut.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Written { keyword, rest } => format!("{keyword} {}", short_sums(&without_go_map(rest))),
            Self::Run { command, .. } => format!("RUN {}", one_line(command)),
            Self::Other(text) => one_line(text).into_owned(),
        }
    }
}

/// Buildah appends options that change a layer without being part of its instruction, such as `|inheritLabels=false`,
/// `|unsetLabel=true` and `|force-mtime=10`. A pipe into anything else is a part of the command.
fn without_build_notes(text: &str) -> &str {
    let is_switch = |name: &str| {
        let name = ["inherit", "unset", "set", "rewrite", "force"].iter().find_map(|verb| name.strip_prefix(verb));
        name.is_some_and(|name| {
            let begins = name.starts_with('-') || name.starts_with(|letter: char| letter.is_ascii_uppercase());
            begins && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        })
    };
    let is_name = |name: &str| is_switch(name) || matches!(name, "timestamp" | "source-date-epoch");
    let is_value = |value: &str| {
        matches!(value, "true" | "false") || !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut text = text;
    while let Some((rest, note)) = text.rsplit_once('|') {
        if !note.split_once('=').is_some_and(|(name, value)| is_name(name) && is_value(value)) {
            break;
        }
        text = rest.trim_end();
    }
    text
}

/// The part after the classic builder's `#(nop)`, which follows any shell.
fn metadata_only(text: &str) -> Option<Instruction<'_>> {
    let (shell, rest) = text.split_once("#(nop)")?;
    let shell = shell.trim_end().to_ascii_lowercase();
    let is_shell = [" -c", " /c", " -command"].iter().any(|end| shell.ends_with(end));
    is_shell.then(|| written(rest.trim())).flatten()
}

fn shell_command(text: &str) -> Option<Instruction<'_>> {
    if let Some(command) = SHELLS.iter().find_map(|shell| text.strip_prefix(shell)?.strip_prefix(' ')) {
        return Some(Instruction::Run { arguments: "", command: command.trim() });
    }
    let WithArguments { arguments, command, .. } = WithArguments::read(text, None)?;
    Some(Instruction::Run { arguments, command })
}

fn written(text: &str) -> Option<Instruction<'_>> {
    let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (keyword != "RUN" && KEYWORDS.contains(&keyword)).then(|| Instruction::Written { keyword, rest: rest.trim_start() })
}

/// Ports as a Dockerfile has them: builders write Go's map, `map[443/tcp:{} 80/tcp:{}]`.
fn without_go_map(rest: &str) -> Cow<'_, str> {
    let inside = rest.strip_prefix("map[").and_then(|rest| rest.strip_suffix(']'));
    let keys: Option<Vec<_>> = inside.and_then(|all| all.split(' ').map(|pair| pair.strip_suffix(":{}")).collect());
    keys.map_or(Cow::Borrowed(rest), |keys| Cow::Owned(keys.join(" ")))
}

/// Tabs, line ends and continued lines fold to single spaces.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\t', '\r']) || text.contains("  ") {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(text)
    }
}

/// The classic builder names what it copied by checksum: `file:16e9af7f…64 digits in /t`. Twelve digits are enough.
fn short_sums(rest: &str) -> String {
    let short = |word: &str| -> Option<String> {
        let (sort, sum) = word.split_once(':')?;
        let is_sum = matches!(sort, "file" | "dir" | "multi") && sum.len() == 64;
        (is_sum && sum.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| format!("{sort}:{}", &sum[..12]))
    };
    rest.split_whitespace().map(|word| short(word).unwrap_or_else(|| word.to_owned())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_is_broken_where_its_commands_end() {
        let chain = "RUN /bin/sh -c apt-get update && apt-get install -y curl && rm -rf /var/lib/apt # buildkit";
        let lines = |text, width| Instruction::read(text).lines(width);
        assert_eq!(
            lines(chain, 40),
            ["RUN apt-get update", "  && apt-get install -y curl", "  && rm -rf /var/lib/apt"]
        );
        assert_eq!(lines(chain, 400).len(), 1);
        assert_eq!(lines("RUN <<EOF\nmake\n\nEOF", 40), ["RUN <<EOF", "make", "EOF"]);
    }

    #[test]
    fn an_instruction_is_the_same_line_whoever_built_it() {
        for (created_by, line) in [
            ("", ""),
            ("/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"),
            ("/bin/bash -o pipefail -c #(nop) WORKDIR /srv", "WORKDIR /srv"),
            ("/bin/sh -c make   all", "RUN make all"),
            ("/bin/bash -o pipefail -c make", "RUN make"),
            ("|2 A=b C=d e /bin/sh -c make", "RUN make"),
            ("RUN |1 A=b /bin/sh -c make # buildkit", "RUN make"),
            ("RUN |2 A=it's a -c b C=1 /bin/bash -eo pipefail -c make # buildkit", "RUN make"),
            ("RUN /bin/sh -c set -e;\n\tmake # buildkit", "RUN set -e; make"),
            ("RUN /t mv a b # buildkit", "RUN /t mv a b"),
            ("COPY app /srv/app # buildkit", "COPY app /srv/app"),
            ("ENV A=b", "ENV A=b"),
            ("/t append /data/one.bin more", "RUN /t append /data/one.bin more"),
            ("bazel build ...", "bazel build ..."),
            ("/bin/sh -c echo '#(nop) ENV'", "RUN echo '#(nop) ENV'"),
            ("/bin/sh -c #(nop) ADD file:24d3 in /readme |inheritLabels=false", "ADD file:24d3 in /readme"),
            ("/bin/sh -c apt-get install curl|unsetLabel=true|inheritLabels=false", "RUN apt-get install curl"),
            ("|1 A=b /bin/sh -c make|force-mtime=10", "RUN make"),
            ("/bin/sh -c #(nop) HEALTHCHECK NONE|rewrite-timestamp=true|force-mtime=10", "HEALTHCHECK NONE"),
            ("/bin/sh -c #(nop) ENV A=b|debug=true", "ENV A=b|debug=true"),
            ("/bin/sh -c a|inheritLabels=maybe", "RUN a|inheritLabels=maybe"),
        ] {
            assert_eq!(Instruction::read(created_by).line(), line, "{created_by}");
        }
    }

    #[test]
    fn build_arguments_are_kept_beside_the_command() {
        assert_eq!(
            Instruction::read("|2 A=b C=d e /bin/sh -c make"),
            Instruction::Run { arguments: "A=b C=d e", command: "make" }
        );
    }

    #[test]
    fn a_checksum_is_cut_to_twelve_digits() {
        let created_by = format!("/bin/sh -c #(nop) COPY file:{} in /t ", "16e9af7f1806e589".repeat(4));
        assert_eq!(Instruction::read(&created_by).line(), "COPY file:16e9af7f1806 in /t");
    }
}
