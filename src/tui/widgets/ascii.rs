//! The screen in ASCII, for terminals and fonts without Unicode: a last pass over the finished buffer, in which every
//! cell keeps its place.

use ratatui::buffer::Buffer;

/// Characters that are drawn, and their ASCII replacements.
const SIGNS: &[(&str, &str)] = &[
    ("─", "-"),
    ("━", "="),
    ("│┃", "|"),
    ("┌┐└┘┏┓┗┛", "+"),
    ("▇", "#"),
    ("░", "."),
    ("·", "."),
    ("▾↓", "v"),
    ("▸▶→", ">"),
    ("↑", "^"),
    ("◀←", "<"),
    ("•", "o"),
    ("–", "-"),
    ("×", "x"),
    ("…", "*"),
];

/// Replaces everything that is not ASCII; a character of the image that has no replacement becomes `?`.
pub(in crate::tui) fn reduce(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let sign = SIGNS.iter().find(|(drawn, _)| drawn.contains(cell.symbol()));
        cell.set_symbol(sign.map_or("?", |(_, sign)| sign));
    }
}
