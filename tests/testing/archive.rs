//! Puts layers into a docker archive.

use std::path::PathBuf;

use super::tarball::{Member, archive};

/// A `docker save` archive of one image whose steps are called `step 1`, `step 2`, …
pub fn docker_save(layers: &[Vec<u8>]) -> Vec<u8> {
    let mut members = Vec::new();
    let mut names = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("{index}/layer.tar");
        members.push(Member::file(&name, layer));
        names.push(format!("\"{name}\""));
    }
    let history: Vec<_> = (1..=layers.len()).map(|number| format!("{{\"created_by\":\"step {number}\"}}")).collect();
    let diff_ids: Vec<_> = layers.iter().map(|layer| format!("\"sha256:{}\"", digest(layer))).collect();
    let config = format!(
        "{{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{{}},\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[{}]}},\"history\":[{}]}}",
        diff_ids.join(","),
        history.join(",")
    );
    members.push(Member::file("config.json", config.as_bytes()));
    let manifest =
        format!("[{{\"Config\":\"config.json\",\"RepoTags\":[\"test:latest\"],\"Layers\":[{}]}}]", names.join(","));
    members.push(Member::file("manifest.json", manifest.as_bytes()));
    archive(&members)
}

/// A file in a folder that goes when it is dropped.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        path
    }
}

/// A `docker save` archive around layers of any bytes.
pub fn archive_with(layers: &[Vec<u8>]) -> Vec<u8> {
    docker_save(layers)
}

/// An OCI archive in which one document is whatever it is: the index, the manifest, the configuration, or the list of a
/// docker archive beside them.
pub fn oci_archive_with(which: u8, document: &[u8]) -> Vec<u8> {
    let layer = super::notation::layer("a/ a/f=f");
    let config = br#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},"history":[{"created_by":"x"}]}"#;
    let config = if which % 4 == 2 { document } else { config };
    let blob = |bytes: &[u8]| (digest(bytes), bytes.len());
    let (config_digest, config_size) = blob(config);
    let (layer_digest, layer_size) = blob(&layer);
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{config_digest}","size":{config_size}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:{layer_digest}","size":{layer_size}}}]}}"#
    );
    let manifest = if which % 4 == 1 { document } else { manifest.as_bytes() };
    let (manifest_digest, manifest_size) = blob(manifest);
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{manifest_digest}","size":{manifest_size}}}]}}"#
    );
    let index = if which.is_multiple_of(4) { document } else { index.as_bytes() };
    let mut members = vec![
        Member::file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
        Member::file("index.json", index),
        Member::file(&format!("blobs/sha256/{layer_digest}"), &layer),
        Member::file(&format!("blobs/sha256/{manifest_digest}"), manifest),
        Member::file(&format!("blobs/sha256/{config_digest}"), config),
    ];
    if which % 4 == 3 {
        members.push(Member::file("manifest.json", document));
    }
    archive(&members)
}

fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
