//! Errors of opening an image. Each message is one sentence: the file, what it looks like, and what would work.

use std::io;

/// Why an image cannot be opened. What is wrong inside an image that does open is a finding instead.
///
/// `file` is already quoted: a path in backticks, or `standard input`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The location is invalid.
    #[error("`{}` is not an image location: {why}", text.escape_debug())]
    Location {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such file.
    #[error(
        "{file} does not exist: give the path of a `docker save` archive, an OCI archive or layout, or `-` for \
         standard input"
    )]
    Missing {
        /// The input.
        file: String,
    },
    /// The system reported an error.
    #[error("cannot read {file}")]
    Io {
        /// The input.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// Standard input is a terminal.
    #[error("{file} is a terminal: pipe an archive into it, as in `docker save app | layerscope -`")]
    Terminal {
        /// The input.
        file: String,
    },
    /// The temporary copy could not be written.
    #[error("cannot copy {file} to a temporary file: free some space or point TMPDIR to a larger file system")]
    Spool {
        /// The input.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// The outer compression is broken.
    #[error(
        "{file} is broken: its {compression} stream ends or is corrupt after {at} bytes of content; fetch or save it again"
    )]
    BrokenStream {
        /// The input.
        file: String,
        /// Its compression.
        compression: &'static str,
        /// Decompressed bytes before the fault.
        at: u64,
        /// The decompressor's error.
        source: io::Error,
    },
    /// It is not an image.
    #[error("{file} {diagnosis}: {advice}")]
    NotAnImage {
        /// The input.
        file: String,
        /// What it looks like, as a verb phrase.
        diagnosis: String,
        /// What would work.
        advice: String,
    },
    /// It is not the filesystem of a container.
    #[error("{file} {diagnosis}: `--container` takes the tar that `docker export` or `podman export` writes")]
    NotAFilesystem {
        /// The input.
        file: String,
        /// What it looks like, as a verb phrase.
        diagnosis: String,
    },
    /// The archive ends before its list of images.
    #[error("{file} is truncated at byte {at}, before {before}: fetch or save it again")]
    Truncated {
        /// The input.
        file: String,
        /// Where it ends.
        at: u64,
        /// What should follow.
        before: &'static str,
    },
    /// An essential document cannot be read.
    #[error("{file} cannot be opened: its `{}` {why}; save the image again", member.escape_debug())]
    Document {
        /// The input.
        file: String,
        /// Which document.
        member: String,
        /// What is wrong with it, as a verb phrase.
        why: String,
    },
    /// There is more than one image and none was selected.
    #[error("{file} has several images: choose one with `--image` or `--platform`: {choices}")]
    Several {
        /// The input.
        file: String,
        /// What there is.
        choices: String,
    },
    /// The name matches no image, or several.
    #[error("{file} has no image called `{}`; it has {choices}", asked.escape_debug())]
    NoSuchImage {
        /// The input.
        file: String,
        /// What was requested.
        asked: String,
        /// What there is.
        choices: String,
    },
    /// There is no image for that platform.
    #[error("{file} has no image for {asked}: choose what it has with `--image` or `--platform`: {choices}")]
    NoSuchPlatform {
        /// The input.
        file: String,
        /// What was requested.
        asked: String,
        /// What there is.
        choices: String,
    },
    /// The image is listed, but its documents are not in the archive.
    #[error("{file} lists {image} but does not contain it ({why}): pull that platform and save it again")]
    Unavailable {
        /// The input.
        file: String,
        /// Which image.
        image: String,
        /// What is missing.
        why: String,
    },
    /// The image is listed, but its documents cannot be read.
    #[error("{file} lists {image}, which cannot be opened: {why}")]
    Unreadable {
        /// The input.
        file: String,
        /// Which image.
        image: String,
        /// What cannot be read, and why.
        why: String,
    },
    /// Reading was cancelled.
    #[error("cancelled while reading {file}")]
    Cancelled {
        /// The input.
        file: String,
    },
}
