//! What changes: a layer, a step, a file of the build context, or the base image.

use crate::analysis::{Globs, Instruction};
use crate::image::{EntryPath, Image, InputRole, LayerNumber};
use crate::union::Union;

use super::{BuildPlan, PlanStep, StepKind};

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildChange {
    /// The instruction of a layer, by the layer's number.
    Layer(usize),
    /// An instruction, by its beginning.
    Step(String),
    /// A file of the build context, by its path there or in the image.
    File(String),
    /// The base image.
    Base,
}

/// Why a change means no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadChange {
    /// There is no such layer, or it came with the base.
    #[error(
        "layer {0} is not made by a step of this build: it belongs to the base image, or the image has no such layer"
    )]
    NoSuchLayer(usize),
    /// No instruction begins like this.
    #[error("no instruction begins with `{}`: `layerscope history` lists them", .0.escape_debug())]
    NoSuchStep(String),
    /// Several instructions do.
    #[error("{} instructions begin with `{}`: {}", matches.len(), text.escape_debug(), list(matches))]
    SeveralSteps {
        /// What was searched.
        text: String,
        /// The instructions, with their layers or lines.
        matches: Vec<String>,
    },
    /// No copy brings such a file.
    #[error("no COPY or ADD brings a file `{}` into the image from the build context", .0.escape_debug())]
    NoSuchFile(String),
    /// Nothing is below the first step.
    #[error("the image is not built on another one: it begins with `FROM scratch`, or where its base ends is unknown")]
    NoBase,
}

/// So many matches are listed.
const LISTED_MOST: usize = 5;

fn list(matches: &[String]) -> String {
    let shown: Vec<String> =
        matches.iter().take(LISTED_MOST).map(|text| format!("`{}`", text.escape_debug())).collect();
    let more = matches.len().saturating_sub(LISTED_MOST);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

impl BuildChange {
    /// The steps of a plan that it changes.
    ///
    /// # Errors
    /// If it means none, or several where one is meant.
    pub fn find(&self, plan: &BuildPlan, image: &Image, union: &Union) -> Result<Vec<usize>, BadChange> {
        match self {
            Self::Layer(number) => {
                let layer = LayerNumber::new(*number);
                let made = plan.steps.iter().position(|step| step.is_shown && layer.is_some() && step.layer == layer);
                made.map(|at| vec![at]).ok_or(BadChange::NoSuchLayer(*number))
            }
            Self::Step(text) => step(plan, image, text).map(|at| vec![at]),
            Self::File(path) => {
                let found = files(plan, union, path);
                if found.is_empty() { Err(BadChange::NoSuchFile(path.clone())) } else { Ok(found) }
            }
            Self::Base => {
                let is_scratch = |at: usize| plan.steps[at].instruction == "scratch";
                let base = plan.base.filter(|&at| !is_scratch(at));
                base.map(|at| vec![at]).ok_or(BadChange::NoBase)
            }
        }
    }
}

fn step(plan: &BuildPlan, image: &Image, text: &str) -> Result<usize, BadChange> {
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let wanted = folded(text);
    let begins = |at: &usize| {
        let step = &plan.steps[*at];
        let history = step.step.and_then(|number| image.step(number));
        let in_history = history.map(|step| Instruction::read(&step.created_by).line());
        let texts = [Some(step.instruction.clone()), in_history];
        texts.into_iter().flatten().any(|text| folded(&text).starts_with(&wanted))
    };
    let all = plan.shown();
    let matches: Vec<usize> = all.into_iter().filter(begins).collect();
    // One that is exactly the text counts, whatever else begins with it.
    let exact: Vec<usize> =
        matches.iter().copied().filter(|&at| folded(&plan.steps[at].instruction) == wanted).collect();
    match (matches.as_slice(), exact.as_slice()) {
        ([one], _) | (_, [one]) if !wanted.is_empty() => Ok(*one),
        ([], _) => Err(BadChange::NoSuchStep(text.to_owned())),
        (several, _) => {
            let name = |&at: &usize| {
                let step = &plan.steps[at];
                match (step.lines, step.layer) {
                    (Some(lines), _) => format!("{} ({})", step.instruction, lines.in_words()),
                    (None, Some(layer)) => format!("{} (layer {layer})", step.instruction),
                    (None, None) => step.instruction.clone(),
                }
            };
            Err(BadChange::SeveralSteps { text: text.to_owned(), matches: several.iter().map(name).collect() })
        }
    }
}

/// Every copy from the build context that brings a file: by its patterns, and where its layer is known, only if that has
/// such a file, since `.dockerignore` may leave it out; else by the path in the image.
fn files(plan: &BuildPlan, union: &Union, path: &str) -> Vec<usize> {
    let path = EntryPath::normalise(path.as_bytes()).path;
    let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
    let copies = || plan.steps.iter().enumerate().filter(|(_, step)| step.kind == StepKind::Copy);
    let layer_of = |at: usize| {
        let is_merge = |step: &&PlanStep| step.inputs.contains(&(at, InputRole::Top));
        plan.steps[at].layer.or_else(|| plan.steps.iter().find(is_merge)?.layer)
    };
    let by_pattern = plan.steps.iter().enumerate().filter(|(at, step)| {
        // A command sees a file of `--mount`, and no layer stores it.
        let is_stored = || layer_of(*at).is_none_or(|layer| stores(union, layer, file_name(&text)));
        step.uses_file(&text) && (step.kind != StepKind::Copy || is_stored())
    });
    let found: Vec<usize> = by_pattern.map(|(at, _)| at).collect();
    if !found.is_empty() {
        return found;
    }
    let of_image = copies().filter(|(at, step)| {
        let from_context = !step.context.is_empty();
        from_context && layer_of(*at).is_some_and(|layer| stores_path(union, layer, &path))
    });
    of_image.map(|(at, _)| at).collect()
}

impl PlanStep {
    /// Whether it copies a file of the build context, or shows it to a command.
    pub(super) fn uses_file(&self, path: &str) -> bool {
        self.context.iter().any(|pattern| pattern_brings(pattern, path))
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `COPY pattern …` copies a file of the build context.
fn pattern_brings(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_matches('/');
    if pattern.is_empty() || pattern == "." {
        return true;
    }
    let is_below = path.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let globs = || Globs::read([pattern.to_owned(), format!("{pattern}/**")]).ok();
    is_below
        || pattern.contains(['*', '?', '['])
            && globs().is_some_and(|globs| globs.matches(&EntryPath::normalise(path.as_bytes()).path))
}

/// Whether a layer stores a file with a name.
fn stores(union: &Union, layer: LayerNumber, name: &str) -> bool {
    let is_named = |path: &[u8]| path.rsplit(|&byte| byte == b'/').next() == Some(name.as_bytes());
    union
        .all_versions()
        .map(|id| union.version(id))
        .any(|version| version.layer() == layer && is_named(version.path().as_bytes()))
}

/// Whether a layer stores a path, or one that ends with it.
fn stores_path(union: &Union, layer: LayerNumber, path: &EntryPath) -> bool {
    let wanted = path.as_bytes();
    union.all_versions().map(|id| union.version(id)).filter(|version| version.layer() == layer).any(|version| {
        let own = version.path();
        let rest = own.as_bytes().strip_suffix(wanted);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/"))
    })
}
