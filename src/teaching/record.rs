//! The lessons of a tour as plain text: to read without a terminal, and to keep.

use crate::format::wrap;

use super::Tour;

/// The columns of the text.
const WIDTH: usize = 80;

impl Tour {
    /// Every lesson with its question and the solution, and which lessons the image cannot show.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        let indented = |text: &str| wrap(text, WIDTH - 2, 0).into_iter().map(|line| format!("  {line}"));
        for (at, lesson) in self.lessons.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            lines.extend(wrap(&format!("{}. {}", at + 1, lesson.title), WIDTH, 0));
            lines.extend(indented(&lesson.text));
            let Some(question) = &lesson.question else { continue };
            lines.extend(indented(&question.text));
            for (number, choice) in question.choices.iter().enumerate() {
                lines.extend(indented(&format!("{} {choice}", number + 1)));
            }
            lines.extend(indented(&format!("Answer: {}", question.solution)));
        }
        if let Some(not_shown) = self.not_shown() {
            lines.push(String::new());
            lines.extend(wrap(&not_shown, WIDTH, 0));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
