//! Starting and ending the combination of layers.

use super::span::Span;
use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::widgets::layout::Pane;

use super::LayersView;

impl LayersView {
    /// Starts combining layers, or ends it.
    pub(super) fn compare(&mut self, action: Action, model: &Model) {
        let begun = match action {
            Action::CompareBase => Span::above_base(model),
            _ => Some(Span::from_step(self.steps.selected())).filter(|_| !model.steps().is_empty()),
        };
        if self.span.is_some() && (action == Action::Compare || self.span == begun) {
            self.span = None;
            return;
        }
        self.span = begun;
        if let Some(span) = begun {
            self.files.merged = false;
            // Within the base, everything above it is combined.
            if self.steps.selected() < span.from() {
                let last = model.steps().iter().rposition(|step| step.layer.is_some());
                self.steps.select(last.unwrap_or(span.from()));
            }
        }
    }

    /// Starts combining from a step selected in another view.
    pub(super) fn compare_from(&mut self, step: usize, action: Action, model: &Model) {
        self.steps.select(step);
        self.span = None;
        self.compare(action, model);
        self.focus(Pane::Layers);
    }
}
