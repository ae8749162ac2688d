//! Fuzzy search: a few characters, and the best matching paths of all layers.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::format;
use crate::tui::action::{Action, Hint};
use crate::tui::model::Model;
use crate::tui::search::{FuzzyMatch, FuzzyQuery, FuzzyResults, Ticket, Tickets};
use crate::tui::view::{DrawContext, Effect, Overlay, Request, Scene};
use crate::tui::widgets::layout;
use crate::tui::widgets::line::InputLine;
use crate::tui::widgets::pane::{self, Framing};
use crate::tui::widgets::row::{Row, fit_end, paint_rows};
use crate::tui::widgets::scroll::{Cursor, Motion};
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};

/// The width of the dialog.
const WIDTH: usize = 110;
/// The height of the dialog; on a lower screen it takes the whole height.
const HEIGHT: usize = 30;
/// The width of the column that says where a path is stored.
const WHAT: usize = 32;

/// The dialog for jumping to a path.
#[derive(Default)]
pub(in crate::tui) struct JumpView {
    line: InputLine,
    /// The text that was last searched for.
    asked: String,
    tickets: Tickets,
    /// The ticket of the running search.
    waiting: Option<Ticket>,
    places: Vec<FuzzyMatch>,
    matches: usize,
    cursor: Cursor,
}

impl JumpView {
    /// With the plain words of a filter on its line.
    pub fn searching(filter: &str) -> Self {
        let plain = |word: &&str| !word.contains(['*', '?', '<', '>', ':', '"', '[', '{']);
        let words: Vec<&str> = filter.split_whitespace().filter(plain).collect();
        Self { line: InputLine::new(&words.join(" ")), ..Self::default() }
    }

    fn room(body: Rect) -> Rect {
        layout::popup(body, WIDTH, HEIGHT)
    }

    fn list(body: Rect) -> Rect {
        layout::below_heads(layout::inner(Self::room(body), true))
    }

    fn go(&mut self, motion: Motion, body: Rect) {
        self.cursor.go(motion, self.places.len(), usize::from(Self::list(body).height));
    }

    fn about(&self) -> String {
        if self.asked.is_empty() {
            return String::new();
        }
        let count = match (self.matches, self.places.len()) {
            (0, _) => "no matches".to_owned(),
            (all, kept) if all > kept => format!("the best {} of {}", format::count(kept), format::count(all)),
            (all, _) => format::count(all),
        };
        match (&self.waiting, self.matches) {
            (Some(_), 0) => "· …".to_owned(),
            (Some(_), _) => format!("· … {count}"),
            (None, _) => format!("· {count}"),
        }
    }
}

/// A path in a number of columns, with the matching characters highlighted.
fn marked(mut row: Row, place: &FuzzyMatch, columns: usize) -> Row {
    let plain = if place.live { Role::Text } else { Role::Removed };
    let shown = fit_end(&place.path, columns);
    let count = |text: &str| text.chars().count();
    // The path is cut at the front.
    let cut = count(&place.path).saturating_sub(count(&shown));
    let is_marked = |at: usize| u32::try_from(at + cut).is_ok_and(|at| place.letters.binary_search(&at).is_ok());
    let letters: Vec<char> = shown.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let marked = is_marked(at);
        let run = (at..letters.len()).take_while(|&next| is_marked(next) == marked).count();
        let text: String = letters[at..at + run].iter().collect();
        row = row.text(if marked { Role::Key } else { plain }, &text);
        at += run;
    }
    row
}

impl Overlay for JumpView {
    fn act(&mut self, action: Action, scene: Scene<'_>) -> Vec<Effect> {
        if matches!(action, Action::Close | Action::Quit) {
            return vec![Effect::Close];
        }
        let Some(motion) = Motion::from_action(action) else { return vec![Effect::NoSuchKey] };
        self.go(motion, scene.body);
        Vec::new()
    }

    fn gives_way(&self) -> bool {
        false
    }

    fn typed(&mut self, key: KeyEvent, scene: Scene<'_>) -> Option<Vec<Effect>> {
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) => {
                let place = self.places.get(self.cursor.selected());
                return Some(place.map_or_else(Vec::new, |place| {
                    vec![Effect::GoTo(Request::Show { node: place.node, layer: Some(place.layer) })]
                }));
            }
            // As in other fuzzy finders.
            (KeyCode::Char('p' | 'k'), KeyModifiers::CONTROL) => self.go(Motion::Up, scene.body),
            (KeyCode::Char('n' | 'j'), KeyModifiers::CONTROL) => self.go(Motion::Down, scene.body),
            _ if self.line.typed(key) => {}
            _ => return None,
        }
        Some(Vec::new())
    }

    fn pasted(&mut self, text: &str) {
        self.line.insert(text);
    }

    fn area(&self, scene: Scene<'_>) -> Option<Rect> {
        Some(Self::room(scene.body))
    }

    fn refresh(&mut self, scene: Scene<'_>) -> Vec<Job> {
        self.cursor.clamp(self.places.len(), usize::from(Self::list(scene.body).height));
        let Some(union) = &scene.model.union else { return Vec::new() };
        let text = self.line.text().trim();
        if text == self.asked {
            return Vec::new();
        }
        text.clone_into(&mut self.asked);
        let ticket = self.tickets.draw();
        if text.is_empty() {
            (self.places, self.matches, self.waiting) = (Vec::new(), 0, None);
            return Vec::new();
        }
        self.waiting = Some(ticket.clone());
        let search = FuzzyQuery { text: text.to_owned(), ticket };
        let union = Arc::clone(union);
        vec![Job::background(move |tell| {
            if let Some(best) = search.run(&union) {
                tell(JobResult::new(best));
            }
        })]
    }

    fn receive(&mut self, result: JobResult) -> Option<JobResult> {
        let is_wanted =
            |best: &FuzzyResults| self.waiting.as_ref().is_some_and(|ticket| ticket.number() == best.number);
        if !result.get().is_some_and(is_wanted) {
            return Some(result);
        }
        let set = |FuzzyResults { places, matches, .. }| {
            (self.places, self.matches, self.waiting) = (places, matches, None);
            self.cursor = Cursor::default();
        };
        result.take().map(set).err()
    }

    fn draw(&self, buffer: &mut Buffer, body: Rect, _: &Model, context: DrawContext<'_>) {
        let area = Self::room(body);
        Clear.render(area, buffer);
        let framing = Framing { theme: context.theme, boxed: true, focused: true };
        let inner = pane::open(buffer, area, "Jump to a path", &self.about(), framing).intersection(area);
        let width = usize::from(inner.width);
        let prompt = Row::new().gap(1).text(Role::Key, ">").gap(1);
        let room = width.saturating_sub(prompt.width() + 1);
        self.line.row(prompt, room).paint(buffer, inner, context.theme);
        let list = Self::list(body).intersection(area);
        if self.asked.is_empty() {
            let says = "a few characters in order; searches all layers, removed files too";
            Row::new().gap(3).text(Role::Dim, says).paint(buffer, list, context.theme);
            return;
        }
        let what = if width < 60 { 0 } else { WHAT };
        let path = width.saturating_sub(what + 4);
        let visible = self.cursor.visible(self.places.len(), usize::from(list.height));
        let rows = self.places[visible].iter().map(|place| {
            let row = marked(Row::new().gap(3), place, path);
            let gap = (path + 4).saturating_sub(row.width());
            row.gap(gap).left(Role::Dim, &place.what, what)
        });
        let selected = (!self.places.is_empty()).then_some((self.cursor.line(), Role::Selected));
        paint_rows(buffer, list, context.theme, rows, selected);
        pane::position(buffer, area, &self.cursor, self.places.len(), list, framing);
    }

    fn hints(&self) -> &'static [Hint] {
        &[(&[Action::Open], "show it"), (&[Action::Up, Action::Down], "move"), (&[Action::Close], "cancel")]
    }
}
