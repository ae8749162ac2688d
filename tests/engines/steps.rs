//! The history and the sizes of layers, as the engine has them and as we have them.

use layerscope::format::docker_size;
use layerscope::image::{self, EntryKind, Image};
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

/// What `docker history` says, newest first, sizes not rounded.
pub fn of_engine(engine: &Engine, reference: &str) -> Result<Vec<Step>, Cannot> {
    let rows = rows(engine, reference, false)?;
    let step = |row: &Value| {
        Some(Step {
            created: text(row, "CreatedAt")?,
            created_by: text(row, "CreatedBy")?,
            comment: text(row, "Comment")?,
            size: text(row, "Size")?.parse().ok()?,
            targets: 0,
        })
    };
    rows.iter().map(|row| step(row).ok_or_else(|| Cannot(format!("no step of a history: {row}")))).collect()
}

/// Sizes that we do not write as docker does.
pub fn spellings(engine: &Engine, reference: &str) -> Result<Vec<String>, Cannot> {
    let (exact, written) = (rows(engine, reference, false)?, rows(engine, reference, true)?);
    let pairs = exact.iter().zip(&written).map(|(exact, written)| {
        let bytes = text(exact, "Size").and_then(|bytes| bytes.parse().ok()).map(docker_size);
        (bytes, text(written, "Size"))
    });
    Ok(pairs.filter(|(ours, theirs)| ours != theirs).map(|pair| format!("{pair:?}")).collect())
}

fn rows(engine: &Engine, reference: &str, human: bool) -> Result<Vec<Value>, Cannot> {
    let human = format!("--human={human}");
    let lines = engine.ask(["history", "--no-trunc", &human, "--format", "{{json .}}", reference])?;
    let row = |line| serde_json::from_str(line).map_err(|error| Cannot(format!("no JSON in a history: {error}")));
    lines.lines().map(row).collect()
}

fn text(row: &Value, key: &str) -> Option<String> {
    Some(row.get(key)?.as_str()?.to_owned())
}

/// What we say.
pub fn of_image(image: &Image, union: &Union) -> Vec<Step> {
    let step = |step: &image::Step| {
        let (mut size, mut targets) = (0, 0);
        for entry in step.layer.iter().flat_map(|&layer| union.entries(layer).iter()) {
            match entry.kind() {
                EntryKind::File => size += entry.size(),
                EntryKind::Symlink => targets += entry.link_target().len() as u64,
                _ => {}
            }
        }
        Step {
            created: step.created.as_deref().map_or_else(String::new, whole_seconds),
            // The engine prints it so.
            created_by: step.created_by.replace('\t', " "),
            comment: step.comment.clone(),
            size,
            targets,
        }
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
