//! Everything a key can do. The names are those of the configuration, the words those of the help.

macro_rules! actions {
    ($($group:ident, $title:literal { $($action:ident => $name:literal, $help:literal;)+ })+) => {
        /// Something that a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[doc = $help] $action,)+)+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Self] = &[$($(Self::$action,)+)+];

            /// The name that the configuration has for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(Self::$action => $name,)+)+ }
            }

            /// What it does, in a few words.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $($(Self::$action => $help,)+)+ }
            }

            /// Under which title the help lists it.
            #[must_use]
            pub fn group(self) -> Group {
                match self { $($(Self::$action)|+ => Group::$group,)+ }
            }
        }

        /// A title of the help.
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
        Waste => "view-waste", "everything stored for nothing";
        Removed => "view-removed", "removed, but still stored";
        History => "view-history", "every step of the build";
        About => "view-image", "the image: configuration, totals, findings";
    }
    Rows, "Layers, files and waste" {
        Open => "open", "open: a layer's files, a folder, waste, a file";
        Fold => "toggle-fold", "fold or unfold";
        Collapse => "collapse", "fold, or go to the folder above";
        Expand => "expand", "unfold, or go into the folder";
        FoldAll => "fold-all", "fold everything";
        UnfoldAll => "unfold-all", "unfold everything";
        Merged => "toggle-merged", "files: of this layer alone, or all there is after it";
        Sort => "sort", "sort: by name or by size; history: by age";
    }
    File, "A file: its versions and its content" {
        OlderVersion => "older-version", "to the version before";
        NewerVersion => "newer-version", "to the version after";
        Diff => "diff", "what this version changed, or its content again";
        ViewAs => "view-as", "show as text, as hex, or what an archive holds";
    }
    Program, "Program" {
        Help => "help", "this list of keys";
        Close => "close", "close what lies on top";
        Suspend => "suspend", "put the program to sleep (`fg` wakes it)";
        Quit => "quit", "close what lies on top, or quit";
        QuitNow => "quit-now", "quit at once";
    }
}

impl Action {
    /// The action of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}
