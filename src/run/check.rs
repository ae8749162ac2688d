//! `layerscope check`: reads rules from flags and files, prints the results, and exits with 1 if a rule fails.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::check::{self, Baseline, Case, Judgement, Measure, RuleValue, Rules};
use crate::cli::{CheckArgs, CheckFormat, ImageArgs};
use crate::config;
use crate::dive::Dive;
use crate::image::Image;
use crate::lint::Junk;
use crate::report;
use crate::secrets::{Redactor, Secrets};

use super::Outcome;
use super::inert::{MARKUP, inert};
use super::open::{open_image, open_named};
use super::output::{page, print, print_document, print_text};
use super::pipeline::{Depth, Pipeline};
use super::{compare, junk, plain, secrets};

/// The files of rules: our own, which takes precedence, and dive's.
pub(super) const OURS: &str = ".layerscope.toml";
const DIVES: &str = ".dive-ci";
/// The limit on a file of rules; a wrong path may lead to anything.
const LONGEST: u64 = 1 << 20;
/// The limit on a saved summary, which lists layers, not files.
const LONGEST_SAVED: u64 = 64 << 20;

pub(super) fn check(args: &CheckArgs) -> Result<Outcome> {
    let rules = rules(args)?;
    if rules.need_baseline() && args.baseline.is_none() {
        bail!("a rule about growth or new secrets needs a baseline: `--baseline FILE`");
    }
    let mut baseline = args.baseline.as_deref().map(|file| BaselineInput::open(file, &rules)).transpose()?;
    // Contents are compared only for secrets: whether one is overwritten or rewritten depends on that.
    let depth = if rules.need_secrets() { Depth::Accounts } else { Depth::Sizes };
    let opened = open_image(&args.image)?;
    let (mut pipeline, dive) = if rules.need_dive() {
        Pipeline::with_dive(opened, depth)?
    } else {
        (Pipeline::of_opened(opened, depth)?, Dive::new(&[]))
    };
    let (raw, secrets) = if rules.need_secrets() { secrets::find_both(&mut pipeline) } else { Default::default() };
    let baseline = baseline.take().map(|baseline| baseline.against(pipeline.image(), &raw, &secrets));
    let junk = match rules.junk() {
        Some((severity, ignored)) => {
            let rules = junk::rules_from(args.rules.as_deref(), ignored, severity)?;
            junk::find(&pipeline, &rules)
        }
        None => Junk::default(),
    };
    pipeline.add_gaps(secrets.findings.iter().chain(&junk.findings));
    let subject = pipeline.subject();
    let case = Case {
        union: subject.union,
        image: subject.image,
        analysis: subject.analysis,
        completeness: subject.completeness,
        dive: &dive,
        secrets: &secrets,
        junk: &junk.hits,
        baseline: baseline.as_ref(),
    };
    let mut judgement = check::judge(&case, &rules);
    redact(&mut judgement, pipeline.redactor());
    match args.format {
        CheckFormat::Text => print_text(|out| report::check_text(&subject, &judgement, &page(args.paint), out)),
        CheckFormat::Json => print(|out| report::check_json(&subject, &judgement, out)),
        CheckFormat::Junit => print(|out| inert(out, MARKUP, |out| report::check_junit(&subject, &judgement, out))),
        CheckFormat::Sarif => print(|out| report::check_sarif(&subject, &judgement, out)),
        CheckFormat::Github => print(|out| report::check_github(&subject, &judgement, out)),
        CheckFormat::Markdown => print_document(|out| report::check_markdown(&subject, &judgement, out)),
    }?;
    Ok(if judgement.passed() { Outcome::Done } else { Outcome::FaultFound })
}

/// Redacts secrets in the results. The rules were checked against the original paths and names.
pub(super) fn redact(judgement: &mut Judgement, redactor: &Redactor) {
    for judged in &mut judgement.rules {
        for measure in [&mut judged.saw, &mut judged.limit] {
            if let Measure::Words(words) = measure {
                *words = redactor.text(words).into_owned();
            }
        }
        for place in &mut judged.places {
            place.path = place.path.as_ref().map(|path| redactor.entry_path(path));
            place.what = redactor.text(&place.what).into_owned();
        }
    }
}

/// The rules of a file, overridden by flags.
fn rules(args: &CheckArgs) -> Result<Rules> {
    let found = |name: &str| Some(PathBuf::from(name)).filter(|path| plain::is_there(path));
    let mut rules = if let Some(file) = &args.dive_ci {
        dives(file)?
    } else if let Some(file) = args.rules.clone().or_else(|| found(OURS)) {
        config::rules(&read(&file)?).map_err(|faults| faulty(&file, &faults))?
    } else if let Some(file) = found(DIVES) {
        dives(&file)?
    } else if flags(args).is_empty() {
        Rules::defaults()
    } else {
        Rules::default()
    };
    for (name, setting) in flags(args) {
        rules.set(name, setting).map_err(|fault| anyhow!("{fault}"))?;
    }
    Ok(rules)
}

fn dives(file: &Path) -> Result<Rules> {
    let dive = config::dive_rules(&read(file)?).map_err(|faults| faulty(file, &faults))?;
    Ok(Rules::of_dive(dive))
}

pub(super) fn faulty(file: &Path, faults: &[impl ToString]) -> anyhow::Error {
    let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
    anyhow!("in `{}`: {}", file.display(), all.join("; "))
}

pub(super) fn read(file: &Path) -> Result<String> {
    plain::text(file, LONGEST).with_context(|| format!("cannot read the rules in `{}`", file.display()))
}

/// The rules that flags set, by name.
fn flags(args: &CheckArgs) -> Vec<(&'static str, RuleValue)> {
    let texts = [
        ("lowest-efficiency", &args.lowest_efficiency),
        ("highest-wasted-bytes", &args.highest_wasted_bytes),
        ("highest-wasted-percent", &args.highest_wasted_percent),
        ("highest-image-bytes", &args.highest_image_bytes),
        ("highest-layer-bytes", &args.highest_layer_bytes),
        ("highest-file-bytes", &args.highest_file_bytes),
        ("highest-growth-bytes", &args.highest_growth_bytes),
        ("highest-growth-percent", &args.highest_growth_percent),
        ("fail-on-junk", &args.fail_on_junk),
    ];
    let lists = [
        ("forbidden-paths", &args.forbidden_paths),
        ("required-paths", &args.required_paths),
        ("allowed-setuid", &args.allowed_setuid),
        ("allowed-secrets", &args.allowed_secrets),
        ("ignored-junk", &args.ignored_junk),
    ];
    let switches = [
        ("forbid-setuid", args.forbid_setuid),
        ("forbid-root", args.forbid_root),
        ("forbid-secrets", args.forbid_secrets),
        ("forbid-new-secrets", args.forbid_new_secrets),
        ("allow-incomplete", args.allow_incomplete),
    ];
    let mut set: Vec<(&'static str, RuleValue)> = Vec::new();
    set.extend(texts.into_iter().filter_map(|(name, text)| Some((name, RuleValue::Text(text.clone()?)))));
    set.extend(args.highest_layers.map(|layers| ("highest-layers", RuleValue::Whole(layers))));
    let given = lists.into_iter().filter(|(_, list)| !list.is_empty());
    set.extend(given.map(|(name, list)| (name, RuleValue::List(list.clone()))));
    set.extend(switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| (name, RuleValue::Flag(true))));
    set
}

/// The baseline: the JSON of an earlier run, or an image.
enum BaselineInput {
    Saved(u64),
    Image(Box<Pipeline>, Secrets),
}

impl BaselineInput {
    fn open(file: &Path, rules: &Rules) -> Result<Self> {
        if let Some((total_bytes, complete)) = saved(file) {
            if !complete {
                bail!(
                    "the baseline `{}` is of an image that was not read completely: what has changed since is unknown",
                    file.display()
                );
            }
            if rules.need_new_secrets() {
                bail!(
                    "`{}` says how large the baseline is, not which secrets it has: `forbid-new-secrets` needs the image",
                    file.display()
                );
            }
            return Ok(Self::Saved(total_bytes));
        }
        if std::fs::metadata(file).is_ok_and(|known| !known.is_dir()) {
            plain::open(file).with_context(|| format!("cannot read the baseline `{}`", file.display()))?;
        }
        let image = ImageArgs::of_word(file);
        let opened = open_named(&image).context("the baseline cannot be opened")?;
        let depth = if rules.need_new_secrets() { Depth::Accounts } else { Depth::Sizes };
        let mut pipeline = Pipeline::of_opened(opened, depth)?;
        let found = if rules.need_new_secrets() { secrets::find_both(&mut pipeline).0 } else { Secrets::default() };
        if !pipeline.subject().completeness.is_complete() {
            bail!("the baseline `{}` cannot be read completely: what has changed since is unknown", file.display());
        }
        Ok(Self::Image(Box::new(pipeline), found))
    }

    /// What the rules need to know of it, given the image that is checked and its secrets.
    fn against(self, image: &Image, raw: &Secrets, redacted: &Secrets) -> Baseline {
        match self {
            Self::Saved(total_bytes) => Baseline { total_bytes, new_secrets: None },
            Self::Image(pipeline, found) => Baseline {
                total_bytes: pipeline.subject().analysis.totals.total(),
                new_secrets: Some(compare::new_of([pipeline.image(), image], &found, raw, redacted)),
            },
        }
    }
}

/// The total of a saved `summary --format json` or `check --format json`, and whether the image was read completely.
fn saved(file: &Path) -> Option<(u64, bool)> {
    let mut saved = plain::open(file).ok()?;
    let mut first = [0];
    saved.read_exact(&mut first).ok()?;
    if first != *b"{" {
        return None;
    }
    let whole = first.chain(saved).take(LONGEST_SAVED);
    let document: Value = serde_json::from_reader(std::io::BufReader::new(whole)).ok()?;
    let complete = document.get("complete").and_then(Value::as_bool).unwrap_or(true);
    Some((document.get("totals")?.get("total_bytes")?.as_u64()?, complete))
}
