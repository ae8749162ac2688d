//! Opens container images without an engine and reports what every layer changes, what a container sees, and which
//! bytes are wasted.
//!
//! | to | call | for |
//! |---|---|---|
//! | open an archive | [`Archive::open`], [`Archive::select`] | an [`OpenedImage`], whose [`image`](OpenedImage::image) is its configuration and history |
//! | read the layers | [`OpenedImage::scan`] | the [`Entries`] of each layer |
//! | merge them | [`Union::build`] | the versions of each path: who stored, replaced and removed them |
//! | list what a container sees, or what layers change | [`View::new`] | a [`ViewRow`] for each path |
//! | know what is wasted | [`Analysis::new`], [`Analysis::causes`] | [`Waste`], the [`Cause`]s, and how to fix them |
//! | search | [`find_secrets`], [`find_junk`] | [`Secrets`], [`Junk`] |
//! | check | [`judge`], [`verify`](fn@verify) | a [`Judgement`] about [`Rules`], a [`Verification`] of all digests |
//! | take files out | [`Contents`], [`extract`](fn@extract), [`export`](fn@export) | bytes, a folder, a tar |
//! | print | [`report`], [`mod@format`] | text, JSON, HTML and other formats |
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
//! An archive is untrusted. What is malformed in it is a [`Finding`] of the image, and named limits bound the
//! memory and the time that it can cost. Texts and names are returned as they are stored: [`format`](mod@format) makes
//! them safe to print, and [`Redactor`] removes the secrets in them.
//!
//! The library never prints, knows no colour, and does not read settings. Input that cannot be read in place is copied
//! to the temporary folder of the system.
//!
//! # Stability
//!
//! Versions are semantic. Before 1.0, every minor version may change the interface; structures and enumerations that
//! are `#[non_exhaustive]` grow in any version. Only what this documentation lists is the interface: modules that it does
//! not list are the parts of the program, for its own tests, and change in any version. Without the feature `terminal`,
//! the command line and the screen are not compiled.

#[doc(hidden)]
pub mod analysis;
#[doc(hidden)]
pub mod check;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod compare;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod container;
#[doc(hidden)]
pub mod cost;
#[doc(hidden)]
pub mod dive;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod export;
#[doc(hidden)]
pub mod extract;
pub mod format;
#[doc(hidden)]
pub mod image;
#[doc(hidden)]
pub mod lint;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod overview;
#[doc(hidden)]
pub mod provenance;
pub mod report;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod secrets;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod teaching;
#[cfg(feature = "terminal")]
#[doc(hidden)]
pub mod tui;
#[doc(hidden)]
pub mod union;
#[doc(hidden)]
pub mod verify;

pub use analysis::{
    Account, Accounts, Analysis, BadChange, Base, BaseEvidence, BuildChange, BuildPlan, Cause, Fix, FixKind, Grouping,
    Identities, Instruction, Knowledge, LayerAnalysis, LocateError, Loss, Marked, OrderAdvice, Origins, Pair, PlanStep,
    Section, SectionKind, Sections, SettingOrigin, SettingOrigins, Severity, StaleStep, StepKind, StepOutcome, Waste,
    WasteGroup, locate, order_advice, outcomes, pairs, stale_steps,
};
pub use check::{
    Baseline, Case, DiveLimit, DiveRules, Judgement, Measure, RuleFault, RuleResult, RuleValue, Rules, Verdict,
    Violation, judge,
};
pub use dive::{Dive, Repeated, RepeatedPaths};
pub use export::{ExportError, Exported, copy_layer, export};
pub use extract::{ExtractError, ExtractOptions, Extracted, LeftOut, Subtree, Which, WhyNot, extract};
pub use image::{
    BadDigest, BlobState, BuildInput, BuildStep, Cancel, CancelOnDrop, Completeness, Compression, Config, Contents,
    CopiedFrom, DiffId, Digest, Dockerfile, Entries, EntryIndex, EntryKind, EntryPath, EntryRef, Finding, FindingKind,
    Full, Gap, GivenBase, Healthcheck, Image, InputRole, Layer, LayerNumber, LineEvidence, Lines, ListedImage,
    ListedMember, Listing, MediaType, Mtime, NewEntry, Normalised, Operation, Platform, Progress, ProgressEvent,
    Provenance, Quiet, ReadError, StatedBase, Step, StepSource, Xattr,
};
pub use lint::{Junk, JunkHit, JunkLook, JunkPlace, JunkRule, JunkText, find_junk};
pub use overview::{JunkFound, ListedSecret, Overview, Saving, SavingReason, SecretsFound};
pub use secrets::{
    DetectorFault, Detectors, Redactor, Secret, SecretLocation, Secrets, add_detectors, find as find_secrets, redacted,
};
pub use source::{
    Archive, Audit, Claim, Claimed, ImageChoice, Input, LayerCache, Limits, Location, OpenedImage, Selector,
    SourceError, Stream, Transport,
};
pub use teaching::{Explanation, Paragraph};
pub use union::{
    Change, Destination, Ending, FinalSymlink, HowEnded, NodeId, ResolvedPath, Scope, Union, VersionId, VersionRef,
    View, ViewRow,
};
pub use verify::{Check, CheckOutcome, HashResult, Verification, verify};
