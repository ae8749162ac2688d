//! Images as the API of an engine describes them.

use std::collections::HashSet;

use anyhow::{Result, bail};

use crate::analysis::{ReportedStep, steps_of_layers};
use crate::engine::{Client, Engine, EngineError, HistoryItem, Info, Inspected, Reference, podman_endpoint};
use crate::format;
use crate::image::{DescribedImage, DiffId, Image, ImageSource, Layer, LayerNumber, Platform, Step, UnplacedStep};
use crate::report::SizesOf;
use crate::source::runtime_config;

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
    found.engine.sizes_of = sizes_of(engine, &info);
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

/// What the sizes of an engine are of.
fn sizes_of(engine: Engine, info: &Info) -> SizesOf {
    match engine {
        Engine::Docker if info.uses_containerd() => SizesOf::Unknown,
        Engine::Docker => SizesOf::Files,
        Engine::Podman => SizesOf::Tars,
    }
}

/// An image as its engine describes it, to be shown during its export. `None` if the engine does not say enough, or
/// describes another platform than it exports.
pub(super) fn before_export(
    client: &Client,
    inspected: &Inspected,
    wanted: Option<&Platform>,
    source: &ImageSource,
) -> Option<DescribedImage> {
    let own = own_platform(inspected);
    let is_here = inspected.manifests.is_empty() || platforms_here(inspected).any(|platform| platform == own);
    if !is_here || !wanted.is_none_or(|wanted| wanted.accepts(&own)) {
        return None;
    }
    let info = client.info().ok()?;
    let history = client.history(inspected).ok()?;
    let sizes_of = sizes_of(client.endpoint().engine, &info);
    let known = |size: u64| Some(size).filter(|&size| size > 0 && sizes_of != SizesOf::Unknown);
    let (mut image, reported) = image(inspected, history, sizes_of).ok()?;
    // A layer that only removes files has a size of 0, which says nothing of the layer.
    image.layers.iter_mut().for_each(|layer| layer.stored_size = layer.stored_size.and_then(known));
    let without_layer = image.steps.iter().zip(&reported).enumerate().filter(|(_, (step, _))| step.layer.is_none());
    let unplaced = without_layer
        .filter(|(_, (_, reported))| reported.may_make_layer())
        .map(|(step, (_, reported))| UnplacedStep { step, size: known(reported.size) })
        .collect();
    let created = Some(inspected.created.clone()).filter(|created| !created.is_empty());
    // The digest of an engine may be another one than that of the archive.
    let image = Image { digest: None, platform: Some(own), created, source: Some(source.clone()), ..image };
    Some(DescribedImage { image, unplaced })
}

fn own_platform(inspected: &Inspected) -> Platform {
    Platform::new(&inspected.os, &inspected.architecture, &inspected.variant)
}

/// The platforms of which the engine has the contents.
fn platforms_here(inspected: &Inspected) -> impl Iterator<Item = Platform> {
    let here = inspected.manifests.iter().filter(|manifest| manifest.kind == "image" && manifest.available);
    here.map(|manifest| &manifest.descriptor.platform)
        .map(|platform| Platform::new(&platform.os, &platform.architecture, &platform.variant))
}

/// An image, and its other platforms that the engine has.
fn described(client: &Client, id: &str, sizes_of: SizesOf) -> Result<(Image, String)> {
    let Some(reference) = Reference::parse(id) else { bail!("the engine lists it under an ID that is none") };
    let Some(inspected) = client.inspect(&reference)? else {
        bail!("the engine lists it, and then does not have it: it was removed, or has no contents for this platform")
    };
    let own = own_platform(&inspected);
    let others = platforms_here(&inspected).filter(|other| *other != own);
    let others: Vec<String> = others.map(|other| other.to_string()).collect();
    let history = client.history(&inspected)?;
    Ok((image(&inspected, history, sizes_of)?.0, others.join(", ")))
}

fn image(
    inspected: &Inspected,
    mut history: Vec<HistoryItem>,
    sizes_of: SizesOf,
) -> Result<(Image, Vec<ReportedStep>)> {
    history.reverse();
    let created: Vec<i64> = history.iter().map(|item| item.created).collect();
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
    let steps = reported.iter().zip(created).enumerate().map(|(at, (step, created))| Step {
        number: at + 1,
        created: Some(created).filter(|&created| created > 0).and_then(format::rfc3339),
        created_by: step.created_by.clone(),
        author: String::new(),
        comment: step.comment.clone(),
        layer: layer_of(at).map(LayerNumber::from_index),
        inconsistent: false,
        source: None,
    });
    let image = Image {
        names: inspected.repo_tags.iter().filter(|name| *name != "<none>:<none>").cloned().collect(),
        digest: inspected.id.parse().ok(),
        config: runtime_config(&inspected.config),
        steps: steps.collect(),
        layers,
        ..Image::default()
    };
    Ok((image, reported))
}
