//! A report of the image, written to a file on a thread of its own.

use std::path::PathBuf;
use std::sync::Arc;

use crate::tui::dialogs::{Prompt, Reply};
use crate::tui::model::{ReportInputs, ReportTarget};
use crate::tui::view::{Effect, Scene};
use crate::tui::work::{Finished, Job, JobResult};

use super::extract::file_name;

/// Asks where to write to, and in which format, or says why nothing can be written yet.
pub(super) fn open_prompt(scene: Scene<'_>) -> Vec<Effect> {
    if scene.model.analysis.as_ref().is_none_or(|analysis| !analysis.compared) {
        return super::notice("a report can be written once the layers are read and compared");
    }
    let note = ".html for a browser, .md for a pull request: tab changes it";
    let name = format!("./{}.html", file_name(scene.model));
    let prompt =
        Prompt::new("Write a report to:", note, &name, |typed, confirmed, scene| start(typed.trim(), confirmed, scene));
    vec![Effect::Open(Box::new(prompt.with_alternate(with_other_suffix)))]
}

/// The name with the suffix of the other format.
fn with_other_suffix(name: &str) -> String {
    match name.strip_suffix(".html") {
        Some(stem) => format!("{stem}.md"),
        None => format!("{}.html", name.strip_suffix(".md").unwrap_or(name)),
    }
}

fn start(typed: &str, confirmed: bool, scene: Scene<'_>) -> Reply {
    let model = scene.model;
    let known = model.whole.as_ref().zip(model.union.as_ref()).zip(model.analysis.as_ref());
    let parts = known.zip(model.contents.as_ref()).zip(model.reporter);
    let Some(((((image, union), analysis), contents), reporter)) = parts.filter(|_| !typed.is_empty()) else {
        return Reply::Effects(super::notice("nothing is written: no file was given"));
    };
    let file = PathBuf::from(typed);
    match (reporter.look)(&file) {
        Err(why) => return Reply::Effects(vec![Effect::Notice(why)]),
        Ok(ReportTarget::Exists) if !confirmed => {
            return Reply::Confirm("this file exists: press enter again to replace it".to_owned());
        }
        Ok(_) => {}
    }
    let inputs = ReportInputs {
        image: Arc::clone(image),
        union: Arc::clone(union),
        analysis: Arc::clone(analysis),
        contents: Arc::clone(contents),
        secrets: model.concerns.secrets.as_ref().map(|found| found.secrets.clone()),
        junk: model.concerns.junk.as_ref().map(|found| found.junk.clone()),
        file,
    };
    let work = Job::background(move |tell| {
        tell(JobResult::new(match (reporter.write)(inputs) {
            Ok(path) => Finished { what: "report written to ".to_owned(), path },
            Err(what) => Finished { what, path: String::new() },
        }));
    });
    Reply::Effects(vec![Effect::Close, Effect::Work(work), Effect::Notice(format!("writing {typed} …"))])
}
