//! Instructions, formatted for reading.

use crate::analysis::Instruction;

/// The instruction on one line, without what builders add around it.
pub(super) fn one_line(created_by: &str) -> String {
    Instruction::read(created_by).line()
}

/// The same, broken before every `&&` if it is wider than the given width.
pub(super) fn lines(created_by: &str, width: usize) -> Vec<String> {
    let whole = Instruction::read(created_by).whole();
    let mut lines = Vec::new();
    for line in whole.lines().map(collapse_blanks).filter(|line| !line.is_empty()) {
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

/// Collapses runs of blanks; the line breaks of a Dockerfile leave many.
fn collapse_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

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
