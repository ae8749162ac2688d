//! What we say of an image, held against what engines make of it: images are built, saved, converted and mounted by real
//! ones, and every entry, byte, step and size must be the same.
//!
//! Off unless `LAYERSCOPE_ENGINES` is set: with `1` a machine that cannot run engines fails the test, with `try` it only
//! says so. `LAYERSCOPE_ENGINES_SECONDS` ends it early. `tests/engines/start` says what it takes, and where it keeps what
//! it has built for the next run.

#![cfg(all(target_os = "linux", feature = "terminal"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../testing/mod.rs"]
mod testing;

mod buildah;
mod builds;
mod engine;
mod judge;
mod listing;
mod loads;
mod mounts;
mod pipe;
mod report;
mod steps;
mod told;

use std::sync::{Mutex, mpsc};

use builds::Made;
use engine::{Cannot, Engine};
use report::{Report, say};

/// One subject of comparisons: its name, and what tells a report of it.
type Task<'a> = (String, Box<dyn Fn(&mut Report) -> Result<(), Cannot> + Send + 'a>);

fn tasks<'a>(engine: &'a Engine, images: &'a [Made], third: bool) -> Vec<Task<'a>> {
    let mut tasks: Vec<Task<'a>> = Vec::new();
    for image in images {
        tasks.push((image.name.clone(), Box::new(|report| judge::judge(engine, image, report))));
    }
    tasks.push(("scenarios".into(), Box::new(|report| loads::scenarios(engine, report))));
    tasks.push(("folders linked below".into(), Box::new(|report| loads::linked_folders(engine, report))));
    tasks.push((
        "several in one archive".into(),
        Box::new(|report| judge::several_in_one_archive(engine, images, report)),
    ));
    for context in buildah::CONTEXTS.into_iter().filter(|_| third) {
        let name = format!("{context}-buildah");
        tasks.push((name.clone(), Box::new(move |report| buildah::judge(engine, context, &name, report))));
    }
    tasks
}

/// Compares everything, a few subjects at a time. The first thing that could not be done is returned; what could be is in
/// the report.
fn all(report: &mut Report) -> Result<(), Cannot> {
    let engine = Engine::start()?;
    let (images, third) = builds::all(&engine)?;
    let tasks = Mutex::new(tasks(&engine, &images, third.is_ok()).into_iter());
    let (tell, told) = mpsc::channel();
    let mut ended = Ok(());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let (tasks, tell) = (&tasks, tell.clone());
            scope.spawn(move || {
                loop {
                    let next = tasks.lock().expect("no one panics over an iterator").next();
                    let Some((name, task)) = next else { break };
                    let mut part = Report::of(name);
                    let ended = task(&mut part);
                    tell.send((part, ended)).expect("someone listens to the end");
                }
            });
        }
        drop(tell);
        for (part, part_ended) in told {
            report.take(part);
            ended = std::mem::replace(&mut ended, Ok(())).and(part_ended);
        }
    });
    ended.and(third)
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
