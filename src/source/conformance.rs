//! Whether a document is valid by the rules of its format: the OCI image specification, or Docker's.
//!
//! [`super::json`] reads what engines read, which is more than the specification allows. Here the strict types of
//! oci-spec have the last word: what they refuse is a finding, and the document is shown all the same. A reason never
//! quotes a value, which may be a secret in the wrong field.
//!
//! Null and an absent list of diff IDs count as an empty list, which is how engines written in Go write one.

use std::borrow::Cow;

use oci_spec::image::{
    Descriptor, ImageConfiguration, ImageIndex, ImageManifest, MediaType as Specified, SCHEMA_VERSION, ToDockerV2S2,
};
use serde::Deserialize;
use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, MediaType};

use super::json::Walk;
use super::schema::{self, Type, differences};

/// The format that a document is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Format {
    OciIndex,
    OciManifest,
    OciConfiguration,
    DockerIndex,
    DockerManifest,
    /// An item of `manifest.json`.
    DockerItem,
    /// A configuration that nothing calls an OCI one.
    DockerConfiguration,
}

/// Docker's item, which oci-spec has no type for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "the types of the fields are what is checked")]
struct DockerItem {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

impl Format {
    /// The format of an index, by its own media type or else that of its descriptor.
    pub(super) fn of_index(index: &Value, described: &MediaType) -> Self {
        if is_docker(index, described) { Self::DockerIndex } else { Self::OciIndex }
    }

    /// The format of a manifest, by its own media type or else that of its descriptor.
    pub(super) fn of_manifest(manifest: &Value, described: &MediaType) -> Self {
        if is_docker(manifest, described) { Self::DockerManifest } else { Self::OciManifest }
    }

    /// The format of a configuration, by the media type in its descriptor.
    pub(super) fn of_configuration(described: &MediaType) -> Self {
        if described.is_oci_image_config() { Self::OciConfiguration } else { Self::DockerConfiguration }
    }

    fn shape(self) -> &'static Type {
        match self {
            Self::OciIndex | Self::DockerIndex => &schema::INDEX,
            Self::OciManifest | Self::DockerManifest => &schema::MANIFEST,
            Self::OciConfiguration | Self::DockerConfiguration => &schema::CONFIGURATION,
            Self::DockerItem => &schema::ITEM,
        }
    }

    /// What a message calls the rules.
    fn rules(self) -> &'static str {
        match self {
            Self::OciIndex | Self::OciManifest | Self::OciConfiguration => "the OCI image specification",
            _ => "Docker's image format",
        }
    }

    /// The lists that must be there but may be empty.
    fn lists(self) -> &'static [&'static str] {
        match self {
            Self::OciIndex | Self::DockerIndex => &["manifests"],
            Self::OciManifest | Self::DockerManifest => &["layers"],
            _ => &[],
        }
    }

    /// The media type that the document may give itself.
    fn media_type(self) -> Option<String> {
        match self {
            Self::OciIndex => Some(Specified::ImageIndex.to_string()),
            Self::OciManifest => Some(Specified::ImageManifest.to_string()),
            Self::DockerIndex => Specified::ImageIndex.to_docker_v2s2().ok().map(str::to_owned),
            Self::DockerManifest => Specified::ImageManifest.to_docker_v2s2().ok().map(str::to_owned),
            _ => None,
        }
    }
}

fn is_docker(document: &Value, described: &MediaType) -> bool {
    let own = MediaType::new(document.text("mediaType"));
    if own.is_empty() { described.is_docker() } else { own.is_docker() }
}

/// The findings about a document: fields of another type than expected, or else the first rule that it breaks.
pub(super) fn findings(value: &Value, name: &str, format: Format) -> Vec<Finding> {
    let refusal = refusal(value, format);
    let verdict = match &refusal {
        Some(_) => format!("is not valid by {}", format.rules()),
        None => "differs from what engines expect".to_owned(),
    };
    let mut reasons = differences(value, format.shape());
    if reasons.is_empty() {
        reasons.extend(refusal);
    }
    let finding = |reason| Finding::of_image(FindingKind::OddDocument, format!("{name} {verdict}: {reason}"));
    reasons.into_iter().map(finding).collect()
}

/// Why a document is not valid, if it is not.
fn refusal(value: &Value, format: Format) -> Option<String> {
    let value = with_empty_lists(value, format);
    match format {
        Format::OciIndex | Format::DockerIndex => match ImageIndex::deserialize(&*value) {
            Ok(index) => bad_version(index.schema_version()).or_else(|| other_media_type(&value, format)),
            Err(error) => Some(in_descriptors(value.field("manifests"), "manifests").unwrap_or_else(|| words(&error))),
        },
        Format::OciManifest | Format::DockerManifest => match ImageManifest::deserialize(&*value) {
            Ok(manifest) => bad_version(manifest.schema_version()).or_else(|| other_media_type(&value, format)),
            Err(error) => Some(
                in_descriptor(value.get("config"), "config")
                    .or_else(|| in_descriptors(value.field("layers"), "layers"))
                    .or_else(|| in_descriptor(value.get("subject"), "subject"))
                    .unwrap_or_else(|| words(&error)),
            ),
        },
        Format::OciConfiguration => match ImageConfiguration::deserialize(&*value) {
            Ok(configuration) if configuration.rootfs().typ() != "layers" => {
                Some("`rootfs.type` is not `layers`".to_owned())
            }
            Ok(_) => None,
            Err(error) => Some(words(&error)),
        },
        Format::DockerItem => match DockerItem::deserialize(&*value) {
            Ok(item) => item.config.is_empty().then(|| "`Config` is empty".to_owned()),
            Err(error) => Some(words(&error)),
        },
        Format::DockerConfiguration => None,
    }
}

/// The document, with empty lists where Go writes null or nothing.
fn with_empty_lists(value: &Value, format: Format) -> Cow<'_, Value> {
    let mut value = Cow::Borrowed(value);
    for list in format.lists() {
        if value.get(list).is_some_and(Value::is_null) {
            value.to_mut()[*list] = Value::Array(Vec::new());
        }
    }
    let has_no_diff_ids =
        value.get("rootfs").is_some_and(|rootfs| rootfs.is_object() && rootfs.field("diff_ids").is_null());
    if format == Format::OciConfiguration && has_no_diff_ids {
        value.to_mut()["rootfs"]["diff_ids"] = Value::Array(Vec::new());
    }
    value
}

fn bad_version(version: u32) -> Option<String> {
    (version != SCHEMA_VERSION).then(|| format!("`schemaVersion` is {version}, not {SCHEMA_VERSION}"))
}

/// Docker requires the media type in the document, OCI only that it is no other.
fn other_media_type(value: &Value, format: Format) -> Option<String> {
    let expected = format.media_type()?;
    match value.text("mediaType") {
        "" if matches!(format, Format::DockerIndex | Format::DockerManifest) => {
            Some("it has no `mediaType`".to_owned())
        }
        "" => None,
        own if own == expected => None,
        _ => Some(format!("its `mediaType` is not `{expected}`")),
    }
}

fn in_descriptors(list: &Value, name: &str) -> Option<String> {
    list.items().iter().enumerate().find_map(|(at, item)| in_descriptor(Some(item), &format!("{name}[{at}]")))
}

/// What is wrong with a descriptor.
fn in_descriptor(value: Option<&Value>, place: &str) -> Option<String> {
    let value = value?;
    let error = Descriptor::deserialize(value).err()?;
    if let Some(text) = value.get("digest").and_then(Value::as_str)
        && let Err(error) = text.parse::<Digest>()
    {
        return Some(format!("`{place}.digest` is malformed: {error}"));
    }
    let is_platform = missing(&error).is_some_and(|field| ["os", "architecture"].contains(&field.as_str()));
    let place = if is_platform { format!("{place}.platform") } else { place.to_owned() };
    Some(match missing(&error) {
        Some(field) => format!("`{place}` has no `{field}`"),
        None => format!("`{place}` is not a descriptor"),
    })
}

/// A serde error without the values that it quotes.
fn words(error: &serde_json::Error) -> String {
    match missing(error) {
        Some(field) => format!("it has no `{field}`"),
        None => "a field has a value that is not allowed".to_owned(),
    }
}

/// The field that a serde error misses: a name of the type, not of the document.
fn missing(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (field, _) = text.strip_prefix("missing field `")?.split_once('`')?;
    Some(field.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OCI: &str = "application/vnd.oci.image.";

    fn descriptor() -> Value {
        json!({"mediaType": format!("{OCI}manifest.v1+json"), "digest": format!("sha256:{}", "0a".repeat(32)), "size": 7})
    }

    fn document(format: Format) -> Value {
        let docker = "application/vnd.docker.distribution.manifest";
        match format {
            Format::OciIndex => json!({"schemaVersion": 2, "manifests": [descriptor()]}),
            Format::OciManifest => json!({"schemaVersion": 2, "config": descriptor(), "layers": [descriptor()]}),
            Format::OciConfiguration => json!({"os": "linux", "architecture": "amd64",
                "rootfs": {"type": "layers", "diff_ids": ["sha256:0"]}}),
            Format::DockerIndex => json!({"schemaVersion": 2, "mediaType": format!("{docker}.list.v2+json"),
                "manifests": [descriptor()]}),
            Format::DockerManifest => json!({"schemaVersion": 2, "mediaType": format!("{docker}.v2+json"),
                "config": descriptor(), "layers": [descriptor()]}),
            Format::DockerItem => json!({"Config": "a.json", "RepoTags": ["a:1"], "Layers": ["a/layer.tar"]}),
            Format::DockerConfiguration => json!({}),
        }
    }

    fn said(value: &Value, format: Format) -> Vec<String> {
        findings(value, "it", format).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn what_engines_write_is_valid() {
        use Format::{DockerIndex, DockerItem, DockerManifest, OciConfiguration, OciIndex, OciManifest};
        type Change = fn(&mut Value);
        let cases: &[(Format, Change)] = &[
            (OciIndex, |_| {}),
            (OciIndex, |index| index["manifests"] = Value::Null),
            (OciIndex, |index| index["manifests"] = json!([])),
            (OciIndex, |index| index["annotations"] = Value::Null),
            (OciIndex, |index| index["manifests"][0]["platform"] = json!({"os": "unknown", "architecture": ""})),
            (OciIndex, |index| index["manifests"][0]["x"] = json!([{}])),
            (OciManifest, |_| {}),
            (OciManifest, |manifest| manifest["mediaType"] = json!(format!("{OCI}manifest.v1+json"))),
            (OciManifest, |manifest| manifest["layers"] = Value::Null),
            (OciManifest, |manifest| manifest["layers"][0]["mediaType"] = json!("application/octet-stream")),
            (OciManifest, |manifest| manifest["annotations"] = json!({"a": "b"})),
            (OciConfiguration, |_| {}),
            (OciConfiguration, |config| config["history"] = Value::Null),
            (OciConfiguration, |config| config["history"] = json!([{}, {"created": null, "empty_layer": true}])),
            (OciConfiguration, |config| config["created"] = json!("0001-01-01T00:00:00Z")),
            (OciConfiguration, |config| config["rootfs"] = json!({"type": "layers"})),
            (OciConfiguration, |config| config["rootfs"]["diff_ids"] = Value::Null),
            (OciConfiguration, |config| config["config"] = Value::Null),
            (OciConfiguration, |config| {
                config["config"] = json!({"Hostname": "", "Cmd": null, "Env": null, "Volumes": {"/a": {}},
                    "ExposedPorts": {"80/tcp": {}}, "Labels": null, "OnBuild": null, "Healthcheck": {"Test": ["NONE"]},
                    "ArgsEscaped": true, "Shell": ["sh"]});
                config["container_config"] = json!({"Cmd": ["sh"]});
                config["moby.buildkit.buildinfo.v1"] = json!("e30=");
            }),
            (DockerIndex, |_| {}),
            (DockerManifest, |_| {}),
            (DockerItem, |_| {}),
            (DockerItem, |item| item["RepoTags"] = Value::Null),
            (DockerItem, |item| item["Layers"] = Value::Null),
            (DockerItem, |item| item["Parent"] = json!("sha256:0")),
            (Format::DockerConfiguration, |_| {}),
        ];
        for (format, change) in cases {
            let mut value = document(*format);
            change(&mut value);
            assert_eq!(said(&value, *format), [""; 0], "{format:?} {value}");
        }
    }

    #[test]
    fn what_is_not_valid_is_reported_with_its_reason() {
        use Format::{DockerIndex, DockerItem, DockerManifest, OciConfiguration, OciIndex, OciManifest};
        fn without(value: &mut Value, key: &str) {
            value.as_object_mut().expect("an object").remove(key);
        }
        type Change = fn(&mut Value);
        let cases: &[(Format, Change, &str)] = &[
            (OciIndex, |index| without(index, "schemaVersion"), "it has no `schemaVersion`"),
            (OciIndex, |index| index["schemaVersion"] = json!(1), "`schemaVersion` is 1, not 2"),
            (OciIndex, |index| without(index, "manifests"), "it has no `manifests`"),
            (OciIndex, |index| without(&mut index["manifests"][0], "size"), "`manifests[0]` has no `size`"),
            (
                OciIndex,
                |index| index["manifests"][0]["platform"] = json!({"os": "linux"}),
                "`manifests[0].platform` has no `architecture`",
            ),
            (
                OciIndex,
                |index| index["manifests"][0]["size"] = json!("hunter2"),
                "`manifests[0].size` is a string, but a size in bytes is expected",
            ),
            (OciManifest, |manifest| without(manifest, "config"), "it has no `config`"),
            (OciManifest, |manifest| without(manifest, "layers"), "it has no `layers`"),
            (
                OciManifest,
                |manifest| manifest["mediaType"] = json!("hunter2"),
                "its `mediaType` is not `application/vnd.oci.image.manifest.v1+json`",
            ),
            (
                OciManifest,
                |manifest| without(&mut manifest["layers"][0], "mediaType"),
                "`layers[0]` has no `mediaType`",
            ),
            (
                OciManifest,
                |manifest| manifest["layers"][0]["digest"] = json!("sha256:hunter2"),
                "`layers[0].digest` is malformed: `sha256:…` is not a digest",
            ),
            (
                OciManifest,
                |manifest| manifest["config"]["digest"] = json!("\u{1b}[31mhunter2"),
                "`config.digest` is malformed: `…` is not a digest",
            ),
            (OciConfiguration, |config| without(config, "architecture"), "it has no `architecture`"),
            (OciConfiguration, |config| without(config, "rootfs"), "it has no `rootfs`"),
            (OciConfiguration, |config| config["rootfs"]["type"] = json!("hunter2"), "`rootfs.type` is not `layers`"),
            (
                OciConfiguration,
                |config| config["rootfs"]["diff_ids"] = json!([{"hunter2": 1}]),
                "a field has a value that is not allowed",
            ),
            (
                OciConfiguration,
                |config| config["config"] = json!({"Cmd": "hunter2"}),
                "a field has a value that is not allowed",
            ),
            (DockerIndex, |index| without(index, "mediaType"), "it has no `mediaType`"),
            (DockerManifest, |manifest| without(manifest, "config"), "it has no `config`"),
            (DockerItem, |item| without(item, "Config"), "it has no `Config`"),
            (DockerItem, |item| item["Config"] = json!(""), "`Config` is empty"),
            (DockerItem, |item| item["RepoTags"] = json!("a:1"), "`RepoTags` is a string"),
        ];
        for (format, change, reason) in cases {
            let mut value = document(*format);
            change(&mut value);
            let expected = format!("it is not valid by {}: {reason}", format.rules());
            let said = said(&value, *format);
            assert!(said.len() == 1 && said[0].starts_with(&expected), "{expected} was expected: {said:?}");
            assert!(!said[0].contains("hunter2") && !said[0].contains('\u{1b}'), "{said:?}");
        }
    }

    #[test]
    fn a_field_that_only_docker_has_is_judged_by_what_engines_expect() {
        let mut config = document(Format::OciConfiguration);
        config["config"] = json!({"OnBuild": "x"});
        assert!(said(&config, Format::OciConfiguration)[0].starts_with("it differs from what engines expect"));
    }
}
