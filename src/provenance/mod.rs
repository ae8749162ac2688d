//! Where an image comes from: its Dockerfile, and the provenance that a builder attaches to it (SLSA).
//!
//! ```text
//! statement ──▶ statement: texts, base ─┐
//!          └──▶ graph: steps, inputs ───┼──▶ resolve: layer 7 = lines 14-15, copied from stage `build`
//! Dockerfile ─▶ dockerfile: stages ─────┘
//! ```
//!
//! All of it is pure: JSON and text in, plain data out. A statement is not signed, so nothing in it is believed that the
//! image itself does not confirm: the lines of a layer count only if the statement lists the digests of this image's
//! layers, or if as many layers were made by the same instructions.

pub(crate) mod dockerfile;
mod graph;
mod resolve;
mod statement;

pub(crate) use dockerfile::KEYWORDS;
pub use dockerfile::{DockerfileError, Instructions, Item, Stage};
pub(crate) use resolve::{Attested, Subject, read};
