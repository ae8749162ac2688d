//! How the layers of two images are aligned, by scenarios in `alignment.txt`.

use layerscope::compare::{AlignedLayers, Alignment, Relation};
use layerscope::image::{DiffId, Digest, Image, Layer, Step};

fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// An image as a line describes it.
fn image(line: &str) -> Image {
    let mut image = Image::default();
    for (at, word) in line.split_whitespace().skip(1).enumerate() {
        let (content, instruction) = word.split_once(':').expect("content:instruction");
        let (content, blob) = content.split_once('/').unwrap_or((content, content));
        let diff_id = Some(DiffId(digest(content)));
        image.layers.push(Layer { diff_id, digest: Some(digest(blob)), step: Some(at + 1), ..Layer::default() });
        image.steps.push(Step {
            number: at + 1,
            created: None,
            created_by: match instruction {
                "-" => String::new(),
                word if word.contains('_') => word.replace('_', " "),
                word => format!("RUN {word}"),
            },
            author: String::new(),
            comment: String::new(),
            layer: layerscope::image::LayerNumber::new(at + 1),
            inconsistent: false,
            source: None,
        });
    }
    image
}

fn row(row: &AlignedLayers) -> String {
    let moved = row.moved.map(|layer| format!(">{layer}")).unwrap_or_default();
    match (row.relation, row.a, row.b) {
        (Relation::Same, Some(a), Some(b)) if row.recompressed => format!("{a}~{b}"),
        (Relation::Same, Some(a), Some(b)) => format!("{a}={b}"),
        (Relation::Rebuilt, Some(a), Some(b)) => format!("{a}!{b}"),
        (Relation::OnlyInA, Some(a), None) => format!("{a}>{}", moved.trim_start_matches('>')),
        (Relation::OnlyInB, None, Some(b)) => format!("<{b}{moved}"),
        other => panic!("no such row: {other:?}"),
    }
}

#[test]
fn layers_are_aligned_as_the_scenarios_say() {
    let text = include_str!("alignment.txt");
    let scenarios: Vec<_> = text.split("\n\n").skip(1).collect();
    assert!(scenarios.len() > 10);
    for scenario in scenarios {
        let lines: Vec<_> = scenario.lines().collect();
        let [name, a, b, rows] = lines.as_slice() else { panic!("four lines: {scenario}") };
        let (a, b) = (image(a), image(b));
        let found: Vec<_> = Alignment::new(&a, &b).rows.iter().map(row).collect();
        assert_eq!(format!("= {}", found.join(" ")), *rows, "{name}");
        let mirrored =
            |row: AlignedLayers| AlignedLayers { relation: row.relation.mirrored(), a: row.b, b: row.a, ..row };
        let sorted = |mut rows: Vec<AlignedLayers>| {
            rows.sort_by_key(|row| (row.a, row.b));
            rows
        };
        let back = Alignment::new(&b, &a).rows.into_iter().map(mirrored).collect();
        assert_eq!(sorted(Alignment::new(&a, &b).rows), sorted(back), "{name}, the other way");
    }
}
