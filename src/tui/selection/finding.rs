//! What the cursor is on as Markdown, for an issue or a pull request: what was found, who is to blame, how to fix it, and
//! the command that proves it.

use std::fmt::Write;

use super::copy;
use crate::analysis::{Account, Instruction, Severity, layer_name_with_lines};
use crate::compare::{ComparedImages, DifferenceKind, Relation, Totals};
use crate::format::shell::{self, CommandTemplate};
use crate::format::{self, markdown};
use crate::image::{EntryKind, Image, LayerNumber};
use crate::overview::{Saving, SavingReason};
use crate::secrets::{Secret, SecretLocation};
use crate::tui::model::Model;
use crate::tui::view::{ComparedPath, CursorTarget, FindingAt, WasteOf};
use crate::tui::widgets::text::counted;
use crate::union::{Aspects, VersionRef};

/// The Markdown; `None` where there is nothing to say.
pub(super) fn markdown_of(model: &Model, target: CursorTarget) -> Option<String> {
    let finding = match (target.finding, target.node) {
        (Some(FindingAt::Waste { group, file }), _) => waste(model, group, file)?,
        (Some(FindingAt::Cause(of)), _) => cause(model, of)?,
        (Some(FindingAt::Saving(at)), _) => saving(model, model.saving(at)?)?,
        (Some(FindingAt::Secret(at)), _) => secret(model, model.concerns.secrets.as_ref()?.get(at)?),
        (Some(FindingAt::Junk(at)), _) => junk(model, at)?,
        (Some(FindingAt::Image), _) => image(model)?,
        (Some(FindingAt::RebuiltLayers(row)), _) => return rebuilt(model.pair.as_ref()?, row),
        (Some(FindingAt::Difference(path)), _) => return difference(model.pair.as_ref()?, path),
        (None, Some(_)) => file(model, target)?,
        (None, None) => layer(model, target.step.and(target.layer)?),
    };
    Some(finding.text(model))
}

/// What was found, in parts.
struct Finding {
    title: String,
    points: Vec<String>,
    /// The words of `layerscope` that prove it, where IMAGE is known.
    proof: Option<String>,
}

impl Finding {
    fn text(self, model: &Model) -> String {
        let image = model.image.as_ref().and_then(|image| image.names.first()).unwrap_or(&model.title);
        let mut text = format!("**{}**, in {}\n", self.title, code(image));
        for (at, point) in self.points.iter().enumerate() {
            let _ = write!(text, "{}- {point}", if at == 0 { "\n" } else { "" });
            text.push('\n');
        }
        if let Some(proof) = self.proof {
            let _ = write!(text, "\n{}\n", markdown::command(&proof));
        }
        text
    }
}

/// Text of the image as code: nothing in it is markup.
fn code(text: &str) -> String {
    markdown::code(&format::safe_str(text))
}

fn path_code(path: &[u8], is_folder: bool) -> String {
    code(&format!("/{}{}", format::safe(path), if is_folder && !path.is_empty() { "/" } else { "" }))
}

/// A sentence that quotes the image: its punctuation is no markup.
fn plain(text: &str) -> String {
    markdown::prose(&format::safe_str(text))
}

/// `layer 5, Dockerfile:14` and the instruction as code.
fn layer_code(model: &Model, layer: LayerNumber) -> String {
    model.image.as_ref().map_or_else(|| format!("layer {layer}"), |image| layer_code_of(image, layer))
}

fn layer_code_of(image: &Image, layer: LayerNumber) -> String {
    let name = layer_name_with_lines(image, layer);
    match name.split_once(": ") {
        Some((place, instruction)) => format!("{}: {}", plain(place), code(instruction)),
        None => plain(&name),
    }
}

/// A command of `layerscope`; what was read from standard input must come from somewhere again.
fn proof(model: &Model, words: impl FnOnce(&CommandTemplate) -> String) -> Option<String> {
    let template = CommandTemplate::new(&model.opened);
    let command = words(&template);
    match template.image.as_str() {
        "-" => super::copy::reference(model.image.as_ref()?).map(|name| format!("docker save {name} | {command}")),
        _ => Some(command),
    }
}

fn of_image(model: &Model, command: &str) -> Option<String> {
    proof(model, |template| template.command(&format!("{command} {}", template.image)))
}

fn waste(model: &Model, group: usize, file: Option<usize>) -> Option<Finding> {
    let group = model.groups.as_ref()?.get(group)?;
    let file = file.and_then(|file| model.analysis.as_ref()?.waste.get(file)).zip(model.union.as_ref());
    let path = file.map_or_else(|| group.path.clone(), |(file, union)| union.version(file.name).path());
    let is_folder = group.folder && file.is_none();
    let bytes = file.map_or(group.bytes, |(file, _)| file.bytes);
    let files = if file.is_some() || group.files.len() < 2 {
        String::new()
    } else {
        format!(" ({})", counted(group.files.len(), "file"))
    };
    let title = format!(
        "{} wasted: {} is stored, but {}{files}",
        format::bytes(bytes),
        path_code(path.as_bytes(), is_folder),
        group.account.name()
    );
    Some(Finding {
        title,
        points: blame(model, group.account, &[(group.layer, group.by)]),
        proof: of_image(model, "waste"),
    })
}

fn cause(model: &Model, of: WasteOf) -> Option<Finding> {
    let causes = model.causes_with(of.account, of.layer, of.by);
    let bytes = causes.iter().fold(0, |sum: u64, cause| sum.saturating_add(cause.bytes));
    let files: usize = causes.iter().map(|cause| cause.files).sum();
    let place = match causes.as_slice() {
        [] => return None,
        [first, ..] => match &first.file {
            Some(file) => path_code(file.as_bytes(), false),
            None => path_code(first.folder.as_bytes(), true),
        },
    };
    let parts: Vec<_> = causes.iter().map(|cause| (cause.stored_by, cause.wasted_by)).collect();
    let title = format!(
        "{} wasted: {} in {place} {} stored, but {}",
        format::bytes(bytes),
        counted(files, "file"),
        if files == 1 { "is" } else { "are" },
        of.account.name()
    );
    Some(Finding { title, points: blame(model, of.account, &parts), proof: of_image(model, "waste") })
}

/// The limit on old copies whose layers are listed.
const COPIES: usize = 4;

/// Who stored it, who wasted it, and how to fix it.
fn blame(model: &Model, account: Account, parts: &[(LayerNumber, LayerNumber)]) -> Vec<String> {
    let mut points = parties(model, account, parts);
    let fix = parts.first().and_then(|&(stored_by, by)| model.fix(account, stored_by, by));
    points.extend(fix.map(|fix| format!("fix: {}", plain(&fix))));
    points
}

/// Who stored it and who wasted it.
fn parties(model: &Model, account: Account, parts: &[(LayerNumber, LayerNumber)]) -> Vec<String> {
    let mut points = Vec::new();
    for &(stored_by, by) in parts.iter().take(COPIES) {
        points.push(format!("stored by {}", layer_code(model, stored_by)));
        points.push(format!("{} by {}", account.name(), layer_code(model, by)));
    }
    if parts.len() > COPIES {
        points.push(format!("and so on, in {}", counted(parts.len(), "layer")));
    }
    points
}

/// What the first screen says can be saved, with the same figures.
fn saving(model: &Model, saving: &Saving) -> Option<Finding> {
    let place = path_code(saving.path.as_bytes(), !saving.is_one_path);
    let (bytes, by) = (format::bytes(saving.bytes), saving.caused_by);
    let files = counted(saving.files, "file");
    let (title, mut points, command) = match &saving.reason {
        SavingReason::Junk(what) => {
            let files = if saving.files > 1 { format!(" ({files})") } else { String::new() };
            let title = format!("{bytes} of junk: {}, {place}{files}", plain(what));
            let mut points = vec![format!("stored by {}", layer_code(model, by))];
            let others = saving.stored_by.iter().filter(|&&layer| layer != by).take(COPIES);
            points.extend(others.map(|&layer| format!("also stored by {}", layer_code(model, layer))));
            (title, points, "junk")
        }
        SavingReason::Wasted(account) => {
            let stored_by = *saving.stored_by.first()?;
            let causes = model.causes_with(*account, stored_by, by);
            let parts: Vec<_> = causes.iter().map(|cause| (cause.stored_by, cause.wasted_by)).collect();
            let are = if saving.files == 1 { "is" } else { "are" };
            let title = format!("{bytes} wasted: {files} in {place} {are} stored, but {}", account.name());
            (title, parties(model, *account, &parts), "waste")
        }
    };
    points.push(format!("fix: {}", plain(&saving.fix)));
    // Why the command that proves it counts more.
    points.extend(model.concerns.without_junk(saving, path_code));
    Some(Finding { title, points, proof: of_image(model, command) })
}

/// Without its value.
fn secret(model: &Model, secret: &Secret) -> Finding {
    let place = match &secret.location {
        SecretLocation::File { path, .. } => path_code(path.as_bytes(), false),
        SecretLocation::Env(name) => code(&format!("ENV {name}")),
        SecretLocation::Label(name) => code(&format!("LABEL {name}")),
        SecretLocation::Step { number, .. } => {
            let step = model.image.as_ref().and_then(|image| image.step(*number));
            step.map_or_else(|| "the history".to_owned(), |step| code(&Instruction::read(step.description()).line()))
        }
        SecretLocation::Document(place) => plain(place),
    };
    let mut points = Vec::new();
    if let Some(layer) = secret.layer() {
        let first = match &secret.location {
            SecretLocation::File { path, .. } => model.brought_by(path, layer),
            _ => None,
        };
        points.push(match first {
            Some(first) => {
                format!("brought by {}, stored again by {}", layer_code(model, first), layer_code(model, layer))
            }
            None => format!("stored by {}", layer_code(model, layer)),
        });
    }
    if let SecretLocation::File { hidden_by: Some(by), account, .. } = &secret.location {
        points.push(format!("{} by {}: still readable", account.name(), layer_code(model, *by)));
    }
    points.push(match secret.severity {
        Severity::High => "anyone who can pull the image can read it: treat it as leaked and rotate it".to_owned(),
        _ => "anyone who can pull the image can read it: check whether it is real, and if it is, rotate it".to_owned(),
    });
    let title = format!("Secret: {} in {place}", plain(secret.kind));
    Finding { title, points, proof: of_image(model, "secrets") }
}

fn junk(model: &Model, at: usize) -> Option<Finding> {
    let hit = model.concerns.junk.as_ref()?.junk.hits.get(at)?;
    let rule = &hit.rule.text;
    let bytes = if hit.bytes > 0 { format!(", {}", format::bytes(hit.bytes)) } else { String::new() };
    let title = format!("Junk: {} ({}){bytes}", plain(&rule.what), code(&rule.id));
    let mut points = Vec::new();
    if let Some(layer) = hit.place.layer() {
        points.push(format!("stored by {}", layer_code(model, layer)));
    }
    points.extend((!hit.note.is_empty()).then(|| plain(&hit.note)));
    points.extend(hit.samples.iter().take(3).map(|path| path_code(path.as_bytes(), false)));
    points.push(format!("fix: {}", plain(&rule.fix)));
    Some(Finding { title, points, proof: of_image(model, "junk") })
}

fn image(model: &Model) -> Option<Finding> {
    let overview = model.overview.as_ref()?;
    let (all, wasted) = (overview.totals.total(), overview.totals.wasted());
    let share = format::percent(1.0 - overview.totals.efficiency());
    let title = format!("{} of {} wasted ({share})", format::bytes(wasted), format::bytes(all));
    let savings = overview.savings.iter().flatten().filter(|saving| !saving.of_base).take(3);
    let mut points: Vec<String> =
        savings.map(|saving| format!("{}: {}", format::bytes(saving.bytes), plain(&saving.fix))).collect();
    if let Some(secrets) = overview.secrets.as_ref().filter(|secrets| secrets.count > 0) {
        points.push(format!("{}, {} of them visible in a container", secrets.in_words(), secrets.visible));
    }
    Some(Finding { title, points, proof: of_image(model, "summary") })
}

/// Layers that two images have both or one of.
fn rebuilt(pair: &ComparedImages, at: usize) -> Option<String> {
    let row = pair.comparison.alignment.rows.get(at)?;
    let title = match (row.a, row.b, row.relation) {
        (Some(a), Some(b), Relation::Same) if row.unread => {
            format!("Layer {a} of A has the digest of layer {b} of B, and not both were read")
        }
        (Some(a), Some(b), Relation::Same) => format!("Layer {a} of A is layer {b} of B"),
        (Some(a), Some(b), _) => format!("Layer {a} of A was built again as layer {b} of B"),
        (Some(a), None, _) => format!("Layer {a} is only in A"),
        (None, Some(b), _) => format!("Layer {b} is only in B"),
        (None, None, _) => return None,
    };
    let layer = |side: usize, layer: Option<LayerNumber>| {
        let instruction = Instruction::read(pair.images[side].image.description_of(layer?)).line();
        (!instruction.is_empty()).then(|| code(&instruction))
    };
    let mut points: Vec<String> = [layer(0, row.a), layer(1, row.b)].into_iter().flatten().collect();
    points.dedup();
    points.extend(pair.comparison.reason(at).map(|reason| plain(&reason.describe())));
    Some(of_pair(pair, &title, &points, &copy::compare_command(pair)))
}

/// A path in two images.
fn difference(pair: &ComparedImages, path: ComparedPath) -> Option<String> {
    let versions = [0, 1].map(|side| Some(pair.images[side].union.version(path.versions[side]?)));
    let shown = versions[1].or(versions[0])?;
    let is_folder = shown.kind() == EntryKind::Dir;
    let name = path_code(&pair.redacted(shown.path().as_bytes()), is_folder);
    let title = match (versions, path.aspects) {
        (_, Some((Some(DifferenceKind::NotCompared), _))) => {
            format!("{name} is not compared: a layer that may change it was not read")
        }
        ([None, _], _) => format!("{name} is only in B"),
        ([_, None], _) => format!("{name} is only in A"),
        (_, Some((_, aspects))) if !aspects.is_empty() => {
            format!("{name} differs: {}", aspects.names().collect::<Vec<_>>().join(", "))
        }
        (_, Some((None, _))) => {
            let number = path.totals.all();
            format!("Below {name}, {} {}", counted(number, "path"), if number == 1 { "differs" } else { "differ" })
        }
        _ => format!("{name} does not differ"),
    };
    let point = |side: usize, version: VersionRef<'_>| {
        let size = if is_folder { String::new() } else { format!("{}, ", format::bytes(version.size())) };
        let layer = match version.entry() {
            Some(_) => layer_code_of(&pair.images[side].image, version.layer()),
            None => "a folder that no layer lists".to_owned(),
        };
        format!("{}: {size}{layer}", ["A", "B"][side])
    };
    let points = versions.into_iter().enumerate();
    let mut points: Vec<_> = points.filter_map(|(side, version)| Some(point(side, version?))).collect();
    if let Some((None, _)) = path.aspects {
        // What differs below a folder may be in any layer.
        points = below(path.totals);
    }
    points.extend(path.between.and_then(|row| between(pair, row)));
    let mut proof = format!("{} --all", copy::compare_command(pair));
    let differs = path.aspects.is_some_and(|(_, aspects)| aspects.has(Aspects::CONTENT));
    if let ([Some(a), Some(b)], true) = (copy::stored_files(pair, path), differs) {
        let _ = write!(proof, "\ndiff <({a}) <({b})");
    }
    Some(of_pair(pair, &title, &points, &proof))
}

/// What differs below a folder.
fn below(totals: Totals) -> Vec<String> {
    let sizes = format!("A: {}, B: {}", format::bytes(totals.before), format::bytes(totals.after));
    vec![totals.describe(), sizes]
}

/// Between which layers something differs.
fn between(pair: &ComparedImages, row: usize) -> Option<String> {
    let row = pair.comparison.alignment.rows.get(row)?;
    Some(match (row.a, row.b) {
        (Some(a), Some(b)) => format!("between layer {a} of A and layer {b} of B"),
        (Some(a), None) => format!("in layer {a}, which only A has"),
        (None, Some(b)) => format!("in layer {b}, which only B has"),
        (None, None) => return None,
    })
}

fn of_pair(pair: &ComparedImages, title: &str, points: &[String], proof: &str) -> String {
    let [a, b] = pair.images.each_ref().map(|of| code(&of.title()));
    let mut text = format!("**{title}**, A {a} and B {b}\n\n");
    for point in points {
        let _ = writeln!(text, "- {point}");
    }
    let _ = writeln!(text, "\n{}", markdown::command(proof));
    text
}

fn file(model: &Model, target: CursorTarget) -> Option<Finding> {
    let (union, node) = (model.union.as_ref()?, target.node?);
    let (path, version) = (union.path(node), target.version.map(|version| union.version(version)));
    let is_folder = version.is_some_and(|version| version.kind() == EntryKind::Dir);
    let name = path_code(path.as_bytes(), is_folder);
    let size = version.filter(|_| !is_folder).map(|version| format!(", {}", format::bytes(version.size())));
    let layer = version.map(VersionRef::layer).or(target.layer)?;
    let mut points = vec![format!("stored by {}", layer_code(model, layer))];
    if let Some(ended) = version.and_then(VersionRef::ended) {
        points.push(format!("replaced or removed by {}", layer_code(model, ended.by)));
    }
    let proof = proof(model, |template| {
        template.command(&format!("ls {} {} --layer {layer}", template.image, shell::path(path.as_bytes())))
    });
    Some(Finding { title: format!("{name}{}", size.unwrap_or_default()), points, proof })
}

fn layer(model: &Model, layer: LayerNumber) -> Finding {
    let mut points = Vec::new();
    if let Some(accounts) = model.accounts(layer) {
        points.push(format!(
            "{} in files, {} of them wasted",
            format::bytes(accounts.total()),
            format::bytes(accounts.wasted())
        ));
    }
    match model.caused(layer) {
        0 => {}
        caused => points.push(format!("it wastes {} that it or other layers store", format::bytes(caused))),
    }
    let proof = proof(model, |template| template.command(&format!("ls {} --layer {layer}", template.image)));
    Finding { title: layer_code(model, layer), points, proof }
}
