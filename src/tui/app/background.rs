//! Whether the terminal is dark or light. It is asked without waiting, since it may be far away or never answer: the
//! answer (OSC 11) arrives as keys, is recognised among them, and is kept from the views.

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use crate::tui::widgets::theme::Theme;

/// What asks a terminal for the colour of its background.
pub(super) const QUERY: &[u8] = b"\x1b]11;?\x1b\\";
/// How long an answer may take; after that, alt-] is a key again.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// Longer than any answer: `11;rgba:` and four numbers of four digits.
const LONGEST: usize = 32;

/// The themes for terminals that are dark and that are light.
#[derive(Clone, Debug)]
pub struct BackgroundThemes {
    /// For light text on a dark background.
    pub dark: Theme,
    /// For dark text on a light background.
    pub light: Theme,
}

/// What the terminal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Background {
    Dark,
    Light,
}

/// What an event turns out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Sorted {
    /// These events, which nobody has seen yet.
    Events(Vec<Event>),
    /// The end of an answer.
    Answer(Background),
}

/// Tells the terminal's answer from what the user types.
pub(super) struct AnswerReader {
    until: Instant,
    /// The events of what may be an answer.
    held: Vec<Event>,
    text: String,
}

impl AnswerReader {
    pub(super) fn new(asked: Instant) -> Self {
        Self { until: asked + ANSWERED_WITHIN, held: Vec::new(), text: String::new() }
    }

    /// Takes the next event.
    pub(super) fn sort(&mut self, event: Event, now: Instant) -> Sorted {
        let Event::Key(key) = event else { return Sorted::Events(vec![event]) };
        if self.held.is_empty() {
            if now <= self.until && is_alt(key, ']') {
                self.held.push(event);
                return Sorted::Events(Vec::new());
            }
            return Sorted::Events(vec![event]);
        }
        self.held.push(event);
        match key.code {
            KeyCode::Char(character) if !key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::CONTROL) => {
                self.text.push(character);
                let begins = "11;rgb".starts_with(&self.text) || self.text.starts_with("11;rgb");
                if begins && self.text.len() <= LONGEST { Sorted::Events(Vec::new()) } else { self.release() }
            }
            // The end is `ESC \` or BEL; an ESC at the end of a read arrives by itself.
            _ if is_alt(key, '\\') || key.code == KeyCode::Esc || is_bell(key) => match background(&self.text) {
                Some(answer) => {
                    self.held.clear();
                    self.text.clear();
                    Sorted::Answer(answer)
                }
                None => self.release(),
            },
            _ => self.release(),
        }
    }

    /// It was no answer.
    fn release(&mut self) -> Sorted {
        self.text.clear();
        Sorted::Events(std::mem::take(&mut self.held))
    }
}

fn is_alt(key: KeyEvent, character: char) -> bool {
    key.code == KeyCode::Char(character) && key.modifiers == KeyModifiers::ALT
}

fn is_bell(key: KeyEvent) -> bool {
    key.code == KeyCode::Char('g') && key.modifiers == KeyModifiers::CONTROL
}

/// Reads `11;rgb:1e1e/1e1e/2e2e`, with one to four digits a part.
fn background(answer: &str) -> Option<Background> {
    let colour = answer.strip_prefix("11;")?;
    let colour = colour.strip_prefix("rgba:").or_else(|| colour.strip_prefix("rgb:"))?;
    let mut parts = colour.split('/').map(|digits| {
        let number = u16::from_str_radix(digits, 16)
            .ok()
            .filter(|_| (1..=4).contains(&digits.len()) && !digits.starts_with('+'))?;
        Some(f64::from(number) / f64::from((1_u32 << (4 * digits.len())) - 1))
    });
    let colour = [parts.next()??, parts.next()??, parts.next()??];
    // A colour with a luminance of 0.179 has the same contrast with black and with white.
    Some(if Theme::luminance(colour) > 0.179 { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events that crossterm makes of these bytes; a `␛` is an ESC of its own.
    fn events(text: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let key = match character {
                '\x1b' => KeyEvent::new(KeyCode::Char(characters.next().expect("a key after ESC")), KeyModifiers::ALT),
                '␛' => KeyEvent::from(KeyCode::Esc),
                '\x07' => KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL),
                _ => KeyEvent::from(KeyCode::Char(character)),
            };
            events.push(Event::Key(key));
        }
        events
    }

    fn sorted(text: &str, after: Duration) -> (Vec<Event>, Option<Background>) {
        let asked = Instant::now();
        let mut reader = AnswerReader::new(asked);
        let (mut seen, mut answer) = (Vec::new(), None);
        for event in events(text) {
            match reader.sort(event, asked + after) {
                Sorted::Events(events) => seen.extend(events),
                Sorted::Answer(background) => answer = Some(background),
            }
        }
        (seen, answer)
    }

    #[test]
    fn an_answer_is_recognised_among_keys() {
        for (text, typed, answer) in [
            ("\x1b]11;rgb:0000/0000/0000\x1b\\", "", Some(Background::Dark)),
            ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "", Some(Background::Light)),
            ("jj\x1b]11;rgb:1e/1e/2e\x07q", "jjq", Some(Background::Dark)),
            ("\x1b]11;rgba:fdf6/e3e3/d5d5/ffff\x1b\\2", "2", Some(Background::Light)),
            ("\x1b]11;rgb:f/f/f␛", "", Some(Background::Light)),
            ("j2/", "j2/", None),
            ("\x1b]q", "\x1b]q", None),
            ("\x1b]11;q", "\x1b]11;q", None),
            ("\x1b]11;rgb:\x1b\\", "\x1b]11;rgb:\x1b\\", None),
            ("\x1b]11;rgb:0/0\x07", "\x1b]11;rgb:0/0\x07", None),
            ("\x1b]11;rgb:00000/0/0\x07", "\x1b]11;rgb:00000/0/0\x07", None),
            ("\x1b]11;rgb:+1/0/0\x07", "\x1b]11;rgb:+1/0/0\x07", None),
        ] {
            assert_eq!(sorted(text, Duration::ZERO), (events(typed), answer), "{text:?}");
        }
        let long = format!("\x1b]11;rgb:{}", "0".repeat(LONGEST));
        assert_eq!(sorted(&long, Duration::ZERO), (events(&long), None));
    }

    #[test]
    fn a_key_is_a_key_when_no_answer_is_expected_any_more() {
        let text = "\x1b]11;rgb:0000/0000/0000\x1b\\";
        assert_eq!(sorted(text, ANSWERED_WITHIN + Duration::from_secs(1)), (events(text), None));
    }
}
