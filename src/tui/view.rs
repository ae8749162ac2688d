//! What views and dialogs are to the screen. A view is what is between header and footer, one at a time; a dialog lies
//! on top of it and receives the keys: the list of keys, a prompt, a file.
//!
//! A view is a folder or a file of its own below `screens`, and a dialog a file below `dialogs`; neither knows its
//! siblings. What should happen outside of it, each returns as [`Effect`]s; what others ask of a view comes as a
//! [`Request`].

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::analysis::{Account, Marked};
use crate::compare::{DifferenceKind, Totals};
use crate::image::LayerNumber;
use crate::tui::action::{Action, Group, Hint, ViewName};
use crate::tui::keymap::Keymap;
use crate::tui::model::concerns::SearchKind;
use crate::tui::model::{Model, ShownFiles};
use crate::tui::preferences::Preferences;
use crate::tui::search::Finder;
use crate::tui::widgets::layout::Split;
use crate::tui::widgets::scroll::{ClickTarget, MouseAction, Pointer};
use crate::tui::widgets::theme::{Role, Theme};
use crate::tui::work::{Job, JobResult, PagedText};
use crate::union::{Aspects, NodeId, Scope, VersionId};

/// What drawing needs besides a view and the model.
#[derive(Clone, Copy)]
pub(super) struct DrawContext<'a> {
    pub theme: &'a Theme,
    pub keymap: &'a Keymap,
}

/// Why nothing can be read of an image any more; shown with what helps.
pub(super) const FILE_CHANGED: &str = "the file has changed since it was opened";

/// Why something failed, with the key that helps if the file of the image has changed.
pub(super) fn failure(why: &str, keymap: &Keymap) -> String {
    match keymap.keys(Action::Reopen).next().filter(|_| why == FILE_CHANGED) {
        Some(key) => format!("{why}: press {} to open it again", keymap.spelling(key)),
        None => why.to_owned(),
    }
}

/// What one view asks of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Show a path: among the changes of a layer, or in the merged view of all.
    Show { node: NodeId, layer: Option<LayerNumber> },
    /// Show the files of a step.
    Step(usize),
    /// Select a path in the files that are shown anyway.
    Select(NodeId),
    /// Combine layers from a step on.
    Combine { step: usize, action: Action },
    /// Go to the next layer above or below.
    Layer { upward: bool },
    /// Show all waste, at what one layer stored and another wasted in one way.
    Waste { at: Option<WasteOf> },
    /// Show junk or secrets, at one of them.
    Concern { kind: SearchKind, at: usize },
    /// Do what a key does there.
    Act(Action),
}

/// What was selected last, in whichever view: it goes along to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Index of the step.
    pub step: Option<usize>,
    pub node: Option<NodeId>,
    /// The layer that stores the version of the path, if the path was selected outside the files pane.
    pub stored_by: Option<LayerNumber>,
}

impl Chosen {
    /// Takes over what a cursor is on. A path in the map of the files that another view shows leaves the step as it is.
    pub fn update(&mut self, target: CursorTarget, decides_layer: bool, model: &Model) {
        let of_layer = |layer| model.steps().iter().position(|step| step.layer == Some(layer));
        let step = match (target.step, target.scope) {
            (step, _) if decides_layer => step,
            (Some(step), _) => Some(step),
            (None, Some(_)) => self.step,
            (None, None) => target.layer.and_then(of_layer).or(self.step),
        };
        let stored_by = target.layer.filter(|_| target.scope.is_none());
        *self = Self { step, node: target.node, stored_by };
    }
}

/// Waste of one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WasteOf {
    pub account: Account,
    /// The layer that wasted it.
    pub by: LayerNumber,
    /// The layer that stores it.
    pub layer: LayerNumber,
}

/// What the list of views needs to know of each.
pub(super) struct ViewSpec {
    pub name: ViewName,
    pub new: fn(&Preferences) -> Box<dyn View>,
    /// What its tab says besides its title.
    pub figure: fn(&Model) -> Option<Figure>,
    /// The `layerscope` command that lists the same, and its options.
    pub command: Option<(&'static str, &'static str)>,
}

/// The command that prints the history, and its options.
pub(super) const HISTORY: (&str, &str) = ("history", " --no-trunc");

/// What the tab of a view says besides its title.
pub(super) struct Figure {
    pub text: String,
    pub role: Role,
    /// The figure that matters least is dropped first when there is no room.
    pub matters: u8,
}

/// A view. After each event the screen calls `refresh`, then `draw`, which changes nothing.
pub(super) trait View {
    /// Whether it shows what is searched for in the background.
    fn needs_search(&self) -> bool {
        false
    }

    /// Handles an action.
    fn act(&mut self, action: Action, model: &Model, body: Rect) -> Vec<Effect>;

    /// Handles a click or the wheel.
    fn point(&mut self, pointer: Pointer, model: &Model, body: Rect) -> ClickTarget;

    /// Whether a border that can be dragged is at this position.
    fn border_at(&self, _at: Position, _model: &Model, _body: Rect) -> bool {
        false
    }

    /// Moves that border.
    fn drag_border(&mut self, _at: Position, _model: &Model, _body: Rect) {}

    /// Updates what is visible to match what is known and the room there is; returns the work that this takes.
    fn refresh(&mut self, model: &Model, body: Rect) -> Vec<Job>;

    /// Takes a result, or returns it if it belongs to another.
    fn receive(&mut self, result: JobResult, _model: &Model, _body: Rect) -> Option<JobResult> {
        Some(result)
    }

    /// The image is known now.
    fn opened(&mut self, _model: &Model) {}

    /// Selects what was selected in another view, if it is here.
    fn follow(&mut self, _chosen: Chosen, _model: &Model, _body: Rect) {}

    /// Does what another view asks for; returns whether it was its to do.
    fn serve(&mut self, _request: Request, _model: &Model, _body: Rect) -> bool {
        false
    }

    /// Whether a result on its way would improve the next frame.
    fn is_waiting(&self, _model: &Model) -> bool {
        false
    }

    /// What the cursor is on.
    fn target(&self, _model: &Model, _body: Rect) -> CursorTarget {
        CursorTarget::default()
    }

    /// Whether the cursor is in a list whose files open, or on the details of one.
    fn opens_files(&self) -> bool {
        false
    }

    /// The filter of its list.
    fn finder(&self) -> Option<&Finder> {
        None
    }

    fn finder_mut(&mut self) -> Option<&mut Finder> {
        None
    }

    /// Whether the list that has the filter is focused.
    fn is_in_list(&self) -> bool {
        true
    }

    /// Moves the focus to that list.
    fn go_to_list(&mut self) {}

    /// What is typed in its filter, if only other layers have it.
    fn sought_elsewhere(&self) -> Option<String> {
        None
    }

    /// Selects the next or previous row that matches. Returns whether there is one, and whether the search wrapped
    /// around.
    fn go_to_match(&mut self, _forward: bool) -> Option<bool> {
        None
    }

    /// Clears the filter of the focused list; returns whether there was one.
    fn clear_filter(&mut self, _model: &Model) -> bool {
        false
    }

    /// Which files are shown, if it decides that.
    fn files(&self, _model: &Model) -> Option<ShownFiles> {
        None
    }

    /// Where its borders are, to be remembered.
    fn split(&self) -> Option<Split> {
        None
    }

    /// The hints in the footer, as far as there is room; the way out comes last.
    fn hints(&self, model: &Model) -> &'static [Hint];

    /// The groups of keys that matter most here.
    fn help(&self) -> &'static [Group] {
        &[]
    }

    fn draw(&self, buffer: &mut Buffer, model: &Model, body: Rect, context: DrawContext<'_>);
}

/// Hints that several views have.
pub(super) mod hints {
    use crate::tui::action::{Action, Hint};

    pub const MOVE: Hint = (&[Action::Up, Action::Down], "move");
    pub const PANE: Hint = (&[Action::NextPane], "pane");
    pub const SORT: Hint = (&[Action::Sort], "sort");
    pub const FIND: Hint = (&[Action::Find], "filter");
    pub const CANCEL: Hint = (&[Action::Close], "cancel");
    pub const QUIT: Hint = (&[Action::Quit], "quit");
    pub const VIEWS: Hint = (&[], "views");
    pub const OPEN: Hint = (&[Action::Open], "open");
    pub const MERGED: Hint = (&[Action::Merged], "merged");
    pub const CHANGES: Hint = (&[Action::Merged], "changes");
    pub const FOLDS: Hint = (&[Action::FoldAll, Action::UnfoldAll], "fold/unfold all");
    pub const MARK: Hint = (&[Action::Mark], "mark");
    pub const EXTRACT: Hint = (&[Action::Extract], "extract");
    pub const COPY: Hint = (&[Action::Copy, Action::CopyCommand], "copy");
}

/// What is on the screen while a decision is made.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub model: &'a Model,
    pub keymap: &'a Keymap,
    /// The area between header and footer.
    pub body: Rect,
    /// What the cursor of the view below is on.
    pub target: CursorTarget,
    /// The view below.
    pub view: &'static ViewSpec,
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
    /// Index of the secret of the row.
    pub secret: Option<usize>,
    /// What the row says about the image.
    pub finding: Option<FindingAt>,
}

impl CursorTarget {
    /// What its path is in two images, if these are compared.
    pub fn compared_path(&self) -> Option<ComparedPath> {
        match self.finding {
            Some(FindingAt::Difference(path)) => Some(path),
            _ => None,
        }
    }
}

/// What a row says about the image, if that is more than its path and its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FindingAt {
    /// A row of waste, or a file of it, by its index among all waste.
    Waste {
        group: usize,
        file: Option<usize>,
    },
    /// All waste of one cause, or of all old copies of one path, by the largest.
    Cause(WasteOf),
    /// What the first screen says can be saved, by its index.
    Saving(usize),
    Secret(usize),
    /// A place of junk.
    Junk(usize),
    /// A row of the aligned layers of two images.
    RebuiltLayers(usize),
    /// A path that two images are compared at.
    Difference(ComparedPath),
    /// The image as a whole.
    Image,
}

/// What a path is in two images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ComparedPath {
    /// Its version in the first and in the second image.
    pub versions: [Option<VersionId>; 2],
    /// How it differs, if it does.
    pub aspects: Option<(Option<DifferenceKind>, Aspects)>,
    /// What differs at and below it.
    pub totals: Totals,
    /// The row of the layers between which it differs, if not between the images.
    pub between: Option<usize>,
}

/// What should happen outside of the part that handled a key.
pub(super) enum Effect {
    /// Close this dialog.
    Close,
    /// Open a dialog on top.
    Open(Box<dyn Overlay>),
    /// Show a notice in the footer until the next key.
    Notice(String),
    /// The key does nothing here.
    NoSuchKey,
    /// Do a job on another thread.
    Work(Job),
    /// Let another view do something, and show it.
    GoTo(Request),
    /// Let another view do something, and stay here.
    Ask(Request),
    /// Copy a text to the clipboard; `what` describes it in the notice.
    Copy { text: String, what: String },
    /// Show a text in the pager.
    Page(PagedText),
    /// Mark these, or unmark them if all are marked.
    Mark(Vec<Marked>),
    /// Unmark everything.
    ClearMarks,
    /// Show what differs in the file of two images that this is on.
    ShowDifference(CursorTarget),
    /// Show the images of the archive.
    ShowImages,
    /// Leave the comparison for the images of the archive, from which it was opened.
    LeaveForImages,
    /// Open an image of the archive, or compare two.
    OpenImages(Vec<usize>),
    /// Open the list of keys.
    Help,
    /// Leave the screen.
    Quit,
}

/// The effects of a key that was handled, or not.
pub(super) fn no_such_key_unless(handled: bool) -> Vec<Effect> {
    if handled { Vec::new() } else { vec![Effect::NoSuchKey] }
}

/// What the help explains of a dialog.
pub(super) struct HelpSection {
    pub title: &'static str,
    /// Keys by their action, or else a word, and what it means.
    pub lines: &'static [(Option<Action>, &'static str, &'static str)],
}

/// A dialog. Typed text comes first, then actions; `refresh` follows each.
pub(super) trait Overlay {
    /// What the help explains of it, before all keys.
    fn help(&self) -> Option<&'static HelpSection> {
        None
    }

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

    /// Whether the key of a view closes it and shows the view.
    fn gives_way(&self) -> bool {
        true
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
