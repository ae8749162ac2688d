//! Instructions, formatted for reading.

use super::Model;
use crate::analysis::{Instruction, layer_name_with_lines};
use crate::image::LayerNumber;

/// The instruction on one line, without what builders add around it.
pub(in crate::tui) fn one_line(created_by: &str) -> String {
    Instruction::read(created_by).line()
}

/// The same, broken before every `&&` if it is wider than the given width.
pub(in crate::tui) fn lines(created_by: &str, width: usize) -> Vec<String> {
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

/// `layer 5, Dockerfile:14: RUN …`, without secrets.
pub(in crate::tui) fn layer_and_instruction(model: &Model, layer: LayerNumber) -> String {
    model.image.as_ref().map_or_else(|| format!("layer {layer}"), |image| layer_name_with_lines(image, layer))
}

/// The instruction of a step; `<missing>`, as engines print it, if there is none.
pub(in crate::tui) fn instruction_or_missing(description: &str) -> String {
    let line = one_line(description);
    if line.is_empty() { "<missing>".to_owned() } else { line }
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
