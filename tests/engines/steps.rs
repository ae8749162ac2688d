//! The history and the sizes of layers, as the engine has them and as we have them.

use layerscope::image::{self, EntryKind, EntryRef, Image, LayerNumber};
use layerscope::union::Union;
use serde_json::Value;

use super::engine::{Cannot, Engine};

/// One step as `docker history` has it.
#[derive(Debug)]
pub struct Step {
    created: String,
    created_by: String,
    comment: String,
    size: u64,
    /// Bytes of symlinks' targets: content to the engine in some layers and not in others, never to us.
    targets: u64,
}

/// What `docker history` says, sizes not rounded.
pub fn of_engine(engine: &Engine, reference: &str) -> Result<Vec<Step>, Cannot> {
    let lines = engine.ask(["history", "--no-trunc", "--human=false", "--format", "{{json .}}", reference])?;
    lines.lines().map(|line| step(line).ok_or_else(|| Cannot(format!("no step of a history: {line}")))).collect()
}

fn step(line: &str) -> Option<Step> {
    let row: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| Some(row.get(key)?.as_str()?.to_owned());
    Some(Step {
        created: text("CreatedAt")?,
        created_by: text("CreatedBy")?,
        comment: text("Comment")?,
        size: text("Size")?.parse().ok()?,
        targets: 0,
    })
}

/// What we say.
pub fn of_image(image: &Image, union: &Union) -> Vec<Step> {
    let sum = |layer: Option<LayerNumber>, bytes: fn(EntryRef<'_>) -> u64| {
        layer.map_or(0, |layer| union.entries(layer).iter().map(bytes).sum())
    };
    let step = |step: &image::Step| Step {
        created: step.created.as_deref().map_or_else(String::new, whole_seconds),
        // The engine prints it so.
        created_by: step.created_by.replace('\t', " "),
        comment: step.comment.clone(),
        size: sum(step.layer, |entry| entry.size()),
        targets: sum(
            step.layer,
            |entry| if entry.kind() == EntryKind::Symlink { entry.link_target().len() as u64 } else { 0 },
        ),
    };
    image.steps.iter().rev().map(step).collect()
}

fn whole_seconds(time: &str) -> String {
    format!("{}Z", time.trim_end_matches('Z').split('.').next().unwrap_or(""))
}

/// Steps that are not the same, by their number from the newest.
pub fn differences(ours: &[Step], theirs: &[Step]) -> Vec<String> {
    let mut lines = Vec::new();
    if ours.len() != theirs.len() {
        lines.push(format!("{} steps; theirs {}", ours.len(), theirs.len()));
    }
    let pairs = ours.iter().zip(theirs).enumerate().filter(|(_, (ours, theirs))| !fits(ours, theirs));
    lines.extend(
        pairs.map(|(index, (ours, theirs))| format!("step {index} from the newest: {ours:?}; theirs {theirs:?}")),
    );
    lines
}

fn fits(ours: &Step, theirs: &Step) -> bool {
    let words = |step: &Step| (step.created.clone(), step.created_by.clone(), step.comment.clone());
    words(ours) == words(theirs) && (theirs.size == ours.size || theirs.size == ours.size + ours.targets)
}
