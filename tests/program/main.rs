//! The program itself, on archives of real engines and on hostile ones: what it prints, where, and how it ends; its screen in
//! a pseudo-terminal; and the README, whose commands and pictures it must fit.

#[path = "../testing/mod.rs"]
mod testing;

mod archive;
mod base;
mod cache;
mod cat;
mod check;
mod compare;
mod container;
mod cost;
mod demo;
mod dive;
#[cfg(all(unix, feature = "network"))]
mod engine;
#[cfg(all(unix, feature = "network"))]
mod engine_container;
#[cfg(all(unix, feature = "network"))]
mod engine_found;
#[cfg(all(unix, feature = "network"))]
mod engine_reopened;
#[cfg(all(unix, feature = "network"))]
mod engine_shared;
mod explain;
mod export;
mod history;
mod hostile;
mod incomplete;
#[cfg(unix)]
mod interactive;
mod junk;
mod lines;
mod locale;
mod ls;
#[cfg(all(unix, feature = "network"))]
mod mini_engine;
#[cfg(unix)]
mod picture;
mod planted;
mod readme;
mod rebuild;
mod report;
#[cfg(unix)]
mod report_browser;
#[cfg(unix)]
mod report_ncdu;
mod report_page;
#[cfg(unix)]
mod screenshots;
mod secrets;
mod shared;
#[cfg(unix)]
mod stores;
mod summary;
mod take_and_check;
#[cfg(unix)]
mod terminal;
mod tool;
mod tour;
mod waste;
mod words;
