//! Archives with two lists of the same images: Docker since 25, containerd, nerdctl and buildx write both.
//!
//! Neither is always right. Docker 25.0.0 wrote the layers of its OCI manifest in random order, without duplicates, and
//! left untagged images out of `index.json`; containerd lists in `manifest.json` only what matches its own machine. So
//! images are matched by their configuration, and for each image the consistent view is used.

use std::collections::HashMap;

use crate::image::{Finding, FindingKind};

use super::{Catalogue, Entry};

/// Lays the images of `manifest.json` over those of `index.json`, if that could be read.
pub(super) fn merge(catalogue: &mut Catalogue, docker: Vec<Entry>) {
    let by_config: HashMap<String, usize> = catalogue
        .entries
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(at, entry)| Some((entry.config.as_ref()?.as_str().to_owned(), at)))
        .collect();
    let has_index = !catalogue.entries.is_empty();
    let mut own: HashMap<String, usize> = HashMap::new();
    for item in docker {
        let config = item.config.as_ref().map(|config| config.as_str().to_owned());
        if let Some(&at) = config.as_ref().and_then(|config| by_config.get(config)) {
            merge_docker_entry(&mut catalogue.entries[at], item);
            continue;
        }
        // One configuration in two items is one image with more names, if the layers agree.
        if let Some(config) = config {
            if let Some(&at) = own.get(&config)
                && catalogue.entries[at].layer_names == item.layer_names
            {
                catalogue.entries[at].add_names(&item.names);
                continue;
            }
            own.insert(config, catalogue.entries.len());
        }
        let mut item = item;
        if has_index {
            item.findings.push(Finding::of_image(
                FindingKind::OddDocument,
                "only `manifest.json` lists this image, `index.json` does not".to_owned(),
            ));
        }
        catalogue.entries.push(item);
    }
}

fn merge_docker_entry(oci: &mut Entry, docker: Entry) {
    let same_blobs = oci.layer_names == docker.layer_names;
    let is_by_diff_id = docker.diff_ids.is_some() && docker.layer_names == docker.diff_ids;
    if !same_blobs && is_by_diff_id {
        oci.recipe = docker.recipe;
        oci.layers = docker.layers;
        oci.stored_bytes = docker.stored_bytes;
        oci.presence = docker.presence;
        oci.faulty = docker.faulty;
        oci.note = docker.note;
        // The manifest that the digest names is not the one that was used.
        oci.manifest = None;
        oci.platform = oci.platform.take().or(docker.platform);
        oci.created = oci.created.take().or(docker.created);
        oci.layer_names = docker.layer_names;
    }
    oci.add_names(&docker.names);
    oci.findings.extend(docker.findings);
}
