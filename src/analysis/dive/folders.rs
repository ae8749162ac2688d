//! The folders of a layer in a tree that follows dive's, each looked up once.

use crate::image::Entries;

/// dive drops every path with such a component, opaque markers among them.
pub(crate) const DOUBLE_WHITEOUT: &[u8] = b".wh..wh.";

/// Where a folder of the layer lies in the tree.
#[derive(Clone, Copy)]
enum Folder<P> {
    Unknown,
    At(P),
    /// A double whiteout on the way to it: dive has no node for it, only for its parents.
    CutOff,
}

/// Where the folders of a layer lie in a tree, as far as they were asked for.
pub(crate) struct Folders<P> {
    known: Vec<Folder<P>>,
}

impl<P: Copy> Folders<P> {
    /// None known but the root.
    pub(crate) fn new(entries: &Entries, root: P) -> Self {
        let mut known = vec![Folder::Unknown; entries.dir_count()];
        known[0] = Folder::At(root);
        Self { known }
    }

    /// The place of a folder; `enter` gives that of a name in another, or none where dive has no node.
    pub(crate) fn place<'a>(
        &mut self,
        entries: &'a Entries,
        dir: u32,
        mut enter: impl FnMut(P, &'a [u8]) -> Option<P>,
    ) -> Option<P> {
        let mut way = Vec::new();
        let mut at = dir;
        let mut folder = loop {
            match self.known[at as usize] {
                Folder::At(place) => break Some(place),
                Folder::CutOff => break None,
                Folder::Unknown => way.push(at),
            }
            at = entries.dir(at).0;
        };
        for dir in way.into_iter().rev() {
            folder = folder.and_then(|parent| enter(parent, entries.dir(dir).1));
            self.known[dir as usize] = folder.map_or(Folder::CutOff, Folder::At);
        }
        folder
    }
}
