//! The steps of a build: the vertices of `BuildKit`'s graph (LLB), each after those that it needs.

use std::collections::HashMap;

use serde_json::Value;

use crate::image::{BuildInput, BuildStep, InputRole, Operation};

/// More steps are not read: a Dockerfile has a few for each layer.
const STEPS_MOST: usize = 10_000;
/// The limit on inputs of all steps together.
const INPUTS_MOST: usize = 100_000;

/// The steps in order, and where each is in the list of the statement.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub(super) steps: Vec<BuildStep>,
    pub(super) ids: Vec<&'a str>,
    /// The step that the build ends with.
    pub(super) last: Option<usize>,
}

impl<'a> Graph<'a> {
    /// Reads the steps. An error says why they are not credible.
    pub(super) fn read(listed: &'a [Value]) -> Result<Self, String> {
        if listed.len() > STEPS_MOST {
            return Err(format!("has more than {STEPS_MOST} build steps"));
        }
        let id = |step: &'a Value| step.get("id").and_then(Value::as_str).unwrap_or_default();
        let mut places = HashMap::new();
        for (at, step) in listed.iter().enumerate() {
            if places.insert(id(step), at).is_some() {
                return Err("lists a build step twice".to_owned());
            }
        }
        let mut inputs: Vec<Vec<usize>> = Vec::with_capacity(listed.len());
        let mut left = INPUTS_MOST;
        for step in listed {
            let names = step.get("inputs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            left = left
                .checked_sub(names.len())
                .ok_or_else(|| format!("has more than {INPUTS_MOST} inputs of build steps"))?;
            let place = |name: &Value| {
                let name = name.as_str()?;
                places.get(name.rsplit_once(':').map_or(name, |(id, _)| id)).copied()
            };
            let known: Option<Vec<usize>> = names.iter().map(place).collect();
            inputs.push(known.ok_or("names a build step that it does not list")?);
        }
        let order = ordered(&inputs).ok_or("has build steps that need each other in a cycle")?;
        let mut new_places = vec![0; listed.len()];
        for (new, &old) in order.iter().enumerate() {
            new_places[old] = new;
        }
        let mut is_used = vec![false; listed.len()];
        let mut graph = Self::default();
        for &old in &order {
            let own: Vec<usize> = inputs[old].iter().map(|&input| new_places[input]).collect();
            let (operation, inputs) = operation(&listed[old], &own);
            // The builder marks the end with a step that does nothing.
            if !(own.len() == 1 && is_end(&listed[old])) {
                for &input in &own {
                    is_used[input] = true;
                }
            }
            graph.steps.push(BuildStep { operation, inputs, lines: None, layer: None });
            graph.ids.push(id(&listed[old]));
        }
        graph.last = (0..order.len()).rev().find(|&at| !is_used[at] && !is_end(&listed[order[at]]));
        Ok(graph)
    }

    /// The steps on whose filesystems a step was built, itself first, down to the base.
    pub(super) fn below(&self, step: usize) -> impl Iterator<Item = usize> + '_ {
        // Inputs come before what needs them, so this ends.
        std::iter::successors(Some(step), |&step| below(self.steps.get(step)?))
    }
}

/// The step on whose filesystem a step works.
pub(super) fn below(step: &BuildStep) -> Option<usize> {
    step.inputs.iter().find(|input| input.role == InputRole::Below).map(|input| input.step)
}

/// Every step after those that it needs; `None` if there is a cycle.
fn ordered(inputs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut needed_by = vec![Vec::new(); inputs.len()];
    let mut missing: Vec<usize> = inputs.iter().map(Vec::len).collect();
    for (step, inputs) in inputs.iter().enumerate() {
        for &input in inputs {
            needed_by[input].push(step);
        }
    }
    let mut order: Vec<usize> = (0..inputs.len()).filter(|&step| missing[step] == 0).collect();
    let mut at = 0;
    while let Some(&step) = order.get(at) {
        for &next in &needed_by[step] {
            missing[next] -= 1;
            if missing[next] == 0 {
                order.push(next);
            }
        }
        at += 1;
    }
    (order.len() == inputs.len()).then_some(order)
}

fn is_end(step: &Value) -> bool {
    match step.pointer("/op/Op") {
        None | Some(Value::Null) => true,
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(_) => false,
    }
}

fn operation(step: &Value, inputs: &[usize]) -> (Operation, Vec<BuildInput>) {
    let Some(op) = step.pointer("/op/Op") else { return (Operation::Other, with_role(inputs, InputRole::Below)) };
    if let Some(source) = op.get("source") {
        let identifier = source.get("identifier").and_then(Value::as_str).unwrap_or_default();
        let kind = match identifier.split_once("://") {
            Some(("docker-image" | "oci-layout", name)) => Operation::Image(name.to_owned()),
            Some(("local", name)) => Operation::Context(name.to_owned()),
            _ => Operation::Remote(identifier.to_owned()),
        };
        return (kind, Vec::new());
    }
    if let Some(exec) = op.get("exec") {
        let mounts = exec.get("mounts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mounted = mounts.iter().filter_map(|mount| {
            let step = input(inputs, mount.get("input"), 0)?;
            let is_root = mount.get("dest").and_then(Value::as_str) == Some("/");
            let is_read_only = mount.get("readonly").and_then(Value::as_bool) == Some(true);
            let role = if is_root || !is_read_only { InputRole::Below } else { InputRole::Content };
            Some((is_root, BuildInput { step, role }))
        });
        let mut mounted: Vec<_> = mounted.collect();
        mounted.sort_by_key(|(is_root, _)| !is_root);
        return (Operation::Run, mounted.into_iter().map(|(_, input)| input).collect());
    }
    if let Some(file) = op.get("file") {
        return file_operation(file, inputs);
    }
    if op.get("merge").is_some() {
        let role = |(at, &step)| BuildInput { step, role: if at == 0 { InputRole::Below } else { InputRole::Top } };
        return (Operation::Merge, inputs.iter().enumerate().map(role).collect());
    }
    (Operation::Other, with_role(inputs, InputRole::Below))
}

fn with_role(inputs: &[usize], role: InputRole) -> Vec<BuildInput> {
    inputs.iter().map(|&step| BuildInput { step, role }).collect()
}

/// The step that an index of an operation means; -1 is none. What is left out is 0 in both versions.
fn input(inputs: &[usize], index: Option<&Value>, default: i64) -> Option<usize> {
    let index = index.map_or(Some(default), Value::as_i64)?;
    inputs.get(usize::try_from(index).ok()?).copied()
}

fn file_operation(file: &Value, inputs: &[usize]) -> (Operation, Vec<BuildInput>) {
    let actions = file.get("actions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (mut needs, mut patterns, mut copies) = (Vec::new(), Vec::new(), false);
    for action in actions {
        // An index after the inputs means what an earlier action of the same step made.
        let roles = [("input", InputRole::Below), ("secondaryInput", InputRole::Content)];
        for (key, role) in roles {
            if let Some(step) = input(inputs, action.get(key), 0)
                && !needs.contains(&BuildInput { step, role })
            {
                needs.push(BuildInput { step, role });
            }
        }
        if let Some(copy) = action.pointer("/Action/copy") {
            copies = true;
            patterns.extend(copy.get("src").and_then(Value::as_str).map(str::to_owned));
        }
    }
    needs.sort_by_key(|need| need.role != InputRole::Below);
    (if copies { Operation::Copy(patterns) } else { Operation::Files }, needs)
}
