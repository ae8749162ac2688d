//! What a person calls an image, and the line that sums it up.

use crate::format::{bytes, percent, safe_str};
use crate::image::Image;

use super::Subject;

/// The first name of an image, else the beginning of its digest.
pub(super) fn title(image: &Image) -> String {
    match (image.names.as_slice(), &image.digest) {
        ([], None) => "an untagged image".to_owned(),
        ([], Some(digest)) => format!("untagged {}", safe_str(digest.short())),
        ([name], _) => safe_str(name),
        ([name, others @ ..], _) => format!("{} (+{} names)", safe_str(name), others.len()),
    }
}

/// The line that every page of text begins with.
pub(super) fn headline(subject: &Subject<'_>) -> String {
    let Subject { image, analysis, .. } = subject;
    let platform = image.platform.as_ref().map_or_else(|| "unknown platform".to_owned(), |p| safe_str(&p.to_string()));
    let layers = image.layers.len();
    format!(
        "{} · {platform} · {layers} layer{} · {} in files, {} stored · wasted {} ({})",
        title(image),
        if layers == 1 { "" } else { "s" },
        bytes(analysis.totals.total()),
        bytes(subject.stored_bytes()),
        bytes(analysis.totals.wasted()),
        percent(1.0 - analysis.totals.efficiency()),
    )
}
