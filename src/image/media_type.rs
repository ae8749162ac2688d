//! Media types (image-spec `media-types.md`, and Docker's own).

use oci_spec::image::{MediaType as Specified, ToDockerV2S2};

use super::Compression;

/// What a document says a blob is: a hint, since it is often wrong. Kept as written, known or not; empty for a blob of
/// which nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType(pub(crate) String);

impl MediaType {
    /// Takes a text as a media type.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A list of images.
    pub(crate) fn is_index(&self) -> bool {
        self.0.contains("index") || self.0.contains("manifest.list")
    }

    /// The configuration of an image.
    pub(crate) fn is_image_config(&self) -> bool {
        self.is_oci_image_config() || Specified::ImageConfig.to_docker_v2s2() == Ok(&self.0)
    }

    /// The same, as the OCI image specification calls it.
    pub(crate) fn is_oci_image_config(&self) -> bool {
        self.0 == Specified::ImageConfig.as_ref()
    }

    /// A type of Docker's.
    pub(crate) fn is_docker(&self) -> bool {
        self.0.starts_with("application/vnd.docker.")
    }

    /// A layer, whatever it is for.
    pub(crate) fn is_layer(&self) -> bool {
        self.0.contains(".layer.") || self.0.contains(".rootfs.")
    }

    /// A layer that is never in an archive, since it may not be redistributed.
    pub(crate) fn is_foreign(&self) -> bool {
        self.0.contains("nondistributable") || self.0.contains(".foreign.")
    }

    /// A blob that is encrypted (ocicrypt).
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.ends_with("+encrypted")
    }

    /// The document of a build cache that says which steps its blobs belong to (`BuildKit`).
    pub(crate) fn is_cache_config(&self) -> bool {
        self.0 == "application/vnd.buildkit.cacheconfig.v0"
    }

    /// A statement about an image (in-toto).
    pub(crate) fn is_statement(&self) -> bool {
        self.0.starts_with("application/vnd.in-toto")
    }

    /// The compression that it declares, if any.
    pub(crate) fn compression(&self) -> Option<Compression> {
        match self.0.rsplit(['.', '+']).next()? {
            "gzip" => Some(Compression::Gzip),
            "zstd" | "zstd:chunked" => Some(Compression::Zstd),
            "tar" => Some(Compression::None),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_specification_and_of_docker_are_known() {
        let is = |text: &str, what: fn(&MediaType) -> bool| what(&MediaType::new(text));
        for config in ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"] {
            assert!(is(config, MediaType::is_image_config) && !is(config, MediaType::is_layer), "{config}");
        }
        for index in
            ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"]
        {
            assert!(is(index, MediaType::is_index) && !is(index, MediaType::is_image_config), "{index}");
        }
        for foreign in [
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ] {
            assert!(is(foreign, MediaType::is_foreign) && is(foreign, MediaType::is_layer), "{foreign}");
            assert_eq!(MediaType::new(foreign).compression(), Some(Compression::Gzip));
        }
        assert_eq!(MediaType::new("application/x-unknown").compression(), None);
    }
}
