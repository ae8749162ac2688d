//! All actions of keys, with the names that the configuration uses and the descriptions that the help shows.

/// Actions and a short description of them, for the footer; no actions stand for those that show the views.
pub(super) type Hint = (&'static [Action], &'static str);

/// What a view is called. Every view has one of its own, and `screens` lists them.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewName {
    /// The name in the configuration of the action that shows it.
    pub action: &'static str,
    /// Its title on the screen.
    pub title: &'static str,
    /// Its description in the help.
    pub help: &'static str,
}

macro_rules! actions {
    ($($group:ident, $title:literal { $($action:ident => $name:literal, $help:literal;)* })+) => {
        /// An action of a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            /// Show a view.
            View(&'static ViewName),
            $($(#[doc = $help] $action,)*)+
        }

        impl Action {
            /// Every action that shows no view, in the order of the help.
            const OTHERS: &'static [Self] = &[$($(Self::$action,)*)+];

            /// Its name in the configuration.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { Self::View(view) => view.action, $($(Self::$action => $name,)*)+ }
            }

            /// Its description in the help.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { Self::View(view) => view.help, $($(Self::$action => $help,)*)+ }
            }

            /// The title under which the help lists it.
            #[must_use]
            pub fn group(self) -> Group {
                match self { Self::View(_) => Group::Views, $($(Self::$action => Group::$group,)*)+ }
            }
        }

        /// A group of actions in the help.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Group { $(#[doc = $title] $group,)+ }

        impl Group {
            /// Every group, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$group,)+];

            /// Its title.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$group => $title,)+ }
            }
        }
    };
}

actions! {
    Moving, "Moving" {
        Up => "up", "one line up";
        Down => "down", "one line down";
        PageUp => "page-up", "one page up";
        PageDown => "page-down", "one page down";
        HalfPageUp => "half-page-up", "half a page up";
        HalfPageDown => "half-page-down", "half a page down";
        Top => "top", "to the first line";
        Bottom => "bottom", "to the last line";
        NextPane => "next-pane", "to the next pane";
        PreviousPane => "previous-pane", "to the previous pane";
    }
    Views, "Views" {}
    Rows, "Layers, files and waste" {
        Open => "open", "open: a layer's files, a folder, waste, a file";
        Fold => "toggle-fold", "fold or unfold; in a file, one page down";
        Collapse => "collapse", "fold, or go to the parent folder";
        Expand => "expand", "unfold, or go into the folder";
        FoldAll => "fold-all", "fold everything";
        UnfoldAll => "unfold-all", "unfold everything";
        Merged => "toggle-merged", "files: changes of this layer, or the merged view";
        MergedView => "merged-view", "files: the merged view";
        LayerChanges => "layer-changes", "files: changes of this layer";
        Sort => "sort", "sort the layers, the files, the waste or the history";
        Group => "group", "waste: by cause, by folder, by path, by instruction";
        Combine => "combine", "combine layers from here on; press again to stop";
        CombineAboveBase => "combine-above-base", "combine all layers above the base";
        RawEntries => "raw-entries", "layers: the entries of a layer's tar as they are";
        Rebuild => "rebuild", "history: what runs again if this step changes";
        ZoomOut => "zoom-out", "treemap: back to the parent folder";
    }
    Find, "Find" {
        Find => "find", "filter the rows as you type";
        NextMatch => "next-match", "to the next row that matches";
        PreviousMatch => "previous-match", "to the previous row that matches";
        ShowAdded => "show-added", "files: hide or show what was added";
        ShowModified => "show-modified", "files: hide or show what was modified";
        ShowRemoved => "show-removed", "files: hide or show what was removed";
        ShowUnchanged => "show-unchanged", "files: hide or show what did not change";
        Jump => "jump", "fuzzy match over all layers, removed files included";
    }
    File, "A file: its versions and its content" {
        OlderVersion => "older-version", "to the previous version";
        NewerVersion => "newer-version", "to the next version";
        Diff => "diff", "what this version changed, or its content";
        ViewAs => "view-as", "show as text, as hex, or as an archive listing";
        Pager => "pager", "read it in $PAGER, or in less: all of it, escaped";
    }
    Selection, "Marking, copying and extracting" {
        Mark => "mark", "mark a path or a layer, or unmark it";
        Basket => "basket", "basket: what is marked, and what removing it saves";
        ClearBasket => "clear-basket", "in the basket: unmark everything";
        Extract => "extract", "extract files to disk, removed ones too";
        Copy => "copy", "copy the path, the digest or the instruction";
        CopyCommand => "copy-command", "copy a shell command that shows the same";
        Report => "write-report", "write a report of the image, as HTML or Markdown";
    }
    Lessons, "Tour" {
        NextLesson => "next-lesson", "tour: the next page or lesson";
        PreviousLesson => "previous-lesson", "tour: the previous page or lesson";
        LeaveTour => "leave-tour", "leave the tour, and stay on the screen";
        AnswerQuestion => "answer-question", "tour: type the answer; at its end, save";
    }
    Program, "Program" {
        Wider => "wider", "wider layers pane";
        Narrower => "narrower", "narrower layers pane";
        Zoom => "zoom", "zoom the focused pane; again restores the others";
        Images => "images", "the images of the file: open one, or compare two";
        Reopen => "reopen", "open the image again, if it has changed";
        Help => "help", "this list of keys";
        Close => "close", "close the dialog, or clear the filter";
        Suspend => "suspend", "suspend the program (`fg` resumes it)";
        Quit => "quit", "close the dialog, or quit";
        QuitNow => "quit-now", "quit at once";
    }
}

impl Action {
    /// Every action, with those that show these views.
    pub fn all(views: &[&'static ViewName]) -> impl Iterator<Item = Self> {
        views.iter().map(|view| Self::View(view)).chain(Self::OTHERS.iter().copied())
    }
}
