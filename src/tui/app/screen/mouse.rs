//! What clicks, the wheel and dragging mean, and to whom.

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{Due, Screen};
use crate::tui::action::Action;
use crate::tui::app::bars;
use crate::tui::app::tour::CardTarget;
use crate::tui::screens::VIEWS;
use crate::tui::widgets::layout::ScreenLayout;
use crate::tui::widgets::scroll::{ClickTarget, MouseAction, Pointer};

/// Two clicks within this are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// The last mouse action.
#[derive(Default)]
pub(super) struct MouseState {
    /// The border between layers and files is being dragged.
    dragging: bool,
    /// The last click on a row, and whether it opened the row.
    clicked: Option<(Position, Instant, bool)>,
}

impl Screen {
    /// Handles a mouse event.
    pub(super) fn point(&mut self, event: MouseEvent) -> Due {
        let Some(screen_layout) = self.layout(self.size).map(|(whole, _)| whole) else { return Due::Never };
        let at = Position { x: event.column, y: event.row };
        match event.kind {
            MouseEventKind::Drag(MouseButton::Left) if self.mouse.dragging => {
                let (view, model) = self.view_mut();
                view.drag_border(at, model, screen_layout.body);
                return Due::Now;
            }
            MouseEventKind::Up(_) => self.mouse.dragging = false,
            _ => {}
        }
        let Some(pointer) = Pointer::from_event(event) else { return Due::Never };
        self.notice = None;
        if pointer.is_in(self.card()) {
            self.point_at_card(pointer);
        } else if let Some(action) = self.action_at(pointer, screen_layout) {
            self.act(action);
        } else if self.overlays.is_empty() {
            self.point_at_view(pointer, screen_layout);
        } else {
            let scene = Self::scene((&self.model, self.shown), &self.options, screen_layout.body, self.target());
            let effects = self.overlays.last_mut().map_or_else(Vec::new, |top| top.point(pointer, scene));
            self.apply(effects);
        }
        Due::Now
    }

    /// The action of the header or footer hint at this position.
    fn action_at(&self, pointer: Pointer, screen_layout: ScreenLayout) -> Option<Action> {
        if pointer.action != MouseAction::Click {
            return None;
        }
        let keymap = &self.options.keymap;
        if pointer.is_in(screen_layout.footer) {
            return bars::footer_action(pointer.at.x, screen_layout.footer, &self.hints(), keymap);
        }
        if pointer.is_in(screen_layout.tabs) {
            let tab = bars::tab_at(pointer.at.x, screen_layout.tabs, self.shown, &self.model, keymap)?;
            return VIEWS.get(tab).map(|view| Action::View(&view.name));
        }
        let on_help =
            pointer.is_in(screen_layout.header) && bars::is_on_help(pointer.at.x, screen_layout.header, keymap);
        on_help.then_some(Action::Help)
    }

    /// A click on a button or on a choice; the wheel turns the pages.
    fn point_at_card(&mut self, pointer: Pointer) {
        let card = self.card();
        let Some(tour) = &mut self.tour else { return };
        match (pointer.action, tour.target_at(pointer.at, card, &self.options.keymap)) {
            (MouseAction::Click, Some(CardTarget::Act(action))) => self.go_on_tour(action),
            (MouseAction::Click, Some(CardTarget::Choose(choice))) => tour.choose(choice),
            (MouseAction::Click, None) => {}
            (wheel, _) => drop(tour.turn(wheel == MouseAction::WheelDown, card, &self.options.keymap)),
        }
    }

    fn point_at_view(&mut self, pointer: Pointer, screen_layout: ScreenLayout) {
        let body = screen_layout.body;
        if self.model.image.is_none() || !pointer.is_in(body) {
            return;
        }
        if pointer.action == MouseAction::Click {
            self.mouse.dragging = self.view().border_at(pointer.at, &self.model, body);
            // The first of two clicks may have moved what is under the second.
            let last = self.mouse.clicked.take();
            if let Some((_, _, opened)) = last.filter(|(at, when, _)| *at == pointer.at && when.elapsed() < DOUBLE) {
                if !opened {
                    self.act(Action::Open);
                }
                return;
            }
        }
        let (view, model) = self.view_mut();
        let hit = view.point(pointer, model, body);
        if hit != ClickTarget::Nothing {
            self.mouse.clicked = Some((pointer.at, Instant::now(), hit == ClickTarget::SelectedRow));
        }
        if hit == ClickTarget::SelectedRow {
            self.act(Action::Open);
        }
    }
}
