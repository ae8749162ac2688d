//! The images in a file.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{Alignment, Cell, Table};
use super::{Page, TextRole, json};
use crate::format::{safe_str, timestamp};
use crate::image::ListedImage;

/// The images as a table.
///
/// # Errors
/// If `out` cannot be written.
pub fn images_text(rows: &[ListedImage], page: &Page, out: &mut dyn Write) -> io::Result<()> {
    use Alignment::{Left, Right};
    let columns = [
        ("#", Left),
        ("name", Left),
        ("platform", Left),
        ("digest", Left),
        ("created", Left),
        ("layers", Right),
        ("note", Left),
    ];
    let mut table = Table::headed("", &columns);
    for row in rows {
        let role = (!row.available).then_some(TextRole::Dim);
        let cell =
            |text: String| role.map_or_else(|| Cell::from(text.clone()), |role| Cell::with_role(role, text.clone()));
        let unknown = || "–".to_owned();
        table.row([
            cell(format!("@{}", row.index)),
            cell(if row.names.is_empty() { unknown() } else { safe_str(&row.names.join(", ")) }),
            cell(row.platform.as_deref().map_or_else(unknown, safe_str)),
            cell(row.digest.as_ref().map_or_else(unknown, |digest| safe_str(digest.short()))),
            cell(row.created.as_deref().map_or_else(unknown, |at| timestamp(at).unwrap_or_else(|| safe_str(at)))),
            cell(if row.available { row.layers.to_string() } else { unknown() }),
            cell(safe_str(&row.note)),
        ]);
    }
    table.write(page, out)
}

#[derive(Serialize)]
struct ImagesDocument<'a> {
    schema_version: u32,
    kind: &'a str,
    images: &'a [ListedImage],
}

/// The images as a document; `kind` is the format of the archive.
///
/// # Errors
/// If `out` cannot be written.
pub fn images_json(kind: &str, rows: &[ListedImage], out: &mut dyn Write) -> io::Result<()> {
    json::document(out, &ImagesDocument { schema_version: json::SCHEMA, kind, images: rows })
}
