//! The filesystem of a container, as `docker export` writes it: a tar that is read like one more layer, in place if it is a
//! file. What the layer is, compared with the image, is decided outside of this module.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use crate::image::{Compression, Contents, Entries, Finding, FindingKind, Image, Layer, LayerNumber, Progress, Step};

use super::blob::Blob;
use super::collector::ContainerLayer;
use super::diagnose;
use super::error::SourceError;
use super::layers::LayerBlob;
use super::location::Input;
use super::magic;
use super::open::spooled_tar;
use super::opened::OpenedImage;
use super::unpack::Decompressor;
use super::watched::Watched;

/// What the history says of the layer instead of an instruction.
const INSTRUCTION: &str = "the container's writable layer";

/// The filesystem of a container, to be put on its image.
#[derive(Debug)]
pub struct ContainerTar {
    blob: Blob,
    compression: Compression,
    findings: Vec<Finding>,
}

/// What makes the container's layer of its whole filesystem: from the layers of the image, the filesystem, and the contents
/// of both.
pub type MakeLayer = fn(&[Arc<Entries>], Entries, &dyn Contents, &dyn Progress) -> Entries;

impl ContainerTar {
    /// Opens a tar, compressed or not. Only what is not seekable is copied to a temporary file.
    ///
    /// # Errors
    /// If it cannot be read or is not a tar.
    pub fn open(input: &Input, progress: &dyn Progress) -> Result<Self, SourceError> {
        open(input, progress).map_err(|error| match error {
            SourceError::NotAnImage { file, diagnosis, .. } => {
                let diagnosis = diagnosis.strip_suffix(", not an image").unwrap_or(&diagnosis).to_owned();
                SourceError::NotAFilesystem { file, diagnosis }
            }
            SourceError::Missing { file } => {
                SourceError::NotAFilesystem { file, diagnosis: "does not exist".to_owned() }
            }
            other => other,
        })
    }

    /// A tar in memory, compressed or not.
    ///
    /// # Errors
    /// If it is not a tar.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, SourceError> {
        of_blob(Blob::of_memory(bytes), "it")
    }
}

fn open(input: &Input, progress: &dyn Progress) -> Result<ContainerTar, SourceError> {
    let file = input.to_string();
    let path = match input {
        Input::Stdin if io::stdin().is_terminal() => return Err(SourceError::Terminal { file }),
        Input::Stdin => return spool(&mut io::stdin().lock(), &file, progress),
        Input::Path(path) => path,
    };
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => SourceError::Missing { file: file.clone() },
        _ => SourceError::Io { file: file.clone(), source },
    };
    if std::fs::metadata(path).map_err(io)?.is_dir() {
        return Err(SourceError::NotAFilesystem { file, diagnosis: "is a folder".to_owned() });
    }
    let mut opened = File::open(path).map_err(io)?;
    if opened.is_terminal() {
        return Err(SourceError::Terminal { file });
    }
    if !opened.metadata().map_err(io)?.is_file() {
        return spool(&mut opened, &file, progress);
    }
    let opened = Arc::new(Watched::new(opened).map_err(io)?);
    let len = opened.len().map_err(io)?;
    of_blob(Blob::of_file(opened, 0, len), &file)
}

fn of_blob(blob: Blob, file: &str) -> Result<ContainerTar, SourceError> {
    let head = blob.head(magic::HEAD).map_err(|source| SourceError::Io { file: file.to_owned(), source })?;
    if head.is_empty() {
        return Err(diagnose::empty(file));
    }
    let compression = Compression::detect(&head);
    let begin = begin(&blob, compression).map_err(|source| SourceError::BrokenStream {
        file: file.to_owned(),
        compression: compression.name(),
        at: 0,
        source,
    })?;
    if !magic::is_tar(&begin) {
        return Err(diagnose::not_a_tar(file, &begin, compression));
    }
    Ok(ContainerTar { blob, compression, findings: Vec::new() })
}

/// The first decompressed bytes.
fn begin(blob: &Blob, compression: Compression) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let decompressor = Decompressor::new(blob.reader(), compression)?;
    io::Read::read_to_end(&mut io::Read::take(decompressor, magic::HEAD as u64), &mut head).map(|_| head)
}

fn spool(input: &mut dyn io::Read, file: &str, progress: &dyn Progress) -> Result<ContainerTar, SourceError> {
    let (copy, len, broken) = spooled_tar(input, file, progress)?;
    let blob = Blob::of_file(Arc::new(Watched::private(copy)), 0, len);
    Ok(ContainerTar { blob, compression: Compression::None, findings: broken.into_iter().collect() })
}

/// How the entries of the top layer are made, where they are a container's.
#[derive(Clone, Debug)]
pub(super) enum Top {
    /// Of its whole filesystem, which is read like a layer.
    Whole(MakeLayer),
    /// They are known, but for what the image decides.
    Layer(Arc<Entries>, MakeLayer),
}

impl OpenedImage {
    /// Puts a container on the image: one more layer, which `make` computes once all layers are read.
    #[must_use]
    pub fn with_container(self, tar: ContainerTar, make: MakeLayer) -> Self {
        let volumes = self.image().config.volumes.clone();
        self.with_top(tar.blob, tar.compression, tar.findings, &volumes, Top::Whole(make))
    }

    /// Puts the layer of a container on the image. `finish` decides what depends on the layers below.
    #[must_use]
    pub fn with_container_layer(self, layer: ContainerLayer, finish: MakeLayer) -> Self {
        let ContainerLayer { blob, entries, volumes } = layer;
        let volumes = volumes.unwrap_or_else(|| self.image().config.volumes.clone());
        self.with_top(blob, Compression::None, Vec::new(), &volumes, Top::Layer(entries, finish))
    }

    fn with_top(
        self,
        blob: Blob,
        compression: Compression,
        findings: Vec<Finding>,
        volumes: &[String],
        top: Top,
    ) -> Self {
        let (mut image, mut blobs) = self.parts();
        let number = push_container(&mut image, Some(compression));
        let of_layer = |finding: Finding| Finding { layer: Some(number), ..finding };
        image.findings.extend(findings.into_iter().map(of_layer));
        image.findings.extend(volumes_finding(volumes, number));
        let is_read_elsewhere = matches!(top, Top::Layer(..));
        blobs.push(LayerBlob { blob: Some(blob), name: Vec::new(), compression, is_read_elsewhere });
        self.with_parts(image, blobs, top)
    }
}

/// Adds the layer of a container and its step to the description of its image.
pub fn push_container(image: &mut Image, compression: Option<Compression>) -> LayerNumber {
    let number = LayerNumber::from_index(image.layers.len());
    let step = image.steps.len() + 1;
    image.layers.push(Layer { compression, step: Some(step), is_container: true, ..Layer::default() });
    image.steps.push(Step {
        number: step,
        created: None,
        created_by: INSTRUCTION.to_owned(),
        author: String::new(),
        comment: String::new(),
        layer: Some(number),
        source: None,
        inconsistent: false,
    });
    number
}

/// The finding about the volumes: what a container writes there is not in its layer.
fn volumes_finding(volumes: &[String], number: LayerNumber) -> Option<Finding> {
    if volumes.is_empty() {
        return None;
    }
    let names: Vec<_> = volumes.iter().map(|volume| format!("`{}`", volume.escape_debug())).collect();
    let message = format!(
        "what the container writes to its volumes ({}) is neither in its layer nor in an export",
        names.join(", ")
    );
    Some(Finding::of_layer(FindingKind::Volumes, number, message))
}
