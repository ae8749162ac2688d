//! Rules about the layers of an image: how many there are, and how large each is among them.

use std::collections::HashMap;

use crate::analysis::Base;
use crate::image::LayerNumber;
use crate::union::{NodeId, Union};

use super::{JunkHit, JunkLook, JunkPlace, Search};

pub(super) fn find(search: &Search<'_>) -> Vec<JunkHit> {
    let mut hits: Vec<_> = many(search).into_iter().collect();
    hits.extend(large(search));
    hits
}

fn many(search: &Search<'_>) -> Option<JunkHit> {
    let layers = search.union.layer_count();
    let (_, rule) = search.rules_of(JunkLook::Layers).next()?;
    (layers as u64 > rule.text.more_than)
        .then(|| search.hit(JunkLook::Layers, JunkPlace::Image, format!("{layers} layers")))
        .flatten()
}

/// The layers above the base that hold more than a rule allows, both in bytes and as a share of everything.
fn large(search: &Search<'_>) -> Vec<JunkHit> {
    let Some((_, rule)) = search.rules_of(JunkLook::LargeLayer).next() else { return Vec::new() };
    let mut sizes = vec![0_u64; search.union.layer_count()];
    for file in search.stored_files() {
        let size = &mut sizes[file.layer().index()];
        *size = size.saturating_add(file.stored());
    }
    let all = sizes.iter().fold(0_u64, |sum, &size| sum.saturating_add(size));
    let base = Base::detect(search.image).layers;
    let is_large = |size: u64| size > rule.text.more_than && percent(size, all) > rule.text.percent;
    let large = search.union.layer_numbers().skip(base).filter(|layer| is_large(sizes[layer.index()]));
    let hit = |layer: LayerNumber| {
        let size = sizes[layer.index()];
        let held = heaviest(search, layer, size).map(|(node, bytes)| {
            let path = search.union.path(node);
            format!(", {} % of them in /{}", percent(bytes, size), String::from_utf8_lossy(path.as_bytes()))
        });
        let note = format!("{} % of all bytes{}", percent(size, all), held.unwrap_or_default());
        search.hit(JunkLook::LargeLayer, JunkPlace::Layer { layer, live: true }, note)
    };
    large.filter_map(hit).collect()
}

fn percent(part: u64, whole: u64) -> u64 {
    let percent = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(percent).unwrap_or(u64::MAX)
}

/// The innermost path with at least half of a layer's bytes; `None` if that is the root.
fn heaviest(search: &Search<'_>, layer: LayerNumber, size: u64) -> Option<(NodeId, u64)> {
    let union: &Union = search.union;
    let mut bytes: HashMap<NodeId, u64> = HashMap::new();
    for file in search.stored_files_of(layer) {
        let mut at = file.node();
        while let Some(node) = at {
            let below = bytes.entry(node).or_default();
            *below = below.saturating_add(file.stored());
            at = union.parent(node);
        }
    }
    bytes.remove(&union.root());
    // Of two paths that contain half, one contains the other, or both contain exactly half: a parent's ID is lower than
    // those of its children.
    bytes.into_iter().filter(|(_, below)| *below >= size.div_ceil(2)).max_by_key(|(node, _)| *node)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, file, looking};
    use super::*;

    #[test]
    fn more_layers_than_a_rule_says_are_told() {
        let it = Fixture::new(vec![("ADD a", Vec::new()), ("RUN b", Vec::new()), ("RUN c", Vec::new())]);
        let rule = |more_than| looking(JunkLook::Layers, |text| text.more_than = more_than);
        assert_eq!(it.lines(&[rule(2)]), ["layers: image, 0 B, 0 files (3 layers)"]);
        assert!(it.lines(&[rule(3)]).is_empty());
    }

    #[test]
    fn a_layer_is_large_in_bytes_and_as_a_part_and_the_base_is_none() {
        let it = Fixture::new(vec![
            ("ADD rootfs.tar /", vec![file("bin/sh", vec![0; 500])]),
            (
                "COPY app /",
                vec![file("srv/app/lib/a", vec![0; 150]), file("srv/app/lib/b", vec![0; 150]), file("x", "y")],
            ),
            ("RUN c", vec![file("srv/z", vec![0; 20])]),
        ]);
        let rule =
            |bytes, percent| looking(JunkLook::LargeLayer, |text| (text.more_than, text.percent) = (bytes, percent));
        let line = "large-layer: layer 2, 0 B, 0 files (36 % of all bytes, 99 % of them in /srv/app/lib)";
        assert_eq!(it.lines(&[rule(300, 35)]), [line]);
        assert!(it.lines(&[rule(301, 35)]).is_empty() && it.lines(&[rule(300, 36)]).is_empty());
    }
}
