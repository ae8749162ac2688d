//! What a builder runs again if something changes: the cache rules of `BuildKit`, as a pure function over steps and what
//! they need.
//!
//! | step | runs again if |
//! |---|---|
//! | `RUN` | it, the filesystem below it, or its environment (`ENV`, and every `ARG` before it) changes |
//! | `COPY`, `ADD` | it, the filesystem below it, or the content, mode or owner of what it copies changes; times do not count |
//! | `COPY --from=stage` | the same; a stage that is built again with the same result changes nothing |
//! | `COPY --link` | only what it copies changes: its layer is independent of what is below |
//! | `WORKDIR` | it or the filesystem below it changes |
//! | `LABEL`, `CMD`, `EXPOSE`, … | never: they change the configuration only |
//! | `FROM` | its tag resolves to another digest |
//!
//! How much of that is known depends on the image: see [`Knowledge`].

mod advice;
mod change;
mod plan;
mod settings;
mod stages;
#[cfg(test)]
mod tests;

pub use advice::{OrderAdvice, StaleStep, order_advice, stale_steps};
pub use change::{BadChange, BuildChange};
pub use plan::BuildPlan;

use super::{Analysis, Base};
use crate::image::{InputRole, LayerNumber, Lines};

/// How the steps and what they need are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// From the history alone: one step after the other.
    History,
    /// From the Dockerfile that the user named.
    Dockerfile,
    /// From provenance: the real graph of the build.
    Provenance,
}

impl Knowledge {
    /// A word for output formats.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Dockerfile => "dockerfile",
            Self::Provenance => "provenance",
        }
    }

    /// What it is worth, as a sentence without a full stop.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::History => {
                "from the image alone: every step is assumed to need the one before; stages and `--link` are invisible"
            }
            Self::Dockerfile => "from the Dockerfile: stages and `--link` are known, values of arguments are not",
            Self::Provenance => "from provenance: the steps of the real build, and what each of them needs",
        }
    }
}

/// What happens to a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepOutcome {
    /// Its result is taken from the cache.
    #[default]
    Cached,
    /// It runs again, unless files of a stage or an image that it copies come out the same.
    RunsUnlessSame,
    /// It runs again.
    Runs,
}

impl StepOutcome {
    /// A word for output formats.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::RunsUnlessSame => "runs-again-unless-same",
            Self::Runs => "runs-again",
        }
    }

    /// The same for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::RunsUnlessSame => "runs again*",
            Self::Runs => "runs again",
        }
    }
}

/// What a step is to the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// An image, a folder or an address that steps begin with or copy from.
    Source,
    /// A command.
    Run,
    /// A copy.
    Copy,
    /// A folder that `WORKDIR` makes, or files of the Dockerfile itself.
    Files,
    /// Puts the layer of a copy on top of another filesystem.
    Merge,
    /// Sets what later commands run with: the environment, the user, the shell.
    Environment,
    /// Changes the configuration only.
    Metadata,
}

/// A step of a build, as the cache sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// What it is.
    pub kind: StepKind,
    /// Its instruction on one line; hostile.
    pub instruction: String,
    /// Its lines in the Dockerfile.
    pub lines: Option<Lines>,
    /// The step of the history, from 1.
    pub step: Option<usize>,
    /// The layer that it made.
    pub layer: Option<LayerNumber>,
    /// The steps that it needs, all of them before it.
    pub inputs: Vec<(usize, InputRole)>,
    /// Steps that depend on what it sets.
    pub sets: Vec<usize>,
    /// What it copies from the build context.
    pub context: Vec<String>,
    /// Whether it is one that people know: no source, and no half of a `COPY --link`.
    pub is_shown: bool,
}

/// What runs again in total.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rerun {
    /// Steps that run again, those whose files may come out the same included. A new base runs no step itself.
    pub steps: usize,
    /// How many of them run only if files of a stage or an image come out different.
    pub unless_same: usize,
    /// Their layers, and those of a new base.
    pub layers: Vec<LayerNumber>,
    /// What these store in files.
    pub bytes: u64,
}

impl Rerun {
    /// Adds up what happens to the steps, and what comes with a new base.
    #[must_use]
    pub fn new(steps: &[PlanStep], outcomes: &[StepOutcome], new_base: Option<&Base<'_>>, analysis: &Analysis) -> Self {
        let mut rerun = Self::default();
        let runs = |outcome: &StepOutcome| *outcome != StepOutcome::Cached;
        for (step, outcome) in steps.iter().zip(outcomes).filter(|(step, outcome)| step.is_shown && runs(outcome)) {
            rerun.steps += 1;
            rerun.unless_same += usize::from(*outcome == StepOutcome::RunsUnlessSame);
            rerun.layers.extend(step.layer);
        }
        let below = new_base.map_or(0, |base| base.layers);
        rerun.layers.extend((0..below.min(analysis.layers.len())).map(LayerNumber::from_index));
        let sizes = rerun.layers.iter().map(|&layer| analysis.layer(layer).accounts.total());
        rerun.bytes = sizes.fold(0, u64::saturating_add);
        rerun
    }
}

/// What a change does to each step.
///
/// Changed steps run again themselves; a changed source counts as changed content.
#[must_use]
pub fn outcomes(steps: &[PlanStep], changed: &[usize]) -> Vec<StepOutcome> {
    let mut direct = vec![false; steps.len()];
    for &at in changed.iter().filter(|&&at| at < steps.len()) {
        match steps[at].kind {
            StepKind::Metadata => {}
            StepKind::Environment => steps[at].sets.iter().for_each(|&run| direct[run] = true),
            // The copy behind it is what people know as the step.
            StepKind::Merge => {
                for &(input, role) in &steps[at].inputs {
                    direct[input] |= role == InputRole::Top;
                }
            }
            _ => direct[at] = true,
        }
    }
    // What a step's result is to those that need it; for a merge, more than its own layer.
    let mut results: Vec<StepOutcome> = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let needs = step.inputs.iter().map(|&(input, role)| {
            let of_input = results.get(input).copied().unwrap_or_default();
            match role {
                InputRole::Below | InputRole::Top => of_input,
                InputRole::Content => of_input.min(StepOutcome::RunsUnlessSame),
            }
        });
        let own = if direct[at] { StepOutcome::Runs } else { StepOutcome::Cached };
        results.push(needs.max().unwrap_or_default().max(own));
    }
    let shown = |(at, step): (usize, &PlanStep)| {
        let top = step.inputs.iter().find(|(_, role)| step.kind == StepKind::Merge && *role == InputRole::Top);
        top.map_or(results[at], |(top, _)| results[*top])
    };
    let mut outcomes: Vec<StepOutcome> = steps.iter().enumerate().map(shown).collect();
    for (outcome, step) in outcomes.iter_mut().zip(steps) {
        if matches!(step.kind, StepKind::Metadata | StepKind::Environment) {
            *outcome = StepOutcome::Cached;
        }
    }
    outcomes
}
