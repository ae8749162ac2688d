//! The steps of a Dockerfile, stage by stage.

use std::collections::HashMap;

use crate::image::{Image, InputRole};
use crate::provenance::{Instructions, Item};

use super::plan::{kind, one_line, setting, source};
use super::{PlanStep, StepKind};

pub(super) struct StageBuilder<'a> {
    pub(super) steps: Vec<PlanStep>,
    /// The step of an instruction, both by index.
    pub(super) by_item: HashMap<usize, usize>,
    /// The images and addresses that steps need, by name.
    pub(super) sources: HashMap<String, usize>,
    /// The topmost step of each stage.
    tops: Vec<usize>,
    image: Option<&'a Image>,
    parsed: &'a Instructions,
    context: Option<usize>,
}

impl<'a> StageBuilder<'a> {
    /// All steps. Lines lead to the steps of an image, if there is one.
    pub(super) fn build(parsed: &'a Instructions, image: Option<&'a Image>) -> Self {
        let mut builder = Self {
            steps: Vec::new(),
            by_item: HashMap::new(),
            sources: HashMap::new(),
            tops: Vec::new(),
            image,
            parsed,
            context: None,
        };
        for (at, item) in parsed.items.iter().enumerate() {
            if item.keyword == "FROM" {
                builder.begin(item);
            } else if let Some(made) = builder.add(item, item.keyword, &item.rest) {
                builder.by_item.insert(at, made);
            }
        }
        builder
    }

    fn push(&mut self, step: PlanStep) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn source(&mut self, name: &str) -> usize {
        if let Some(&at) = self.sources.get(name) {
            return at;
        }
        let at = self.push(source(name));
        self.sources.insert(name.to_owned(), at);
        at
    }

    fn context(&mut self) -> usize {
        let context = self.context.unwrap_or_else(|| self.push(source("context")));
        self.context = Some(context);
        context
    }

    /// Begins a stage: on an image, or on another stage and what that one triggers.
    fn begin(&mut self, from: &Item) {
        let Some(stage) = from.stage.and_then(|stage| self.parsed.stages.get(stage)) else { return };
        let top = match stage.parent.and_then(|parent| self.tops.get(parent)) {
            Some(&top) => top,
            None => self.source(&stage.base),
        };
        self.tops.push(top);
        let is_trigger =
            |item: &&Item| item.keyword == "ONBUILD" && stage.parent.is_some() && item.stage == stage.parent;
        let triggers: Vec<(usize, &Item)> =
            self.parsed.items.iter().enumerate().filter(|(_, item)| is_trigger(item)).collect();
        for (at, trigger) in triggers {
            let (keyword, rest) = trigger.rest.split_once(char::is_whitespace).unwrap_or((&trigger.rest, ""));
            let keyword = keyword.to_ascii_uppercase();
            if matches!(kind(&keyword), StepKind::Environment | StepKind::Metadata | StepKind::Source) {
                continue;
            }
            let item = Item { stage: from.stage, ..trigger.clone() };
            if let (Some(made), Some(&declared)) = (self.add(&item, &keyword, rest.trim_start()), self.by_item.get(&at))
            {
                self.steps[declared].kind = StepKind::Environment;
                self.steps[declared].sets.push(made);
            }
        }
    }

    /// Adds the step of an instruction, or of one that is triggered.
    fn add(&mut self, item: &Item, keyword: &str, rest: &str) -> Option<usize> {
        let mut step = PlanStep { kind: kind(keyword), ..setting(item) };
        if keyword != item.keyword {
            step.instruction = one_line(keyword, rest);
        }
        let of_image = self.image.and_then(|image| {
            image.steps.iter().find(|step| step.source.as_ref().is_some_and(|source| source.lines == item.lines))
        });
        (step.step, step.layer) = of_image.map_or((None, None), |of| (Some(of.number), of.layer));
        if matches!(step.kind, StepKind::Environment | StepKind::Metadata) {
            return Some(self.push(step));
        }
        let stage = item.stage?;
        let below = *self.tops.get(stage)?;
        let flag = |name: &str| flags(rest).filter_map(|word| word.strip_prefix(name)).last();
        match (step.kind, flag("--from=")) {
            (StepKind::Copy, Some(from)) => {
                let content = self.content(from, stage);
                step.inputs.push((content, InputRole::Content));
            }
            (StepKind::Copy, None) => {
                step.context = copied(rest);
                if !step.context.is_empty() {
                    step.inputs.push((self.context(), InputRole::Content));
                }
                for address in addresses(rest) {
                    step.inputs.push((self.source(address), InputRole::Content));
                }
            }
            _ => {
                for mount in mounts(rest) {
                    let content = if let Some(from) = mount.from {
                        self.content(from, stage)
                    } else {
                        step.context.push(mount.source.to_owned());
                        self.context()
                    };
                    step.inputs.push((content, InputRole::Content));
                }
            }
        }
        let is_linked = step.kind == StepKind::Copy && flag("--link").is_some_and(|value| value != "=false");
        let made = if is_linked {
            let merge = PlanStep { kind: StepKind::Merge, context: Vec::new(), ..step.clone() };
            let copy = self.push(PlanStep { is_shown: false, layer: None, ..step });
            self.push(PlanStep { inputs: vec![(below, InputRole::Below), (copy, InputRole::Top)], ..merge })
        } else {
            step.inputs.insert(0, (below, InputRole::Below));
            self.push(step)
        };
        self.tops[stage] = made;
        Some(made)
    }

    /// The stage, or else the image, that files come from.
    fn content(&mut self, from: &str, stage: usize) -> usize {
        let other = self.parsed.target(from).filter(|&other| other < stage).and_then(|other| self.tops.get(other));
        match other {
            Some(&top) => top,
            None => self.source(from),
        }
    }
}

fn flags(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace().take_while(|word| word.starts_with("--"))
}

/// What a copy without `--from` names: all words but the last.
fn copied_words(rest: &str) -> Vec<&str> {
    let words = rest.split_whitespace().skip_while(|word| word.starts_with("--"));
    let mut words: Vec<&str> =
        words.map(|word| word.trim_matches(['[', ']', '"', ','])).filter(|word| !word.is_empty()).collect();
    words.pop();
    words.retain(|word| !word.starts_with("<<") && *word != "in");
    words
}

/// Whether `ADD` downloads it.
fn is_address(word: &str) -> bool {
    ["http://", "https://", "git://", "ssh://", "git@"].iter().any(|begin| word.starts_with(begin))
}

/// What it copies from the build context.
pub(super) fn copied(rest: &str) -> Vec<String> {
    copied_words(rest).into_iter().filter(|word| !is_address(word)).map(str::to_owned).collect()
}

fn addresses(rest: &str) -> impl Iterator<Item = &str> {
    copied_words(rest).into_iter().filter(|word| is_address(word))
}

/// A folder or file that `RUN --mount` shows to a command.
pub(super) struct Mount<'a> {
    /// The stage or image; otherwise it is the build context.
    pub(super) from: Option<&'a str>,
    pub(super) source: &'a str,
}

/// The mounts whose contents count: not caches, secrets and the like.
pub(super) fn mounts(rest: &str) -> Vec<Mount<'_>> {
    let mounts = flags(rest).filter_map(|word| word.strip_prefix("--mount="));
    let mount = |options| {
        let option = |names: &[&str]| {
            let pairs = str::split(options, ',').filter_map(|option| option.split_once('='));
            pairs.filter(|(name, _)| names.contains(name)).map(|(_, value)| value).next_back()
        };
        let is_bind = option(&["type"]).is_none_or(|kind| kind == "bind");
        is_bind.then(|| Mount { from: option(&["from"]), source: option(&["source", "src"]).unwrap_or(".") })
    };
    mounts.filter_map(mount).collect()
}
