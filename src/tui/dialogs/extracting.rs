//! The progress of an extraction, and a way to cancel it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::format;
use crate::image::Cancel;
use crate::tui::action::{Action, Hint};
use crate::tui::model::{Loaded, Model};
use crate::tui::view::{DrawContext, Effect, Overlay, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{self, Row, paint_rows};
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};

/// The width of the dialog.
const WIDTH: usize = 70;

/// How far an extraction is.
pub(in crate::tui) struct ExtractionProgress {
    pub cancel: Cancel,
    pub done: u64,
    pub total: u64,
}

/// An extraction has ended, and its outcome.
pub(in crate::tui) struct ExtractionDone {
    pub cancel: Cancel,
    pub end: ExtractionEnd,
    pub summary: String,
}

/// How an extraction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum ExtractionEnd {
    /// Something was written.
    Written,
    /// Nothing was; with another folder something may be.
    Nothing,
    /// Nothing was, and nothing can be read any more.
    ImageGone,
}

/// A running extraction.
pub(in crate::tui) struct Extracting {
    title: String,
    folder: String,
    cancel: Cancel,
    done: u64,
    total: Option<u64>,
    over: bool,
}

impl Extracting {
    pub fn new(title: String, folder: String, cancel: Cancel) -> Self {
        Self { title, folder, cancel, done: 0, total: None, over: false }
    }
}

impl Overlay for Extracting {
    /// Cancels it; the dialog stays until the thread has noticed.
    fn act(&mut self, action: Action, _: Scene<'_>) -> Vec<Effect> {
        if matches!(action, Action::Close | Action::Quit) {
            self.cancel.cancel();
            return Vec::new();
        }
        vec![Effect::NoSuchKey]
    }

    /// It ends when the thread does.
    fn gives_way(&self) -> bool {
        false
    }

    fn refresh(&mut self, _: Scene<'_>) -> Vec<Job> {
        Vec::new()
    }

    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        if let Some(ExtractionProgress { cancel, done, total }) = result.get()
            && cancel.is_same(&self.cancel)
        {
            (self.done, self.total) = (*done, Some(*total));
            return None;
        }
        // The screen shows the summary.
        self.over |= result.get::<ExtractionDone>().is_some_and(|done| done.cancel.is_same(&self.cancel));
        Some(result)
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = layout::popup(body, WIDTH, 5);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        let inner = pane::open(buffer, area, &self.title, "", framing).intersection(area);
        let columns = usize::from(inner.width).saturating_sub(2);
        let progress = Loaded { done: self.done, total: self.total, finished: false };
        let amount = match self.total {
            Some(total) => format!("{} of {}", format::bytes(self.done), format::bytes(total)),
            None => format::bytes(self.done),
        };
        let stopping = self.cancel.is_cancelled();
        let rows = [
            row::progress(Row::new().gap(1), progress.fraction(), columns),
            Row::new().gap(1).text(Role::Text, &amount).text(Role::Dim, if stopping { " · stopping" } else { "" }),
            Row::new().gap(1).text(Role::Dim, "into ").text(Role::Dim, &self.folder),
        ];
        paint_rows(buffer, inner, context.theme, rows, None);
    }

    fn hints(&self) -> &'static [Hint] {
        &[(&[Action::Close], "stop")]
    }
}
