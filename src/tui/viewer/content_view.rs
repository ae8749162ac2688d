//! The content of one version: how it is shown, the scroll position, and what must be read for that. The contents of an
//! archive are shown as one row per member.
//! How it is best shown is judged by its first bytes.

use super::hex::{self, HexPages};
use super::search::{self, Found, Pattern, Place, Sought};
use super::stored::{ActiveRequest, PendingRequest, Stored, TaggedUpdate, Update, start_request};
use super::text::{self, RowRange, TextPages};
use crate::format;
use crate::image::magic::{USTAR, ZIP_RECORD};
use crate::image::{Compression, EntryKind, ListedMember, Listing};
use crate::tui::action::Action;
use crate::tui::keymap::Keymap;
use crate::tui::view;
use crate::tui::widgets::row::Row;
use crate::tui::widgets::scroll::Motion;
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, PagedText};

/// Rows above the one that a content is opened at.
const ABOVE: usize = 3;
/// A match after so many columns may not be visible.
const NARROW: usize = 60;
/// Columns that one step to the side scrolls.
pub(super) const SIDEWAYS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadRequest {
    Look,
    Find,
    Rows(RowRange),
    Chunk(u64),
}

/// A content that is being read and shown.
pub(super) struct ContentView {
    stored: Stored,
    look: Option<ContentFormat>,
    mode: ViewerMode,
    text: TextPages,
    hex: HexPages,
    /// The first row to be shown, for each way of showing.
    tops: [usize; 3],
    /// The first row that is shown: the previous one, until the requested one is loaded.
    shown: usize,
    left: usize,
    /// What is looked for, until it is found or not.
    sought: Option<Sought>,
    /// Where it was found.
    found: Option<Place>,
    /// What the search had to say.
    note: Option<&'static str>,
    pending: Option<(ReadRequest, PendingRequest)>,
    fault: Option<String>,
}

impl ContentView {
    /// Shows a content from its beginning, or from where a text is in it.
    pub fn new(stored: Stored, begin: Option<Pattern>) -> Self {
        let sought = begin.map(|pattern| Sought { pattern, from: None, backwards: false, by_row: true });
        Self {
            stored,
            look: None,
            mode: ViewerMode::Text,
            text: TextPages::default(),
            hex: HexPages::default(),
            tops: [0; 3],
            shown: 0,
            left: 0,
            sought,
            found: None,
            note: None,
            pending: None,
            fault: None,
        }
    }

    fn top(&self) -> usize {
        self.tops[self.mode as usize]
    }

    /// The number of rows in the current mode; `None` while unknown.
    fn rows(&self) -> Option<usize> {
        match self.mode {
            ViewerMode::Text => self.text.total().map(|total| total.rows),
            ViewerMode::Hex => Some(HexPages::total(self.stored.size())),
            ViewerMode::Listing => self.listing().map(|listing| listing.members.len()),
        }
    }

    /// The first row that is shown, and how many there are once that is known.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.rows().map(|rows| (self.shown, rows))
    }

    fn listing(&self) -> Option<&crate::image::Listing> {
        self.look.as_ref()?.listing.as_ref()
    }

    /// Goes to the next match, or the previous one.
    pub fn search(&mut self, pattern: Pattern, backwards: bool) {
        self.note = None;
        if self.mode == ViewerMode::Listing {
            self.search_listing(&pattern, backwards);
            return;
        }
        // After scrolling, the search goes on from what is seen.
        let top = self.top();
        let is_seen = |place: &Place| match self.mode {
            ViewerMode::Hex => place.offset / hex::ROW >= top as u64,
            ViewerMode::Text | ViewerMode::Listing => place.row >= top,
        };
        // The first row that is seen may have a match.
        let end = if backwards { top as u64 } else { (top as u64).saturating_sub(1) };
        let before =
            Place { row: usize::try_from(end).unwrap_or(top), offset: end.saturating_mul(hex::ROW), column: 0 };
        let from = self.found.filter(is_seen).or((top > 0).then_some(before));
        self.pending = None;
        self.sought = Some(Sought { pattern, from, backwards, by_row: self.mode == ViewerMode::Text });
    }

    fn search_listing(&mut self, pattern: &Pattern, backwards: bool) {
        let Some(listing) = self.look.as_ref().and_then(|look| look.listing.as_ref()) else { return };
        let top = self.tops[ViewerMode::Listing as usize];
        let hits = listing.members.iter().enumerate().filter(|(_, member)| pattern.is_in(&member.name));
        let hits: Vec<usize> = hits.map(|(at, _)| at).collect();
        let next = if backwards {
            hits.iter().rev().find(|&&at| at < top).or(hits.last())
        } else {
            hits.iter().find(|&&at| at > top).or(hits.first())
        };
        match next {
            Some(&at) => self.tops[ViewerMode::Listing as usize] = at,
            None => self.note = Some("no match"),
        }
    }

    /// Handles an action; returns whether there is one for it.
    pub fn act(&mut self, action: Action, height: usize, width: usize) -> bool {
        self.note = None;
        match action {
            // Anyone who does not want to wait for the listing of an archive can skip it.
            Action::ViewAs if self.look.is_none() => self.look = Some(ContentFormat { mode: self.mode, listing: None }),
            Action::ViewAs => {
                self.text.clear();
                self.mode = match self.mode {
                    ViewerMode::Text => ViewerMode::Hex,
                    ViewerMode::Hex if self.listing().is_some() => ViewerMode::Listing,
                    ViewerMode::Hex | ViewerMode::Listing => ViewerMode::Text,
                };
                (self.shown, self.left, self.fault) = (self.top(), 0, None);
            }
            Action::Expand if self.widest(height) > self.left + width => self.left += SIDEWAYS,
            Action::Expand => {}
            Action::Collapse => self.left = self.left.saturating_sub(SIDEWAYS),
            _ => {
                let Some(motion) = Motion::from_action(action) else { return false };
                // A row has at least one byte, which bounds the number of rows.
                let most = self.rows().unwrap_or(usize::try_from(self.stored.size()).unwrap_or(usize::MAX));
                self.tops[self.mode as usize] = motion.from(self.top(), most.saturating_sub(height), height);
            }
        }
        true
    }

    /// The width of the longest visible row.
    fn widest(&self, height: usize) -> usize {
        match self.mode {
            ViewerMode::Text => {
                let rows = self.text.rows(self.shown, height);
                let digits = text::number_columns(rows) + 2;
                rows.iter().map(|row| digits + format::width(&text::shown(&row.bytes))).max().unwrap_or(0)
            }
            ViewerMode::Hex => hex::line(0, &[], hex::digits(self.stored.size())).len() + 16,
            ViewerMode::Listing => self
                .listing()
                .into_iter()
                .flat_map(|listing| listing.members.iter().skip(self.shown).take(height))
                .map(|member| listing_row(member, 0).width())
                .max()
                .unwrap_or(0),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.stored.size() == 0
    }

    /// The whole content as it is shown, for a pager; `None` while it is not known how that is.
    pub fn paged(&self) -> Option<PagedText> {
        let look = self.look.as_ref()?;
        let stored = self.stored.clone();
        Some(match self.mode {
            ViewerMode::Text => PagedText::new(move |out| stored.write_escaped(out)),
            ViewerMode::Hex => PagedText::new(move |out| stored.write_hex(out)),
            ViewerMode::Listing => {
                let lines: Vec<_> =
                    look.listing.iter().flat_map(|listing| &listing.members).map(listing_line).collect();
                PagedText::new(move |out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
            }
        })
    }

    /// Cancels a read that takes too long; returns whether there was one.
    pub fn stop(&mut self) -> bool {
        let searches = matches!(self.pending, Some((ReadRequest::Find, _)));
        let waits = self.pending.is_some() && self.look.is_some() && (searches || self.shown != self.top());
        if waits {
            self.sought = None;
            self.tops[self.mode as usize] = self.shown;
            self.pending = None;
        }
        waits
    }

    /// Keeps the scroll position valid and requests what is missing there.
    pub fn refresh(&mut self, height: usize) -> Option<Job> {
        if let Some(rows) = self.rows() {
            let top = &mut self.tops[self.mode as usize];
            *top = (*top).min(rows.saturating_sub(height));
        }
        let top = self.top();
        if self.has(top, height) {
            self.shown = top;
        }
        if self.fault.is_some() || self.stored.size() == 0 {
            return None;
        }
        let request = match (&self.look, self.mode) {
            (None, _) => Some(ReadRequest::Look),
            (Some(_), _) if self.sought.is_some() => Some(ReadRequest::Find),
            (Some(_), ViewerMode::Text) => self.text.wanted(top, height).map(ReadRequest::Rows),
            (Some(_), ViewerMode::Hex) => self.hex.wanted(top, height, self.stored.size()).map(ReadRequest::Chunk),
            (Some(_), ViewerMode::Listing) => None,
        }?;
        let on_its_way = self.pending.as_ref().is_some_and(|(pending, _)| match (*pending, request) {
            (ReadRequest::Rows(pending), ReadRequest::Rows(_)) => {
                pending.from <= top && top.saturating_add(height) <= pending.until
            }
            (pending, request) => pending == request,
        });
        if on_its_way {
            return None;
        }
        // A request for something else is cancelled first.
        self.pending = None;
        let (stored, index, sought) = (self.stored.clone(), self.text.index.clone(), self.sought.clone());
        let (pending, job) = start_request(move |active| match request {
            ReadRequest::Look => detect(&stored, active),
            ReadRequest::Find => match sought {
                Some(sought) => search::find(&stored, &index, &sought, active).map(Update::Found),
                None => Ok(Update::Found(None)),
            },
            ReadRequest::Rows(wanted) => Ok(text::read(&stored, &index, wanted, active)),
            ReadRequest::Chunk(number) => Ok(hex::read(&stored, number, active)),
        });
        self.pending = Some((request, pending));
        Some(job)
    }

    /// Whether the rows at a position are loaded.
    fn has(&self, top: usize, height: usize) -> bool {
        match self.mode {
            ViewerMode::Text => self.text.has(top, top.saturating_add(height)),
            ViewerMode::Hex => self.hex.wanted(top, height, self.stored.size()).is_none(),
            ViewerMode::Listing => true,
        }
    }

    /// Takes an update, or returns it if it belongs to another request.
    pub fn receive(&mut self, update: TaggedUpdate) -> Option<TaggedUpdate> {
        let Some((_, pending)) = self.pending.as_mut().filter(|(_, pending)| pending.matches(&update)) else {
            return Some(update);
        };
        if let Update::Progress(at) = update.update {
            pending.done = at;
            return None;
        }
        self.pending = None;
        match update.update {
            Update::Look(look) => {
                self.mode = look.mode;
                self.look = Some(look);
            }
            Update::Found(found) => {
                self.sought = None;
                match found {
                    Some(found) => self.show_match(found),
                    None => self.note = Some("no match"),
                }
            }
            Update::Rows(mut window) => {
                self.fault = window.fault.take();
                self.text.add_window(window);
            }
            Update::Chunk(number, bytes, fault) => {
                self.fault = fault;
                self.hex.add_chunk(number, bytes);
            }
            Update::Failed(why) => (self.fault, self.sought) = (Some(why), None),
            Update::Progress(_) | Update::Diff(_) => {}
        }
        None
    }

    fn show_match(&mut self, Found { place, wrapped }: Found) {
        self.found = Some(place);
        self.note = wrapped.then_some("the search went on from the other end");
        self.tops[ViewerMode::Text as usize] = place.row.saturating_sub(ABOVE);
        let row = usize::try_from(place.offset / hex::ROW).unwrap_or(usize::MAX);
        self.tops[ViewerMode::Hex as usize] = row.saturating_sub(ABOVE);
        self.left = if place.column > NARROW { place.column - SIDEWAYS } else { 0 };
    }

    /// What the last search had to say.
    pub fn note(&self) -> Option<&'static str> {
        self.note
    }

    /// How it is shown, its size and the scroll position.
    pub fn about(&self, height: usize) -> (&'static str, String) {
        let size = format::bytes(self.stored.size());
        if self.look.is_none() {
            return ("", size);
        }
        let place = match self.mode {
            ViewerMode::Text => {
                let rows = self.text.rows(self.shown, height);
                let lines = rows.first().zip(rows.last()).map(|(first, last)| (first.line + 1, last.line + 1));
                let lines = match lines {
                    Some((first, last)) if first == last => format!("line {first}"),
                    Some((first, last)) => format!("lines {first}–{last}"),
                    None => String::new(),
                };
                let all = self.text.total().filter(|_| !lines.is_empty() && self.fault.is_none());
                all.map_or(lines.clone(), |all| format!("{lines} of {}", all.lines))
            }
            ViewerMode::Hex => {
                let bytes = self.shown as u64 * hex::ROW;
                format!("from byte {} of {}", grouped(bytes), grouped(self.stored.size()))
            }
            ViewerMode::Listing => self.listing().map(about_listing).unwrap_or_default(),
        };
        (self.mode.name(), if place.is_empty() { size } else { format!("{size} · {place}") })
    }

    /// The progress of a pending read, if there is one.
    pub fn progress(&self) -> Option<String> {
        let (request, pending) = self.pending.as_ref()?;
        (self.look.is_none() || *request == ReadRequest::Find || self.shown != self.top() || !self.has(self.shown, 1))
            .then(|| way(pending.done, self.stored.size()))
    }

    /// The visible rows; an error is shown above them.
    pub fn seen(&self, width: usize, height: usize, keymap: &Keymap) -> Vec<Row> {
        let fault = self.fault.as_ref().map(|why| format::safe_str(&view::failure(why, keymap)));
        let fault = fault.iter().flat_map(|why| format::wrap(why, width.saturating_sub(2), 0));
        let fault = fault.map(|line| Row::new().gap(1).text(Role::Warning, &line));
        fault.chain(self.known(height)).take(height).collect()
    }

    fn known(&self, height: usize) -> Vec<Row> {
        if self.stored.size() == 0 {
            return vec![Row::new().gap(1).text(Role::Dim, "empty")];
        }
        let Some(look) = &self.look else { return Vec::new() };
        match self.mode {
            ViewerMode::Text => {
                let rows = self.text.rows(self.shown, height);
                let digits = text::number_columns(rows);
                let found = |at: usize| self.found.is_some_and(|place| place.row == self.shown + at);
                rows.iter().zip(0..).map(|(row, at)| text::row(row, digits, self.left, found(at))).collect()
            }
            ViewerMode::Hex => {
                let digits = hex::digits(self.stored.size());
                let rows = (self.shown..self.shown.saturating_add(height)).map_while(|row| self.hex.row(row));
                rows.map(|(offset, bytes)| hex::row(offset, bytes, digits, self.left)).collect()
            }
            ViewerMode::Listing => {
                let members = look.listing.iter().flat_map(|listing| &listing.members);
                members.skip(self.shown).take(height).map(|member| listing_row(member, self.left)).collect()
            }
        }
    }
}

fn grouped(bytes: u64) -> String {
    format::count(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// `reading… 34 %`.
pub(super) fn way(at: u64, size: u64) -> String {
    if at == 0 {
        return "reading…".to_owned();
    }
    format!("reading… {} %", u128::from(at) * 100 / u128::from(size.max(1)))
}

/// The kind of archive and how much is in it.
fn about_listing(listing: &Listing) -> String {
    let mut said = format!("{}, {}", listing.format, counted(listing.members.len(), "member"));
    if let Some(cut) = &listing.cut {
        said = format!("{said}: {cut}");
    }
    said
}

/// The same columns for a pager.
fn listing_line(member: &ListedMember) -> String {
    let mode = member.mode.map_or("–".to_owned(), |mode| member.kind.mode_letters(mode));
    let size = if member.kind == EntryKind::File { format::bytes(member.size) } else { String::new() };
    let time = member.mtime.map(format::mtime).unwrap_or_default();
    let link = if member.link.is_empty() { String::new() } else { format!(" → {}", format::safe(&member.link)) };
    format!("{mode:11}{size:>7}  {time:20}{}{link}", format::safe(&member.name))
}

/// Mode, size, time and name, starting at a column of the name.
fn listing_row(member: &ListedMember, left: usize) -> Row {
    let mode = member.mode.map_or("–".to_owned(), |mode| member.kind.mode_letters(mode));
    let size = if member.kind == EntryKind::File { format::bytes(member.size) } else { String::new() };
    let time = member.mtime.map(format::mtime).unwrap_or_default();
    let name = format::safe(&member.name);
    let role = if member.kind == EntryKind::Dir { Role::Folder } else { Role::Text };
    let row = Row::new().left(Role::Dim, &mode, 11).right(Role::Text, &size, 7).gap(2).left(Role::Dim, &time, 20);
    let row = row.text(role, super::text::from_column(&name, left));
    if member.link.is_empty() { row } else { row.text(Role::Link, " → ").bytes(Role::Link, &member.link) }
}

/// How many of the first bytes are inspected.
const HEAD: usize = 8 << 10;
/// The limit on members.
const MOST_MEMBERS: usize = 20_000;

/// A way to show a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ViewerMode {
    Text,
    Hex,
    Listing,
}

impl ViewerMode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Listing => "archive",
        }
    }
}

/// What was recognised.
pub(super) struct ContentFormat {
    pub(super) mode: ViewerMode,
    /// The listing of an archive.
    pub(super) listing: Option<Listing>,
}

/// Inspects a content, and lists its members if it looks like an archive.
pub(super) fn detect(stored: &Stored, request: &mut ActiveRequest<'_>) -> Result<Update, String> {
    let (head, read) = stored.bytes(0, HEAD, request);
    if head.is_empty() {
        read?;
    }
    // A content that cannot be listed is still shown.
    let listing = if may_be_archive(&head) { stored.members(MOST_MEMBERS, request).unwrap_or(None) } else { None };
    let mode = match &listing {
        Some(_) => ViewerMode::Listing,
        None if is_text(&head) => ViewerMode::Text,
        None => ViewerMode::Hex,
    };
    Ok(Update::Look(ContentFormat { mode, listing }))
}

/// Whether a compressed file or an archive begins like this; a tar has its magic only after its first name.
fn may_be_archive(head: &[u8]) -> bool {
    let is_tar = head.get(257..262) == Some(USTAR) || head.len() >= 512 && head[..512].contains(&0);
    is_tar || head.starts_with(ZIP_RECORD) || Compression::detect(head) != Compression::None
}

/// Whether people can read it: no NUL bytes, and hardly any control characters.
pub(super) fn is_text(head: &[u8]) -> bool {
    if head.contains(&0) {
        return false;
    }
    let odd = |text: &str| {
        text.chars().filter(|&letter| letter.is_control() && !"\n\r\t\x0c\x1b\x08".contains(letter)).count()
    };
    let odd: usize = head.utf8_chunks().map(|chunk| odd(chunk.valid()) + chunk.invalid().len()).sum();
    odd * 10 <= head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_what_is_text() {
        assert!(is_text(b"") && is_text(b"hello\r\n\tworld\n") && is_text("名前\n".as_bytes()));
        assert!(is_text(b"caf\xe9 au lait, in an older alphabet\n"));
        assert!(!is_text(b"\x7fELF\x02\x01\x01\0\0"));
        assert!(!is_text(&[0xd5, 0x81, 0xff, 0xfe, b'a', 0x93]));
    }

    #[test]
    fn only_what_may_be_an_archive_is_asked_for_its_members() {
        assert!(may_be_archive(b"PK\x03\x04") && may_be_archive(b"\x1f\x8b\x08"));
        assert!(!may_be_archive(b"hello") && !may_be_archive(&[b'x'; 600]));
    }
}
