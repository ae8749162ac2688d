//! Opens container images without an engine and reports what every layer changes, what a container sees, and which
//! bytes are wasted.
//!
//! The data flow: [`source`] turns a file into an [`image::Image`] and the [`image::Entries`] of its layers, [`union`]
//! merges them in one arena, [`analysis`] puts every stored byte in an account, [`lint`] and [`secrets`] look for what
//! should not be there, and [`report`] shows the result.
//!
//! # Example
//!
//! The first layer of this image stores `secret.bin`, and the second removes it, so its 7 bytes are wasted:
//!
//! ```
//! use layerscope::{Analysis, Archive, ImageChoice, Location, Quiet, Union};
//! # fn layer(name: &str, bytes: &[u8]) -> Vec<u8> {
//! #     let mut tar = tar::Builder::new(Vec::new());
//! #     let mut header = tar::Header::new_ustar();
//! #     header.set_size(bytes.len() as u64);
//! #     header.set_mode(0o644);
//! #     tar.append_data(&mut header, name, bytes).unwrap();
//! #     tar.into_inner().unwrap()
//! # }
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("app");
//! # std::fs::create_dir(&path)?;
//! # std::fs::write(path.join("1.tar"), layer("secret.bin", b"hunter2"))?;
//! # std::fs::write(path.join("2.tar"), layer(".wh.secret.bin", b""))?;
//! # std::fs::write(path.join("config.json"), r#"{"os": "linux", "architecture": "amd64"}"#)?;
//! # let list = r#"[{"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["1.tar", "2.tar"]}]"#;
//! # std::fs::write(path.join("manifest.json"), list)?;
//!
//! // A `docker save` archive, an OCI archive or layout.
//! let archive = Archive::open(&Location::of_path(path), &Quiet)?;
//! let opened = archive.select(&ImageChoice::default())?;
//! let union = Union::build(opened.scan(&Quiet));
//! let analysis = Analysis::new(&union, None);
//! for waste in &analysis.waste {
//!     let path = union.version(waste.version).path();
//!     println!("{} bytes: {path:?} of layer {}, wasted by layer {}", waste.bytes, waste.layer, waste.by);
//! }
//! assert_eq!(analysis.waste[0].bytes, 7);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Untrusted input
//!
//! An archive is untrusted. What is malformed in it is an [`image::Finding`] of the image, and named limits bound the
//! memory and the time that it can cost. Texts and names are returned as they are stored: [`format`](mod@format) makes
//! them safe to print, and [`secrets::Redactor`] removes the secrets in them.
//!
//! The library never prints, knows no colour, and does not read settings. Input that cannot be read in place is copied
//! to the temporary folder of the system.
//!
//! # Stability
//!
//! Versions are semantic. Before 1.0, every minor version may change the interface; structures and enumerations that
//! are `#[non_exhaustive]` grow in any version. What is hidden in this documentation is the
//! command line and the screen of the program, which may change at any time; without the feature `terminal`, they are
//! not compiled.

pub mod analysis;
pub mod check;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod config;
pub mod dive;
pub mod engine;
pub mod export;
pub mod extract;
pub mod format;
pub mod image;
pub mod lint;
#[doc(hidden)]
pub mod memory;
pub mod overview;
pub mod provenance;
pub mod report;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod run;
pub mod secrets;
pub mod source;
pub mod teaching;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod tui;
pub mod union;
pub mod verify;

pub use analysis::Analysis;
pub use image::{Finding, Image};
pub use source::{Archive, ImageChoice, Location, OpenedImage, Quiet, SourceError};
pub use union::Union;
