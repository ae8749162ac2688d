//! What clicks, the wheel and dragging do to layers, files and details.

use ratatui::layout::Rect;

use crate::tui::model::Model;
use crate::tui::screens::filter;
use crate::tui::widgets::layout::{self, Pane};
use crate::tui::widgets::pointer::{ClickTarget, MouseAction, Pointer};

use super::LayersView;

impl LayersView {
    /// Handles a click or the wheel.
    pub(super) fn point_at_pane(&mut self, pointer: Pointer, model: &Model, body: Rect) -> ClickTarget {
        let layout = self.layout(model, body);
        let panes = [Pane::Layers, Pane::Files, Pane::Details];
        let met =
            panes.into_iter().find_map(|pane| Some((pane, layout.of_pane(pane).filter(|&area| pointer.is_in(area))?)));
        let Some((pane, area)) = met else { return ClickTarget::Nothing };
        let had_keys = self.focus == pane;
        if pointer.action == MouseAction::Click {
            self.focus(pane);
        }
        let inner = layout::inner(area, layout::boxed(body));
        let hit = match pane {
            Pane::Layers => pointer.on_list(&mut self.steps, layout::below_heads(inner), model.steps().len()),
            Pane::Files => {
                let list = filter::filtered_rows(inner, self.files.finder());
                self.files.point(pointer, list)
            }
            Pane::Details => {
                pointer.on_text(&mut self.details, inner);
                ClickTarget::Nothing
            }
        };
        if hit == ClickTarget::SelectedRow && !had_keys { ClickTarget::Row } else { hit }
    }
}
