//! What is offered in the current place: in the footer, and first in the help.

use crate::tui::action::{Action, Group};
use crate::tui::draw::Hint;

use crate::tui::concerns::SearchKind;
use crate::tui::views::Offer;

use super::{Screen, ViewName};

impl Screen {
    /// The hints in the footer, as far as there is room; the way out comes last.
    pub(super) fn hints(&self) -> &'static [Hint] {
        const MOVE: Hint = (&[Action::Up, Action::Down], "move");
        const PANE: Hint = (&[Action::NextPane], "pane");
        const SORT: Hint = (&[Action::Sort], "sort");
        const FIND: Hint = (&[Action::Find], "filter");
        const QUIT: Hint = (&[Action::Quit], "quit");
        const VIEWS: Hint = (
            &[Action::Layers, Action::Waste, Action::Removed, Action::History, Action::About, Action::Treemap],
            "views",
        );
        const OPEN: Hint = (&[Action::Open], "open");
        const MERGED: Hint = (&[Action::Merged], "merged");
        const ALONE: Hint = (&[Action::Merged], "changes");
        const FOLDS: Hint = (&[Action::FoldAll, Action::UnfoldAll], "fold/unfold all");
        const COMPARE: Hint = (&[Action::Compare], "compare");
        const COMPARED: Hint = (&[Action::Compare], "end combining");
        const NEIGHBOURS: Hint = (&[Action::Collapse, Action::Down, Action::Up, Action::Expand], "move");
        const ZOOM_IN: Hint = (&[Action::Open], "zoom in");
        const ZOOM_OUT: Hint = (&[Action::Close], "out");
        const LAYER: Hint = (&[Action::PageUp, Action::PageDown], "layer");
        const TURN: Hint = (&[Action::Sort], "reverse");
        const GROUP: Hint = (&[Action::Group], "group");
        const NEXT: Hint = (&[Action::Lists], "next list");
        const MARK: Hint = (&[Action::Mark], "mark");
        const EXTRACT: Hint = (&[Action::Extract], "extract");
        const COPY: Hint = (&[Action::Copy, Action::CopyCommand], "copy");
        if let Some(top) = self.overlays.last() {
            return top.hints();
        }
        if self.model.image.is_none() {
            return &[QUIT];
        }
        if let Some(hints) = self.filter_hints() {
            return hints;
        }
        match self.view {
            ViewName::Layers if self.layers.is_comparing() => {
                &[PANE, MOVE, OPEN, COMPARED, FIND, VIEWS, SORT, EXTRACT, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::Layers if self.layers.is_merged() => {
                &[PANE, MOVE, OPEN, ALONE, FIND, VIEWS, SORT, EXTRACT, COMPARE, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::Layers => {
                &[PANE, MOVE, OPEN, MERGED, FIND, VIEWS, SORT, EXTRACT, COMPARE, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::Treemap if self.layers.is_merged() => &[NEIGHBOURS, ZOOM_IN, ZOOM_OUT, ALONE, LAYER, VIEWS, QUIT],
            ViewName::Treemap => &[NEIGHBOURS, ZOOM_IN, ZOOM_OUT, MERGED, LAYER, VIEWS, QUIT],
            ViewName::Waste | ViewName::Removed if self.concerned().is_some() => match self.concerned() {
                Some((_, Offer::Unfold)) => &[PANE, MOVE, OPEN, FIND, NEXT, VIEWS, SORT, COPY, FOLDS, QUIT],
                Some((SearchKind::Junk, Offer::File)) => {
                    &[PANE, MOVE, OPEN, FIND, NEXT, EXTRACT, VIEWS, SORT, MARK, COPY, FOLDS, QUIT]
                }
                Some((SearchKind::Secrets, Offer::File)) => {
                    &[PANE, MOVE, OPEN, FIND, NEXT, EXTRACT, VIEWS, SORT, MARK, COPY, QUIT]
                }
                _ => &[PANE, MOVE, FIND, NEXT, VIEWS, SORT, COPY, QUIT],
            },
            ViewName::Waste | ViewName::Removed => {
                &[PANE, MOVE, OPEN, FIND, GROUP, EXTRACT, VIEWS, SORT, MARK, COPY, FOLDS, QUIT]
            }
            ViewName::History => &[PANE, MOVE, TURN, VIEWS, EXTRACT, MARK, COPY, QUIT],
            ViewName::About => &[MOVE, VIEWS, QUIT],
        }
    }

    /// What can be done with the selected row of junk or secrets, where such a list is shown.
    fn concerned(&self) -> Option<(SearchKind, Offer)> {
        match self.view {
            ViewName::Waste => self.waste.offer(&self.model),
            ViewName::Removed => self.removed.offer(&self.model),
            _ => None,
        }
    }

    /// The most important keys in the current place.
    pub(super) fn help_first(&self) -> &'static [Group] {
        match self.view {
            ViewName::Layers | ViewName::Waste | ViewName::Removed => &[Group::Rows, Group::Find, Group::Selection],
            ViewName::History => &[Group::Rows, Group::Selection],
            ViewName::Treemap => &[Group::Rows],
            ViewName::About => &[],
        }
    }
}
