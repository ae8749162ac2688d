//! Descriptors (image-spec `descriptor.md`): what a document says of a blob, and how the blob is got.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::image::{Digest, Finding, FindingKind, Platform};

use super::blob::Blob;
use super::json::{self, Walk};
use super::store::{Found, Store, hashes_to, read_document};

/// A descriptor, as far as it makes sense.
#[derive(Clone, Debug, Default)]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    /// Nothing where the text is no digest: it is never used to look anything up.
    pub(super) digest: Option<Digest>,
    /// The text, to quote it.
    pub(super) digest_text: String,
    pub(super) size: Option<u64>,
    pub(super) data: String,
    pub(super) platform: Option<Platform>,
    pub(super) artifact_type: String,
    pub(super) urls: bool,
    annotations: Value,
}

impl Descriptor {
    pub(super) fn new(value: &Value) -> Self {
        let digest_text = value.text("digest").to_owned();
        Self {
            media_type: value.text("mediaType").to_owned(),
            digest: digest_text.parse().ok(),
            digest_text,
            size: value.size("size"),
            data: value.text("data").to_owned(),
            platform: platform(value.field("platform")),
            artifact_type: value.text("artifactType").to_owned(),
            urls: !value.field("urls").items().is_empty(),
            annotations: value.field("annotations").clone(),
        }
    }

    /// One that carries its blob along.
    pub(super) fn embedding(digest: &Digest, bytes: &[u8]) -> Self {
        Self {
            digest: Some(digest.clone()),
            digest_text: digest.to_string(),
            data: BASE64_STANDARD.encode(bytes),
            ..Self::default()
        }
    }

    pub(super) fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The blob: from the archive, else from the descriptor itself if that is the content which its digest names.
    pub(super) fn find(&self, store: &Store) -> Found {
        let Some(digest) = &self.digest else {
            return Found::Refused(format!("`{}` is no digest", self.digest_text.escape_debug()));
        };
        match store.find_digest(digest) {
            Found::Absent if !self.data.is_empty() => match self.embedded(digest) {
                Some(bytes) => Found::Blob(Blob::of_memory(bytes), digest.as_str().as_bytes().to_vec()),
                None => Found::Refused("its `data` is not what its digest says".to_owned()),
            },
            found => found,
        }
    }

    fn embedded(&self, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = BASE64_STANDARD.decode(&self.data).ok()?;
        matches!(hashes_to(bytes.as_slice(), digest), Ok(Some(true))).then_some(bytes)
    }

    /// A document's bytes; an error is a verb phrase. A wrong digest is only a doubt.
    pub(super) fn read(&self, store: &Store, limit: u64, findings: &mut Vec<Finding>) -> Result<Vec<u8>, String> {
        let blob = match self.find(store) {
            Found::Blob(blob, _) => blob,
            Found::Absent => return Err("is not in the archive".to_owned()),
            Found::Refused(why) => return Err(format!("cannot be used ({why})")),
            Found::Unreadable(why) => return Err(why),
        };
        let bytes = read_document(&blob, limit)?;
        if let Some(promised) = self.size.filter(|&promised| promised > blob.len()) {
            let message = format!(
                "the document {} is shorter than promised: {} bytes of {promised}",
                self.digest_text.escape_debug(),
                blob.len()
            );
            findings.push(Finding::of_image(FindingKind::SizeMismatch, message).gap());
        }
        if let Some(digest) = &self.digest
            && matches!(hashes_to(bytes.as_slice(), digest), Ok(Some(false)))
        {
            findings.push(Finding::of_image(
                FindingKind::DigestMismatch,
                format!("the document {digest} does not hash to its name: it was read nevertheless"),
            ));
        }
        Ok(bytes)
    }

    /// A document's value, and its bytes.
    pub(super) fn parse(
        &self,
        store: &Store,
        limit: u64,
        findings: &mut Vec<Finding>,
    ) -> Result<(Value, Vec<u8>), String> {
        let bytes = self.read(store, limit, findings)?;
        Ok((json::parse(&bytes)?, bytes))
    }
}

/// A platform object, where it says anything.
pub(super) fn platform(value: &Value) -> Option<Platform> {
    let (os, architecture) = (value.text("os"), value.text("architecture"));
    (!os.is_empty() || !architecture.is_empty()).then(|| Platform::new(os, architecture, value.text("variant")))
}
