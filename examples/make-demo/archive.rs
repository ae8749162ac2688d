//! Writes layers as tars, and images as buildx exports them: an OCI archive with an index an image, of its manifest and
//! that of its provenance.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::disk::{Change, Kind, Layer, Node};
use super::provenance;
use super::story::{Build, PATH};

/// The tar of a layer: every folder before what is in it, and whiteouts where the removed entries would be.
pub fn tar(layer: &Layer) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, change) in &layer.changes {
        match change {
            Change::Stored(node) => store(&mut tar, path, node),
            Change::Removed => {
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                let slash = if folder.is_empty() { "" } else { "/" };
                whiteout(&mut tar, &format!("{folder}{slash}.wh.{name}"));
            }
        }
        if layer.opaque.contains(path) {
            whiteout(&mut tar, &format!("{path}/.wh..wh..opq"));
        }
    }
    tar.into_inner().expect("memory takes everything")
}

fn header(path: &str, mode: u32, owner: u32, modified: i64) -> Header {
    let mut header = Header::new_ustar();
    header.set_path(path).expect("a path that fits");
    header.set_mode(mode);
    header.set_uid(owner.into());
    header.set_gid(owner.into());
    header.set_mtime(modified.try_into().expect("after 1970"));
    header
}

fn append(tar: &mut Builder<Vec<u8>>, mut header: Header, entry_type: EntryType, content: &[u8]) {
    header.set_entry_type(entry_type);
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.append(&header, content).expect("memory takes everything");
}

fn whiteout(tar: &mut Builder<Vec<u8>>, path: &str) {
    append(tar, header(path, 0, 0, 0), EntryType::Regular, b"");
}

fn store(tar: &mut Builder<Vec<u8>>, path: &str, node: &Node) {
    let header = |path: &str| header(path, node.mode, node.owner, node.modified);
    match &node.kind {
        Kind::Directory => append(tar, header(&format!("{path}/")), EntryType::Directory, b""),
        Kind::File(content) => append(tar, header(path), EntryType::Regular, content),
        Kind::Symlink(target) | Kind::HardLink(target) => {
            let mut header = header(path);
            header.set_link_name(target).expect("a target that fits");
            let is_symlink = matches!(node.kind, Kind::Symlink(_));
            append(tar, header, if is_symlink { EntryType::Symlink } else { EntryType::Link }, b"");
        }
        Kind::Device(major, minor) => {
            let mut header = header(path);
            header.set_device_major(*major).and_then(|()| header.set_device_minor(*minor)).expect("a device");
            append(tar, header, EntryType::Char, b"");
        }
    }
}

/// The digest of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    let hex = Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("sha256:{hex}")
}

/// The time as an image has it.
pub fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).expect("a time").to_string()
}

/// Compresses at a level.
pub fn compress(bytes: &[u8], level: i32) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), level).expect("a level");
    encoder.include_checksum(true).expect("a checksum");
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}

/// An archive that is being filled.
struct Archive {
    blobs: BTreeMap<String, Vec<u8>>,
    /// Compressed layers by diff ID, because the builds share some.
    layers: BTreeMap<String, Value>,
    level: i32,
}

impl Archive {
    fn blob(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let (digest, size) = (digest(&bytes), bytes.len());
        self.blobs.insert(digest.clone(), bytes);
        json!({ "mediaType": media_type, "digest": digest, "size": size })
    }

    fn document(&mut self, kind: &str, document: &Value) -> Value {
        let bytes = serde_json::to_vec(document).expect("JSON");
        self.blob(&format!("application/vnd.oci.image.{kind}.v1+json"), bytes)
    }

    /// Adds a layer, and returns its diff ID and its descriptor.
    fn layer(&mut self, layer: &Layer) -> (String, Value) {
        let tar = tar(layer);
        let diff_id = digest(&tar);
        if !self.layers.contains_key(&diff_id) {
            let blob = self.blob("application/vnd.oci.image.layer.v1.tar+zstd", compress(&tar, self.level));
            self.layers.insert(diff_id.clone(), blob);
        }
        (diff_id.clone(), self.layers[&diff_id].clone())
    }

    fn image(&mut self, build: &Build) -> Value {
        let (diff_ids, layers): (Vec<_>, Vec<_>) =
            build.steps.iter().filter_map(|step| step.layer.as_ref()).map(|layer| self.layer(layer)).unzip();
        let config = self.document("config", &config(build, &diff_ids));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": layers,
        });
        let mut manifest = self.document("manifest", &manifest);
        manifest["platform"] = json!({ "architecture": "amd64", "os": "linux" });
        let attestation = self.attestation(build, &manifest["digest"], &layers);
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [manifest, attestation],
        });
        let mut index = self.document("index", &index);
        index["annotations"] = json!({
            "io.containerd.image.name": format!("docker.io/library/shop:{}", build.version),
            "org.opencontainers.image.created": time(created(build)),
            "org.opencontainers.image.ref.name": build.version,
        });
        index
    }

    fn attestation(&mut self, build: &Build, image: &Value, layers: &[Value]) -> Value {
        let statement = serde_json::to_vec(&provenance::statement(build, image, layers)).expect("JSON");
        let mut statement = self.blob("application/vnd.in-toto+json", statement);
        statement["annotations"] = json!({ "in-toto.io/predicate-type": provenance::PREDICATE });
        let config = self.document(
            "config",
            &json!({
                "architecture": "unknown",
                "os": "unknown",
                "config": {},
                "rootfs": { "type": "layers", "diff_ids": [statement["digest"]] },
            }),
        );
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": [statement],
        });
        let mut manifest = self.document("manifest", &manifest);
        manifest["annotations"] = json!({
            "vnd.docker.reference.digest": image,
            "vnd.docker.reference.type": "attestation-manifest",
        });
        manifest["platform"] = json!({ "architecture": "unknown", "os": "unknown" });
        manifest
    }
}

/// When an image was finished.
pub fn created(build: &Build) -> i64 {
    build.steps.last().expect("a step").created
}

fn config(build: &Build, diff_ids: &[String]) -> Value {
    let history = build.steps.iter().map(|step| {
        let mut entry = json!({ "created": time(step.created), "created_by": step.created_by });
        if step.lines.is_some() {
            entry["comment"] = json!("buildkit.dockerfile.v0");
        }
        if step.layer.is_none() {
            entry["empty_layer"] = json!(true);
        }
        entry
    });
    json!({
        "architecture": "amd64",
        "config": {
            "User": "node",
            "ExposedPorts": { "8080/tcp": {} },
            "Env": [PATH, "NODE_ENV=production"],
            "Cmd": ["node", "server.js"],
            "WorkingDir": "/srv/shop",
            "Labels": {
                "org.opencontainers.image.vendor": "Debian",
                "org.opencontainers.image.version": build.version,
            },
            "ArgsEscaped": true,
        },
        "created": time(created(build)),
        "history": history.collect::<Vec<_>>(),
        "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    })
}

/// The archive of both images.
pub fn archive(builds: &[Build], level: i32) -> Vec<u8> {
    let mut archive = Archive { blobs: BTreeMap::new(), layers: BTreeMap::new(), level };
    let images: Vec<_> = builds.iter().map(|build| archive.image(build)).collect();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": images,
    });
    let mut tar = Builder::new(Vec::new());
    for folder in ["blobs/", "blobs/sha256/"] {
        append(&mut tar, header(folder, 0o755, 0, 0), EntryType::Directory, b"");
    }
    let blobs = archive.blobs.into_iter().map(|(digest, bytes)| (format!("blobs/{}", digest.replace(':', "/")), bytes));
    let documents = [
        ("index.json".to_owned(), serde_json::to_vec(&index).expect("JSON")),
        ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
    ];
    for (path, bytes) in blobs.chain(documents) {
        append(&mut tar, header(&path, 0o644, 0, 0), EntryType::Regular, &bytes);
    }
    tar.into_inner().expect("memory takes everything")
}
