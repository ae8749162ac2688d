//! Instructions as people wrote them, for a line and for a page.

use crate::analysis::Instruction;
use crate::format;

/// One line, without what builders put round it.
pub(super) fn one_line(created_by: &str) -> String {
    Instruction::read(created_by).line()
}

/// All of it: in the lines it was written in, broken before every `&&` where a line does not fit the width.
pub(super) fn lines(created_by: &str, width: usize) -> Vec<String> {
    let text = Instruction::read(created_by).whole();
    let mut lines = Vec::new();
    for line in text.lines().map(squeeze).filter(|line| !line.is_empty()) {
        if format::width(&line) <= width {
            lines.push(line);
            continue;
        }
        let mut parts = line.split(" && ");
        lines.extend(parts.next().map(str::to_owned));
        lines.extend(parts.map(|part| format!("  && {part}")));
    }
    lines
}

/// Runs of blanks, of which continued lines leave many, become one.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_is_broken_where_its_commands_end() {
        let chain = "RUN /bin/sh -c apt-get update && apt-get   install -y curl && rm -rf /var/lib/apt # buildkit";
        assert_eq!(
            lines(chain, 40),
            ["RUN apt-get update", "  && apt-get install -y curl", "  && rm -rf /var/lib/apt"]
        );
        assert_eq!(lines(chain, 400).len(), 1);
        assert_eq!(lines("RUN <<EOF\nmake\n\nEOF", 40), ["RUN <<EOF", "make", "EOF"]);
        assert!(lines(" ", 40).is_empty());
    }
}
