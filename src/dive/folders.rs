//! Maps the folders of a layer to nodes of a tree like dive's, and looks up each only once.

use crate::image::Entries;

/// dive drops every path with such a component, including opaque markers.
pub(crate) const DOUBLE_WHITEOUT: &[u8] = b".wh..wh.";

/// The position of a layer's folder in the tree.
#[derive(Clone, Copy)]
enum FolderPosition<P> {
    Unknown,
    At(P),
    /// Its path contains a double whiteout: dive has no node for it, only for its parents.
    CutOff,
}

/// The known positions of a layer's folders in a tree.
pub(crate) struct FolderPositions<P> {
    known: Vec<FolderPosition<P>>,
}

impl<P: Copy> FolderPositions<P> {
    /// Knows only the root.
    pub(crate) fn new(entries: &Entries, root: P) -> Self {
        let mut known = vec![FolderPosition::Unknown; entries.dir_count()];
        known[0] = FolderPosition::At(root);
        Self { known }
    }

    /// The position of a folder. `enter` returns the position of a child by its name, or `None` if dive has no node for
    /// it.
    pub(crate) fn place<'a>(
        &mut self,
        entries: &'a Entries,
        dir: u32,
        mut enter: impl FnMut(P, &'a [u8]) -> Option<P>,
    ) -> Option<P> {
        let mut unknown = Vec::new();
        let mut at = dir;
        let mut folder = loop {
            match self.known[at as usize] {
                FolderPosition::At(place) => break Some(place),
                FolderPosition::CutOff => break None,
                FolderPosition::Unknown => unknown.push(at),
            }
            at = entries.dir(at).0;
        };
        for dir in unknown.into_iter().rev() {
            folder = folder.and_then(|parent| enter(parent, entries.dir(dir).1));
            self.known[dir as usize] = folder.map_or(FolderPosition::CutOff, FolderPosition::At);
        }
        folder
    }
}
