//! The images in a file.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{Alignment, Cell, Table};
use super::{Page, TextRole, json};
use crate::format::{docker_size, mtime, safe_str, timestamp};
use crate::image::{EngineImage, ListedEngine, ListedImage};

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

/// The images of the engines as tables.
///
/// # Errors
/// If `out` cannot be written.
pub fn engines_text(engines: &[ListedEngine], page: &Page, out: &mut dyn Write) -> io::Result<()> {
    use Alignment::{Left, Right};
    for (at, engine) in engines.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let heading = match engine.endpoint.as_str() {
            "" => engine.engine.to_owned(),
            at => format!("{} at {at}", engine.engine),
        };
        writeln!(out, "{}", page.ink.mark(Some(TextRole::Heading), &safe_str(&heading)))?;
        if let Some(fault) = &engine.fault {
            writeln!(out, "  {}", page.ink.mark(Some(TextRole::Dim), &safe_str(fault)))?;
            continue;
        }
        if engine.images.is_empty() {
            writeln!(out, "  no images")?;
            continue;
        }
        let mut table = Table::headed("  ", &[("name", Left), ("id", Left), ("size", Right), ("created", Left)]);
        for image in &engine.images {
            table.row(engine_row(image));
        }
        table.write(page, out)?;
    }
    let example = engines.iter().find_map(|engine| {
        let image = engine.images.iter().find_map(|image| image.names.first())?;
        Some(format!("{}:{image}", engine.kind))
    });
    match example {
        Some(example) => writeln!(out, "\n`layerscope {}` opens one", safe_str(&example)),
        None => Ok(()),
    }
}

fn engine_row(image: &EngineImage) -> [Cell; 4] {
    let unknown = || "–".to_owned();
    let id = image.id.strip_prefix("sha256:").unwrap_or(&image.id);
    let id: String = id.chars().take(12).collect();
    [
        Cell::from(if image.names.is_empty() { unknown() } else { safe_str(&image.names.join(", ")) }),
        Cell::from(safe_str(&id)),
        Cell::from(image.size.map_or_else(unknown, docker_size)),
        Cell::from(image.created.map_or_else(unknown, mtime)),
    ]
}

#[derive(Serialize)]
struct EnginesDocument<'a> {
    schema_version: u32,
    engines: &'a [ListedEngine],
}

/// The images of the engines as a document.
///
/// # Errors
/// If `out` cannot be written.
pub fn engines_json(engines: &[ListedEngine], out: &mut dyn Write) -> io::Result<()> {
    json::document(out, &EnginesDocument { schema_version: json::SCHEMA, engines })
}
