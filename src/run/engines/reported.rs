//! Images as the API of an engine describes them.

use std::collections::HashSet;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::analysis::{ReportedStep, steps_of_layers};
use crate::engine::{Client, Engine, EngineError, HistoryItem, Inspected, Reference, podman_endpoint};
use crate::image::{Config, DiffId, Image, Layer, LayerNumber, Platform, Step};
use crate::report::SizesOf;

use super::super::surroundings::Process;
use super::api::endpoint;
use super::inventory::Inventory;

/// What an engine has, at most so many images. Each takes two short answers.
pub(super) fn inventory(engine: Engine, most: usize) -> Inventory {
    let mut found = Inventory::new(engine, String::new());
    if let Err(error) = fill(&mut found, engine, most) {
        // An engine that does not run is no fault: few people have both.
        let is_absent = matches!(error.downcast_ref(), Some(EngineError::NotRunning { .. }))
            || engine == Engine::Podman && matches!(podman_endpoint(&Process), Ok(None));
        found.is_faulty |= !is_absent;
        found.engine.fault = Some(format!("{error:#}"));
    }
    found
}

fn fill(found: &mut Inventory, engine: Engine, most: usize) -> Result<()> {
    let endpoint = endpoint(engine)?;
    found.engine.endpoint.clone_from(&endpoint.address);
    let client = Client::connect(endpoint)?;
    let engine = client.endpoint().engine;
    (found.engine.kind, found.engine.engine) = (engine.transport(), engine.name());
    let info = client.info()?;
    found.engine.sizes_of = match engine {
        Engine::Docker if info.uses_containerd() => SizesOf::Unknown,
        Engine::Docker => SizesOf::Files,
        Engine::Podman => SizesOf::Tars,
    };
    if client.endpoint().is_local() {
        found.store = info.root;
    }
    let mut seen = HashSet::new();
    for listed in client.images()? {
        if found.images.len() == most {
            break;
        }
        if !seen.insert(listed.id.clone()) {
            continue;
        }
        let name = listed.repo_tags.first().unwrap_or(&listed.id);
        match described(&client, &listed.id, found.engine.sizes_of) {
            Ok((image, others)) => {
                found.images.push((image, format!("{}:{}", engine.transport(), listed.id)));
                if !others.is_empty() {
                    found.skip(name, format!("its images for {others} are not counted"));
                }
            }
            Err(error) => match error.downcast_ref() {
                Some(EngineError::Refused { .. } | EngineError::Answer { .. }) | None => {
                    found.skip(name, format!("{error:#}"));
                }
                Some(_) => return Err(error),
            },
        }
    }
    Ok(())
}

/// An image, and its other platforms that the engine has.
fn described(client: &Client, id: &str, sizes_of: SizesOf) -> Result<(Image, String)> {
    let Some(reference) = Reference::parse(id) else { bail!("the engine lists it under an ID that is none") };
    let Some(inspected) = client.inspect(&reference)? else {
        bail!("the engine lists it, and then does not have it: it was removed, or has no contents for this platform")
    };
    let own = Platform::new(&inspected.os, &inspected.architecture, &inspected.variant);
    let here = inspected.manifests.iter().filter(|manifest| manifest.kind == "image" && manifest.available);
    let others = here.map(|manifest| &manifest.descriptor.platform);
    let others = others.map(|platform| Platform::new(&platform.os, &platform.architecture, &platform.variant));
    let others: Vec<String> = others.filter(|other| *other != own).map(|other| other.to_string()).collect();
    let history = client.history(&inspected)?;
    Ok((image(&inspected, history, sizes_of)?, others.join(", ")))
}

fn image(inspected: &Inspected, mut history: Vec<HistoryItem>, sizes_of: SizesOf) -> Result<Image> {
    history.reverse();
    let reported: Vec<ReportedStep> = history
        .into_iter()
        .map(|item| ReportedStep {
            created_by: item.created_by,
            comment: item.comment,
            size: item.size.try_into().unwrap_or(0),
        })
        .collect();
    let ids = &inspected.root_fs.layers;
    if ids.is_empty() && reported.iter().any(|step| step.size > 0) {
        bail!("the engine does not say what its layers are");
    }
    let made_by = steps_of_layers(&reported, ids.len());
    let mut layers = Vec::with_capacity(ids.len());
    for (id, made_by) in ids.iter().zip(&made_by) {
        let Ok(id) = id.parse() else { bail!("the engine says that one of its layers is `{}`", id.escape_debug()) };
        let size = made_by.and_then(|at| reported.get(at)).map(|step| step.size);
        layers.push(Layer {
            diff_id: Some(DiffId(id)),
            stored_size: size.filter(|_| sizes_of != SizesOf::Unknown),
            step: made_by.map(|at| at + 1),
            ..Layer::default()
        });
    }
    let layer_of = |step: usize| made_by.iter().position(|made_by| *made_by == Some(step));
    let steps = reported.into_iter().enumerate().map(|(at, step)| Step {
        number: at + 1,
        created: None,
        created_by: step.created_by,
        author: String::new(),
        comment: step.comment,
        layer: layer_of(at).map(LayerNumber::from_index),
        inconsistent: false,
        source: None,
    });
    Ok(Image {
        names: inspected.repo_tags.iter().filter(|name| *name != "<none>:<none>").cloned().collect(),
        digest: inspected.id.parse().ok(),
        config: config(&inspected.config),
        steps: steps.collect(),
        layers,
        ..Image::default()
    })
}

/// What names a base, and what may hold secrets that the history repeats.
fn config(value: &Value) -> Config {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let labels = value.get("Labels").and_then(Value::as_object).into_iter().flatten();
    Config {
        env: value.get("Env").and_then(Value::as_array).into_iter().flatten().filter_map(text).collect(),
        labels: labels.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect(),
        ..Config::default()
    }
}
