//! The IMAGE argument: a path, `-`, or a spelling of containers-transports(5).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::SourceError;

/// Where an image is, and what else the user specified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// What to read.
    pub input: Input,
    /// The transport in the spelling.
    pub transport: Transport,
    /// Which of several images, if the spelling says so.
    pub selector: Option<Selector>,
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file or a folder.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// The format that was requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Any format, by the content.
    #[default]
    Detect,
    /// What `docker save` writes.
    DockerArchive,
    /// An OCI image layout in a folder.
    Oci,
    /// An OCI image layout in a tar.
    OciArchive,
    /// A folder of the `dir` transport of containers/image.
    Dir,
}

/// One image among several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By name, tag or digest.
    Name(String),
    /// By index in the archive, from 0.
    Index(usize),
}

impl Location {
    /// A path, with its format detected by content.
    #[must_use]
    pub fn of_path(path: impl Into<PathBuf>) -> Self {
        Self { input: Input::Path(path.into()), transport: Transport::Detect, selector: None }
    }
}

impl fmt::Display for Input {
    /// As errors quote it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "`{}`", path.to_string_lossy().escape_debug()),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

impl FromStr for Selector {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let wrong = |why| SourceError::Location { text: text.to_owned(), why };
        match text.strip_prefix('@') {
            Some(number) => number
                .parse()
                .map(Self::Index)
                .map_err(|_| wrong("`@` must be followed by the index of an image, from 0")),
            None if text.is_empty() => Err(wrong("an image is selected by its name, its digest or `@N`")),
            None => Ok(Self::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "@{index}"),
        }
    }
}

impl FromStr for Location {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let wrong = |why| SourceError::Location { text: text.to_owned(), why };
        let transport = match text.split_once(':').map(|(transport, _)| transport) {
            Some("docker-archive") => Transport::DockerArchive,
            Some("oci" | "oci-dir") => Transport::Oci,
            Some("oci-archive") => Transport::OciArchive,
            Some("dir") => Transport::Dir,
            _ => Transport::Detect,
        };
        if transport == Transport::Detect {
            return match text {
                "" => Err(wrong("it is empty")),
                "-" => Ok(Self { input: Input::Stdin, transport, selector: None }),
                path => Ok(Self::of_path(path)),
            };
        }
        let rest = text.split_once(':').map_or("", |(_, rest)| rest);
        // dive writes every source like a URL: `docker-archive://app.tar`.
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        // A `dir` folder holds one image, so all that follows is its path.
        if transport == Transport::Dir && !rest.is_empty() {
            return Ok(Self { input: Input::Path(rest.into()), transport, selector: None });
        }
        // A reference contains colons itself; a path cannot in this syntax, except after a Windows drive.
        let drive = if cfg!(windows) && rest.as_bytes().get(1) == Some(&b':') { 2 } else { 0 };
        let (path, selector) = match rest[drive..].split_once(':') {
            Some((path, selector)) => (&rest[..drive + path.len()], Some(selector.parse()?)),
            None => (rest, None),
        };
        match path {
            "" => Err(wrong("the path after the format is missing")),
            "-" => Ok(Self { input: Input::Stdin, transport, selector }),
            path => Ok(Self { input: Input::Path(path.into()), transport, selector }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_says_what_to_read_and_which_image() {
        let name = |name: &str| Some(Selector::Name(name.to_owned()));
        for (text, path, transport, selector) in [
            ("a.tar", "a.tar", Transport::Detect, None),
            ("./oci:x", "./oci:x", Transport::Detect, None),
            ("docker-archive:a.tar", "a.tar", Transport::DockerArchive, None),
            ("docker-archive:a.tar:app:1.4", "a.tar", Transport::DockerArchive, name("app:1.4")),
            ("docker-archive:a.tar:@2", "a.tar", Transport::DockerArchive, Some(Selector::Index(2))),
            ("oci:dir:latest", "dir", Transport::Oci, name("latest")),
            ("oci-dir:dir", "dir", Transport::Oci, None),
            ("dir:a:b", "a:b", Transport::Dir, None),
            ("docker-archive://a.tar", "a.tar", Transport::DockerArchive, None),
            ("docker-archive:///tmp/a.tar:@1", "/tmp/a.tar", Transport::DockerArchive, Some(Selector::Index(1))),
            ("oci-archive:a.tar:@0", "a.tar", Transport::OciArchive, Some(Selector::Index(0))),
        ] {
            let found: Location = text.parse().expect(text);
            assert_eq!(found, Location { input: Input::Path(path.into()), transport, selector }, "{text}");
        }
        assert_eq!("-".parse::<Location>().expect("stdin").input, Input::Stdin);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in ["", "oci:", "dir:", "docker-archive://", "docker-archive:a.tar:", "oci:dir:@", "oci:dir:@x"] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }
}
