//! Archives made in the test: layouts and docker archives from a few words, right or wrong.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use layerscope::image::Finding;
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage, Quiet, SourceError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The members of an archive, in order.
#[derive(Clone, Default)]
pub struct Members(pub Vec<Member>);

/// One member of an archive.
#[derive(Clone)]
pub enum Member {
    File(String, Vec<u8>),
    Symlink(String, String),
    HardLink(String, String),
}

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const TAR: &str = "application/vnd.oci.image.layer.v1.tar";

impl Members {
    pub fn file(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push(Member::File(name.to_owned(), bytes.into()));
    }

    pub fn json(&mut self, name: &str, value: &Value) {
        self.file(name, value.to_string());
    }

    pub fn symlink(&mut self, name: &str, target: &str) {
        self.0.push(Member::Symlink(name.to_owned(), target.to_owned()));
    }

    pub fn hard_link(&mut self, name: &str, target: &str) {
        self.0.push(Member::HardLink(name.to_owned(), target.to_owned()));
    }

    /// A blob of a layout, and its descriptor.
    pub fn blob(&mut self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let bytes = bytes.into();
        let hex = sha256(&bytes);
        let descriptor = json!({"mediaType": media_type, "digest": format!("sha256:{hex}"), "size": bytes.len()});
        self.file(&format!("blobs/sha256/{hex}"), bytes);
        descriptor
    }

    /// An image of plain layers, and the descriptor of its manifest.
    pub fn image(&mut self, layers: &[Vec<u8>], platform: &str) -> Value {
        let (os, architecture) = platform.split_once('/').unwrap();
        let diff_ids: Vec<_> = layers.iter().map(|layer| format!("sha256:{}", sha256(layer))).collect();
        let config =
            json!({"os": os, "architecture": architecture, "rootfs": {"type": "layers", "diff_ids": diff_ids}});
        let config = self.blob(CONFIG, config.to_string());
        let layers: Vec<_> = layers.iter().map(|layer| self.blob(TAR, layer.clone())).collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        let mut descriptor = self.blob(MANIFEST, manifest.to_string());
        descriptor["platform"] = json!({"os": os, "architecture": architecture});
        descriptor
    }

    /// The list of a layout.
    pub fn index(&mut self, manifests: &[Value]) {
        self.json("index.json", &json!({"schemaVersion": 2, "manifests": manifests}));
        self.json("oci-layout", &json!({"imageLayoutVersion": "1.0.0"}));
    }

    pub fn tar(&self) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for member in &self.0 {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            match member {
                Member::File(name, bytes) => {
                    header.set_size(bytes.len() as u64);
                    builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
                }
                Member::Symlink(name, target) | Member::HardLink(name, target) => {
                    let is_symlink = matches!(member, Member::Symlink(..));
                    header.set_entry_type(if is_symlink { tar::EntryType::Symlink } else { tar::EntryType::Link });
                    header.set_size(0);
                    builder.append_link(&mut header, name, target).unwrap();
                }
            }
        }
        builder.into_inner().unwrap()
    }

    pub fn write_to(&self, folder: &Path) {
        for member in &self.0 {
            let Member::File(name, bytes) = member else { continue };
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

/// A layer of files.
pub fn layer(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut members = Members::default();
    for (name, bytes) in files {
        members.file(name, *bytes);
    }
    members.tar()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn open_path(path: &Path) -> Result<Archive, SourceError> {
    Archive::open(&Location::of_path(path), &Quiet)
}

/// Opens bytes as a file.
pub fn open(bytes: &[u8]) -> Result<Archive, SourceError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    open_path(file.path())
}

pub fn only(bytes: &[u8]) -> OpenedImage {
    open(bytes).and_then(|archive| archive.select(&ImageChoice::default())).unwrap_or_else(|error| panic!("{error}"))
}

pub fn refusal(bytes: &[u8]) -> String {
    let opened = open(bytes).and_then(|archive| archive.select(&ImageChoice::default()));
    opened.err().map_or_else(|| panic!("it opened"), |error| error.to_string())
}

pub fn kinds(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.kind.name()).collect()
}

/// The paths of each layer, lowest first.
pub fn paths(opened: &OpenedImage) -> Vec<Vec<String>> {
    let path = |entry: layerscope::image::EntryRef<'_>| String::from_utf8_lossy(entry.path().as_bytes()).into_owned();
    opened.scan(&Quiet).iter().map(|entries| entries.iter().map(path).collect()).collect()
}
