//! The facts about the build cache and about a container.

use crate::analysis::{Analysis, Base, BuildPlan, Instruction, Rerun, order_advice, outcomes, stale_steps};
use crate::format::{bytes, count, joined, safe_str};
use crate::image::{Image, LayerNumber};
use crate::union::{Change, Scope, Union, View};

use super::facts::Facts;
use super::facts::instruction;
use super::words::{self, counted};

impl Facts {
    /// What a builder runs again, which order would be better, and what may be out of date.
    pub(super) fn build(&mut self, image: &Image, union: &Union, analysis: &Analysis) {
        let size = |layer: LayerNumber| analysis.layer(layer).accounts.total();
        let plan = BuildPlan::new(image);
        let base = Base::detect(image);
        let is_own = |layer: &LayerNumber| layer.get() <= union.layer_count() && !base.has(*layer);
        let layer_at = |at: usize| plan.steps.get(at).and_then(|step| step.layer).filter(is_own);
        let is_copy = |layer: &LayerNumber| {
            let read = Instruction::read(image.instruction_of(*layer));
            matches!(read, Instruction::Written { keyword: "COPY" | "ADD", .. })
        };
        let rerun = |at: usize| Rerun::new(&plan.steps, &outcomes(&plan.steps, &[at]), None, analysis);
        let layers_again = |at: usize| rerun(at).layers.len();
        let copy = plan.shown().into_iter().find_map(|at| Some((at, layer_at(at).filter(is_copy)?)));
        if let Some((at, layer)) = copy {
            let again = rerun(at);
            self.layer("copy.layer", layer);
            self.text("copy.instruction", instruction(image, layer));
            self.text("copy.size", bytes(size(layer)));
            self.text("copy.after", count(again.layers.len()));
            self.text("copy.after-layers", counted(again.layers.len(), "layer", "layers"));
            self.text("copy.after-size", bytes(again.bytes));
            if let Some(last) = again.layers.into_iter().max().filter(|last| *last > layer) {
                self.layer("copy.last.layer", last);
                if let Some(count_again) = plan.steps.iter().position(|step| step.layer == Some(last)).map(layers_again)
                {
                    self.text("copy.last.after", count(count_again));
                    self.text("copy.last.after-layers", counted(count_again, "layer", "layers"));
                }
            }
        }
        let advice = order_advice(&plan, image, union, analysis).into_iter().next();
        let advised = advice.and_then(|one| Some((layer_at(one.copy)?, layer_at(one.install)?, one)));
        if let Some((copy, install, advice)) = advised {
            let again = layers_again(advice.install);
            self.text("install.after", count(again));
            self.text("install.after-layers", counted(again, "layer", "layers"));
            self.layer("install.layer", install);
            self.text("install.instruction", instruction(image, install));
            self.text("install.size", bytes(size(install)));
            self.layer("install.copy.layer", copy);
            self.text("install.copy", instruction(image, copy));
            self.text("install.manifests", words::code(&format!("COPY {}", advice.manifests)));
        }
        let stale = stale_steps(&plan, image).into_iter().find_map(|stale| Some((layer_at(stale.at)?, stale)));
        if let Some((layer, stale)) = stale {
            self.layer("stale.layer", layer);
            self.text("stale.instruction", instruction(image, layer));
            self.text("stale.fetches", words::code(stale.fetches));
            self.text("stale.size", bytes(size(layer)));
            if let Some(date) = day(stale.since.as_deref()) {
                self.text("stale.date", date);
            }
        }
        let is_run =
            |layer: &LayerNumber| matches!(Instruction::read(image.instruction_of(*layer)), Instruction::Run { .. });
        let runs = union.layer_numbers().filter(is_own).filter(is_run).filter(|&layer| size(layer) > 0);
        if let Some(layer) = runs.max_by_key(|&layer| (size(layer), std::cmp::Reverse(layer))) {
            self.layer("run.layer", layer);
            self.text("run.instruction", instruction(image, layer));
            self.text("run.size", bytes(size(layer)));
            if let Some(date) = day(image.step_of(layer).and_then(|step| step.created.as_deref())) {
                self.text("run.date", date);
            }
        }
    }

    /// The writable layer of a container, where one is opened with the image.
    pub(super) fn container(&mut self, image: &Image, union: &Union, analysis: &Analysis) {
        let Some(layer) = image.container().filter(|layer| layer.get() <= union.layer_count()) else { return };
        let view = View::new(union, Scope::layer(layer));
        let parts = [(Change::Added, "added"), (Change::Modified, "changed"), (Change::Removed, "removed")];
        let parts = parts.map(|(change, word)| (view.count(change), word));
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{} {word}", counted(number, "path", "paths")))
            .collect();
        let changes = if parts.is_empty() { "nothing changed".to_owned() } else { joined(&parts) };
        self.layer("container.layer", layer);
        self.text("container.changes", changes);
        self.text("container.size", bytes(analysis.layer(layer).accounts.total()));
        self.text("container.virtual-size", bytes(analysis.totals.total()));
    }
}

/// The day of a time in the history.
fn day(created: Option<&str>) -> Option<String> {
    created.and_then(|created| created.get(..10)).map(safe_str)
}
