//! Two images side by side: as text, as a document, for a pull request.

mod document;
mod markdown;
mod page;
mod text;

pub use document::compare_json;
pub use markdown::compare_markdown;
pub use text::compare_text;

pub(super) use markdown::section;
pub(super) use page::ComparisonSection;

use crate::analysis::{Instruction, beginning};
use crate::check::Judgement;
use crate::compare::{
    Comparison, Difference, DifferenceKind, JunkChange, Presence, Relation, RowId, SecretChange, SettingChange, Sides,
    Totals, UnreadParts,
};
use crate::format::{bytes, count, fit, percent, safe, safe_str, signed};
use crate::image::{Gap, Image, LayerNumber};
use crate::lint::Junk;
use crate::secrets::{Secret, Secrets};

use super::{Subject, names, secrets};

/// The width of a path or an instruction in a sentence.
const SAMPLE: usize = 60;

/// The limit on unread layers of an image that are named.
const UNREAD_LAYERS: usize = 3;

/// Secrets and junk of both images.
#[derive(Clone, Debug)]
pub struct ComparedFindings {
    /// The secrets of the first and of the second image, with redacted places.
    pub secrets: [Secrets; 2],
    /// Which images have each.
    pub secret_changes: Vec<SecretChange>,
    /// What the junk rules find in either.
    pub junk_changes: Vec<JunkChange>,
    /// Files of each image that could not be searched for junk.
    pub junk_unread: [usize; 2],
}

impl ComparedFindings {
    /// The findings of two images.
    #[must_use]
    pub fn new(
        secrets: [Secrets; 2],
        secret_changes: Vec<SecretChange>,
        junk: [&Junk; 2],
        unread: [&UnreadParts; 2],
    ) -> Self {
        let junk_changes = crate::compare::junk_changes(&junk[0].hits, &junk[1].hits, unread);
        Self { secrets, secret_changes, junk_changes, junk_unread: junk.map(|junk| junk.findings.len()) }
    }
}

/// Two images and what differs between them: the input of every report about it.
#[derive(Clone, Copy)]
pub struct ComparedSubjects<'a> {
    /// The image before.
    pub a: Subject<'a>,
    /// The image after.
    pub b: Subject<'a>,
    /// What differs.
    pub comparison: &'a Comparison,
    /// The settings that differ.
    pub settings: &'a [SettingChange],
    /// Secrets and junk; `None` if they were not searched for.
    pub findings: Option<&'a ComparedFindings>,
    /// The rules, if any were given.
    pub judgement: Option<&'a Judgement>,
}

impl<'a> ComparedSubjects<'a> {
    fn sides(&self) -> Sides<'a> {
        self.comparison.sides(self.a.union, self.b.union)
    }

    fn subjects(&self) -> [&Subject<'a>; 2] {
        [&self.a, &self.b]
    }

    /// A path without the secrets of either image.
    fn redacted(&self, path: &[u8]) -> Vec<u8> {
        self.b.redactor.path(&self.a.redactor.path(path)).into_owned()
    }

    /// Text of either image, without the secrets of both.
    fn words(&self, text: &str) -> String {
        self.b.redactor.text(&self.a.redactor.text(text)).into_owned()
    }

    fn path(&self, row: RowId) -> String {
        let sides = self.sides();
        let path = self.comparison.differences.path(&sides, row);
        let slash = if self.comparison.differences.is_folder(&sides, row) { "/" } else { "" };
        format!("{}{slash}", safe(&self.redacted(path.as_bytes())))
    }

    /// What could not be read of either image, as safe sentences without a full stop.
    fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for (side, subject) in self.subjects().into_iter().enumerate() {
            let name = ["A", "B"][side];
            let parts = &self.comparison.unread[side];
            let why_of = |layer| {
                let gap = subject.completeness.gaps().iter().find(|gap| gap.layer == Some(layer));
                gap.map_or_else(String::new, |gap| format!(" ({})", safe_str(&self.words(&gap.what))))
            };
            for &layer in parts.layers.iter().take(UNREAD_LAYERS) {
                gaps.push(format!("cannot be compared: layer {layer} of {name} was not read{}", why_of(layer)));
            }
            let more = parts.layers.len().saturating_sub(UNREAD_LAYERS);
            if more > 0 {
                gaps.push(format!("cannot be compared: {} more layers of {name} were not read", count(more)));
            }
            if parts.config {
                gaps.push(format!("the settings cannot be compared: the configuration of {name} was not read"));
            }
            let is_said = |gap: &Gap| gap.layer.is_some_and(|layer| parts.layers.contains(&layer));
            if let Some(reason) = subject.completeness.reason_but(is_said) {
                gaps.push(format!("{name} is incomplete: {}", safe_str(&self.words(&reason))));
            }
            let unread = self.comparison.answers.findings[side].len();
            if unread > 0 {
                gaps.push(format!("{} of {name} could not be read and count as different", files(unread)));
            }
            let packages = &self.comparison.packages.findings[side];
            if let Some(first) = packages.first() {
                let path = first.path.as_ref().map_or_else(String::new, |path| safe(&self.redacted(path.as_bytes())));
                let more =
                    if packages.len() > 1 { format!(" (and {} more)", packages.len() - 1) } else { String::new() };
                gaps.push(format!("{name}: /{path}: {}{more}", safe_str(&self.words(&first.message))));
            }
            if let Some(findings) = self.findings {
                let unread = findings.secrets[side].findings.len();
                if unread > 0 {
                    gaps.push(format!("{} of {name} could not be searched for secrets", files(unread)));
                }
                if findings.junk_unread[side] > 0 {
                    gaps.push(format!(
                        "{} of {name} could not be searched for junk",
                        files(findings.junk_unread[side])
                    ));
                }
            }
        }
        gaps
    }

    fn complete(&self) -> bool {
        self.gaps().is_empty()
    }

    /// Whether nothing differs, in what was read.
    fn is_same(&self) -> bool {
        let comparison = self.comparison;
        let rows = &comparison.alignment.rows;
        rows.iter().all(|row| row.relation == Relation::Same && !row.recompressed)
            && comparison.differences.is_empty()
            && self.settings.is_empty()
    }

    /// The size of a layer, if it was read.
    fn layer_bytes(&self, side: usize, layer: Option<LayerNumber>) -> Option<u64> {
        let subject = self.subjects()[side];
        let layer = layer.filter(|&layer| subject.union.entries(layer).complete)?;
        Some(subject.analysis.layer(layer).accounts.total())
    }

    /// The same as text; `?` of a layer that was not read.
    fn layer_size(&self, side: usize, layer: Option<LayerNumber>) -> String {
        match layer {
            Some(_) => self.layer_bytes(side, layer).map_or_else(|| "?".to_owned(), bytes),
            None => String::new(),
        }
    }

    /// What differs of the files, in one line.
    fn files(&self) -> String {
        let totals = self.comparison.differences.totals();
        match (self.comparison.differences.is_empty(), self.comparison.has_unread_files()) {
            (true, true) => "no difference in what was read".to_owned(),
            (true, false) => "a container sees the same files".to_owned(),
            (false, true) => counted(&totals),
            (false, false) => {
                format!("{}; {} in what a container sees", counted(&totals), signed(totals.before, totals.after))
            }
        }
    }

    /// The answer in one line.
    fn verdict(&self) -> String {
        if self.is_same() {
            return if self.complete() {
                match self.comparison.configuration_part() {
                    Some(part) => format!("the same layers, files and settings: {}", self.words(&part)),
                    None => "no difference: the same layers, files and settings".to_owned(),
                }
            } else {
                "no difference in what could be read".to_owned()
            };
        }
        let (before, after) = (self.a.analysis.totals.total(), self.b.analysis.totals.total());
        let alignment = &self.comparison.alignment;
        let recompressed = alignment.rows.iter().filter(|row| row.recompressed).count();
        let mut parts = Vec::new();
        for (number, what) in [
            (alignment.count(Relation::Rebuilt), "rebuilt"),
            (alignment.count(Relation::OnlyInB), "only in B"),
            (alignment.count(Relation::OnlyInA), "only in A"),
            (recompressed, "recompressed"),
        ] {
            if number > 0 {
                let layers = if number == 1 { "layer " } else { "layers " };
                let layers = if parts.is_empty() { layers } else { "" };
                parts.push(format!("{} {layers}{what}", count(number)));
            }
        }
        if parts.is_empty() {
            parts.push("the same layers".to_owned());
        }
        if self.is_unmatched() {
            parts = vec!["which layers are the same is unknown".to_owned()];
        }
        if let Some(unread) = self.comparison.unread_part() {
            // How much larger or smaller it is, is unknown.
            return format!("incomplete, {unread}: {}", parts.join(", "));
        }
        let incomplete = if self.complete() { "" } else { " (incomplete)" };
        format!("{}: {}{incomplete}", growth(before, after), parts.join(", "))
    }

    /// Whether nothing identifies the layers of an image: its configuration was not read, and their blobs have no digests.
    fn is_unmatched(&self) -> bool {
        let has_none =
            |image: &Image| image.layers.iter().all(|layer| layer.diff_id.is_none() && layer.digest.is_none());
        self.subjects().iter().zip(&self.comparison.unread).any(|(of, parts)| parts.config && has_none(of.image))
    }

    /// What a push of B sends, where the registry has A.
    fn push(&self) -> String {
        self.comparison.cost.verdict(&|text| self.words(text))
    }

    /// What to know before the figures, as safe sentences without a full stop.
    fn premises(&self) -> Vec<String> {
        self.comparison.premises([self.a.image, self.b.image])
    }

    /// What is not compared at all, as safe sentences without a full stop.
    fn remarks(&self) -> Vec<String> {
        let rpm = "the packages of rpm are not compared: its database is not read";
        self.comparison.packages.has_rpm.then(|| rpm.to_owned()).into_iter().collect()
    }

    /// How a row of the alignment is called.
    fn relation(&self, row: usize) -> String {
        let row = &self.comparison.alignment.rows[row];
        let at = |moved: Option<LayerNumber>, of: &str| {
            moved.map(|layer| format!(", in {of} at {layer}")).unwrap_or_default()
        };
        let unread = if row.unread { ", not read" } else { "" };
        match row.relation {
            Relation::Same if row.unread => "same digest, not read".to_owned(),
            Relation::Same if row.recompressed => "same, recompressed".to_owned(),
            Relation::Same => "same".to_owned(),
            Relation::Rebuilt => format!("rebuilt{unread}"),
            Relation::OnlyInA | Relation::OnlyInB if self.is_unmatched() => format!("unknown{unread}"),
            Relation::OnlyInA => format!("only in A{}{unread}", at(row.moved, "B")),
            Relation::OnlyInB => format!("only in B{}{unread}", at(row.moved, "A")),
        }
    }

    /// The instruction of a row of the alignment, on one safe line without secrets.
    fn instruction(&self, row: usize) -> String {
        let row = &self.comparison.alignment.rows[row];
        let line = match (row.a, row.b) {
            (_, Some(layer)) => self.b.brief(layer),
            (Some(layer), None) => self.a.brief(layer),
            (None, None) => String::new(),
        };
        self.words(&line)
    }

    /// Why a rebuilt layer differs, as a safe sentence without a full stop, and some of the paths.
    fn reason(&self, row: usize) -> Option<(String, Vec<String>)> {
        let reason = self.comparison.reason(row)?;
        let sides = self.sides();
        let sample = |&(of_b, node): &(bool, crate::union::NodeId)| {
            let union = if of_b { sides.b.union } else { sides.a.union };
            fit(&format!("/{}", safe(&self.redacted(union.path(node).as_bytes()))), SAMPLE)
        };
        let mut samples: Vec<_> = reason.samples.iter().map(sample).collect();
        if reason.differing() > samples.len() && !samples.is_empty() {
            samples.push("…".to_owned());
        }
        Some((reason.describe(), samples))
    }

    /// The same in one text.
    fn reason_text(&self, row: usize) -> Option<String> {
        let (said, samples) = self.reason(row)?;
        Some(if samples.is_empty() { said } else { format!("{said}: {}", samples.join(", ")) })
    }

    /// What marks the row where the images begin to differ.
    fn first_difference(&self) -> Option<(usize, String)> {
        let alignment = &self.comparison.alignment;
        let at = alignment.first_difference().filter(|_| !self.is_unmatched())?;
        let mut said = "the first difference".to_owned();
        if alignment.rows[at].relation == Relation::Rebuilt {
            said.push_str(": from here on, the build cache was not used");
        }
        if let Some(steps) = alignment.first_step {
            let line = |side: usize| {
                let subject = self.subjects()[side];
                let step = steps[side].and_then(|number| subject.image.step(number));
                let line = step.map(|step| Instruction::read(&beginning(&step.created_by)).line()).unwrap_or_default();
                fit(&self.words(&safe_str(&line)), SAMPLE)
            };
            said = match (line(0), line(1)) {
                (a, b) if a.is_empty() => format!("{said}; before it, B has another instruction: {b}"),
                (a, b) if b.is_empty() => format!("{said}; before it, only A has an instruction: {a}"),
                (a, b) => format!("{said}; before it, an instruction differs: {a} in A, {b} in B"),
            };
        }
        Some((at, said))
    }

    fn secret(&self, change: &SecretChange) -> Option<(usize, &'a Secret)> {
        let findings = self.findings?;
        let side = usize::from(change.b.is_some());
        let at = change.b.or(change.a)?;
        findings.secrets[side].found.get(at).map(|secret| (side, secret))
    }

    /// Where a secret is, as safe text.
    fn secret_place(&self, side: usize, secret: &Secret) -> String {
        self.words(&secrets::location(self.subjects()[side], secret))
    }

    /// How many secrets are new, still there or gone.
    fn secrets_with(&self, presence: Presence) -> usize {
        let changes = self.findings.map_or(&[][..], |findings| &findings.secret_changes);
        changes.iter().filter(|change| change.presence == presence).count()
    }

    /// Secrets that were found, but are not listed.
    fn secrets_left_out(&self) -> usize {
        self.findings.map_or(0, |findings| findings.secrets.iter().map(|secrets| secrets.more).sum())
    }

    fn title(&self, side: usize) -> String {
        names::title(self.subjects()[side].image)
    }
}

fn files(number: usize) -> String {
    format!("{} {}", count(number), if number == 1 { "file" } else { "files" })
}

/// `+12.3 MB (+3 %)`.
fn growth(before: u64, after: u64) -> String {
    let change = signed(before, after);
    if before == after || before == 0 {
        return change;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share has few digits")]
    let share = percent(before.abs_diff(after) as f64 / before as f64);
    let sign = if after > before { "+" } else { "−" };
    // A share that rounds to nothing has no sign.
    let sign = if share.starts_with('<') { "" } else { sign };
    format!("{change} ({sign}{share})")
}

/// How a path differs, in words.
fn change(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Metadata => "metadata only",
        DifferenceKind::NotCompared => "not compared",
        _ => kind.name(),
    }
}

/// Which images have something, in words.
fn presence(presence: Presence) -> &'static str {
    if presence == Presence::NotCompared { "not compared" } else { presence.name() }
}

/// `3 added, 1 removed`.
fn counted(totals: &Totals) -> String {
    let parts = DifferenceKind::ALL.into_iter().filter(|&kind| totals.count(kind) > 0);
    let said = |kind: DifferenceKind| format!("{} {}", count(totals.count(kind)), change(kind));
    parts.map(said).collect::<Vec<_>>().join(", ")
}

/// The size of a path in each image.
fn sizes(row: &Difference, versions: [Option<crate::union::VersionRef<'_>>; 2]) -> String {
    use DifferenceKind::{Added, Metadata, Modified, NotCompared, Removed};
    let known = |side: usize| versions[side].map_or_else(|| "?".to_owned(), |version| bytes(version.size()));
    let size = |side: usize| versions[side].map_or(0, crate::union::VersionRef::size);
    match row.kind {
        Some(Added) => format!("+{}", bytes(size(1))),
        Some(Removed) => format!("−{}", bytes(size(0))),
        Some(Modified) => format!("{} → {}", bytes(size(0)), bytes(size(1))),
        Some(NotCompared) => format!("{} → {}", known(0), known(1)),
        Some(Metadata) | None => bytes(size(1)),
    }
}

/// What differs of a path that both images have, in a few words.
fn aspects(row: &Difference) -> String {
    if row.unread {
        return "not read".to_owned();
    }
    row.aspects.names().collect::<Vec<_>>().join(", ")
}
