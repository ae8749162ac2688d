//! What the screen remembers between runs. Losing it does no harm, so an invalid file is treated as missing.

use toml::{Table, Value};

/// The positions of borders, in thousandths of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedState {
    /// Between panes side by side.
    pub split_across: Option<u16>,
    /// Between panes one above the other.
    pub split_down: Option<u16>,
}

impl SavedState {
    /// Parses a file; invalid values are left out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let table: Table = text.parse().unwrap_or_default();
        let share = |name: &str| {
            let value = table.get(name).and_then(Value::as_integer)?;
            u16::try_from(value).ok().filter(|share| (1..1000).contains(share))
        };
        Self { split_across: share("split-across"), split_down: share("split-down") }
    }

    /// The file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines = [("split-across", self.split_across), ("split-down", self.split_down)];
        let lines = lines.into_iter().filter_map(|(name, share)| Some(format!("{name} = {}\n", share?)));
        format!(
            "# What layerscope remembers of its screen. It can be deleted at any time.\n{}",
            lines.collect::<String>()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for state in [SavedState::default(), SavedState { split_across: Some(412), split_down: Some(300) }] {
            assert_eq!(SavedState::read(&state.to_text()), state);
        }
    }

    #[test]
    fn a_file_that_makes_no_sense_is_no_file() {
        for text in ["", "split-across", "split-across = 'x'", "split-across = -5", "split-across = 99999", "\0\u{7f}"]
        {
            assert_eq!(SavedState::read(text), SavedState::default(), "{text:?}");
        }
        let half = SavedState::read("split-across = 0\nsplit-down = 250\nother = []");
        assert_eq!(half, SavedState { split_across: None, split_down: Some(250) });
    }
}
