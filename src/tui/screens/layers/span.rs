//! Combined layers: from where combining began to the selection, and how it begins and ends.

use std::ops::RangeInclusive;

use super::LayersView;
use crate::format;
use crate::image::LayerNumber;
use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::widgets::layout::Pane;

/// Where combining began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Span {
    /// Index of the step.
    from: usize,
    /// Whether that is the first step above the base image.
    above_base: bool,
}

impl Span {
    pub fn from_step(step: usize) -> Self {
        Self { from: step, above_base: false }
    }

    /// From the first layer above the base, which is the lowest where no base is known; none for an image without layers.
    pub fn above_base(model: &Model) -> Option<Self> {
        let base = model.base()?;
        let from = model.steps().iter().position(|step| step.layer.is_some_and(|layer| !base.has(layer)))?;
        Some(Self { from, above_base: true })
    }

    pub fn from(self) -> usize {
        self.from
    }

    /// The steps from its beginning to another step, in either order.
    pub fn steps(self, to: usize) -> RangeInclusive<usize> {
        self.from.min(to)..=self.from.max(to)
    }

    /// The first and last of their layers; `None` if they changed metadata only.
    pub fn layers(self, to: usize, model: &Model) -> Option<(LayerNumber, LayerNumber)> {
        let layers = || model.steps().get(self.steps(to)).unwrap_or_default().iter().filter_map(|step| step.layer);
        layers().min().zip(layers().max())
    }

    /// A description of the base, where the span begins above it.
    pub fn base_label(self, to: usize, model: &Model) -> Option<String> {
        if !self.above_base || to < self.from {
            return None;
        }
        let base = model.base()?;
        if base.layers == 0 {
            return Some("· all layers: where the base ends is not known".to_owned());
        }
        Some(format!("· above the base{}", format::safe_str(&base.describe_briefly()?)))
    }
}

impl LayersView {
    /// Starts combining layers, or ends it.
    pub(super) fn combine(&mut self, action: Action, model: &Model) {
        let begun = match action {
            Action::CombineAboveBase => Span::above_base(model),
            _ => self.step().filter(|_| !model.steps().is_empty()).map(Span::from_step),
        };
        if self.span.is_some() && (action == Action::Combine || self.span == begun) {
            self.span = None;
            return;
        }
        self.span = begun;
        if let Some(span) = begun {
            self.files.merged = false;
            // Within the base, everything above it is combined.
            if self.step().is_none_or(|step| step < span.from()) {
                let last = model.steps().iter().rposition(|step| step.layer.is_some());
                self.select_step(last.unwrap_or(span.from()));
            }
        }
    }

    /// Starts combining from a step selected in another view.
    pub(super) fn combine_from(&mut self, step: usize, action: Action, model: &Model) {
        self.select_step(step);
        self.span = None;
        self.combine(action, model);
        self.focus(Pane::Layers);
    }
}
