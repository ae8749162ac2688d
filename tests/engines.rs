//! What we say of an image, held against what engines make of it: images are built, saved, converted and mounted by real
//! ones, and every entry, byte, step and size must be the same.
//!
//! Off unless `LAYERSCOPE_ENGINES` is set: with `1` a machine that cannot run engines fails the test, with `try` it only
//! says so. `LAYERSCOPE_ENGINES_SECONDS` ends it early. `tests/engines/start` says what it takes, and where it keeps what
//! it has built for the next run.

#![cfg(all(target_os = "linux", feature = "terminal"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

/// The parts, in `tests/engines`.
mod engines {
    pub mod buildah;
    pub mod builds;
    pub mod engine;
    pub mod judge;
    pub mod listing;
    pub mod loads;
    pub mod mounts;
    pub mod pipe;
    pub mod report;
    pub mod steps;
    pub mod told;
}

use engines::engine::{Cannot, Engine};
use engines::report::{Report, say};
use engines::{buildah, builds, judge, loads, told};

/// Everything, one after another: there is one engine, and two processors.
fn all(report: &mut Report) -> Result<(), Cannot> {
    let engine = Engine::start()?;
    let images = builds::all(&engine)?;
    for image in &images {
        report.take(judge::judge(&engine, image)?);
    }
    for context in buildah::CONTEXTS {
        report.take(buildah::judge(&engine, context)?);
    }
    report.take(judge::several_in_one_archive(&engine, &images)?);
    report.take(loads::linked_folders(&engine)?);
    report.take(loads::scenarios(&engine)?);
    Ok(())
}

#[test]
fn every_view_is_what_real_engines_make_of_the_image() {
    let must = match std::env::var("LAYERSCOPE_ENGINES").as_deref() {
        Err(_) | Ok("" | "0") => return say("engines: left out; LAYERSCOPE_ENGINES=1 runs them"),
        Ok("try") => false,
        Ok("1") => true,
        Ok(other) => panic!("LAYERSCOPE_ENGINES is `1`, `try` or unset, not `{other}`"),
    };
    let mut report = Report::default();
    let ended = all(&mut report);
    say(&format!("engines: {report}"));
    assert!(report.faults.is_empty(), "{} comparisons differ, as told above", report.faults.len());
    if let Err(Cannot(why)) = ended {
        assert!(!must, "engines: {why}");
        say(&format!("engines: left out from here on: {why}"));
    }
}

/// Without an engine: that a difference is told is not left to the day when there is one.
#[test]
fn two_listings_differ_in_whatever_one_changes() {
    told::every_change_is_told();
}
