//! The screen in ASCII, for terminals and fonts that know nothing else: a last pass over what was drawn, in which every
//! cell keeps its place.

use ratatui::buffer::Buffer;

/// What is drawn, and what stands for it.
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

/// Leaves nothing but ASCII; a letter of an image that has no sign here becomes `?`.
pub(super) fn reduce(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let sign = SIGNS.iter().find(|(drawn, _)| drawn.contains(cell.symbol()));
        cell.set_symbol(sign.map_or("?", |(_, sign)| sign));
    }
}
