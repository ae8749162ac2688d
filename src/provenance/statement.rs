//! The parts of a provenance statement, wherever its version stores them.
//!
//! | | SLSA 0.2 | SLSA 1 |
//! |---|---|---|
//! | steps | `buildConfig.llbDefinition` | `buildDefinition.internalParameters.buildConfig.llbDefinition` |
//! | lines, layers | `metadata["https://mobyproject.org/buildkit@v1#metadata"]` | `runDetails.metadata.buildkit_metadata` |
//! | base | `materials` | `buildDefinition.resolvedDependencies` |
//! | parameters | `invocation.parameters` | `buildDefinition.externalParameters.request` |

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::image::{Digest, Dockerfile, StatedBase};

/// Longer texts, and more of them together, are not kept.
const TEXTS_BYTES_MOST: usize = 4 << 20;
/// The limit on the Dockerfile and on each file that it contains.
const FILE_BYTES_MOST: usize = 1 << 20;

/// A statement whose parts are looked up where its version has them.
#[derive(Clone, Copy)]
pub(super) struct Statement<'a> {
    value: &'a Value,
    is_v1: bool,
}

impl<'a> Statement<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        let is_v1 = value.pointer("/predicate/buildDefinition").is_some();
        Self { value, is_v1 }
    }

    fn part(self, v02: &str, v1: &str) -> &'a Value {
        const NULL: &Value = &Value::Null;
        self.value.pointer(if self.is_v1 { v1 } else { v02 }).unwrap_or(NULL)
    }

    pub(super) fn predicate(self) -> &'a str {
        self.value.get("predicateType").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is about a manifest.
    pub(super) fn is_about(self, manifest: &Digest) -> bool {
        let subjects = self.value.get("subject").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let digest = |subject: &'a Value| subject.get("digest")?.get(manifest.algorithm())?.as_str();
        subjects.iter().any(|subject| digest(subject) == Some(manifest.encoded()))
    }

    pub(super) fn steps(self) -> &'a [Value] {
        let steps = self.part(
            "/predicate/buildConfig/llbDefinition",
            "/predicate/buildDefinition/internalParameters/buildConfig/llbDefinition",
        );
        steps.as_array().map_or(&[], Vec::as_slice)
    }

    fn metadata(self) -> &'a Value {
        self.part(
            "/predicate/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata",
            "/predicate/runDetails/metadata/buildkit_metadata",
        )
    }

    /// The places of a step in the Dockerfile, each as lines; in which of the sources, by index, comes first.
    pub(super) fn locations(self, id: &str) -> impl Iterator<Item = (u64, Vec<u64>)> + 'a {
        let locations = self.metadata().pointer("/source/locations").and_then(|all| all.get(id)?.get("locations"));
        let locations = locations.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        locations.iter().map(|location| {
            let source = location.get("sourceIndex").and_then(Value::as_u64).unwrap_or(0);
            let ranges = location.get("ranges").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let line = |range: &Value, end: &str| range.get(end)?.get("line")?.as_u64();
            let lines = ranges.iter().flat_map(|range| {
                let first = line(range, "start");
                [first, line(range, "end").or(first)]
            });
            (source, lines.flatten().collect())
        })
    }

    /// The chains of layers that steps ended with, lowest layer first, by digest.
    pub(super) fn chains(self) -> HashMap<&'a str, Vec<Vec<&'a str>>> {
        let mut chains: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
        let layers = self.metadata().get("layers").and_then(Value::as_object);
        for (output, listed) in layers.into_iter().flatten() {
            let step = output.rsplit_once(':').map_or(output.as_str(), |(step, _)| step);
            let chain = |chain: &'a Value| {
                let layers = chain.as_array()?.iter();
                Some(layers.map(|layer| layer.get("digest").and_then(Value::as_str).unwrap_or_default()).collect())
            };
            let listed = listed.as_array().map_or(&[][..], Vec::as_slice);
            chains.entry(step).or_default().extend(listed.iter().filter_map(chain));
        }
        chains
    }

    /// The Dockerfile, and its index among the sources.
    pub(super) fn dockerfile(self) -> Option<(u64, Dockerfile)> {
        let infos = self.metadata().pointer("/source/infos")?.as_array()?;
        let is_dockerfile = |info: &&Value| info.get("language").and_then(Value::as_str) == Some("Dockerfile");
        let index = infos.iter().position(|info| is_dockerfile(&info)).unwrap_or(0);
        let info = infos.get(index)?;
        let text = decoded(info.get("data")?.as_str()?)?;
        let name = info.get("filename").and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = name.unwrap_or("Dockerfile").chars().take(1024).collect();
        Some((index as u64, Dockerfile { name, text, is_given: false }))
    }

    /// The stage that was built, if it is not the last one.
    pub(super) fn target(self) -> Option<&'a str> {
        let target = self.part(
            "/predicate/invocation/parameters/args/target",
            "/predicate/buildDefinition/externalParameters/request/args/target",
        );
        target.as_str().filter(|target| !target.is_empty())
    }

    /// The one image that the build used, without frontends. With several, it is unknown which is the base.
    pub(super) fn only_image(self) -> Option<StatedBase> {
        let materials = self.part("/predicate/materials", "/predicate/buildDefinition/resolvedDependencies");
        let images = materials.as_array()?.iter().filter_map(|material| {
            let uri = material.get("uri")?.as_str()?;
            let name = package_name(uri)?;
            let digest = material.get("digest")?.get("sha256")?.as_str();
            let digest = digest.and_then(|hex| format!("sha256:{hex}").parse().ok());
            Some(StatedBase { name, digest, layers: None, is_exact: false })
        });
        let mut images: Vec<_> = images.filter(|image| !is_frontend(&image.name)).collect();
        images.dedup();
        if images.len() == 1 { images.pop() } else { None }
    }

    /// Every text that a person may have written, with its key, each once; and whether some were left out.
    pub(super) fn texts(self) -> (Vec<(String, String)>, bool) {
        let mut texts = Texts { kept: Vec::new(), met: HashSet::new(), bytes: 0, left_out: false };
        if let Some(predicate) = self.value.get("predicate") {
            texts.add("", predicate);
        }
        (texts.kept, texts.left_out)
    }
}

struct Texts<'a> {
    kept: Vec<(String, String)>,
    met: HashSet<(&'a str, &'a str)>,
    bytes: usize,
    left_out: bool,
}

impl<'a> Texts<'a> {
    /// Documents nest 128 levels at most, since the parser accepts no more.
    fn add(&mut self, key: &'a str, value: &'a Value) {
        match value {
            Value::String(text) => self.text(key, text),
            Value::Array(items) => items.iter().for_each(|item| self.add(key, item)),
            Value::Object(fields) => {
                // The Dockerfile, which is kept apart, and digests.
                let is_source = fields.contains_key("filename") && fields.contains_key("data");
                for (name, field) in fields {
                    let is_left_out =
                        is_source && name == "data" || matches!(name.as_str(), "digestMapping" | "layers");
                    if !is_left_out {
                        self.add(name, field);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, key: &'a str, text: &'a str) {
        let is_digest = matches!(key, "digest" | "sha256" | "mediaType" | "id" | "inputs");
        if is_digest || text.is_empty() || !self.met.insert((key, text)) {
            return;
        }
        // `COPY <<EOT` stores a file in the statement.
        let text = if key == "data" { decoded(text).unwrap_or_else(|| text.to_owned()) } else { text.to_owned() };
        self.bytes = self.bytes.saturating_add(key.len() + text.len());
        if self.bytes > TEXTS_BYTES_MOST {
            self.left_out = true;
        } else {
            self.kept.push((key.to_owned(), text));
        }
    }
}

fn decoded(data: &str) -> Option<String> {
    if data.len() > FILE_BYTES_MOST / 3 * 4 {
        return None;
    }
    let bytes = BASE64_STANDARD.decode(data).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name in a package URL: `pkg:docker/127.0.0.1%3A5501/lessons@tag?platform=…` is `127.0.0.1:5501/lessons:tag`.
fn package_name(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("pkg:docker/").or_else(|| uri.strip_prefix("pkg:oci/"))?;
    let rest = rest.split('?').next().unwrap_or(rest);
    let name = match rest.rsplit_once('@') {
        Some((name, version)) => {
            let version = percent_decoded(version);
            let mark = if version.starts_with("sha256:") { '@' } else { ':' };
            format!("{}{mark}{version}", percent_decoded(name))
        }
        None => percent_decoded(rest),
    };
    (!name.is_empty()).then_some(name)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Images that read the Dockerfile (`# syntax=docker/dockerfile:1`) or scan the result.
fn is_frontend(name: &str) -> bool {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    ["docker/dockerfile", "docker/buildkit-syft-scanner"]
        .iter()
        .any(|known| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@', '-'])))
}
