//! What a person calls an image, a layer, several of them.

use crate::format::{bytes, percent, safe_str};
use crate::image::{Image, LayerNumber};

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

/// `layer 3`, `layers 1, 2 and 5`.
pub(super) fn layers(numbers: &[LayerNumber]) -> String {
    match numbers {
        [] => "no layer".to_owned(),
        [one] => format!("layer {one}"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(ToString::to_string).collect();
            format!("layers {} and {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_listed_as_people_list_them() {
        let listed = |numbers: &[usize]| {
            layers(&numbers.iter().filter_map(|&number| LayerNumber::new(number)).collect::<Vec<_>>())
        };
        assert_eq!(listed(&[3]), "layer 3");
        assert_eq!(listed(&[1, 2, 5]), "layers 1, 2 and 5");
    }
}
