//! All actions of keys, with the names that the configuration uses and the descriptions that the help shows.

/// Actions and a short description of them, for the footer.
pub(super) type Hint = (&'static [Action], &'static str);

macro_rules! actions {
    ($($group:ident, $title:literal { $($action:ident => $name:literal, $help:literal;)+ })+) => {
        /// An action of a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[doc = $help] $action,)+)+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Self] = &[$($(Self::$action,)+)+];

            /// Its name in the configuration.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(Self::$action => $name,)+)+ }
            }

            /// Its description in the help.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $($(Self::$action => $help,)+)+ }
            }

            /// The title under which the help lists it.
            #[must_use]
            pub fn group(self) -> Group {
                match self { $($(Self::$action)|+ => Group::$group,)+ }
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
    Views, "Views" {
        Layers => "view-layers", "layers and their files";
        Waste => "view-waste", "wasted bytes";
        Removed => "view-removed", "removed, but still stored";
        History => "view-history", "every step of the build";
        About => "view-image", "the image: configuration, totals, findings";
        Treemap => "view-treemap", "treemap: folders and files by size";
    }
    Rows, "Layers, files and waste" {
        Open => "open", "open: a layer's files, a folder, waste, a file";
        Fold => "toggle-fold", "fold or unfold";
        Collapse => "collapse", "fold, or go to the parent folder";
        Expand => "expand", "unfold, or go into the folder";
        FoldAll => "fold-all", "fold everything";
        UnfoldAll => "unfold-all", "unfold everything";
        Merged => "toggle-merged", "files: changes of this layer, or the merged view";
        Sort => "sort", "sort: name, size, change, time; history: by age";
        Group => "group", "waste: by cause, instruction, folder; junk; secrets";
        Lists => "lists", "waste: straight to secrets, then junk, and back";
        Compare => "compare", "combine layers from here on; press again to stop";
        CompareBase => "compare-base", "combine all layers above the base";
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
        Jump => "jump", "jump to a path in any layer (fuzzy search)";
    }
    File, "A file: its versions and its content" {
        OlderVersion => "older-version", "to the previous version";
        NewerVersion => "newer-version", "to the next version";
        Diff => "diff", "what this version changed, or its content";
        ViewAs => "view-as", "show as text, as hex, or as an archive listing";
    }
    Selection, "Marking, copying and extracting" {
        Mark => "mark", "mark a path or a layer, or unmark it";
        Basket => "basket", "basket: what is marked, and what removing it saves";
        ClearBasket => "clear-basket", "in the basket: unmark everything";
        Extract => "extract", "extract files to disk, removed ones too";
        Copy => "copy", "copy the path, the digest or the instruction";
        CopyCommand => "copy-command", "copy a shell command that shows the same";
    }
    Program, "Program" {
        Wider => "wider", "wider layers pane";
        Narrower => "narrower", "narrower layers pane";
        Help => "help", "this list of keys";
        Close => "close", "close the dialog, or clear the filter";
        Suspend => "suspend", "suspend the program (`fg` resumes it)";
        Quit => "quit", "close the dialog, or quit";
        QuitNow => "quit-now", "quit at once";
    }
}

impl Action {
    /// The action with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}
