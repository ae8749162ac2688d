//! Instructions as people wrote them: the history keeps what builders made of a Dockerfile's lines, shells and markers
//! and all.

/// One line, without what builders put round it.
pub(super) fn one_line(created_by: &str) -> String {
    squeeze(&clean(created_by))
}

/// The same, broken before every `&&` if it does not fit the width.
pub(super) fn lines(created_by: &str, width: usize) -> Vec<String> {
    let cleaned = clean(created_by);
    let mut lines = Vec::new();
    for line in cleaned.lines().map(squeeze).filter(|line| !line.is_empty()) {
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

/// Drops `/bin/sh -c #(nop)`, turns `/bin/sh -c` into `RUN`, drops the mark of `BuildKit` and the arguments before a shell.
fn clean(created_by: &str) -> String {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    let (run, text) = match text.strip_prefix("RUN ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let text = if text.starts_with('|') { behind_arguments(text) } else { text };
    for shell in ["/bin/sh -c", "/bin/bash -c", "/bin/bash -o pipefail -c", "cmd /S /C"] {
        let Some(command) =
            text.strip_prefix(shell).filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        else {
            continue;
        };
        let command = command.trim();
        return match command.strip_prefix("#(nop)") {
            Some(instruction) => instruction.trim().to_owned(),
            None => format!("RUN {command}"),
        };
    }
    if run { format!("RUN {text}") } else { text.to_owned() }
}

/// `|2 A=1 B=2 /bin/sh -c …`: what the build arguments stand before. Their values may hold spaces, so the shell is
/// looked for instead.
fn behind_arguments(text: &str) -> &str {
    text.find(" /bin/").map_or(text, |at| text[at..].trim_start())
}

/// Runs of blanks, of which line ends of the Dockerfile leave many, become one.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_builders_put_round_an_instruction_is_dropped() {
        for (raw, shown) in [
            ("/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"),
            ("/bin/sh -c #(nop) ADD file:abc in / ", "ADD file:abc in /"),
            ("/bin/sh -c apt-get update \t&&   apt-get install", "RUN apt-get update && apt-get install"),
            ("RUN /bin/sh -c make # buildkit", "RUN make"),
            ("RUN |2 A=1 B=x y /bin/sh -c make # buildkit", "RUN make"),
            ("|1 A=1 /bin/sh -c make", "RUN make"),
            ("COPY . /app # buildkit", "COPY . /app"),
            ("ENV A=1", "ENV A=1"),
            ("CMD [\"/bin/sh\" \"-c\" \"x\"]", "CMD [\"/bin/sh\" \"-c\" \"x\"]"),
            ("/bin/sh", "/bin/sh"),
            ("/bin/sh -c", "RUN "),
            ("bazel build ...", "bazel build ..."),
            ("", ""),
        ] {
            assert_eq!(one_line(raw), shown.trim_end(), "{raw}");
        }
    }

    #[test]
    fn a_long_chain_is_broken_where_its_commands_end() {
        let chain = "RUN /bin/sh -c apt-get update && apt-get install -y curl && rm -rf /var/lib/apt # buildkit";
        assert_eq!(
            lines(chain, 40),
            ["RUN apt-get update", "  && apt-get install -y curl", "  && rm -rf /var/lib/apt"]
        );
        assert_eq!(lines(chain, 400).len(), 1);
        assert_eq!(lines("RUN <<EOF\nmake\n\nEOF", 40), ["RUN <<EOF", "make", "EOF"]);
    }
}
