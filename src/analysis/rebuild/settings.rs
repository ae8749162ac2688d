//! Which steps depend on `ENV`, `ARG`, `USER` and `SHELL`.

use std::collections::HashMap;

use crate::image::InputRole;
use crate::provenance::{Instructions, Item};

use super::{PlanStep, StepKind};

/// Where only the order is known, a setting counts for all later steps.
pub(super) fn set_by_order(steps: &mut [PlanStep]) {
    for at in 0..steps.len() {
        if steps[at].kind == StepKind::Environment {
            let later = at + 1..steps.len();
            steps[at].sets =
                later.filter(|&later| uses(&steps[at], &steps[later], &steps[later].instruction)).collect();
        }
    }
}

/// Settings count in the stages that are built on theirs too; an `ARG` before the first `FROM` counts where a stage names
/// it.
pub(super) fn set_by_stage(steps: &mut [PlanStep], parsed: &Instructions, by_item: &HashMap<usize, usize>) {
    // Later settings first: others may be made of this one.
    for (at, item) in parsed.items.iter().enumerate().rev() {
        let Some(&setting) = by_item.get(&at) else { continue };
        if steps[setting].kind != StepKind::Environment || item.keyword == "ONBUILD" {
            continue;
        }
        let mut sets = Vec::new();
        for (later, other) in parsed.items.iter().enumerate().skip(at + 1) {
            if item.stage.is_none() && other.keyword == "FROM" && names(&steps[setting].instruction, &other.rest) {
                sets.extend(bottom(steps, parsed, other, by_item));
            }
            let Some(&made) = by_item.get(&later) else { continue };
            if !is_in_scope(parsed, item, other) {
                continue;
            }
            let step = &steps[made];
            if step.kind == StepKind::Environment {
                let is_handed_on = if item.stage.is_none() {
                    declares(&steps[setting].instruction, other)
                } else {
                    matches!(other.keyword, "ARG" | "ENV") && names(&steps[setting].instruction, &other.rest)
                };
                if is_handed_on {
                    sets.extend(step.sets.iter().copied());
                }
            } else if item.stage.is_some() && uses(&steps[setting], step, &text(other)) {
                // The copy behind a merge is what runs.
                let top = step.inputs.iter().find(|(_, role)| step.kind == StepKind::Merge && *role == InputRole::Top);
                sets.push(top.map_or(made, |(top, _)| *top));
            }
        }
        sets.sort_unstable();
        sets.dedup();
        steps[setting].sets = sets;
    }
}

fn is_in_scope(parsed: &Instructions, setting: &Item, other: &Item) -> bool {
    match (setting.stage, other.stage) {
        (None, Some(_)) => true,
        (Some(own), Some(of)) => parsed.ancestry(of).any(|known| known == own),
        (_, None) => setting.stage.is_none(),
    }
}

/// The lowest step of a stage, with which another base begins.
fn bottom(steps: &[PlanStep], parsed: &Instructions, from: &Item, by_item: &HashMap<usize, usize>) -> Option<usize> {
    let own = parsed.items.iter().enumerate().filter(|(_, item)| item.stage == from.stage);
    own.filter_map(|(at, _)| by_item.get(&at).copied())
        .find(|&at| !matches!(steps[at].kind, StepKind::Environment | StepKind::Metadata))
}

/// What of an instruction has variables: a here-document too, unless its name is in quotes.
fn text(item: &Item) -> String {
    let is_quoted = ["<<\"", "<<'", "<<-\"", "<<-'"].iter().any(|begin| item.rest.contains(begin));
    if is_quoted { item.rest.clone() } else { item.whole() }
}

/// Whether a step depends on a setting: commands do on all, other steps on those that they name.
fn uses(setting: &PlanStep, step: &PlanStep, text: &str) -> bool {
    let keyword = setting.instruction.split(' ').next().unwrap_or_default();
    match (keyword, step.kind) {
        ("SHELL", StepKind::Run) => !is_list(&step.instruction),
        ("USER", StepKind::Run | StepKind::Files) | ("ENV" | "ARG", StepKind::Run) => true,
        ("ENV" | "ARG", StepKind::Copy | StepKind::Files | StepKind::Merge) => names(&setting.instruction, text),
        _ => false,
    }
}

/// `RUN ["…"]` needs no shell.
fn is_list(instruction: &str) -> bool {
    let mut words = instruction.split_whitespace().skip(1).skip_while(|word| word.starts_with("--"));
    words.next().is_some_and(|word| word.starts_with('['))
}

fn variables(setting: &str) -> impl Iterator<Item = &str> {
    let names = setting.split_whitespace().skip(1).map(|word| word.split('=').next().unwrap_or(word));
    names.filter(|name| !name.is_empty())
}

/// Whether a text names a variable that is set.
fn names(setting: &str, text: &str) -> bool {
    variables(setting).any(|name| {
        text.split('$').skip(1).any(|rest| {
            let rest = rest.strip_prefix('{').unwrap_or(rest);
            let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
            rest.get(..end.unwrap_or(rest.len())) == Some(name)
        })
    })
}

/// Whether `ARG NAME` in a stage has the value of an argument before the first `FROM`.
fn declares(setting: &str, other: &Item) -> bool {
    let declared = || other.rest.split_whitespace();
    other.keyword == "ARG" && variables(setting).any(|name| declared().any(|word| word == name))
        || matches!(other.keyword, "ARG") && other.stage.is_none() && names(setting, &other.rest)
}
