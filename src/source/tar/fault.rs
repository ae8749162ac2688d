//! Why a tar could not be read on. What stood before is kept.

use std::io;

/// The end of the readable part.
#[derive(Debug, thiserror::Error)]
pub(in crate::source) enum TarError {
    /// The bytes could not be read.
    #[error("{0}")]
    Read(io::Error),
    /// They end in the middle of something.
    #[error("the tar ends after {at} bytes, in the middle of an entry")]
    Truncated {
        /// Bytes there are.
        at: u64,
    },
    /// From there on, the bytes are not a tar any more.
    #[error("the tar is broken at byte {at}: {why}")]
    Broken {
        /// The offset of the header.
        at: u64,
        /// What is wrong with it.
        why: String,
    },
}

impl From<io::Error> for TarError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}
