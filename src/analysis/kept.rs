//! Questions about files of a layer whose answers are kept between runs.

use crate::image::{Contents, ContentsState, EntryKind, EntryRef, Hasher, LayerNumber};
use crate::union::{Union, VersionId};

/// A question about files of one layer.
pub(crate) struct LayerQuestion {
    pub(crate) layer: LayerNumber,
    /// In ascending order.
    pub(crate) files: Vec<VersionId>,
    text: String,
    /// Whether the text has the content of every file.
    is_exact: bool,
}

impl LayerQuestion {
    /// The questions about files, one for each layer that has some of them. `about` says what is asked of a layer: it
    /// changes with the meaning of the answer.
    pub(crate) fn by_layer<'a>(
        union: &Union,
        files: Vec<VersionId>,
        about: impl Fn(LayerNumber) -> Vec<&'a [u8]>,
    ) -> Vec<Self> {
        let mut of_layers: Vec<Vec<VersionId>> = union.layer_numbers().map(|_| Vec::new()).collect();
        for id in files {
            if let Some(files) = of_layers.get_mut(union.version(id).layer().index()) {
                files.push(id);
            }
        }
        let of_layers = union.layer_numbers().zip(of_layers).filter(|(_, files)| !files.is_empty());
        of_layers.map(|(layer, files)| Self::new(union, layer, files, &about(layer))).collect()
    }

    fn new(union: &Union, layer: LayerNumber, mut files: Vec<VersionId>, about: &[&[u8]]) -> Self {
        files.sort_unstable();
        let mut hasher = Hasher::sha256();
        let mut add = |part: &[u8]| add_part(&mut hasher, part);
        add(&(about.len() as u64).to_le_bytes());
        for part in about {
            add(part);
        }
        let mut is_exact = true;
        for &id in &files {
            let version = union.version(id);
            let content = version.entry().and_then(EntryRef::content_hash);
            is_exact &= content.is_some();
            add(version.path().as_bytes());
            add(&version.size().to_le_bytes());
            add(&content.unwrap_or_default().to_le_bytes());
        }
        Self { layer, files, text: hasher.finish(), is_exact }
    }

    /// A question about all files of an image that an engine exports, for which reading even one of them may take minutes.
    pub(crate) fn about_export(union: &Union, contents: &dyn Contents, about: &[&[u8]]) -> Option<Self> {
        if contents.state() == ContentsState::AtHand {
            return None;
        }
        let mut hasher = Hasher::sha256();
        let mut add = |part: &[u8]| add_part(&mut hasher, part);
        for part in about {
            add(part);
        }
        for number in union.layer_numbers() {
            for entry in union.entries(number).iter() {
                let is_file = entry.kind() == EntryKind::File;
                let content = if is_file { entry.content_hash()? } else { 0 };
                add(entry.path().as_bytes());
                add(entry.kind().name().as_bytes());
                add(entry.link_target());
                add(&entry.mode().to_le_bytes());
                add(&content.to_le_bytes());
            }
            add(b"/");
        }
        let layer = union.layer_numbers().next_back()?;
        Some(Self { layer, files: Vec::new(), text: hasher.finish(), is_exact: true })
    }

    /// What an earlier run kept.
    pub(crate) fn recall(&self, contents: &dyn Contents) -> Option<Vec<u8>> {
        contents.recall(self.layer, &self.text, self.is_exact)
    }

    /// Keeps the answer for the next run.
    pub(crate) fn keep(&self, contents: &dyn Contents, answer: &[u8]) {
        contents.keep(self.layer, &self.text, self.is_exact, answer);
    }
}

/// Adds a part of a question, and where it ends.
fn add_part(hasher: &mut Hasher, part: &[u8]) {
    hasher.update(&(part.len() as u64).to_le_bytes());
    hasher.update(part);
}
