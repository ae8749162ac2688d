//! Directives: comments at the top, `# escape=…`, that builders obey.

use super::DockerfileError;

const NAMES: [&str; 3] = ["syntax", "escape", "check"];

/// The character that continues a line: a backslash, unless a directive chooses the backtick.
pub(super) fn escape<'a>(lines: impl Iterator<Item = &'a str>) -> Result<char, DockerfileError> {
    let mut seen = Vec::new();
    let mut escape = '\\';
    for (at, line) in lines.enumerate() {
        let Some((name, value)) = directive(line) else { break };
        let wrong = |problem| DockerfileError::Directive { line: at + 1, name, problem };
        if seen.contains(&name) {
            return Err(wrong("is there twice"));
        }
        seen.push(name);
        if name == "escape" {
            escape = match value {
                "\\" => '\\',
                "`" => '`',
                _ => return Err(wrong("is neither a backslash nor a backtick")),
            };
        }
    }
    Ok(escape)
}

/// The name and value of a line that is a directive. The first other line ends them.
fn directive(line: &str) -> Option<(&'static str, &str)> {
    // Builders know these blanks only.
    let blanks = ['\t', '\n', '\u{c}', '\r', ' '];
    let (name, value) = line.trim_start().strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim_matches(blanks), value.trim_matches(blanks));
    let name = NAMES.into_iter().find(|known| name.eq_ignore_ascii_case(known))?;
    (!value.is_empty()).then_some((name, value))
}
