//! The library: what it makes of archives, right and wrong, and of layers; and the rules that the sources keep.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../testing/mod.rs"]
mod testing;

mod alignment;
mod architecture;
mod cache;
mod complete;
mod corpus;
mod cost;
mod cuts;
mod export;
#[cfg(unix)]
mod extract;
mod hostile;
mod listing;
mod phrases;
mod provenance;
mod read_back;
mod second_opinion;
mod source;
mod teaching;
mod verify;
