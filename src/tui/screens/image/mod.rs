//! View 5: the image itself, as one text: its names, what it runs, where its bytes are, and its findings.

mod config;
mod details;
mod program_files;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::overlay::Effect;
use crate::tui::view::hints::{MOVE, QUIT, VIEWS};
use crate::tui::view::{DrawContext, View};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::pointer::{ClickTarget, Pointer};
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::text::Scrolled;
use crate::tui::work::{Job, JobResult};
use program_files::ProgramFiles;

/// A text and its scroll position.
#[derive(Default)]
pub(in crate::tui) struct AboutView {
    text: Scrolled<(u32, bool)>,
    requested: bool,
    files: Option<ProgramFiles>,
}

impl View for AboutView {
    fn act(&mut self, action: Action, _: &Model, body: Rect) -> Vec<Effect> {
        if let Some(motion) = Motion::from_action(action) {
            self.text.go(motion, layout::inner(body, layout::boxed(body)));
        }
        Vec::new()
    }

    fn point(&mut self, pointer: Pointer, _: &Model, body: Rect) -> ClickTarget {
        pointer.on_text(&mut self.text, layout::inner(body, layout::boxed(body)));
        ClickTarget::Nothing
    }

    fn receive(&mut self, result: JobResult, _: &Model, _: Rect) -> Option<JobResult> {
        result.take().map(|files| self.files = Some(files)).err()
    }

    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job> {
        let area = layout::inner(body, layout::boxed(body));
        let files = self.files.as_ref();
        let about = (model.edition, files.is_some());
        self.text.refresh(about, area, |text| details::image(text, model, files));
        let job = if self.requested { None } else { program_files::job(model) };
        self.requested |= job.is_some();
        job.into_iter().collect()
    }

    fn hints(&self, _: &Model) -> &'static [Hint] {
        &[MOVE, VIEWS, QUIT]
    }

    fn draw(&self, buffer: &mut Buffer, _: &Model, body: Rect, context: DrawContext<'_>) {
        let framing = Framing { theme: context.theme, boxed: layout::boxed(body), focused: true };
        pane::details(buffer, body, "Image", &self.text, framing);
    }
}
