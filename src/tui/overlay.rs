//! What lies on top of the views and has the keys: the list of keys, a question, a file.
//!
//! An overlay is a file of its own that knows nothing of the others. It says by [`Effect`]s what is to happen outside of
//! it; views do the same.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::analysis::Marked;
use crate::image::LayerNumber;
use crate::union::{NodeId, Scope, VersionId};

use super::Keymap;
use super::action::Action;
use super::facts::Facts;
use super::panes::Hint;
use super::pointer::{Deed, Pointer};
use super::views::Look;
use super::work::{Job, Product};

/// What there is to look at while something is decided.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub facts: &'a Facts,
    pub keymap: &'a Keymap,
    /// The room between the first line and the last.
    pub body: Rect,
    /// What the cursor of the view below is on.
    pub target: Target,
}

/// What a cursor is on, whichever view it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// Place among the steps.
    pub step: Option<usize>,
    /// The layer of the step, or the one that stores the version.
    pub layer: Option<LayerNumber>,
    /// The path of the row.
    pub node: Option<NodeId>,
    /// What the row shows of the path.
    pub version: Option<VersionId>,
    /// What the files pane shows, if the row stands there.
    pub scope: Option<Scope>,
    /// The layer that removed a folder as a whole, where the row is of that.
    pub gone_by: Option<LayerNumber>,
}

/// What is to happen outside of whoever took a key.
pub(super) enum Effect {
    /// The overlay that says it is done.
    Close,
    /// Something new lies on top.
    Open(Box<dyn Overlay>),
    /// The last line says what happened, until the next key.
    Notice(String),
    /// Something is to be worked out elsewhere.
    Work(Job),
    /// The files pane goes to a path: as a layer shows it, or in the merged view of all.
    Show { node: NodeId, layer: Option<LayerNumber> },
    /// A text goes to the clipboard; what it is, for the notice.
    Copy { text: String, what: String },
    /// Something is marked, or no longer.
    Mark(Marked),
    /// Nothing is marked any more.
    ClearMarks,
}

/// Something on top. It is asked in this order: typed text, actions; after each, it settles.
pub(super) trait Overlay {
    /// Takes an action. Those that mean nothing to it are not passed on.
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect>;

    /// Takes a key as it was typed, before it can mean an action; nothing where it is not for text.
    fn typed(&mut self, _key: KeyEvent, _scene: Scene<'_>) -> Option<Vec<Effect>> {
        None
    }

    /// Takes text that was pasted.
    fn pasted(&mut self, _text: &str) {}

    /// Where it lies, if a click beside it is to close it.
    fn area(&self, _scene: Scene<'_>) -> Option<Rect> {
        None
    }

    /// Takes what a mouse did: the wheel moves as the arrow keys do.
    fn point(&mut self, pointer: Pointer, scene: Scene<'_>) -> Vec<Effect> {
        let wheel = match pointer.deed {
            Deed::Click if self.area(scene).is_some_and(|area| !pointer.is_in(area)) => return vec![Effect::Close],
            Deed::Click => return Vec::new(),
            Deed::WheelUp => Action::Up,
            Deed::WheelDown => Action::Down,
        };
        (0..3).flat_map(|_| self.act(wheel, scene)).collect()
    }

    /// Brings what is seen in line with what is known and with the room.
    fn settle(&mut self, scene: Scene<'_>) -> Vec<Job>;

    /// Takes what was worked out, or gives it back if it is not its own.
    fn take(&mut self, product: Product) -> Option<Product> {
        Some(product)
    }

    /// What its own cursor is on, for marking, copying and extracting; nothing where those have no meaning.
    fn target(&self) -> Option<Target> {
        None
    }

    /// Whether its next frame would be better with something that is on its way.
    fn is_waiting(&self) -> bool {
        false
    }

    /// Whether there is nothing more to be seen of it.
    fn is_over(&self) -> bool {
        false
    }

    /// Draws it over the body.
    fn draw(&self, buffer: &mut Buffer, body: Rect, facts: &Facts, look: Look<'_>);

    /// What the last line offers.
    fn hints(&self) -> &'static [Hint];
}
