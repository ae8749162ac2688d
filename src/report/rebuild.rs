//! What a builder runs again after a change, in what order steps would be better, and which of them may be out of date.

use std::io::{self, Write};

use serde::Serialize;

use super::lines::{self, LinesRecord};
use super::table::Alignment::{Left, Right};
use super::table::{Cell, Table};
use super::{Page, Subject, TextRole, json, names};
use crate::analysis::{
    Base, BuildChange, BuildPlan, OrderAdvice, PlanStep, Rerun, StaleStep, StepOutcome, order_advice, outcomes,
    stale_steps,
};
use crate::format::markdown::{code, code_in_cell, escaped, escaped_in_cell, prose};
use crate::format::{bytes, fit, safe_str, timestamp, wrap};
use crate::image::{Compression, LayerNumber};

/// The width of a page that has none.
const WIDTH: usize = 80;
/// The width of an instruction in a sentence.
const INSTRUCTION: usize = 40;
/// The limit on the instruction that a document contains.
const WHOLE: usize = 4_000;

/// A change and what it does.
pub struct Rebuild<'a> {
    subject: &'a Subject<'a>,
    plan: &'a BuildPlan,
    change: Option<&'a BuildChange>,
    /// The changed steps.
    changed: &'a [usize],
    outcomes: Vec<StepOutcome>,
    order: Vec<OrderAdvice>,
    stale: Vec<StaleStep>,
}

/// What runs again in total.
#[derive(Clone, Copy, Default, Serialize)]
struct RebuildTotals {
    /// Steps that run again, those whose files may come out the same included.
    steps: usize,
    steps_unless_same: usize,
    new_layers: usize,
    new_bytes: u64,
    /// The compressed blobs of the new layers in the archive: about what a push would send.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_compressed_bytes: Option<u64>,
    kept_layers: usize,
    kept_bytes: u64,
}

impl<'a> Rebuild<'a> {
    /// Works out what a change does; without one, only what is advised.
    #[must_use]
    pub fn new(
        subject: &'a Subject<'a>,
        plan: &'a BuildPlan,
        change: Option<&'a BuildChange>,
        changed: &'a [usize],
    ) -> Self {
        let Subject { image, union, analysis, .. } = subject;
        Self {
            subject,
            plan,
            change,
            changed,
            outcomes: outcomes(&plan.steps, changed),
            order: order_advice(plan, image, union, analysis),
            stale: stale_steps(plan, image),
        }
    }

    fn size(&self, step: &PlanStep) -> u64 {
        step.layer.map_or(0, |layer| self.subject.analysis.layer(layer).accounts.total())
    }

    /// The blobs of these layers, if the archive has all of them compressed.
    fn compressed(&self, layers: impl Iterator<Item = LayerNumber>) -> Option<u64> {
        layers
            .map(|number| {
                let layer = self.subject.image.layers.get(number.index())?;
                layer.compression.filter(|compression| *compression != Compression::None)?;
                layer.stored_size
            })
            .sum()
    }

    fn totals(&self) -> RebuildTotals {
        let Subject { image, union, analysis, .. } = self.subject;
        let base = matches!(self.change, Some(BuildChange::Base)).then(|| Base::detect(image));
        let rerun = Rerun::new(&self.plan.steps, &self.outcomes, base.as_ref(), analysis);
        RebuildTotals {
            steps: rerun.steps,
            steps_unless_same: rerun.unless_same,
            new_layers: rerun.layers.len(),
            new_bytes: rerun.bytes,
            kept_layers: union.layer_count().saturating_sub(rerun.layers.len()),
            kept_bytes: analysis.totals.total().saturating_sub(rerun.bytes),
            new_compressed_bytes: self.compressed(rerun.layers.into_iter()),
        }
    }

    /// What is changed, for a sentence: safe text.
    fn subject_of_change(&self) -> String {
        let of_step = |at: usize| {
            let step = &self.plan.steps[at];
            fit(&safe_str(&step.instruction), INSTRUCTION)
        };
        match (self.change, self.changed) {
            (Some(BuildChange::Base), _) => "the base image".to_owned(),
            (Some(BuildChange::File(path)), _) => safe_str(path),
            (_, [one]) => of_step(*one),
            _ => String::new(),
        }
    }

    /// `changing COPY . . runs 5 steps again: 3 layers, 212 MB to store and push`.
    fn verdict(&self) -> Option<String> {
        self.change?;
        let totals = self.totals();
        let what = self.subject_of_change();
        if totals.steps == 0 && totals.new_layers == 0 {
            return Some(format!("changing {what} runs no step again: it changes the configuration only"));
        }
        let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let (steps, layers) = (counted(totals.steps, "step"), counted(totals.new_layers, "layer"));
        let compressed = in_brackets(totals.new_compressed_bytes);
        Some(format!(
            "changing {what} runs {steps} again: {layers}, {} to store and push{compressed}",
            bytes(totals.new_bytes)
        ))
    }

    fn unless_same(&self) -> Option<String> {
        let count = self.totals().steps_unless_same;
        (count > 0).then(|| {
            let steps = if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
            format!("* {steps} of these only if files that are copied from a stage or an image come out different")
        })
    }

    fn order_sentence(&self, advice: &OrderAdvice) -> String {
        let (copy, install) = (&self.plan.steps[advice.copy], &self.plan.steps[advice.install]);
        format!(
            "an edit of any file that `{}` copies runs `{}` again, and stores and pushes {} again{}. COPY {} before it: \
             only a change of these runs it again",
            fit(&safe_str(&copy.instruction), INSTRUCTION),
            fit(&safe_str(&install.instruction), INSTRUCTION),
            bytes(advice.saved),
            in_brackets(self.compressed(install.layer.into_iter())),
            advice.manifests
        )
    }

    fn stale_sentence(&self, stale: &StaleStep) -> String {
        let step = &self.plan.steps[stale.at];
        let since = stale.since.as_deref().and_then(timestamp).map_or_else(String::new, |time| {
            format!(", cached since {}", time.split([' ', 'T']).next().unwrap_or_default())
        });
        let at = step.lines.map_or_else(String::new, |lines| format!(" ({})", lines.in_words()));
        format!(
            "`{}`{at} fetches with `{}`{since}: only a build with `--no-cache` fetches anew",
            fit(&safe_str(&step.instruction), INSTRUCTION),
            stale.fetches
        )
    }
}

/// What bytes in files are as blobs, after them.
fn in_brackets(compressed: Option<u64>) -> String {
    compressed
        .filter(|bytes| *bytes > 0)
        .map_or_else(String::new, |compressed| format!(" ({} compressed)", bytes(compressed)))
}

/// The steps as a table, then the advice.
///
/// # Errors
/// If `out` cannot be written.
pub fn rebuild_text(rebuild: &Rebuild<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let page = &Page { width: page.width.or(Some(WIDTH)), ink: page.ink };
    let width = page.width.unwrap_or(WIDTH);
    let prose = |out: &mut dyn Write, text: &str, role| {
        wrap(text, width, 0).iter().try_for_each(|line| writeln!(out, "{}", page.ink.mark(role, line)))
    };
    writeln!(out, "{}", fit(&names::title(rebuild.subject.image), width))?;
    if let Some(said) = rebuild.subject.incomplete() {
        prose(out, &said, Some(TextRole::Waste))?;
    }
    if let Some(verdict) = rebuild.verdict() {
        writeln!(out)?;
        prose(out, &verdict, Some(TextRole::Heading))?;
        prose(out, rebuild.plan.knowledge.describe(), Some(TextRole::Dim))?;
        writeln!(out)?;
        steps_table(rebuild, page, out)?;
        if let Some(said) = rebuild.unless_same() {
            writeln!(out)?;
            prose(out, &said, Some(TextRole::Dim))?;
        }
    } else {
        writeln!(out)?;
        prose(out, rebuild.plan.knowledge.describe(), Some(TextRole::Dim))?;
    }
    let order: Vec<String> = rebuild.order.iter().map(|advice| rebuild.order_sentence(advice)).collect();
    let stale: Vec<String> = rebuild.stale.iter().map(|stale| rebuild.stale_sentence(stale)).collect();
    for (heading, sentences) in [("Order of steps", order), ("Steps that may be out of date", stale)] {
        if sentences.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", page.ink.mark(Some(TextRole::Heading), heading))?;
        for sentence in &sentences {
            for (at, line) in wrap(sentence, width - 4, 0).iter().enumerate() {
                writeln!(out, "{}{line}", if at == 0 { "  → " } else { "    " })?;
            }
        }
    }
    if rebuild.change.is_none() && rebuild.order.is_empty() && rebuild.stale.is_empty() {
        prose(out, "no order of steps would save more, and no step fetches what may be out of date", None)?;
    }
    if rebuild.change.is_none() {
        writeln!(out)?;
        prose(
            out,
            "`--change-file`, `--change-step`, `--change-layer` or `--change-base` tells what runs again",
            None,
        )?;
    }
    Ok(())
}

fn steps_table(rebuild: &Rebuild<'_>, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let with_lines = rebuild.plan.steps.iter().any(|step| step.is_shown && step.lines.is_some());
    let columns = [("lines", Right), ("layer", Right), ("size", Right), ("", Left), ("instruction", Left)];
    let left_out = usize::from(!with_lines);
    let mut table = Table::headed("", &columns[left_out..]);
    for at in rebuild.plan.shown() {
        let (step, outcome) = (&rebuild.plan.steps[at], rebuild.outcomes[at]);
        let role = match outcome {
            StepOutcome::Cached => TextRole::Dim,
            _ => TextRole::Modified,
        };
        let is_changed = rebuild.changed.contains(&at);
        let text = if is_changed { "changed" } else { outcome.describe() };
        let cells = [
            Cell::from(step.lines.map_or_else(String::new, |lines| lines.to_string())),
            Cell::from(step.layer.map_or_else(String::new, |layer| layer.to_string())),
            Cell::from(if step.layer.is_some() { bytes(rebuild.size(step)) } else { String::new() }),
            Cell::with_role(role, text.to_owned()),
            Cell::from(safe_str(&step.instruction)),
        ];
        table.row(cells.into_iter().skip(left_out));
    }
    table.write(page, out)
}

/// The same for a pull request, the verdict first.
///
/// # Errors
/// If `out` cannot be written.
pub fn rebuild_markdown(rebuild: &Rebuild<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = rebuild.verdict().unwrap_or_else(|| "what a better order of steps would save".to_owned());
    writeln!(out, "### {}\n", code(&title))?;
    writeln!(out, "{}\n", names::headline_as(rebuild.subject, code))?;
    writeln!(out, "{}.", escaped(rebuild.plan.knowledge.describe()))?;
    if let Some(said) = rebuild.subject.incomplete() {
        writeln!(out, "\n**Incomplete:** {}.", escaped(said.trim_start_matches("incomplete: ")))?;
    }
    if rebuild.change.is_some() {
        writeln!(out, "\n| lines | layer | size | | instruction |\n|--:|--:|--:|---|---|")?;
        for at in rebuild.plan.shown() {
            let (step, outcome) = (&rebuild.plan.steps[at], rebuild.outcomes[at]);
            let lines = step.lines.map_or_else(String::new, |lines| lines.to_string());
            let layer = step.layer.map_or_else(String::new, |layer| layer.to_string());
            let size = if step.layer.is_some() { bytes(rebuild.size(step)) } else { String::new() };
            let instruction = code_in_cell(&fit(&safe_str(&step.instruction), 100));
            writeln!(out, "| {lines} | {layer} | {size} | {} | {instruction} |", escaped_in_cell(outcome.describe()))?;
        }
        if let Some(said) = rebuild.unless_same() {
            writeln!(out, "\n{}", escaped(&said))?;
        }
    }
    let order = rebuild.order.iter().map(|advice| rebuild.order_sentence(advice));
    for sentence in order.chain(rebuild.stale.iter().map(|stale| rebuild.stale_sentence(stale))) {
        writeln!(out, "\n- {}", prose(&sentence))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct RebuildDocument<'a> {
    schema_version: u32,
    complete: bool,
    /// How the steps are known.
    knowledge: &'static str,
    change: Option<ChangeRecord<'a>>,
    totals: RebuildTotals,
    steps: Vec<StepRecord<'a>>,
    order: Vec<OrderRecord<'a>>,
    stale: Vec<StaleRecord<'a>>,
}

#[derive(Serialize)]
struct ChangeRecord<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Serialize)]
struct StepRecord<'a> {
    step: Option<usize>,
    layer: Option<usize>,
    instruction: String,
    bytes: u64,
    outcome: &'static str,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<[usize; 2]>,
}

#[derive(Serialize)]
struct OrderRecord<'a> {
    copy: &'a str,
    copy_layer: Option<usize>,
    install: &'a str,
    install_layer: Option<usize>,
    copy_first: &'a str,
    saved_bytes: u64,
}

#[derive(Serialize)]
struct StaleRecord<'a> {
    instruction: &'a str,
    layer: Option<usize>,
    fetches: &'static str,
    since: Option<&'a str>,
}

/// The same as a document.
///
/// # Errors
/// If `out` cannot be written.
pub fn rebuild_json(rebuild: &Rebuild<'_>, out: &mut dyn Write) -> io::Result<()> {
    let step = |at: usize| &rebuild.plan.steps[at];
    let layer = |at: usize| step(at).layer.map(LayerNumber::get);
    let record = |at: usize| StepRecord {
        step: step(at).step,
        layer: layer(at),
        instruction: step(at).instruction.chars().take(WHOLE).collect(),
        bytes: rebuild.size(step(at)),
        outcome: rebuild.outcomes[at].word(),
        changed: rebuild.changed.contains(&at),
        dockerfile: lines::of_step(step(at).step.and_then(|number| rebuild.subject.image.step(number))),
        lines: step(at).lines.map(|lines| [lines.first(), lines.last()]),
    };
    let order = rebuild.order.iter().map(|advice| OrderRecord {
        copy: &step(advice.copy).instruction,
        copy_layer: layer(advice.copy),
        install: &step(advice.install).instruction,
        install_layer: layer(advice.install),
        copy_first: &advice.manifests,
        saved_bytes: advice.saved,
    });
    let stale = rebuild.stale.iter().map(|stale| StaleRecord {
        instruction: &step(stale.at).instruction,
        layer: layer(stale.at),
        fetches: stale.fetches,
        since: stale.since.as_deref(),
    });
    let document = RebuildDocument {
        schema_version: json::SCHEMA,
        complete: rebuild.subject.complete(),
        knowledge: rebuild.plan.knowledge.word(),
        change: rebuild.change.map(|change| match change {
            BuildChange::Layer(number) => ChangeRecord { kind: "layer", value: Some(number.to_string().into()) },
            BuildChange::Step(text) => ChangeRecord { kind: "step", value: Some(text.into()) },
            BuildChange::File(path) => ChangeRecord { kind: "file", value: Some(path.into()) },
            BuildChange::Base => ChangeRecord { kind: "base", value: None },
        }),
        totals: rebuild.totals(),
        steps: rebuild.plan.shown().into_iter().map(record).collect(),
        order: order.collect(),
        stale: stale.collect(),
    };
    json::document(out, &document)
}
