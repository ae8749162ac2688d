//! What people call an image, and the line that sums it up.

use crate::format::{bytes, percent, safe_str};
use crate::image::{Image, familiar_name};

use super::Subject;

/// The first name of an image, else the beginning of its digest.
pub(super) fn title(image: &Image) -> String {
    title_as(image, str::to_owned)
}

/// The same, with a function that formats text from the image.
pub(super) fn title_as(image: &Image, written: fn(&str) -> String) -> String {
    let name = |name: &str| written(&safe_str(name));
    match (image.names.as_slice(), &image.digest) {
        ([], None) => "an untagged image".to_owned(),
        ([], Some(digest)) => format!("untagged {}", name(digest.short())),
        ([first], _) => name(familiar_name(first)),
        ([first, _], _) => format!("{} (+1 name)", name(familiar_name(first))),
        ([first, others @ ..], _) => format!("{} (+{} names)", name(familiar_name(first)), others.len()),
    }
}

/// Where an image was read from, if that is not a file.
pub(super) fn source(image: &Image) -> Option<String> {
    let source = image.source.as_ref()?;
    let way = if source.in_place { "read in place from" } else { "exported by" };
    let who = if source.kind == "containers-storage" { "the storage" } else { source.short() };
    Some(safe_str(&format!("{way} {who} at {}", source.endpoint)))
}

/// The first line of every text report.
pub(super) fn headline(subject: &Subject<'_>) -> String {
    headline_as(subject, str::to_owned)
}

/// The same, with a function that formats text from the image.
pub(super) fn headline_as(subject: &Subject<'_>, written: fn(&str) -> String) -> String {
    let Subject { image, analysis, .. } = subject;
    let platform =
        image.platform.as_ref().map_or_else(|| "unknown platform".to_owned(), |p| written(&safe_str(&p.to_string())));
    format!(
        "{} · {platform} · {} · {} in files, {} stored · wasted {} ({})",
        title_as(image, written),
        image.layers_in_words(),
        bytes(analysis.totals.total()),
        bytes(subject.stored_bytes()),
        bytes(analysis.totals.wasted()),
        percent(1.0 - analysis.totals.efficiency()),
    )
}
