//! Puts every stored byte in one account, and records for each wasted one which layer stored it and which layer wasted
//! it.
//!
//! | account | meaning |
//! |---|---|
//! | live | visible in the final merged view |
//! | overwritten | a later layer stores other content under the same path, or the same layer repeats the path |
//! | rewritten | a later layer stores the same content again: chmod, chown, touch, a copy onto itself |
//! | removed | hidden by a whiteout, an opaque directory or a change of type: still stored, still readable |
//!
//! Only how waste splits into overwritten and rewritten needs contents; how much is wasted never does. So the accounts
//! are available at once, with every undecided pair as overwritten, and again when [`Identities`] are known.

mod accounts;
mod alignment;
mod base;
mod basket;
mod caches;
mod causes;
mod command;
mod context;
mod contributions;
#[cfg(test)]
mod costs;
mod globs;
mod identity;
mod instruction;
mod kept;
mod moved;
mod naming;
mod origins;
mod reading;
mod rebuild;
mod reported;
mod sections;
mod settings;
mod severity;
mod stages;
#[cfg(test)]
pub(crate) mod test_union;
mod user;
mod waste;

pub use accounts::{Account, Accounts};
pub use alignment::{LocateError, locate};
pub use base::{BASE_DIGEST, BASE_NAME, Base, BaseEvidence};
pub use basket::{Loss, Marked};
pub use causes::{Cause, Fix, FixKind};
pub use command::{Program, ProgramState, command_words, first_of_script, interpreter, shell_script};
pub use context::context_pattern;
pub use contributions::Contribution;
pub use globs::{Globs, glob};
pub(crate) use identity::each_chunk;
pub use identity::{Identities, Pair, pairs};
pub use instruction::Instruction;
pub(crate) use kept::LayerQuestion;
pub use naming::{
    beginning, layer_in_sentence, layer_name, layer_name_with_lines, step_in_sentence, step_name, step_name_with_lines,
};
pub use origins::Origins;
pub(crate) use reading::each_file;
pub use rebuild::{
    BadChange, BuildChange, BuildPlan, Knowledge, OrderAdvice, PlanStep, Rerun, StaleStep, StepKind, StepOutcome,
    order_advice, outcomes, stale_steps,
};
pub use reported::{ReportedStep, steps_of_layers};
pub use sections::{Grouping, Section, SectionKind, Sections};
pub use settings::{SettingOrigin, SettingOrigins, base_steps, replaced_by};
pub use severity::Severity;
pub use stages::from_flag;
pub use user::runs_as_root;
pub use waste::{Waste, WasteGroup};

use std::collections::HashMap;

use crate::image::{EntryKind, Finding, Image, LayerNumber};
use crate::union::{Change, Scope, Union, VersionId, VersionRef, View};

/// The accounts of one layer, and what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerAnalysis {
    /// Where the bytes that this layer stores have ended up.
    pub accounts: Accounts,
    /// Bytes of this and lower layers that this layer wasted.
    pub wasted_by: u64,
    /// Paths it added.
    pub added: usize,
    /// Paths it stored again, or folders whose mode, owner or attributes it changed.
    pub modified: usize,
    /// Paths it removed, those below a removed folder included.
    pub removed: usize,
}

/// The totals of the image.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Analysis {
    /// Where all stored bytes have ended up.
    pub totals: Accounts,
    /// The same by layer, lowest first.
    pub layers: Vec<LayerAnalysis>,
    /// Regular files visible in the final image, each inode once for every name.
    pub files: usize,
    /// Every wasted file, largest first, and last the removed ones that hold nothing.
    pub waste: Vec<Waste>,
    /// Whether contents were compared; before that, what may be rewritten counts as overwritten.
    pub compared: bool,
    /// Doubts that came up while contents were compared.
    pub findings: Vec<Finding>,
    /// Removed files that the same layer stores again elsewhere; both by the version that holds the bytes.
    moved: HashMap<VersionId, VersionId>,
}

impl Analysis {
    /// Works the accounts out. Without identities, every pair that needs them counts as overwritten for now.
    #[must_use]
    pub fn new(union: &Union, identities: Option<&Identities>) -> Self {
        let mut analysis = Self {
            layers: vec![LayerAnalysis::default(); union.layer_count()],
            compared: identities.is_some(),
            findings: identities.map_or_else(Vec::new, |known| known.findings.clone()),
            ..Self::default()
        };
        let none = Identities::default();
        let links = accounts::HardLinks::new(union);
        for version in union.all_versions().map(|id| union.version(id)) {
            let bytes = version.stored();
            if version.inode().id() != version.id() || bytes == 0 && !is_gone_and_empty(version) {
                continue;
            }
            let end = accounts::end_of(version, &links, identities.unwrap_or(&none));
            if bytes == 0 {
                analysis.waste.extend(end.waste(version, 0).filter(|waste| waste.account == Account::Removed));
                continue;
            }
            analysis.totals.add(end.account(), bytes);
            analysis.layers[version.layer().index()].accounts.add(end.account(), bytes);
            if let Some(waste) = end.waste(version, bytes) {
                let wasted_by = &mut analysis.layers[waste.by.index()].wasted_by;
                *wasted_by = wasted_by.saturating_add(bytes);
                analysis.waste.push(waste);
            }
        }
        if let Some(identities) = identities {
            analysis.moved = moved::moved(union, identities);
        }
        analysis.waste.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.version.cmp(&b.version)));
        for (of, [added, modified, removed]) in analysis.layers.iter_mut().zip(accounts::count_changes(union)) {
            (of.added, of.modified, of.removed) = (added, modified, removed);
        }
        analysis.files = accounts::count_files(union);
        analysis
    }

    /// The accounts of one layer.
    #[must_use]
    pub fn layer(&self, layer: LayerNumber) -> &LayerAnalysis {
        &self.layers[layer.index()]
    }

    /// The view of what a layer changed, with its totals.
    #[must_use]
    pub fn changes(union: &Union, layer: LayerNumber) -> View {
        View::new(union, Scope::layer(layer))
    }

    /// The wasted files as people think of them: a folder that was removed as a whole is one row, which lists its files.
    #[must_use]
    pub fn waste_groups(&self, union: &Union) -> Vec<WasteGroup> {
        let with_bytes = self.waste.partition_point(|waste| waste.bytes > 0);
        waste::group(union, &self.waste[..with_bytes])
    }

    /// The same, and removed files that hold nothing: they have no bytes, but their names can be read.
    #[must_use]
    pub fn waste_groups_and_empty(&self, union: &Union) -> Vec<WasteGroup> {
        waste::group(union, &self.waste)
    }

    /// The wasted bytes by who stored and who wasted them, largest first, each with how to fix it.
    #[must_use]
    pub fn causes(&self, image: &Image, union: &Union) -> Vec<Cause> {
        causes::causes(image, union, self)
    }

    /// How many paths a layer changed in one way.
    #[must_use]
    pub fn changed(&self, layer: LayerNumber, change: Change) -> usize {
        let layer = self.layer(layer);
        match change {
            Change::Added => layer.added,
            Change::Modified => layer.modified,
            Change::Removed => layer.removed,
        }
    }
}

/// Whether it is a file without content that was visible once.
fn is_gone_and_empty(version: VersionRef<'_>) -> bool {
    version.ended().is_some() && version.node().is_some() && version.kind() == EntryKind::File && version.size() == 0
}
