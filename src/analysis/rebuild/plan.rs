//! The steps of a build and what they need: from provenance, from a Dockerfile, else from the history.

use std::collections::{HashMap, HashSet};

use crate::analysis::{Base, Instruction};
use crate::image::{Image, InputRole, LayerNumber, LineEvidence, Lines, Operation};
use crate::provenance::{Instructions, Item};

use super::settings::{set_by_order, set_by_stage};
use super::stages::{StageBuilder, copied, mounts};
use super::{Knowledge, PlanStep, StepKind};

/// Of a longer history, the last steps count: engines take 127 layers.
const HISTORY_MOST: usize = 1_000;

/// The steps of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildPlan {
    /// Each after those that it needs.
    pub steps: Vec<PlanStep>,
    /// How they are known.
    pub knowledge: Knowledge,
    /// The source that the image is built on, if it is one of the steps.
    pub base: Option<usize>,
}

impl BuildPlan {
    /// What is known about the build of an image.
    #[must_use]
    pub fn new(image: &Image) -> Self {
        let parsed = image.dockerfile.as_ref().and_then(|file| Instructions::parse(&file.text).ok());
        let by = |evidence: &[LineEvidence]| {
            image.steps.iter().filter_map(|step| step.source.as_ref()).any(|source| evidence.contains(&source.evidence))
        };
        match parsed {
            Some(parsed) if by(&[LineEvidence::Digests, LineEvidence::Position]) => {
                Self::from_provenance(image, &parsed).unwrap_or_else(|| Self::from_history(image))
            }
            Some(parsed) if by(&[LineEvidence::Alignment]) => Self::from_dockerfile(&parsed, Some(image)),
            _ => Self::from_history(image),
        }
    }

    /// One step after the other, above the base.
    fn from_history(image: &Image) -> Self {
        let base = Base::detect(image);
        let mut steps = vec![source("FROM")];
        let mut below = 0;
        let first = image.steps.iter().position(|step| step.layer.is_some_and(|layer| !base.has(layer)));
        let is_above = |at: usize, layer: Option<LayerNumber>| match (layer, first) {
            (Some(layer), _) => !base.has(layer),
            (None, Some(first)) if base.layers > 0 => at >= first,
            (None, _) => base.layers == 0,
        };
        let skipped = image.steps.len().saturating_sub(HISTORY_MOST);
        for (at, step) in image.steps.iter().enumerate().skip(skipped).filter(|(at, step)| is_above(*at, step.layer)) {
            let instruction = Instruction::read(&step.created_by);
            let (keyword, rest) = match instruction {
                Instruction::Written { keyword, rest } => (keyword, rest),
                Instruction::Run { command, .. } => ("RUN", command),
                Instruction::Nothing | Instruction::Other(_) => ("RUN", ""),
            };
            let kind =
                if step.layer.is_some() && kind(keyword) == StepKind::Metadata { StepKind::Run } else { kind(keyword) };
            let mut planned = PlanStep {
                kind,
                instruction: instruction.line(),
                lines: step.source.as_ref().map(|source| source.lines),
                step: Some(at + 1),
                layer: step.layer,
                inputs: Vec::new(),
                sets: Vec::new(),
                context: if kind == StepKind::Copy { copied(rest) } else { Vec::new() },
                is_shown: true,
            };
            if !matches!(kind, StepKind::Metadata | StepKind::Environment) {
                planned.inputs.push((below, InputRole::Below));
                below = steps.len();
            }
            steps.push(planned);
        }
        set_by_order(&mut steps);
        Self { steps, knowledge: Knowledge::History, base: Some(0) }
    }

    /// The stages of a Dockerfile. Lines lead to the steps of an image, if there is one.
    pub(super) fn from_dockerfile(parsed: &Instructions, image: Option<&Image>) -> Self {
        let StageBuilder { mut steps, by_item, sources, .. } = StageBuilder::build(parsed, image);
        set_by_stage(&mut steps, parsed, &by_item);
        let base = image_stage(parsed, image).and_then(|stage| {
            let root = parsed.ancestry(stage).last()?;
            sources.get(&parsed.stages.get(root)?.base).copied()
        });
        let mut plan = Self { steps, knowledge: Knowledge::Dockerfile, base };
        plan.keep_needed(parsed, image, &by_item);
        plan
    }

    /// Steps of stages that the image does not need are not built.
    fn keep_needed(&mut self, parsed: &Instructions, image: Option<&Image>, by_item: &HashMap<usize, usize>) {
        let Some(stage) = image_stage(parsed, image) else { return };
        let mut is_needed = vec![false; self.steps.len()];
        let items = parsed.items.iter().enumerate();
        let own =
            items.filter(|(_, item)| item.stage.is_some_and(|of| parsed.ancestry(stage).any(|known| known == of)));
        let mut pending: Vec<usize> = own.filter_map(|(at, _)| by_item.get(&at).copied()).collect();
        while let Some(at) = pending.pop() {
            if !std::mem::replace(&mut is_needed[at], true) {
                pending.extend(self.steps[at].inputs.iter().map(|(input, _)| *input));
            }
        }
        for (step, is_needed) in self.steps.iter_mut().zip(is_needed) {
            // Settings of another stage that is needed still count.
            step.is_shown &= is_needed || matches!(step.kind, StepKind::Environment | StepKind::Metadata);
        }
    }

    /// The graph that the builder recorded, with the settings of the Dockerfile.
    fn from_provenance(image: &Image, parsed: &Instructions) -> Option<Self> {
        let recorded = &image.provenance.as_ref()?.steps;
        if recorded.is_empty() {
            return None;
        }
        let mut steps = Vec::with_capacity(recorded.len());
        let by_lines: HashMap<Lines, usize> =
            image.steps.iter().filter_map(|step| Some((step.source.as_ref()?.lines, step.number))).collect();
        let merges = recorded.iter().filter(|step| step.operation == Operation::Merge);
        let tops = merges.flat_map(|step| &step.inputs).filter(|input| input.role == InputRole::Top);
        let into_merge: HashSet<usize> = tops.map(|input| input.step).collect();
        for (at, step) in recorded.iter().enumerate() {
            let item = step.lines.and_then(|lines| parsed.at(lines.first()));
            let of_context = |patterns: &[String]| {
                let content = step.inputs.iter().filter(|input| input.role == InputRole::Content);
                let is_context =
                    |at: usize| matches!(recorded.get(at).map(|step| &step.operation), Some(Operation::Context(_)));
                let from_context = content.into_iter().any(|input| is_context(input.step));
                if from_context { patterns.to_vec() } else { Vec::new() }
            };
            let (kind, context, name) = match &step.operation {
                Operation::Image(name) | Operation::Context(name) | Operation::Remote(name) => {
                    (StepKind::Source, Vec::new(), name.as_str())
                }
                Operation::Run | Operation::Other => {
                    let mounted = item.map(|item| mounts(&item.rest)).unwrap_or_default();
                    let sources = mounted.into_iter().filter(|mount| mount.from.is_none());
                    let sources: Vec<String> = sources.map(|mount| mount.source.to_owned()).collect();
                    (StepKind::Run, of_context(&sources), "RUN")
                }
                Operation::Copy(patterns) => (StepKind::Copy, of_context(patterns), "COPY"),
                Operation::Files => (StepKind::Files, Vec::new(), "files"),
                Operation::Merge => (StepKind::Merge, Vec::new(), "COPY --link"),
            };
            let instruction = item.map_or_else(|| name.to_owned(), |item| one_line(item.keyword, &item.rest));
            let is_shown = kind != StepKind::Source && step.lines.is_some() && !into_merge.contains(&at);
            steps.push(PlanStep {
                kind,
                instruction,
                lines: step.lines,
                step: step.layer.and_then(|layer| image.step_of(layer)).map(|step| step.number),
                layer: step.layer.filter(|_| kind != StepKind::Source),
                inputs: step.inputs.iter().map(|input| (input.step, input.role)).collect(),
                sets: Vec::new(),
                context,
                is_shown,
            });
        }
        let of_lines = steps.iter().enumerate().filter(|(_, step)| step.is_shown);
        let shown: HashMap<Lines, usize> = of_lines.filter_map(|(at, step)| Some((step.lines?, at))).collect();
        let mut by_item: HashMap<usize, usize> = HashMap::new();
        for (at, item) in parsed.items.iter().enumerate() {
            if let Some(&made) = shown.get(&item.lines) {
                by_item.insert(at, made);
            } else if matches!(kind(item.keyword), StepKind::Environment | StepKind::Metadata) {
                by_item.insert(at, steps.len());
                steps.push(PlanStep { step: by_lines.get(&item.lines).copied(), ..setting(item) });
            }
        }
        set_by_stage(&mut steps, parsed, &by_item);
        let base = steps.iter().rposition(|step| step.layer.is_some()).and_then(|last| root(&steps, last));
        Some(Self { steps, knowledge: Knowledge::Provenance, base: base.filter(|&base| steps_kind(image, base)) })
    }

    /// The steps that people know, in the order of the Dockerfile, or of the history.
    #[must_use]
    pub fn shown(&self) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.steps.len()).filter(|&at| self.steps[at].is_shown).collect();
        shown.sort_by_key(|&at| (self.steps[at].lines.map_or(0, Lines::first), self.steps[at].step.unwrap_or(0), at));
        shown
    }
}

fn steps_kind(image: &Image, at: usize) -> bool {
    let recorded = image.provenance.as_ref().and_then(|provenance| provenance.steps.get(at));
    recorded.is_some_and(|step| matches!(step.operation, Operation::Image(_)))
}

/// The lowest step below one.
fn root(steps: &[PlanStep], at: usize) -> Option<usize> {
    let below = |at: &usize| {
        let inputs = &steps.get(*at)?.inputs;
        inputs.iter().find(|(input, role)| *role == InputRole::Below && input < at).map(|(input, _)| *input)
    };
    std::iter::successors(Some(at), below).last()
}

pub(super) fn source(name: &str) -> PlanStep {
    PlanStep {
        kind: StepKind::Source,
        instruction: name.to_owned(),
        lines: None,
        step: None,
        layer: None,
        inputs: Vec::new(),
        sets: Vec::new(),
        context: Vec::new(),
        is_shown: false,
    }
}

pub(super) fn setting(item: &Item) -> PlanStep {
    PlanStep {
        kind: kind(item.keyword),
        lines: Some(item.lines),
        is_shown: true,
        ..source(&one_line(item.keyword, &item.rest))
    }
}

pub(super) fn one_line(keyword: &str, rest: &str) -> String {
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{keyword} {rest}")
}

pub(super) fn kind(keyword: &str) -> StepKind {
    match keyword {
        "RUN" => StepKind::Run,
        "COPY" | "ADD" => StepKind::Copy,
        "WORKDIR" => StepKind::Files,
        "ENV" | "ARG" | "SHELL" | "USER" => StepKind::Environment,
        "FROM" => StepKind::Source,
        _ => StepKind::Metadata,
    }
}

/// The stage that an image is: that of its highest step with lines, else the last one.
fn image_stage(parsed: &Instructions, image: Option<&Image>) -> Option<usize> {
    let of_image = image.and_then(|image| {
        let last = image.steps.iter().rev().find_map(|step| step.source.as_ref())?;
        parsed.at(last.lines.first())?.stage
    });
    of_image.or(parsed.stages.len().checked_sub(1))
}
