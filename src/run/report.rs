//! `layerscope report`: each file whole or not at all, and the image read once for all of them.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::analysis::Analysis;
use crate::cli::{ImageArgs, ReportArgs, ReportFormat};
use crate::compare::{secret_changes, setting_changes};
use crate::dive::Dive;
use crate::image::{Completeness, Image, Quiet};
use crate::lint::{Junk, find_junk};
use crate::report::{self, SearchResults, Subject, TreeScope};
use crate::secrets::{self as searched, Redactor, Secrets};
use crate::tui::{ReportInputs, ReportTarget, Reporter};

use super::Outcome;
use super::atomic_write::write;
use super::compare::{Pair, Side};
use super::extract::at_home;
use super::inert::{MARKUP, TEXT, inert};
use super::open::open_image;
use super::pipeline::{Depth, Pipeline, scan_layers, warn_incomplete};
use super::{junk, numbered, pipeline, secrets};
use crate::format::safe_str;

/// What to write.
enum ReportOutput<'a> {
    /// Documents that share one analysis.
    Documents(Vec<(&'a Path, DocumentKind)>),
    Ncdu(&'a Path),
    Dive(&'a Path),
}

impl ReportOutput<'_> {
    /// Whether secrets and junk are searched. CSV and trees contain only bytes.
    fn includes_findings(&self) -> bool {
        matches!(self, Self::Documents(documents) if searched(documents))
    }
}

impl ReportOutput<'_> {
    /// Whether a comparison with a baseline is written.
    fn includes_comparison(&self) -> bool {
        let has_section = |kind: DocumentKind| matches!(kind, DocumentKind::Html | DocumentKind::Markdown);
        matches!(self, Self::Documents(documents) if documents.iter().any(|(_, kind)| has_section(*kind)))
    }
}

fn searched(documents: &[(&Path, DocumentKind)]) -> bool {
    documents.iter().any(|(_, document)| *document != DocumentKind::Csv)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DocumentKind {
    Html,
    Markdown,
    Json,
    Csv,
}

impl DocumentKind {
    fn write(
        self,
        subject: &Subject<'_>,
        dive: &Dive,
        found: &SearchResults<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Html => inert(out, MARKUP, |out| report::report_html(subject, dive, found, out)),
            Self::Markdown => inert(out, TEXT, |out| report::report_markdown(subject, found, out)),
            Self::Json => report::report_json(subject, dive, found, out),
            Self::Csv => inert(out, TEXT, |out| report::report_csv(subject, out)),
        }
    }
}

pub(super) fn report(args: &ReportArgs) -> Result<Outcome> {
    let wanted = wanted(args)?;
    if !matches!(wanted, ReportOutput::Ncdu(_)) && (args.layer.is_some() || args.waste) {
        bail!("`--layer` and `--waste` choose a tree for `--format ncdu`; the other reports contain all of them");
    }
    if args.rules.is_some() && !wanted.includes_findings() {
        bail!("`--rules` is for junk, which only HTML, Markdown and JSON reports contain");
    }
    if args.baseline.is_some() && !wanted.includes_comparison() {
        bail!("`--baseline` is for HTML and Markdown reports; `layerscope compare A B --format json` has it as JSON");
    }
    match wanted {
        ReportOutput::Documents(documents) => write_documents(args, &documents),
        ReportOutput::Ncdu(target) => write_ncdu(args, target),
        ReportOutput::Dive(target) => {
            let (opened, scans) = scan_layers(open_image(&args.image)?)?;
            let (dive, repeated) = Dive::with_repeated(&scans);
            let redactor = Redactor::for_image(opened.image());
            let image = redactor.image(opened.image());
            write(target, |out| report::report_dive(&image, &redactor, &scans, &dive, &repeated, out))?;
            let mut completeness = Completeness::new(&image, scans.iter().map(AsRef::as_ref));
            completeness.add(&repeated.left_out());
            Ok(outcome(&completeness))
        }
    }
}

/// The requested format, otherwise the format of each file's suffix.
fn wanted(args: &ReportArgs) -> Result<ReportOutput<'_>> {
    let document = match (args.format, args.output.as_slice()) {
        (_, []) => bail!("a report needs an output: `-o app.html`, or `-o -` for standard output"),
        (None, targets) => {
            let named = targets.iter().map(|target| Ok((target.as_path(), named(target)?)));
            return Ok(ReportOutput::Documents(named.collect::<Result<_>>()?));
        }
        (Some(_), [_, _, ..]) => {
            bail!("with several files, the suffix of each decides its format: leave out `--format`")
        }
        (Some(ReportFormat::Ncdu), [target]) => return Ok(ReportOutput::Ncdu(target)),
        (Some(ReportFormat::DiveJson), [target]) => return Ok(ReportOutput::Dive(target)),
        (Some(ReportFormat::Html), [_]) => DocumentKind::Html,
        (Some(ReportFormat::Markdown), [_]) => DocumentKind::Markdown,
        (Some(ReportFormat::Json), [_]) => DocumentKind::Json,
        (Some(ReportFormat::Csv), [_]) => DocumentKind::Csv,
    };
    Ok(ReportOutput::Documents(args.output.iter().map(|target| (target.as_path(), document)).collect()))
}

fn named(target: &Path) -> Result<DocumentKind> {
    let suffix = target.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    match suffix.as_deref() {
        Some("html" | "htm") => Ok(DocumentKind::Html),
        Some("md" | "markdown") => Ok(DocumentKind::Markdown),
        Some("json") => Ok(DocumentKind::Json),
        Some("csv") => Ok(DocumentKind::Csv),
        _ => bail!(
            "the format of `{}` is unknown: use the suffix .html, .md, .json or .csv, or `--format`",
            target.display()
        ),
    }
}

fn write_documents(args: &ReportArgs, documents: &[(&Path, DocumentKind)]) -> Result<Outcome> {
    let searched = searched(documents);
    let with_dive = documents.iter().any(|(_, document)| matches!(document, DocumentKind::Html | DocumentKind::Json));
    let rules = if searched { junk::rules(args.rules.as_deref(), &[])? } else { Vec::new() };
    let opened = open_image(&args.image)?;
    let (mut pipeline, dive) = if with_dive {
        Pipeline::with_dive(opened, Depth::Accounts)?
    } else {
        (Pipeline::of_opened(opened, Depth::Accounts)?, Dive::new(&[]))
    };
    let (secrets, junk) =
        if searched { (secrets::find_both(&mut pipeline), junk::find(&pipeline, &rules)) } else { Default::default() };
    let side = Side { pipeline, secrets, junk };
    let baseline = match &args.baseline {
        Some(word) => {
            let image = ImageArgs { no_cache: args.image.no_cache, ..ImageArgs::of_word(word) };
            let baseline = Side::open(&image, Some(&rules)).context("the baseline cannot be opened")?;
            let pair = Pair::new(&baseline, &side, true);
            Some((baseline, pair))
        }
        None => None,
    };
    let compared = baseline.as_ref().map(|(baseline, pair)| pair.subjects(baseline, &side, None));
    let subject = side.pipeline.subject();
    let found = SearchResults { secrets: &side.secrets.1, junk: &side.junk, compared };
    documents
        .iter()
        .try_for_each(|&(target, document)| write(target, |out| document.write(&subject, &dive, &found, out)))?;
    let has_rows_alone = documents.iter().any(|(_, document)| *document == DocumentKind::Csv);
    Ok(if has_rows_alone { outcome(subject.completeness) } else { Outcome::Done })
}

fn write_ncdu(args: &ReportArgs, target: &Path) -> Result<Outcome> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // How waste is split does not matter here, so no content is compared.
    let pipeline = Pipeline::open(&args.image, Depth::Sizes)?;
    let subject = pipeline.subject();
    let tree = match args.layer {
        Some(number) => TreeScope::Layer(numbered(subject.union, number, "--layer")?),
        None if args.waste => TreeScope::Waste,
        None => TreeScope::Merged,
    };
    write(target, |out| report::report_ncdu(&subject, tree, now, out))?;
    Ok(outcome(subject.completeness))
}

/// The outcome of a report whose format cannot say what is missing.
fn outcome(completeness: &Completeness) -> Outcome {
    warn_incomplete(completeness);
    if completeness.is_complete() { Outcome::Done } else { Outcome::FaultFound }
}

/// Reports as the screen writes them.
pub(super) const FOR_SCREEN: Reporter = Reporter { look: look_for_screen, write: write_for_screen };

/// Held while a file is written, so that the program does not end in between and leave half of it.
static WRITING: Mutex<()> = Mutex::new(());

/// Waits for a report that is being written to its file.
pub(super) fn finish_writing() {
    drop(WRITING.lock().unwrap_or_else(PoisonError::into_inner));
}

fn look_for_screen(file: &Path) -> Result<ReportTarget, String> {
    let file = at_home(file);
    let shown = safe_str(&file.to_string_lossy());
    match named(&file) {
        Ok(DocumentKind::Html | DocumentKind::Markdown) => {}
        _ => return Err("a report is HTML or Markdown: let the name end in .html or .md".to_owned()),
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(format!("there is no folder {}", safe_str(&folder.to_string_lossy())));
    }
    match file.symlink_metadata() {
        Ok(_) if file.is_dir() => Err(format!("{shown} is a folder: add the name of a file")),
        Ok(_) => Ok(ReportTarget::Exists),
        Err(_) => Ok(ReportTarget::New),
    }
}

/// An image of the screen that is searched and redacted for a report.
struct SearchedImage {
    inputs: ReportInputs,
    redacted: Image,
    redactor: Redactor,
    completeness: Completeness,
    /// With their places as they are.
    raw_secrets: Secrets,
    secrets: Secrets,
    junk: Junk,
}

impl SearchedImage {
    fn new(mut inputs: ReportInputs) -> Result<Self, String> {
        let (image, union, contents) = (&inputs.image, &inputs.union, &*inputs.contents);
        let secrets =
            inputs.secrets.take().unwrap_or_else(|| searched::find(image, union, &inputs.analysis, contents, &Quiet));
        let redactor = Redactor::with(image, &secrets);
        let redacted = redactor.image(image);
        let junk = if let Some(junk) = inputs.junk.take() {
            junk
        } else {
            let rules = junk::rules(None, &[]).map_err(|error| format!("{error:#}"))?;
            find_junk(&redacted, union, contents, &rules, &Quiet)
        };
        let mut completeness = pipeline::completeness(&redacted, union);
        completeness.add(&inputs.analysis.findings);
        let (raw_secrets, secrets, junk) = (secrets.clone(), redactor.secrets(secrets), redactor.junk(junk));
        Ok(Self { inputs, redacted, redactor, completeness, raw_secrets, secrets, junk })
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            image: &self.redacted,
            union: &self.inputs.union,
            analysis: &self.inputs.analysis,
            completeness: &self.completeness,
            redactor: &self.redactor,
        }
    }
}

/// Without progress: the screen is on the terminal.
fn write_for_screen(inputs: ReportInputs) -> Result<String, String> {
    let file = at_home(&inputs.file);
    let document = named(&file).map_err(|error| format!("{error:#}"))?;
    let dive = Dive::new(inputs.union.layers());
    let before = inputs.compared.clone().map(|pair| {
        let a = &pair.images[0];
        let analysis = Arc::new(Analysis::new(&a.union, None));
        let (image, union, contents) = (Arc::clone(&a.whole), Arc::clone(&a.union), Arc::clone(&a.contents));
        let file = PathBuf::new();
        let inputs = ReportInputs { image, union, analysis, contents, secrets: None, junk: None, compared: None, file };
        Ok::<_, String>((SearchedImage::new(inputs)?, pair))
    });
    let before = before.transpose()?;
    let searched = SearchedImage::new(inputs)?;
    let findings = before.as_ref().map(|(before, pair)| {
        let raw = [&*before.inputs.image, &*searched.inputs.image];
        let unread = pair.comparison.unread.each_ref();
        let changes = secret_changes(raw, &before.raw_secrets.found, &searched.raw_secrets.found, unread);
        let secrets = [before.secrets.clone(), searched.secrets.clone()];
        let settings = setting_changes(raw, [&before.redacted, &searched.redacted], unread);
        (settings, report::ComparedFindings::new(secrets, changes, [&before.junk, &searched.junk], unread))
    });
    let compared =
        before.as_ref().zip(findings.as_ref()).map(|((before, pair), (settings, findings))| report::ComparedSubjects {
            a: before.subject(),
            b: searched.subject(),
            comparison: &pair.comparison,
            settings,
            findings: Some(findings),
            judgement: None,
        });
    let mut text = Vec::new();
    let made = if let (Some(compared), DocumentKind::Markdown) = (&compared, document) {
        inert(&mut text, TEXT, |out| report::compare_markdown(compared, out))
    } else {
        let found = SearchResults { secrets: &searched.secrets, junk: &searched.junk, compared };
        document.write(&searched.subject(), &dive, &found, &mut text)
    };
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let written = made.map_err(anyhow::Error::from).and_then(|()| write(&file, |out| out.write_all(&text)));
    written.map_err(|error| format!("{error:#}"))?;
    let whole = std::path::absolute(&file).unwrap_or(file);
    Ok(whole.to_string_lossy().into_owned())
}
