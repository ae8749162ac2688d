//! One layer: what it stores, what it hides, what that costs, and why.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::Account;
use crate::format::{bytes, count, joined, safe_str};
use crate::image::LayerNumber;
use crate::union::{NodeId, VersionId};

use super::explanation::Context;
use super::step::copied_from;
use super::words::{counted, layers, path};

/// Files and bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    files: usize,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What one layer wasted of another in one way.
type Losses = BTreeMap<(Account, LayerNumber), Sum>;

/// What the waste of the image says about one layer.
#[derive(Clone, Debug)]
pub(super) struct LayerFacts {
    number: LayerNumber,
    /// By the layer that stores it.
    caused: Losses,
    /// By the layer that wasted it.
    lost: Losses,
}

impl LayerFacts {
    /// Of every layer, lowest first; the waste is gone through once.
    pub(super) fn all(facts: &Context<'_>) -> Vec<Self> {
        let numbers = facts.union.layer_numbers();
        let mut all: Vec<_> =
            numbers.map(|number| Self { number, caused: Losses::new(), lost: Losses::new() }).collect();
        for waste in &facts.analysis.waste {
            if waste.by != waste.layer {
                all[waste.by.index()].caused.entry((waste.account, waste.layer)).or_default().add(waste.bytes);
            }
            if waste.bytes > 0 {
                all[waste.layer.index()].lost.entry((waste.account, waste.by)).or_default().add(waste.bytes);
            }
        }
        all
    }

    /// What the image shows about this layer.
    pub(super) fn sentences(&self, facts: &Context<'_>) -> Vec<String> {
        let mut said = Vec::new();
        let Some(layer) = facts.image.layers.get(self.number.index()) else { return said };
        let note = layer.blob.note();
        if !note.is_empty() {
            said.push(format!("Its contents are unknown: {}.", safe_str(note)));
            return said;
        }
        if let Some(other) = layer.same_as {
            said.push(format!("It is the same blob as layer {other}: stored once, applied again."));
        }
        let from = facts.image.step_of(self.number).and_then(|step| copied_from(facts.image, step));
        said.extend(from.map(|from| format!("It copies from {from}: `COPY --from` names it.")));
        said.push(self.changes(facts));
        said.extend(self.largest(facts));
        if facts.union.entries(self.number).findings.iter().any(|finding| finding.is_gap) {
            said.push("A part of it could not be read, so the figures are too low.".to_owned());
        }
        said.extend(self.copied_up());
        said.extend(self.overwritten());
        said.extend(self.whiteouts(facts));
        said.extend(self.hidden());
        said.extend(self.fix(facts));
        said.extend(self.lost(facts));
        if facts.base.layers == self.number.get() {
            said.push("It is the last layer of the base image.".to_owned());
        }
        said
    }

    fn changes(&self, facts: &Context<'_>) -> String {
        let known = facts.analysis.layer(self.number);
        let entries = facts.union.entries(self.number).len();
        if entries == 0 {
            let builder = facts.image.step_of(self.number).filter(|step| step.comment.starts_with("buildkit"));
            let builder = if builder.is_some() { "BuildKit" } else { "the builder" };
            return format!(
                "It is empty: the step changed no file, and {builder} stored a layer without entries for it."
            );
        }
        let parts = [("adds", known.added), ("changes", known.modified), ("removes", known.removed)];
        let mut parts: Vec<_> = parts
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .map(|(verb, number)| format!("{verb} {}", counted(number, "path", "paths")))
            .collect();
        let stored = facts.analysis.layer(self.number).accounts.total();
        if parts.is_empty() {
            let repeated = match entries {
                1 => "only entry repeats".to_owned(),
                many => format!("{} entries repeat", count(many)),
            };
            return format!("Its {repeated} what was there already: nothing changes.");
        }
        parts.push(if stored == 0 { "stores no content".to_owned() } else { format!("stores {}", bytes(stored)) });
        format!("It {}.", joined(&parts))
    }

    /// Where more than half of its bytes are.
    fn largest(&self, facts: &Context<'_>) -> Option<String> {
        let union = facts.union;
        let total = facts.analysis.layer(self.number).accounts.total();
        let mut below: HashMap<NodeId, u64> = HashMap::new();
        let mut stored: HashMap<NodeId, VersionId> = HashMap::new();
        for version in union.added_by(self.number).map(|id| union.version(id)) {
            let Some(node) = version.node().filter(|_| version.stored() > 0) else { continue };
            stored.insert(node, version.id());
            let mut at = Some(node);
            while let Some(node) = at {
                let bytes = below.entry(node).or_default();
                *bytes = bytes.saturating_add(version.stored());
                at = union.parent(node);
            }
        }
        // Of several such folders, each is below the one before, and so has the higher ID.
        let most = below.into_iter().filter(|(_, bytes)| bytes.saturating_mul(2) > total);
        let (node, bytes_there) = most.max_by_key(|(node, _)| node.index())?;
        if node == union.root() || total == 0 {
            return None;
        }
        let is_file = stored.contains_key(&node);
        let place = if is_file { "in" } else { "below" };
        let path = path(facts.redactor, &union.path(node));
        let (part, size) = match bytes(bytes_there) {
            _ if bytes_there == total => ("All", String::new()),
            // Rounded, the rest is nothing.
            size if size == bytes(total) => ("Nearly all", String::new()),
            size => ("Most", format!(" ({size})")),
        };
        Some(format!("{part} of it is {place} {path}{size}."))
    }

    fn caused(&self, account: Account) -> (Sum, Vec<LayerNumber>) {
        let mut sum = Sum::default();
        let mut stored_by = Vec::new();
        for ((_, layer), of) in self.caused.iter().filter(|((kind, _), _)| *kind == account) {
            sum.files += of.files;
            sum.bytes = sum.bytes.saturating_add(of.bytes);
            stored_by.push(*layer);
        }
        (sum, stored_by)
    }

    fn copied_up(&self) -> Option<String> {
        let (sum, from) = self.caused(Account::Rewritten);
        (sum.files > 0).then(|| {
            format!(
                "It stores {} of {} again, {}: the content is the same, but a layer stores a file as a whole, even if only \
                 its owner, mode or time changes. This is copy-up.",
                counted(sum.files, "file", "files"),
                layers(&from),
                bytes(sum.bytes)
            )
        })
    }

    fn overwritten(&self) -> Option<String> {
        let (sum, from) = self.caused(Account::Overwritten);
        (sum.files > 0).then(|| {
            format!(
                "It stores {} again, as a whole, with new content; the old content, {} of {}, is hidden but still stored.",
                counted(sum.files, "file", "files"),
                bytes(sum.bytes),
                layers(&from)
            )
        })
    }

    fn whiteouts(&self, facts: &Context<'_>) -> Vec<String> {
        let (mut whiteouts, mut opaque) = (Vec::new(), Vec::new());
        for marker in facts.union.markers(self.number) {
            if marker.is_opaque { opaque.push(marker) } else { whiteouts.push(marker) }
        }
        let mut said = Vec::new();
        if let Some(first) = whiteouts.first() {
            let name = path(facts.redactor, &first.entry.path());
            said.push(match whiteouts.len() {
                1 => format!("It stores a whiteout, an entry without content: {name}."),
                many => format!("It stores {} whiteouts, entries without content, such as {name}.", count(many)),
            });
        }
        if let Some(first) = opaque.first() {
            let folder = path(facts.redactor, &first.hides());
            said.push(match opaque.len() {
                1 => format!("It stores an opaque marker, which hides all that lower layers store below {folder}."),
                many => format!(
                    "It stores {} opaque markers: each hides all that lower layers store below its folder, such as \
                     {folder}.",
                    count(many)
                ),
            });
        }
        said
    }

    fn hidden(&self) -> Option<String> {
        let (sum, from) = self.caused(Account::Removed);
        (sum.files > 0).then(|| {
            format!(
                "It hides {} of {}, {}: {} still stored there, and can be read.",
                counted(sum.files, "file", "files"),
                layers(&from),
                bytes(sum.bytes),
                if sum.files == 1 { "it is" } else { "they are" }
            )
        })
    }

    /// How to fix the most of what it wastes.
    fn fix(&self, facts: &Context<'_>) -> Option<String> {
        let of_layer = facts.causes.iter().filter(|cause| cause.wasted_by == self.number && cause.bytes > 0);
        let largest = of_layer.max_by_key(|cause| cause.bytes)?;
        let fix = facts.redactor.text(&largest.fix.text);
        Some(format!("To save {}: {}.", bytes(largest.bytes), safe_str(&fix)))
    }

    /// What higher layers wasted of it.
    fn lost(&self, facts: &Context<'_>) -> Option<String> {
        let accounts = &facts.analysis.layer(self.number).accounts;
        if accounts.wasted() == 0 {
            return None;
        }
        let part = if accounts.wasted() == accounts.total() {
            "All of it is wasted".to_owned()
        } else {
            format!("{} of it is wasted", bytes(accounts.wasted()))
        };
        let is_one = self.lost.len() == 1;
        let said = self.lost.iter().map(|((account, by), sum)| {
            let what = if is_one { "it".to_owned() } else { bytes(sum.bytes) };
            let does = match account {
                Account::Rewritten => format!("stores {what} again"),
                Account::Overwritten => format!("overwrites {what}"),
                _ => format!("hides {what}"),
            };
            if *by == self.number { format!("this layer {does}") } else { format!("layer {by} {does}") }
        });
        Some(format!("{part}: {}.", joined(&said.collect::<Vec<_>>())))
    }
}
