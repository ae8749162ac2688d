//! Dialogs on top of the views, which receive the keys: the list of keys, a prompt, a file.
//!
//! Each dialog is in its own file and does not know the others. It reports what should happen outside of it as
//! [`Effect`]s; views do the same.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::analysis::Marked;
use crate::image::LayerNumber;
use crate::union::{NodeId, Scope, VersionId};

use crate::tui::action::{Action, Hint};
use crate::tui::keymap::Keymap;
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Request};
use crate::tui::widgets::pointer::{MouseAction, Pointer};
use crate::tui::work::{Job, JobResult};

/// What is on the screen while a decision is made.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub model: &'a Model,
    pub keymap: &'a Keymap,
    /// The area between header and footer.
    pub body: Rect,
    /// What the cursor of the view below is on.
    pub target: CursorTarget,
}

/// What a cursor is on, in any view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CursorTarget {
    /// Index of the step.
    pub step: Option<usize>,
    /// The layer of the step, or the one that stores the version.
    pub layer: Option<LayerNumber>,
    /// The path of the row.
    pub node: Option<NodeId>,
    /// The version of the path that the row shows.
    pub version: Option<VersionId>,
    /// The scope of the files pane, if the row is in it.
    pub scope: Option<Scope>,
    /// The layer that removed a folder as a whole, if the row is part of it.
    pub gone_by: Option<LayerNumber>,
}

/// What should happen outside of the part that handled a key.
pub(super) enum Effect {
    /// Close this dialog.
    Close,
    /// Open a dialog on top.
    Open(Box<dyn Overlay>),
    /// Show a notice in the footer until the next key.
    Notice(String),
    /// Do a job on another thread.
    Work(Job),
    /// Let another view do something, and show it.
    GoTo(Request),
    /// Let another view do something, and stay here.
    Ask(Request),
    /// Copy a text to the clipboard; `what` describes it in the notice.
    Copy { text: String, what: String },
    /// Mark something, or unmark it.
    Mark(Marked),
    /// Unmark everything.
    ClearMarks,
}

/// A dialog. Typed text comes first, then actions; `refresh` follows each.
pub(super) trait Overlay {
    /// Handles an action. Actions that it does not handle are not passed on.
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect>;

    /// Handles a key as text, before it can mean an action; `None` where it takes no text.
    fn typed(&mut self, _key: KeyEvent, _scene: Scene<'_>) -> Option<Vec<Effect>> {
        None
    }

    /// Handles pasted text.
    fn pasted(&mut self, _text: &str) {}

    /// Its area, if a click outside of it should close it.
    fn area(&self, _scene: Scene<'_>) -> Option<Rect> {
        None
    }

    /// Handles the mouse: the wheel moves like the arrow keys.
    fn point(&mut self, pointer: Pointer, scene: Scene<'_>) -> Vec<Effect> {
        let wheel = match pointer.action {
            MouseAction::Click if self.area(scene).is_some_and(|area| !pointer.is_in(area)) => {
                return vec![Effect::Close];
            }
            MouseAction::Click => return Vec::new(),
            MouseAction::WheelUp => Action::Up,
            MouseAction::WheelDown => Action::Down,
        };
        (0..3).flat_map(|_| self.act(wheel, scene)).collect()
    }

    /// Updates what is visible to match what is known and the room there is.
    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job>;

    /// Takes a result, or returns it if it belongs to another.
    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        Some(result)
    }

    /// What its cursor is on, for marking, copying and extracting; `None` where those do not apply.
    fn target(&self) -> Option<CursorTarget> {
        None
    }

    /// Whether a result on its way would improve the next frame.
    fn is_waiting(&self) -> bool {
        false
    }

    /// Whether it can be closed.
    fn is_over(&self) -> bool {
        false
    }

    /// Draws it over the body.
    fn draw(&self, buffer: &mut Buffer, body: Rect, model: &Model, context: DrawContext<'_>);

    /// The hints in the footer.
    fn hints(&self) -> &'static [Hint];
}
