//! The facts of an image that lessons speak of, by the names that stand in their placeholders.

use std::collections::BTreeMap;

use crate::analysis::{Account, Analysis, Base, Instruction, Waste};
use crate::format::{bytes, count, percent, safe_str};
use crate::image::{Digest, Image, LayerNumber, Step};
use crate::secrets::Redactor;
use crate::union::{NodeId, Union};

use super::words;

/// Every name, and what it stands for; a name without a value means that the image does not show such a thing.
pub const NAMES: &[&str] = &[
    "image",
    "layers",
    "layers.several",
    "steps",
    "steps.with-layer",
    "steps.without-layer",
    "missing.rows",
    "size",
    "live",
    "wasted",
    "wasted.percent",
    "removed.path",
    "removed.layer",
    "removed.by",
    "removed.size",
    "overwritten.path",
    "overwritten.layer",
    "overwritten.by",
    "overwritten.size",
    "rewritten.path",
    "rewritten.layer",
    "rewritten.by",
    "rewritten.size",
    "rewritten.total",
    "whiteout.name",
    "whiteout.hides",
    "whiteout.layer",
    "metadata.instruction",
    "empty.layer",
    "empty.instruction",
    "base.layers",
    "base.size",
    "own.layer",
    "own.size",
    "own.stored",
    "largest.layer",
    "largest.size",
    "largest.instruction",
    "top.layer",
    "copy.layer",
    "copy.instruction",
    "copy.after",
    "copy.after-size",
    "link.path",
    "link.layer",
    "link.size",
    "id.layer",
    "id.digest",
    "id.diff-id",
    "id.chain-id",
    "saving.size",
    "saving.layer",
    "saving.fix",
];

/// What the image shows, by name.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) layers: BTreeMap<&'static str, LayerNumber>,
    pub(super) nodes: BTreeMap<&'static str, NodeId>,
}

impl Facts {
    /// Gathers them. The documents of the image are redacted already, paths are not.
    #[must_use]
    pub fn new(image: &Image, union: &Union, analysis: &Analysis, redactor: &Redactor) -> Self {
        let mut facts = Self::default();
        facts.totals(image, union, analysis);
        for (account, names) in [
            (Account::Removed, ["removed.path", "removed.layer", "removed.by", "removed.size"]),
            (Account::Overwritten, ["overwritten.path", "overwritten.layer", "overwritten.by", "overwritten.size"]),
            (Account::Rewritten, ["rewritten.path", "rewritten.layer", "rewritten.by", "rewritten.size"]),
        ] {
            let is_one = |waste: &&Waste| waste.account == account && waste.by != waste.layer && waste.bytes > 0;
            let Some(waste) = analysis.waste.iter().find(is_one) else { continue };
            facts.node(names[0], union.version(waste.name).node(), union, redactor);
            facts.layer(names[1], waste.layer);
            facts.layer(names[2], waste.by);
            facts.text(names[3], bytes(waste.bytes));
        }
        if analysis.totals.rewritten > 0 {
            facts.text("rewritten.total", bytes(analysis.totals.rewritten));
        }
        facts.layers_of(image, union, analysis, redactor);
        facts.identity(image, union, analysis);
        let causes = analysis.causes(image, union);
        let base = Base::detect(image);
        let own = causes.iter().filter(|cause| cause.bytes > 0 && !base.has(cause.stored_by));
        if let Some(cause) = own.max_by_key(|cause| cause.bytes) {
            facts.text("saving.size", bytes(cause.bytes));
            facts.layer("saving.layer", cause.wasted_by);
            facts.text("saving.fix", safe_str(&redactor.text(&cause.fix.text)));
        }
        facts
    }

    /// The value of a name as text.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    fn text(&mut self, name: &'static str, text: String) {
        self.texts.insert(name, text);
    }

    fn layer(&mut self, name: &'static str, layer: LayerNumber) {
        self.layers.insert(name, layer);
        self.text(name, layer.to_string());
    }

    fn node(&mut self, name: &'static str, node: Option<NodeId>, union: &Union, redactor: &Redactor) {
        let Some(node) = node else { return };
        self.nodes.insert(name, node);
        self.text(name, words::path(redactor, &union.path(node)));
    }

    fn totals(&mut self, image: &Image, union: &Union, analysis: &Analysis) {
        let steps = image.own_steps();
        let with_layer = steps.iter().filter(|step| step.layer.is_some()).count();
        let missing = steps.len() - usize::from(image.digest.is_some() && !steps.is_empty());
        let layers = image.own_layers().min(union.layer_count());
        let totals = &analysis.totals;
        self.text("image", image.names.first().map_or_else(|| "This image".to_owned(), |name| words::code(name)));
        if layers > 1 {
            self.text("layers.several", count(layers));
        }
        if missing > 0 {
            self.text("missing.rows", count(missing));
        }
        for (name, number) in [
            ("layers", layers),
            ("steps", steps.len()),
            ("steps.with-layer", with_layer),
            ("steps.without-layer", steps.len() - with_layer),
        ] {
            self.text(name, count(number));
        }
        for (name, size) in [("size", totals.total()), ("live", totals.live), ("wasted", totals.wasted())] {
            self.text(name, bytes(size));
        }
        self.text("wasted.percent", percent(1.0 - totals.efficiency()));
        let is_metadata = |step: &&Step| {
            step.layer.is_none() && matches!(Instruction::read(&step.created_by), Instruction::Written { .. })
        };
        if let Some(step) = image.steps.iter().rfind(is_metadata) {
            self.text("metadata.instruction", words::code(&Instruction::read(&step.created_by).line()));
        }
    }

    fn layers_of(&mut self, image: &Image, union: &Union, analysis: &Analysis, redactor: &Redactor) {
        let size = |layer: LayerNumber| analysis.layer(layer).accounts.total();
        let instruction = |layer| words::code(&Instruction::read(image.description_of(layer)).line());
        let largest = union.layer_numbers().max_by_key(|&layer| (size(layer), std::cmp::Reverse(layer)));
        if let Some(layer) = largest.filter(|&layer| size(layer) > 0) {
            self.layer("largest.layer", layer);
            self.text("largest.size", bytes(size(layer)));
            self.text("largest.instruction", instruction(layer));
        }
        if let Some(top) = union.layer_numbers().next_back() {
            self.layer("top.layer", top);
        }
        let is_empty = |layer: &LayerNumber| {
            let known = image.layers.get(layer.index()).is_some_and(|layer| layer.blob.note().is_empty());
            known && union.entries(*layer).is_empty()
        };
        if let Some(layer) = union.layer_numbers().find(is_empty) {
            self.layer("empty.layer", layer);
            self.text("empty.instruction", instruction(layer));
        }
        let marker = union
            .layer_numbers()
            .find_map(|layer| union.markers(layer).find(|marker| !marker.is_opaque).map(|marker| (layer, marker)));
        if let Some((layer, marker)) = marker {
            self.layer("whiteout.layer", layer);
            self.text("whiteout.name", words::path(redactor, &marker.entry.path()));
            self.text("whiteout.hides", words::path(redactor, &marker.hides()));
        }
        let base = Base::detect(image);
        if let Some(own) = LayerNumber::new(base.layers + 1).filter(|_| base.layers > 0) {
            let sum = |own: bool| union.layer_numbers().filter(|&layer| base.has(layer) != own).map(size).sum();
            self.text("base.layers", count(base.layers));
            self.text("base.size", bytes(sum(false)));
            self.layer("own.layer", own);
            self.text("own.size", bytes(sum(true)));
            let blobs = image.layers.iter().skip(base.layers).filter(|layer| layer.same_as.is_none());
            let stored: Option<Vec<u64>> = blobs.map(|layer| layer.stored_size).collect();
            if let Some(stored) = stored {
                self.text("own.stored", bytes(stored.into_iter().fold(0, u64::saturating_add)));
            }
        }
        let is_copy = |layer: &LayerNumber| {
            let read = Instruction::read(image.instruction_of(*layer));
            !base.has(*layer) && matches!(read, Instruction::Written { keyword: "COPY" | "ADD", .. })
        };
        if let Some(layer) = union.layer_numbers().find(is_copy) {
            let after: Vec<_> = union.layer_numbers().filter(|&other| other >= layer).collect();
            self.layer("copy.layer", layer);
            self.text("copy.instruction", instruction(layer));
            self.text("copy.after", count(after.len()));
            self.text("copy.after-size", bytes(after.into_iter().map(size).sum()));
        }
        let links = union.nodes().filter_map(|node| Some(union.version(union.live(node)?)));
        let link = links.filter(|version| version.is_link() && version.inode().layer() == version.layer());
        if let Some(link) = link.max_by_key(|version| version.size()).filter(|version| version.size() > 0) {
            self.node("link.path", link.node(), union, redactor);
            self.layer("link.layer", link.layer());
            self.text("link.size", bytes(link.size()));
        }
    }

    /// The three names of the largest layer.
    fn identity(&mut self, image: &Image, union: &Union, analysis: &Analysis) {
        let largest = union.layer_numbers().max_by_key(|&layer| analysis.layer(layer).accounts.total());
        let Some((number, layer)) = largest.and_then(|number| Some((number, image.layers.get(number.index())?))) else {
            return;
        };
        self.layer("id.layer", number);
        if let Some(digest) = &layer.digest {
            self.text("id.digest", words::code(digest.short()));
        }
        if let Some(diff_id) = &layer.diff_id {
            self.text("id.diff-id", words::code(diff_id.0.short()));
        }
        if let Some(chain) = chain_id(image, number) {
            self.text("id.chain-id", words::code(chain.short()));
        }
    }
}

/// The chain ID of a layer (image-spec `config.md`, *layer chain ID*): what the stack up to it is called. `None` if a
/// diff ID is not known.
#[must_use]
pub fn chain_id(image: &Image, layer: LayerNumber) -> Option<Digest> {
    let mut chain: Option<Digest> = None;
    for layer in image.layers.get(..=layer.index())? {
        let diff_id = layer.diff_id.as_ref()?;
        chain = Some(match chain {
            None => diff_id.0.clone(),
            Some(below) => Digest::of(format!("{} {}", below.as_str(), diff_id.as_str()).as_bytes()),
        });
    }
    chain
}
