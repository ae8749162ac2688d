//! Compares a history with a Dockerfile, to find the lines of each step where no provenance lists them.
//!
//! Every stage is tried as the one that was built, together with the stages that it builds on. History and instructions
//! are aligned like two texts (Needleman and Wunsch): keywords must be equal, and what they share of their words counts.
//! Steps of the base image are at the bottom, and stay without lines.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::image::{CopiedFrom, Dockerfile, Image, LineEvidence, Lines, Step, StepSource};
use crate::provenance::{DockerfileError, Instructions, Item};

use super::Instruction;

/// A Dockerfile resembles a history if its instructions share so much with their steps on average.
const LEAST: f64 = 0.5;
/// A pair that shares less is not one.
const LEAST_OF_PAIR: f64 = 0.25;
/// What an instruction without a step costs, a step without an instruction between others, and one at the end.
const NO_STEP: f64 = 0.2;
const NO_INSTRUCTION: f64 = 0.1;
const NO_INSTRUCTION_AT_END: f64 = 0.5;
/// What a variable in an instruction counts, of which the history has the value.
const VARIABLE: f64 = 0.5;
/// The limit on pairs that are compared, all stages together.
const PAIRS_MOST: usize = 1_000_000;
/// The limit on words of an instruction; beyond it, the first ones are enough.
const WORDS_MOST: usize = 400;

/// Why a Dockerfile gives no lines.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// It cannot be parsed.
    #[error("`{}` cannot be read as a Dockerfile: {cause}; no lines are shown", name.escape_debug())]
    Malformed {
        /// The file.
        name: String,
        /// Why.
        cause: DockerfileError,
    },
    /// It is another image's.
    #[error(
        "`{}` does not look like this image's Dockerfile ({}% of it agrees with the history, {}% is needed): no lines are shown",
        name.escape_debug(), percent(*score), percent(LEAST)
    )]
    Other {
        /// The file.
        name: String,
        /// How much of it agrees with the history, from 0 to 1.
        score: f64,
    },
    /// It is not the one that the provenance contains.
    #[error("`{}` differs from the Dockerfile in the provenance: lines are those of the provenance", name.escape_debug())]
    Differs {
        /// The file.
        name: String,
    },
    /// It is too long.
    #[error("`{}` and the history are too long to be compared: no lines are shown", name.escape_debug())]
    TooLong {
        /// The file.
        name: String,
    },
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is between 0 and 1")]
fn percent(score: f64) -> u32 {
    (score * 100.0).floor() as u32
}

/// Adds the lines of the Dockerfile to the steps of an image: those of a file that the user named, unless provenance has
/// exact ones; of the Dockerfile in the provenance, those of the steps without a layer.
///
/// # Errors
/// If the file gives no lines. Those of the provenance are added all the same.
pub fn locate(image: &mut Image, given: Option<Dockerfile>) -> Result<(), LocateError> {
    let has_exact = image.steps.iter().any(|step| step.source.is_some());
    let Some(given) = given else {
        fill_between(image);
        return Ok(());
    };
    if let (true, Some(attested)) = (has_exact, &mut image.dockerfile) {
        let differs = !attested.text.lines().map(str::trim_end).eq(given.text.lines().map(str::trim_end));
        let name = given.name.clone();
        if !differs {
            for source in image.steps.iter_mut().filter_map(|step| step.source.as_mut()) {
                source.file.clone_from(&name);
            }
            attested.name = given.name;
        }
        fill_between(image);
        return if differs { Err(LocateError::Differs { name }) } else { Ok(()) };
    }
    let aligned = align(&image.steps, &given)?;
    for (step, source) in image.steps.iter_mut().zip(aligned) {
        step.source = source;
    }
    image.dockerfile = Some(given);
    Ok(())
}

/// Lines for steps without a layer, which provenance does not list: between those of the layers around them.
fn fill_between(image: &mut Image) {
    let Some(aligned) = image.dockerfile.as_ref().and_then(|file| align(&image.steps, file).ok()) else { return };
    // All layers must be where the comparison finds them, otherwise it is not to be trusted for the others.
    let agrees = image.steps.iter().zip(&aligned).all(|(step, found)| match (&step.source, found) {
        (Some(exact), Some(found)) => exact.lines == found.lines,
        _ => true,
    });
    if agrees && image.steps.iter().any(|step| step.source.is_some()) {
        for (step, found) in image.steps.iter_mut().zip(aligned) {
            if step.layer.is_none() && step.source.is_none() {
                step.source = found;
            }
        }
    }
}

/// The lines of each step, as far as they are found.
fn align(steps: &[Step], file: &Dockerfile) -> Result<Vec<Option<StepSource>>, LocateError> {
    let malformed = |cause| LocateError::Malformed { name: file.name.clone(), cause };
    let parsed = Instructions::parse(&file.text).map_err(malformed)?;
    let own: Vec<Side> = steps.iter().map(|step| Side::of_step(&step.created_by)).collect();
    let sides: Vec<Side> = parsed.items.iter().map(Side::of_item).collect();
    let mut left = PAIRS_MOST;
    let mut best: Option<Alignment<'_>> = None;
    for stage in 0..parsed.stages.len() {
        let items: Vec<(&Item, &Side)> = parsed
            .of_stage(stage)
            .into_iter()
            .filter_map(|item| Some((item, sides.get(place(&parsed, item)?)?)))
            .collect();
        let pairs = (items.len() + 1).saturating_mul(own.len() + 1);
        left = left.checked_sub(pairs).ok_or_else(|| LocateError::TooLong { name: file.name.clone() })?;
        if items.is_empty() {
            continue;
        }
        let found = Alignment::new(&own, &items);
        // Of equal ones, the last stage is the one that builds make by default.
        if best.as_ref().is_none_or(|best| found.total >= best.total) {
            best = Some(found);
        }
    }
    let score = best.as_ref().map_or(0.0, |best| best.score);
    let Some(best) = best.filter(|best| best.score >= LEAST) else {
        return Err(LocateError::Other { name: file.name.clone(), score });
    };
    let mut found = vec![None; steps.len()];
    for (step, item) in best.pairs {
        let copied_from = copied_from(&parsed, item);
        let (file, lines) = (file.name.clone(), item.lines);
        found[step] = Some(StepSource { file, lines, evidence: LineEvidence::Alignment, copied_from });
    }
    Ok(found)
}

fn place(parsed: &Instructions, item: &Item) -> Option<usize> {
    parsed.items.binary_search_by_key(&item.range.start, |other| other.range.start).ok()
}

/// What a `COPY --from` names.
fn copied_from(parsed: &Instructions, item: &Item) -> Option<CopiedFrom> {
    let name = item.rest.split_whitespace().take_while(|word| word.starts_with("--"));
    let name = name.filter_map(|word| word.strip_prefix("--from=")).last()?;
    let stage = parsed.target(name).filter(|&stage| Some(stage) != item.stage);
    let Some(stage) = stage else {
        return Some(CopiedFrom { name: name.to_owned(), is_stage: false, lines: Vec::new() });
    };
    let makes_files =
        |item: &&Item| item.stage == Some(stage) && matches!(item.keyword, "ADD" | "COPY" | "RUN" | "WORKDIR");
    let lines: Vec<Lines> = parsed.items.iter().filter(makes_files).map(|item| item.lines).collect();
    Some(CopiedFrom { name: parsed.stages.get(stage)?.label(stage), is_stage: true, lines })
}

/// A step or an instruction, as it is compared.
#[derive(Debug, Default)]
struct Side {
    keyword: String,
    /// Hashes of the words, sorted.
    words: Vec<u64>,
    /// The last word of a copy.
    target: Option<String>,
    /// A copy whose history has only checksums of what it copied.
    is_opaque: bool,
    /// Words that the builder replaces by a value.
    variables: usize,
}

impl Side {
    fn of_step(created_by: &str) -> Self {
        let (keyword, text) = match Instruction::read(created_by) {
            Instruction::Written { keyword, rest } => (keyword, rest.to_owned()),
            Instruction::Run { command, .. } => ("RUN", command.to_owned()),
            Instruction::Nothing | Instruction::Other(_) => return Self::default(),
        };
        Self::new(keyword, &text)
    }

    fn of_item(item: &Item) -> Self {
        let whole = item.whole();
        let rest = whole.split_once(' ').map_or("", |(_, rest)| rest);
        let mut side = Self::new(item.keyword, rest);
        if item.keyword != "RUN" {
            side.variables = words(rest).filter(|word| word.contains('$')).count();
        }
        side
    }

    fn new(keyword: &str, text: &str) -> Self {
        let is_copy = matches!(keyword, "COPY" | "ADD");
        let all: Vec<&str> = words(text).filter(|word| !(is_copy && word.starts_with("--"))).take(WORDS_MOST).collect();
        let is_sum = |word: &&str| {
            let sum = word.rsplit(':').next().unwrap_or_default();
            sum.len() >= 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        // Words of a here-document follow the target.
        let first_line = text.lines().next().unwrap_or_default();
        let target = is_copy.then(|| words(first_line).filter(|word| *word != "in").last()).flatten();
        let mut hashes: Vec<u64> =
            all.iter().filter(|word| !(is_copy && is_sum(word))).map(|word| hash(word)).collect();
        hashes.sort_unstable();
        Self {
            keyword: keyword.to_owned(),
            words: hashes,
            target: target.map(|target| target.trim_end_matches('/').to_owned()),
            is_opaque: is_copy && all.iter().any(is_sum),
            variables: 0,
        }
    }

    /// How much a step and an instruction share, from 0 to 1; `None` if they have different keywords.
    fn likeness(&self, item: &Self) -> Option<f64> {
        if self.keyword.is_empty() || self.keyword != item.keyword {
            return None;
        }
        let has_same_target = self.target == item.target;
        if self.is_opaque {
            let is_variable = item.target.as_ref().is_some_and(|target| target.contains('$'));
            return Some(if has_same_target {
                1.0
            } else if is_variable {
                VARIABLE
            } else {
                0.0
            });
        }
        let all = self.words.len() + item.words.len();
        if all == 0 {
            return Some(1.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "an instruction has few words")]
        let share =
            (2.0 * shared(&self.words, &item.words) as f64 + 2.0 * VARIABLE * item.variables as f64) / all as f64;
        // A copy to another place is another one.
        let factor = if self.target.is_some() && !has_same_target && item.variables == 0 { 0.5 } else { 1.0 };
        Some((share * factor).min(1.0))
    }
}

/// The parts of an instruction between blanks and the punctuation that builders add or leave out.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || "\"'[],={}&;\\".contains(letter))
        .filter(|word| !word.is_empty())
        .map(|word| word.strip_suffix("/tcp").or(word.strip_suffix("/tcp:")).unwrap_or(word))
        .map(|word| word.strip_prefix("map").filter(|rest| rest.is_empty()).unwrap_or(word))
        .filter(|word| !word.is_empty())
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// How many values two sorted lists share.
fn shared(a: &[u64], b: &[u64]) -> usize {
    let (mut at, mut other, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(at), b.get(other)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => other += 1,
            std::cmp::Ordering::Equal => {
                count += 1;
                at += 1;
                other += 1;
            }
        }
    }
    count
}

struct Alignment<'a> {
    /// Steps by index, with their instruction.
    pairs: Vec<(usize, &'a Item)>,
    total: f64,
    /// What the instructions share with their steps, on average.
    score: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Move {
    Pair,
    SkipStep,
    SkipItem,
}

impl<'a> Alignment<'a> {
    fn new(steps: &[Side], items: &[(&'a Item, &Side)]) -> Self {
        let width = items.len() + 1;
        let mut values = vec![0.0_f64; (steps.len() + 1) * width];
        let mut moves = vec![Move::SkipStep; values.len()];
        for item in 1..width {
            values[item] = values[item - 1] - NO_STEP;
            moves[item] = Move::SkipItem;
        }
        for (row, step) in steps.iter().enumerate().map(|(at, step)| (at + 1, step)) {
            for column in 0..width {
                let at = row * width + column;
                // Steps below the first instruction are the base image's.
                let skip = if column == 0 {
                    0.0
                } else if column == width - 1 {
                    NO_INSTRUCTION_AT_END
                } else {
                    NO_INSTRUCTION
                };
                let mut best = (values[at - width] - skip, Move::SkipStep);
                if column > 0 {
                    let skipped = values[at - 1] - NO_STEP;
                    if skipped > best.0 {
                        best = (skipped, Move::SkipItem);
                    }
                    let likeness = step.likeness(items[column - 1].1).filter(|&likeness| likeness >= LEAST_OF_PAIR);
                    if let Some(value) = likeness.map(|likeness| values[at - width - 1] + likeness)
                        && value >= best.0
                    {
                        best = (value, Move::Pair);
                    }
                }
                (values[at], moves[at]) = best;
            }
        }
        let (mut row, mut column) = (steps.len(), width - 1);
        let (mut pairs, mut sum) = (Vec::new(), 0.0);
        while row > 0 || column > 0 {
            match moves[row * width + column] {
                Move::Pair => {
                    (row, column) = (row - 1, column - 1);
                    sum += steps[row].likeness(items[column].1).unwrap_or(0.0);
                    pairs.push((row, items[column].0));
                }
                Move::SkipStep => row -= 1,
                Move::SkipItem => column -= 1,
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a Dockerfile has few instructions")]
        let score = sum / items.len() as f64;
        Self { pairs, total: values[values.len() - 1], score }
    }
}

#[cfg(test)]
mod tests;
