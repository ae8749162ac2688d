//! `layerscope compare`, and the baseline of `check` and `report`.

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::{Result, bail};

use crate::check::{self, Baseline, Case, Judgement, RuleValue, Rules};
use crate::cli::{CompareArgs, ImageArgs, PageFormat, PaintArgs};
use crate::compare::{Compared, Comparison, Presence, SettingChange, UnreadParts, secret_changes, setting_changes};
use crate::config;
use crate::dive::Dive;
use crate::lint::{Junk, JunkRule};
use crate::report::{self, ComparedFindings, ComparedSubjects};
use crate::secrets::Secrets;

use super::Outcome;
use super::open::open_named;
use super::output::{page, print, print_document, print_text};
use super::pipeline::{Depth, Pipeline};
use super::progress::ProgressLine;
use super::{check as checking, junk, secrets};

/// An image as one side of a comparison: everything about it that is compared.
pub(super) struct Side {
    pub(super) pipeline: Pipeline,
    /// The secrets with their places as they are, and redacted.
    pub(super) secrets: (Secrets, Secrets),
    pub(super) junk: Junk,
}

impl Side {
    /// Opens an image; with junk rules, also searches it for secrets and junk.
    pub(super) fn open(image: &ImageArgs, rules: Option<&[Arc<JunkRule>]>) -> Result<Self> {
        let depth = if rules.is_some() { Depth::Accounts } else { Depth::Sizes };
        let pipeline = Pipeline::of_opened(open_named(image)?, depth)?;
        let mut side = Self { pipeline, secrets: Default::default(), junk: Junk::default() };
        if let Some(rules) = rules {
            side.secrets = secrets::find_both(&mut side.pipeline);
            side.junk = junk::find(&side.pipeline, rules);
        }
        Ok(side)
    }

    fn compared(&self) -> Compared<'_> {
        Compared {
            image: self.pipeline.image(),
            union: self.pipeline.subject().union,
            contents: self.pipeline.contents(),
        }
    }
}

/// Two images and all that differs between them.
pub(super) struct Pair {
    comparison: Comparison,
    settings: Vec<SettingChange>,
    findings: Option<ComparedFindings>,
}

impl Pair {
    pub(super) fn new(a: &Side, b: &Side, searched: bool) -> Self {
        let line = ProgressLine::on_terminal();
        let comparison = Comparison::new(a.compared(), b.compared(), &line);
        let raw = [a.pipeline.image(), b.pipeline.image()];
        let unread = comparison.unread.each_ref();
        let settings = setting_changes(raw, [a.pipeline.subject().image, b.pipeline.subject().image], unread);
        let findings = searched.then(|| {
            let changes = secret_changes(raw, &a.secrets.0.found, &b.secrets.0.found, unread);
            ComparedFindings::new([a.secrets.1.clone(), b.secrets.1.clone()], changes, [&a.junk, &b.junk], unread)
        });
        Self { comparison, settings, findings }
    }

    pub(super) fn subjects<'a>(
        &'a self,
        a: &'a Side,
        b: &'a Side,
        judgement: Option<&'a Judgement>,
    ) -> ComparedSubjects<'a> {
        ComparedSubjects {
            a: a.pipeline.subject(),
            b: b.pipeline.subject(),
            comparison: &self.comparison,
            settings: &self.settings,
            findings: self.findings.as_ref(),
            judgement,
        }
    }
}

/// The same for `layerscope A B` without a terminal.
pub(super) fn compare_two(before: OsString, after: OsString, image: &ImageArgs, paint: PaintArgs) -> Result<()> {
    let args = CompareArgs {
        before,
        after,
        platform: image.platform.clone(),
        no_cache: image.no_cache,
        ..CompareArgs::text(paint)
    };
    compare(&args).map(|_| ())
}

pub(super) fn compare(args: &CompareArgs) -> Result<Outcome> {
    if args.before == "-" && args.after == "-" {
        bail!("only one of the two images can be standard input: save the other one to a file");
    }
    let rules = rules(args)?;
    if args.no_search && rules.as_ref().is_some_and(|rules| rules.need_secrets() || rules.junk().is_some()) {
        bail!("a rule about secrets or junk needs the search: leave out `--no-search`");
    }
    let search = !args.no_search;
    let junk = if search { Some(junk::rules(args.rules.as_deref(), &[])?) } else { None };
    let open = |word: &OsString| {
        let platform = args.platform.clone();
        let image = ImageArgs { platform, no_cache: args.no_cache, ..ImageArgs::of_word(word) };
        Side::open(&image, junk.as_deref())
    };
    let (a, b) = (open(&args.before)?, open(&args.after)?);
    let pair = Pair::new(&a, &b, search);
    let judgement = rules.map(|rules| judge(&rules, &a, &b));
    let subjects = pair.subjects(&a, &b, judgement.as_ref());
    match args.format {
        PageFormat::Text => print_text(|out| report::compare_text(&subjects, args.all, &page(args.paint), out)),
        PageFormat::Json => print(|out| report::compare_json(&subjects, out)),
        PageFormat::Markdown => print_document(|out| report::compare_markdown(&subjects, out)),
    }?;
    let passed = judgement.as_ref().is_none_or(Judgement::passed);
    Ok(if passed { Outcome::Done } else { Outcome::FaultFound })
}

/// The rules of a file and of flags, if there are any.
fn rules(args: &CompareArgs) -> Result<Option<Rules>> {
    let mut flags: Vec<(&str, RuleValue)> = Vec::new();
    for (name, text) in
        [("highest-growth-bytes", &args.highest_growth_bytes), ("highest-growth-percent", &args.highest_growth_percent)]
    {
        flags.extend(text.iter().map(|text| (name, RuleValue::Text(text.clone()))));
    }
    if args.forbid_new_secrets {
        flags.push(("forbid-new-secrets", RuleValue::Flag(true)));
    }
    if !args.allowed_secrets.is_empty() {
        flags.push(("allowed-secrets", RuleValue::List(args.allowed_secrets.clone())));
    }
    if args.allow_incomplete {
        flags.push(("allow-incomplete", RuleValue::Flag(true)));
    }
    if flags.is_empty() && args.rules.is_none() {
        return Ok(None);
    }
    let mut rules = match &args.rules {
        Some(file) => config::rules(&checking::read(file)?).map_err(|faults| checking::faulty(file, &faults))?,
        None => Rules::default(),
    };
    for (name, setting) in flags {
        rules.set(name, setting).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    }
    Ok(Some(rules))
}

/// Checks the second image, with the first as its baseline. What could not be read of either is a gap: a growth of a part
/// proves nothing.
fn judge(rules: &Rules, a: &Side, b: &Side) -> Judgement {
    let images = [a.pipeline.image(), b.pipeline.image()];
    let baseline = Baseline {
        total_bytes: a.pipeline.subject().analysis.totals.total(),
        new_secrets: Some(new_of(images, &a.secrets.0, &b.secrets.0, &b.secrets.1)),
    };
    let subject = b.pipeline.subject();
    let mut completeness = subject.completeness.clone();
    completeness.add_baseline(a.pipeline.subject().completeness);
    let hits: Vec<_> = match rules.junk() {
        Some((_, ignored)) => b.junk.hits.iter().filter(|hit| !ignored.contains(&hit.rule.text.id)).cloned().collect(),
        None => Vec::new(),
    };
    completeness.add(b.junk.findings.iter().chain(&b.secrets.1.findings));
    let case = Case {
        union: subject.union,
        image: subject.image,
        analysis: subject.analysis,
        completeness: &completeness,
        dive: &Dive::new(&[]),
        secrets: &b.secrets.1,
        junk: &hits,
        baseline: Some(&baseline),
    };
    let mut judgement = check::judge(&case, rules);
    for side in [a, b] {
        checking::redact(&mut judgement, side.pipeline.redactor());
    }
    judgement
}

/// The secrets of the second image, redacted, that the first one does not have.
pub(super) fn new_of(images: [&crate::image::Image; 2], old: &Secrets, raw: &Secrets, redacted: &Secrets) -> Secrets {
    // Whether the first image was read completely is asked elsewhere: what is not known to be there is new.
    let all = UnreadParts::default();
    let changes = secret_changes(images, &old.found, &raw.found, [&all, &all]);
    let new = changes.iter().filter(|change| change.presence == Presence::New).filter_map(|change| change.b);
    Secrets { found: new.filter_map(|at| redacted.found.get(at).cloned()).collect(), ..redacted.clone() }
}
