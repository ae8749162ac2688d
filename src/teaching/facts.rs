//! The facts of an image that lessons speak of, by the names that stand in their placeholders.

use std::collections::BTreeMap;

use crate::analysis::{Account, Analysis, Base, Instruction, Waste};
use crate::format::{bytes, count, percent, safe_str};
use crate::image::{Digest, EntryKind, Image, LayerNumber, Step};
use crate::secrets::Redactor;
use crate::union::{Marker, NodeId, Union};

use super::disk::OwnBlobs;
use super::step::{only_metadata, recorded};
use super::words;

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
            let is_one = |waste: &&Waste| {
                let is_of_account = waste.account == account && waste.by != waste.layer && waste.bytes > 0;
                is_of_account && union.version(waste.name).node().is_some_and(|node| is_shown(account, union, node))
            };
            // The simplest case teaches most: one copy that is removed.
            let stored_once = |waste: &&Waste| {
                account != Account::Removed
                    || union.version(waste.name).node().is_some_and(|node| copies(union, node).len() == 1)
            };
            let all = || analysis.waste.iter().filter(is_one);
            let Some(waste) = all().find(stored_once).or_else(|| all().next()) else { continue };
            facts.node(names[0], union.version(waste.name).node(), union, redactor);
            facts.layer(names[1], waste.layer);
            facts.layer(names[2], waste.by);
            facts.text(names[3], bytes(waste.bytes));
            if let Some(node) = union.version(waste.name).node().filter(|_| account == Account::Overwritten) {
                let layers = copies(union, node);
                facts.text("overwritten.layers", words::layers(&layers));
                if let Some(seen) = union.live(node) {
                    facts.layer("overwritten.seen.layer", union.version(seen).layer());
                }
            }
        }
        if analysis.totals.rewritten > 0 {
            facts.text("rewritten.total", bytes(analysis.totals.rewritten));
        }
        facts.layers_of(image, union, analysis, redactor);
        facts.identity(image, union, analysis);
        facts.build(image, union, analysis);
        facts.container(image, union, analysis);
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

    pub(super) fn text(&mut self, name: &'static str, text: String) {
        self.texts.insert(name, text);
    }

    pub(super) fn layer(&mut self, name: &'static str, layer: LayerNumber) {
        self.layers.insert(name, layer);
        self.text(name, layer.to_string());
    }

    fn node(&mut self, name: &'static str, node: Option<NodeId>, union: &Union, redactor: &Redactor) {
        let Some(node) = node else { return };
        self.nodes.insert(name, node);
        self.text(name, words::path(redactor, &union.path(node)));
    }

    fn totals(&mut self, image: &Image, union: &Union, analysis: &Analysis) {
        let steps = recorded(image).count();
        let with_layer = recorded(image).filter(|step| step.layer.is_some()).count();
        let layers = image.own_layers().min(union.layer_count());
        let totals = &analysis.totals;
        self.text("image", image.names.first().map_or_else(|| "This image".to_owned(), |name| words::code(name)));
        if layers > 1 {
            self.text("layers.several", count(layers));
        }
        if steps > 1 {
            self.text("missing.rows", count(steps - 1));
        }
        self.text("layers", count(layers));
        let known = [("steps", steps), ("steps.with-layer", with_layer), ("steps.without-layer", steps - with_layer)];
        known.into_iter().filter(|_| steps > 0).for_each(|(name, number)| self.text(name, count(number)));
        for (name, size) in [("size", totals.total()), ("live", totals.live), ("wasted", totals.wasted())] {
            self.text(name, bytes(size));
        }
        self.text("wasted.percent", percent(1.0 - totals.efficiency()));
        let is_metadata = |step: &&Step| step.layer.is_none() && only_metadata(step);
        if let Some(step) = image.steps.iter().rfind(is_metadata) {
            self.text("metadata.instruction", words::code(&Instruction::read(&step.created_by).line()));
        }
    }

    fn layers_of(&mut self, image: &Image, union: &Union, analysis: &Analysis, redactor: &Redactor) {
        let size = |layer: LayerNumber| analysis.layer(layer).accounts.total();
        let instruction = |layer| instruction(image, layer);
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
            let zero = union.layer_numbers().filter(|&layer| size(layer) == 0).count();
            self.text("empty.zero", words::counted(zero, "layer has", "layers have"));
        }
        // The lesson is about names: a device that overlay uses as a whiteout has the name of what it hides.
        let whiteouts = |layer| {
            let named = |marker: &Marker<'_>| !marker.is_opaque && marker.entry.kind() != EntryKind::Char;
            union.markers(layer).filter(named)
        };
        let marker = union.layer_numbers().find_map(|layer| {
            // Where nothing was, nothing is hidden.
            whiteouts(layer).find_map(|marker| Some((layer, union.node_at(&marker.hides())?, marker)))
        });
        if let Some((layer, hidden, marker)) = marker {
            let stored = whiteouts(layer).count();
            self.text("whiteout.count", count(stored));
            self.text("whiteout.counted", words::counted(stored, "whiteout", "whiteouts"));
            self.node("whiteout.path", Some(hidden), union, redactor);
            self.layer("whiteout.layer", layer);
            self.text("whiteout.name", words::path(redactor, &marker.entry.path()));
            self.text("whiteout.hides", words::path(redactor, &marker.hides()));
        }
        let base = Base::detect(image);
        if let Some(own) = LayerNumber::new(base.layers + 1).filter(|_| base.layers > 0) {
            let layers = || union.layer_numbers().filter(|&layer| Some(layer) != image.container());
            let sum = |own: bool| layers().filter(|&layer| base.has(layer) != own).map(size).sum();
            self.text("base.layers", count(base.layers));
            if let Some(known) = words::base(&base) {
                self.text("base.known", known);
            }
            self.text("base.size", bytes(sum(false)));
            self.layer("own.layer", own);
            self.text("own.size", bytes(sum(true)));
            if let Some(blobs) = OwnBlobs::new(image, &base) {
                self.text("own.sent", bytes(blobs.sent.bytes));
                self.text("own.stored", blobs.size());
                self.text("own.blobs", blobs.sent.blobs());
                let files = bytes(sum(true));
                self.text(
                    "own.push",
                    if blobs.is_plain {
                        format!("A push compresses the layers first, so it sends less than the {files} of their files")
                    } else {
                        format!("Layers are compressed: {files} of files are {} here", bytes(blobs.sent.bytes))
                    },
                );
            }
        }
        let links = union.nodes().filter_map(|node| Some(union.version(union.live(node)?)));
        let link = links.filter(|version| version.is_link() && version.inode().layer() == version.layer());
        if let Some(link) = link.max_by_key(|version| version.size()).filter(|version| version.size() > 0) {
            self.node("link.path", link.node(), union, redactor);
            self.layer("link.layer", link.layer());
            self.text("link.size", bytes(link.size()));
            self.node("link.first.path", link.inode().node(), union, redactor);
        }
        let files = union.nodes().filter_map(|node| Some((node, union.version(union.live(node)?))));
        let mut files: Vec<_> = files.filter(|(_, version)| version.stored() > 0).collect();
        files.sort_by_key(|(_, version)| std::cmp::Reverse(version.stored()));
        // Two of the same size would both be the largest.
        let is_alone = files.get(1).zip(files.first()).is_none_or(|(next, first)| next.1.stored() < first.1.stored());
        if let Some((node, version)) = files.first().filter(|_| is_alone) {
            self.node("file.path", Some(*node), union, redactor);
            self.text("file.size", bytes(version.stored()));
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
        self.host(image, union, analysis);
    }

    /// The names of the largest layer whose chain ID differs from its diff ID, as those above layer 1 do.
    fn host(&mut self, image: &Image, union: &Union, analysis: &Analysis) {
        let known = union.layer_numbers().filter(|&number| chain_id(image, number).is_some());
        let size = |number: LayerNumber| analysis.layer(number).accounts.total();
        let Some(number) = known.max_by_key(|&number| (number.get() > 1, size(number))) else { return };
        self.layer("host.layer", number);
        let below = number.index().checked_sub(1).and_then(|below| chain_id(image, LayerNumber::from_index(below)));
        let own = image.layers.get(number.index()).and_then(|layer| layer.diff_id.as_ref());
        let Some(((below, own), chain)) = below.zip(own).zip(chain_id(image, number)) else { return };
        // A choice between two equal names would be none.
        if own.0 != below {
            self.text("host.below", words::code(below.short()));
            self.text("host.diff-id", words::code(own.0.short()));
            self.text("host.chain-id", words::code(chain.short()));
        }
    }
}

pub(super) fn instruction(image: &Image, layer: LayerNumber) -> String {
    words::code(&Instruction::read(image.description_of(layer)).line())
}

/// Whether what happened to a path is the last that did: what a lesson says about it is what a container sees.
fn is_shown(account: Account, union: &Union, node: NodeId) -> bool {
    let live = union.live(node).map(|live| union.version(live));
    match account {
        Account::Removed => live.is_none(),
        _ => live.is_some_and(|live| live.stored() > 0),
    }
}

/// The layers that store a path.
fn copies(union: &Union, node: NodeId) -> Vec<LayerNumber> {
    let stored = union.versions(node).map(|id| union.version(id)).filter(|version| version.stored() > 0);
    let mut layers: Vec<_> = stored.map(crate::union::VersionRef::layer).collect();
    layers.sort();
    layers.dedup();
    layers
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
