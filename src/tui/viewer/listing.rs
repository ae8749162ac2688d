//! The contents of an archive inside the image, one row per member.

use crate::format;
use crate::image::{EntryKind, ListedMember, Listing};
use crate::tui::widgets::row::Row;
use crate::tui::widgets::text::counted;
use crate::tui::widgets::theme::Role;

/// The kind of archive and how much is in it.
pub(super) fn about(listing: &Listing) -> String {
    let mut said = format!("{}, {}", listing.format, counted(listing.members.len(), "member"));
    if let Some(cut) = &listing.cut {
        said = format!("{said}: {cut}");
    }
    said
}

/// Mode, size, time and name, starting at a column of the name.
pub(super) fn row(member: &ListedMember, left: usize) -> Row {
    let mode = member.mode.map_or("–".to_owned(), |mode| member.kind.mode_letters(mode));
    let size = if member.kind == EntryKind::File { format::bytes(member.size) } else { String::new() };
    let time = member.mtime.map(format::mtime).unwrap_or_default();
    let name = format::safe(&member.name);
    let role = if member.kind == EntryKind::Dir { Role::Folder } else { Role::Text };
    let row = Row::new().left(Role::Dim, &mode, 11).right(Role::Text, &size, 7).gap(2).left(Role::Dim, &time, 20);
    let row = row.text(role, super::text::from_column(&name, left));
    if member.link.is_empty() { row } else { row.text(Role::Link, " → ").bytes(Role::Link, &member.link) }
}
