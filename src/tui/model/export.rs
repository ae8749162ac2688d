//! The export of an image by its engine. Until it is read, the image is shown as the engine describes it.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format;
use crate::image::{ImageSource, UnplacedStep};
use crate::tui::model::Model;
use crate::tui::widgets::row::{Row, paint_rows};
use crate::tui::widgets::theme::{Role, Theme};

/// How far an export is.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Export {
    /// The engine.
    by: &'static str,
    unplaced: Vec<UnplacedStep>,
    /// Bytes received.
    done: u64,
    /// When the rate was measured last, and the bytes at that time.
    measured: Option<(Instant, u64)>,
    /// Bytes in a second, lately.
    rate: Option<u64>,
}

/// The time over which the rate is measured.
const WINDOW: Duration = Duration::from_secs(1);

impl Export {
    pub fn new(by: &'static str, unplaced: Vec<UnplacedStep>) -> Self {
        Self { by, unplaced, done: 0, measured: None, rate: None }
    }

    /// Notes that so many bytes are received by now.
    pub fn advance(&mut self, done: u64, now: Instant) {
        self.done = done;
        let (then, before) = *self.measured.get_or_insert((now, done));
        let elapsed = now.duration_since(then);
        if elapsed >= WINDOW {
            let bytes = u128::from(done.saturating_sub(before)) * 1000 / elapsed.as_millis().max(1);
            self.rate = u64::try_from(bytes).ok();
            self.measured = Some((now, done));
        }
    }

    /// `512 MB, 31 MB/s`; empty before the first byte.
    pub fn amount(&self) -> String {
        match (self.done, self.rate) {
            (0, _) => String::new(),
            (done, None) => format::bytes(done),
            (done, Some(rate)) => format!("{}, {}/s", format::bytes(done), format::bytes(rate)),
        }
    }

    /// The same while files are read of an image that is shown already.
    pub fn reading(&self) -> String {
        let amount = self.amount();
        let amount = if amount.is_empty() { String::new() } else { format!(": {amount}") };
        format!("reading files from {}…{amount}", self.by)
    }

    /// Whether there are steps without a certain layer.
    pub fn has_unplaced(&self) -> bool {
        !self.unplaced.is_empty()
    }

    /// Whether a step has no certain layer, but may have made one.
    pub fn unplaced(&self, step: usize) -> Option<UnplacedStep> {
        self.unplaced.iter().find(|unplaced| unplaced.step == step).copied()
    }

    /// How far it is, and what is shown meanwhile, in short lines.
    pub fn lines(&self) -> [String; 5] {
        let by = self.by;
        let [now, next] = if self.done == 0 {
            ["no byte yet".to_owned(), "Engines may write all of it first, for minutes.".to_owned()]
        } else {
            [self.amount(), "Its files are shown once it is here.".to_owned()]
        };
        [
            format!("{by} exports the image: {now}"),
            next,
            String::new(),
            format!("Until it is here, layers and history are as {by} describes"),
            format!("them, sizes as {by} counts them; files are not read yet."),
        ]
    }
}

impl Model {
    /// Notes how far the export is that is made for the content of a file; `None` at its end.
    pub fn export_again(&mut self, done: Option<u64>, now: Instant) {
        let by = self.image.as_ref().and_then(|image| image.source.as_ref()).map_or("the engine", ImageSource::short);
        match done {
            Some(done) => self.export_again.get_or_insert_with(|| Export::new(by, Vec::new())).advance(done, now),
            None => self.export_again = None,
        }
    }
}

impl Export {
    /// Draws how far it is, in a pane that shows what is read once it is there.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let width = usize::from(area.width);
        let roles = std::iter::once(Role::Strong).chain(std::iter::repeat(Role::Dim));
        let rows = self.lines().into_iter().zip(roles).map(|(line, role)| Row::new().gap(1).until(role, &line, width));
        paint_rows(buffer, area, theme, rows, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_second() {
        let (begin, mut export) = (Instant::now(), Export::new("Docker", Vec::new()));
        let mut after = |millis, done| {
            export.advance(done, begin + Duration::from_millis(millis));
            export.amount()
        };
        assert_eq!(after(0, 0), "");
        assert_eq!(after(500, 3_000_000), "3.0 MB");
        assert_eq!(after(2_000, 8_000_000), "8.0 MB, 4.0 MB/s");
        assert_eq!(after(2_500, 9_000_000), "9.0 MB, 4.0 MB/s");
        assert_eq!(after(4_000, 29_000_000), "29 MB, 10 MB/s");
    }
}
