//! The basket: what is marked, and what removing it would save.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::analysis::{Base, Cause, FixKind, Loss, Marked, context_pattern};
use crate::format;
use crate::format::shell;
use crate::image::{EntryKind, LayerNumber};
use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::view::{DrawContext, Effect, Overlay, Request, Scene, WasteOf};
use crate::tui::widgets::layout;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::tui::work::Job;
use crate::union::NodeId;

/// The width of the dialog.
const WIDTH: usize = 96;
/// Lines for the total.
const TOTAL: usize = 3;
/// The number of layers that the total names.
const NAMED: usize = 4;

/// The dialog that shows the basket.
#[derive(Default)]
pub(in crate::tui) struct BasketView {
    cursor: Cursor,
}

impl BasketView {
    fn room(model: &Model, body: Rect) -> Rect {
        layout::popup(body, WIDTH, model.marks.list().len().max(1) + TOTAL + 3)
    }

    /// The list, and below it the total.
    fn parts(model: &Model, body: Rect) -> (Rect, Rect) {
        let inner = layout::inner(Self::room(model, body), true);
        let total = u16::try_from(TOTAL + 1).unwrap_or(0).min(inner.height.saturating_sub(1));
        let list = Rect { height: inner.height - total, ..inner };
        (list, Rect { y: list.bottom() + total.min(1), height: total.saturating_sub(1), ..inner })
    }

    fn selected(&self, model: &Model) -> Option<Marked> {
        model.marks.list().get(self.cursor.selected()).copied()
    }

    /// Shows a path where it is in the final image, or else in the last layer that stored it; or shows a layer.
    fn show(&self, model: &Model) -> Option<Vec<Effect>> {
        let union = model.union.as_ref()?;
        let effect = match self.selected(model)? {
            Marked::Wasted(node) => {
                let last = union.versions(node).last().map(|version| union.version(version).layer());
                Effect::GoTo(Request::Show { node, layer: last })
            }
            Marked::Cause { account, stored_by, by } => {
                Effect::GoTo(Request::Waste { at: Some(WasteOf { account, by, layer: stored_by }) })
            }
            Marked::Path(node) => {
                let last = || union.versions(node).last().map(|version| union.version(version).layer());
                Effect::GoTo(Request::Show { node, layer: if union.live(node).is_some() { None } else { last() } })
            }
            Marked::Layer(layer) => Effect::GoTo(Request::Show { node: union.root(), layer: Some(layer) }),
        };
        Some(vec![effect])
    }
}

impl Overlay for BasketView {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        let model = scene.model;
        match action {
            Action::Close | Action::Quit | Action::Basket => vec![Effect::Close],
            Action::Mark => self.selected(model).map(|mark| Effect::Mark(vec![mark])).into_iter().collect(),
            Action::ClearBasket => vec![Effect::ClearMarks],
            Action::Open => self.show(model).unwrap_or_default(),
            Action::Copy | Action::CopyCommand if model.marks.list().is_empty() => {
                vec![Effect::Notice("nothing is marked".to_owned())]
            }
            Action::Copy => {
                vec![Effect::Copy { text: for_build(model), what: "lines of .dockerignore, and the fixes".to_owned() }]
            }
            Action::CopyCommand => {
                let lines: Vec<_> = model.marks.list().iter().map(|&mark| copied(model, mark)).collect();
                vec![Effect::Copy { text: lines.join("\n") + "\n", what: "the list".to_owned() }]
            }
            _ => {
                let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
                let height = usize::from(Self::parts(model, scene.body).0.height);
                self.cursor.go(motion, model.marks.list().len(), height);
                Vec::new()
            }
        }
    }

    fn area(&self, scene: Scene<'_>) -> Option<Rect> {
        Some(Self::room(scene.model, scene.body))
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        let height = usize::from(Self::parts(scene.model, scene.body).0.height);
        self.cursor.clamp(scene.model.marks.list().len(), height);
        Vec::new()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, model: &Model, context: DrawContext<'_>) {
        let area = Self::room(model, body);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        let marks = model.marks.list();
        let about = if marks.is_empty() { String::new() } else { format!("· {} marked", format::count(marks.len())) };
        pane::open(buffer, area, "Basket", &about, framing);
        let (list, total) = Self::parts(model, body);
        let (list, total) = (list.intersection(area), total.intersection(area));
        if marks.is_empty() {
            let key = context.keymap.keys(Action::Mark).next().map_or(String::new(), |key| format!("`{key}` "));
            let text = format!("nothing is marked: {key}marks a file, a folder, a row of waste or a layer");
            let lines = format::wrap(&text, usize::from(list.width).saturating_sub(2), 0);
            let rows = lines.iter().map(|line| Row::new().gap(1).text(Role::Dim, line));
            let whole = layout::inner(area, true).intersection(area);
            paint_rows(buffer, whole, context.theme, rows, None);
            return;
        }
        pane::position(buffer, area, &self.cursor, marks.len(), list, framing);
        let visible = self.cursor.visible(marks.len(), usize::from(list.height));
        let rows = visible.filter_map(|at| Some(row(model, at, *marks.get(at)?, usize::from(list.width))));
        paint_rows(buffer, list, context.theme, rows, Some((self.cursor.line(), framing.selection())));
        let sentence = model.marks.loss().map_or("…".to_owned(), |loss| sentence(model, loss));
        let lines = format::wrap(&sentence, usize::from(total.width).saturating_sub(2), 0);
        let rows = lines.iter().map(|line| Row::new().gap(1).text(Role::Strong, line));
        paint_rows(buffer, total, context.theme, rows, None);
    }

    fn hints(&self) -> &'static [Hint] {
        &[
            (&[Action::Mark], "unmark"),
            (&[Action::ClearBasket], "clear"),
            (&[Action::Copy], ".dockerignore, fixes"),
            (&[Action::CopyCommand], "list"),
            (&[Action::Open], "show it"),
            (&[Action::Up, Action::Down], "move"),
            (&[Action::Close], "close"),
        ]
    }
}

fn row(model: &Model, at: usize, mark: Marked, width: usize) -> Row {
    let kept_as = model.marks.loss().and_then(|loss| loss.kept_as.get(at)?.as_ref());
    let bytes = model.marks.loss().and_then(|loss| loss.each.get(at)).filter(|_| kept_as.is_none());
    let bytes = if kept_as.is_some() { Some(format::bytes(0)) } else { bytes.map(|&bytes| format::bytes(bytes)) };
    let row = Row::new().gap(1).right(Role::Text, &bytes.unwrap_or_default(), 7).gap(2);
    match mark {
        Marked::Path(_) if kept_as.is_some() => {
            let kept = kept_as.map_or_else(String::new, |path| format::safe(path.as_bytes()));
            let room = width.saturating_sub(row.width() + 1);
            let row = row.text(Role::Text, &fit_end(&name(model, mark), room / 2));
            row.until(Role::Dim, &format!(" hard link: the content stays as /{kept}"), width)
        }
        Marked::Path(_) | Marked::Wasted(_) => {
            let room = width.saturating_sub(row.width() + 1);
            row.text(Role::Text, &fit_end(&name(model, mark), room))
        }
        Marked::Layer(_) | Marked::Cause { .. } => row.until(Role::Text, &name(model, mark), width),
    }
}

fn name(model: &Model, mark: Marked) -> String {
    match mark {
        Marked::Layer(layer) => model.layer_and_instruction(layer),
        Marked::Cause { account, stored_by, by } => {
            let by = model.layer_and_instruction(by);
            format!("stored by layer {stored_by}, {} by {by}", account.name())
        }
        Marked::Wasted(node) => format!("{}, where it is wasted", name(model, Marked::Path(node))),
        Marked::Path(node) => model.union.as_ref().map_or(String::new(), |union| {
            let last = union.versions(node).last().map(|version| union.version(version).inode().kind());
            let slash = if last == Some(EntryKind::Dir) && node != union.root() { "/" } else { "" };
            format!("/{}{slash}", format::safe(union.path(node).as_bytes()))
        }),
    }
}

/// A line of the list as it is copied: a path as a shell word, a layer as a comment.
fn copied(model: &Model, mark: Marked) -> String {
    match (mark, &model.union) {
        (Marked::Path(node) | Marked::Wasted(node), Some(union)) => shell::path(union.path(node).as_bytes()),
        // One line, whatever the history says: a second line would not be part of the comment.
        _ => format!("# {}", format::safe_str(&name(model, mark))),
    }
}

/// What keeps the marks out of the next build: lines of `.dockerignore`, and as comments the fixes and what is left.
fn for_build(model: &Model) -> String {
    let (mut ignored, mut fixes, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = HashSet::new();
    let mut put = |list: &mut Vec<String>, line: String| {
        if known.insert(line.clone()) {
            list.push(line);
        }
    };
    let junk = junk_of_marks(model);
    for &mark in model.marks.list() {
        let causes = causes_of(model, mark);
        for cause in &causes {
            let fix = format!("# layer {}: {}", cause.wasted_by, format::safe_str(&cause.fix.text));
            put(&mut fixes, fix);
        }
        let patterns = patterns(model, mark, &causes);
        let fix = junk.get(&mark).filter(|_| patterns.is_empty());
        if patterns.is_empty() && causes.is_empty() && fix.is_none() {
            put(&mut left, format!("# {}", format::safe_str(&name(model, mark))));
        }
        for pattern in patterns {
            put(&mut ignored, pattern);
        }
        if let Some(fix) = fix {
            put(&mut fixes, fix.clone());
        }
    }
    let mut text = String::new();
    for (title, lines) in [("# .dockerignore", ignored), ("# fixes", fixes), ("# not from the build context", left)] {
        if !lines.is_empty() {
            let _ = writeln!(text, "{title}\n{}", lines.join("\n"));
        }
    }
    text
}

/// How to fix what is marked as the files of junk.
fn junk_of_marks(model: &Model) -> HashMap<Marked, String> {
    let (Some(found), Some(image)) = (&model.concerns.junk, &model.image) else { return HashMap::new() };
    let base = Base::detect(image);
    let mut fixes = HashMap::new();
    for (at, hit) in found.junk.hits.iter().enumerate() {
        let layer = hit.place.layer().map_or_else(String::new, |layer| format!("layer {layer}: "));
        let marks = model.marks_of_junk(at).into_iter().filter(|&mark| model.marks.contains(mark));
        for mark in marks {
            fixes.entry(mark).or_insert_with(|| format!("# {layer}{}", format::safe_str(&hit.fix(&base))));
        }
    }
    fixes
}

/// The causes of what is marked, the largest first.
fn causes_of(model: &Model, mark: Marked) -> Vec<&Cause> {
    let wasted = match mark {
        Marked::Wasted(node) => wasted_below(model, node),
        Marked::Cause { .. } => vec![mark],
        Marked::Path(_) | Marked::Layer(_) => Vec::new(),
    };
    let is_one = |cause: &&Cause| {
        let of = Marked::Cause { account: cause.account, stored_by: cause.stored_by, by: cause.wasted_by };
        cause.bytes > 0 && wasted.contains(&of)
    };
    model.causes.iter().flatten().filter(is_one).collect()
}

/// The causes of the waste at a path and below it.
fn wasted_below(model: &Model, top: NodeId) -> Vec<Marked> {
    let (Some(union), Some(analysis)) = (&model.union, &model.analysis) else { return Vec::new() };
    let is_below = |node: NodeId| std::iter::successors(Some(node), |&node| union.parent(node)).any(|at| at == top);
    let mut causes: Vec<Marked> = Vec::new();
    for waste in &analysis.waste {
        let cause = Marked::Cause { account: waste.account, stored_by: waste.layer, by: waste.by };
        if !causes.contains(&cause) && union.version(waste.name).node().is_some_and(is_below) {
            causes.push(cause);
        }
    }
    causes
}

/// The lines of `.dockerignore` that keep out what is marked.
fn patterns(model: &Model, mark: Marked, causes: &[&Cause]) -> Vec<String> {
    let (Some(image), Some(union)) = (&model.image, &model.union) else { return Vec::new() };
    let of_path = |node: NodeId, layers: &mut dyn Iterator<Item = LayerNumber>| {
        let path = union.path(node);
        layers.filter_map(|layer| context_pattern(image, layer, &path)).collect()
    };
    let left_out = || causes.iter().filter(|cause| cause.fix.kind == FixKind::LeaveOut);
    match mark {
        Marked::Path(node) => of_path(node, &mut union.versions(node).map(|id| union.version(id).layer())),
        Marked::Wasted(node) => of_path(node, &mut left_out().map(|cause| cause.stored_by)),
        Marked::Cause { .. } => left_out()
            .filter_map(|cause| context_pattern(image, cause.stored_by, cause.file.as_ref().unwrap_or(&cause.folder)))
            .collect(),
        Marked::Layer(_) => Vec::new(),
    }
}

fn sentence(model: &Model, loss: &Loss) -> String {
    let whole = model.analysis.as_ref().map_or(0, |analysis| analysis.totals.total());
    #[expect(clippy::cast_precision_loss, reason = "a fraction for people")]
    let share = if whole == 0 { 0.0 } else { loss.bytes as f64 / whole as f64 };
    let mut said = format!(
        "without {} the image would be {} of {} smaller ({}) in {}",
        if model.marks.list().len() == 1 { "it" } else { "these" },
        format::bytes(loss.bytes),
        format::bytes(whole),
        format::percent(share),
        counted(loss.files, "file"),
    );
    let mut layers: Vec<(LayerNumber, u64)> =
        loss.layers.iter().enumerate().map(|(at, &bytes)| (LayerNumber::from_index(at), bytes)).collect();
    layers.retain(|(_, bytes)| *bytes > 0);
    layers.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    let parts: Vec<_> = layers
        .iter()
        .take(NAMED)
        .map(|(layer, bytes)| format!("{} stored in layer {layer}", format::bytes(*bytes)))
        .collect();
    if !parts.is_empty() {
        said.push_str(": ");
        said.push_str(&parts.join(", "));
    }
    if layers.len() > NAMED {
        let _ = write!(said, " and the rest in {} more", layers.len() - NAMED);
    }
    said
}
