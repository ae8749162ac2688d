//! `layerscope junk`, and the rules for `check`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};

use crate::analysis::Severity;
use crate::cli::{DocumentFormat, JunkArgs};
use crate::config;
use crate::lint::{Junk, JunkLook, JunkRule};
use crate::report;
use crate::tui::JunkRules;

use super::check::{OURS, faulty, read};
use super::output::{page, print, print_text};
use super::pipeline::{Depth, Pipeline};
use super::plain;
use super::progress::ProgressLine;

pub(super) fn junk(args: &JunkArgs) -> Result<()> {
    let rules = rules(args.rules.as_deref(), &args.ignore)?;
    let pipeline = Pipeline::open(&args.image, Depth::Sizes)?;
    let subject = pipeline.subject();
    let found = find(&pipeline, &rules);
    match args.format {
        DocumentFormat::Text => print_text(|out| report::junk_text(&subject, &found, &page(args.paint), out)),
        DocumentFormat::Json => print(|out| report::junk_json(&subject, &found, out)),
    }
}

/// The rules of the user's file, which come first, and the built-in ones, without those that are ignored.
pub(super) fn rules(file: Option<&Path>, ignored: &[String]) -> Result<Vec<Arc<JunkRule>>> {
    let ours = || Some(PathBuf::from(OURS)).filter(|path| plain::is_there(path));
    let mut rules = match file.map(Path::to_path_buf).or_else(ours) {
        Some(file) => config::junk_rules(&read(&file)?).map_err(|faults| faulty(&file, &faults))?,
        None => Vec::new(),
    };
    for rule in built_in()? {
        if !rules.iter().any(|own| own.text.id == rule.text.id) {
            rules.push(rule);
        }
    }
    if let Some(id) = ignored.iter().find(|id| !rules.iter().any(|rule| rule.text.id == **id)) {
        let known: Vec<_> = rules.iter().map(|rule| rule.text.id.as_str()).collect();
        bail!("`{id}` is not a junk rule; the rules are {}", known.join(", "));
    }
    rules.retain(|rule| !ignored.contains(&rule.text.id));
    Ok(rules.into_iter().map(Arc::new).collect())
}

/// The same without rules below a severity. Rules about paths stay: if several match a file, the first one counts.
pub(super) fn rules_from(file: Option<&Path>, ignored: &[String], severity: Severity) -> Result<Vec<Arc<JunkRule>>> {
    let mut rules = rules(file, ignored)?;
    rules.retain(|rule| rule.text.look == JunkLook::Paths || rule.severity >= severity);
    Ok(rules)
}

/// The built-in rules.
fn built_in() -> Result<Vec<JunkRule>> {
    config::junk_rules(config::JUNK).map_err(|faults| faulty(Path::new("the rules of junk"), &faults))
}

/// The rules for the screen, which opens even if the file of rules is invalid.
pub(super) fn for_screen() -> JunkRules {
    rules(None, &[]).map_or_else(
        |fault| {
            let rules = built_in().unwrap_or_default().into_iter().map(Arc::new).collect();
            JunkRules { rules, fault: Some(format!("only the built-in junk rules are used: {fault:#}")) }
        },
        |rules| JunkRules { rules, fault: None },
    )
}

/// What can be among the savings of a summary: what has bytes, by the rules of the screen.
pub(super) fn for_savings(pipeline: &Pipeline) -> Junk {
    let mut rules = for_screen().rules;
    rules.retain(|rule| matches!(rule.text.look, JunkLook::Paths | JunkLook::Copies | JunkLook::Debug));
    find(pipeline, &rules)
}

/// Checks an image against junk rules, with progress.
pub(super) fn find(pipeline: &Pipeline, rules: &[Arc<JunkRule>]) -> Junk {
    let line = ProgressLine::on_terminal();
    let subject = pipeline.subject();
    let found = crate::lint::find_junk(subject.image, subject.union, pipeline.contents(), rules, &line);
    pipeline.redactor().junk(found)
}
