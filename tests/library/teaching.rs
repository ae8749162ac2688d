//! Sentences about an image: each figure in them is one of the image, counted here in another way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::format::{bytes, count, percent};
use layerscope::image::{EntryKind, LayerNumber};
use layerscope::secrets::Redactor;
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage, Quiet, Selector};
use layerscope::teaching::Explanation;
use layerscope::union::{Change, Scope, Union, View};
use regex::Regex;

pub struct Known {
    pub opened: OpenedImage,
    pub union: Union,
    pub analysis: Analysis,
}

impl Known {
    fn open(path: &str, image: Option<&str>) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
        let selector = image.map(|name| Selector::Name(name.to_owned()));
        let archive = Archive::open(&Location::of_path(path), &Quiet).unwrap();
        let opened = archive.select(&ImageChoice { selector, ..ImageChoice::default() }).unwrap();
        let union = Union::build(opened.scan(&Quiet));
        let identities = Identities::compare(&union, &opened, &pairs(&union), &Quiet);
        let analysis = Analysis::new(&union, Some(&identities));
        Self { opened, union, analysis }
    }

    fn explanation(&self) -> Explanation {
        Explanation::new(self.opened.image(), &self.union, &self.analysis, &Redactor::for_image(self.opened.image()))
    }

    /// All figures that a text about a layer may have.
    fn figures(&self, layer: LayerNumber) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        let entries = self.union.entries(layer);
        let mut below: BTreeMap<Vec<u8>, u64> = BTreeMap::from([(Vec::new(), 0)]);
        for entry in entries.iter() {
            let path = entry.path();
            let names: Vec<_> = path.components().map(<[u8]>::to_vec).collect();
            for depth in 0..=names.len() {
                *below.entry(names[..depth].join(&b'/')).or_default() += entry.stored();
            }
        }
        known.extend(below.values().map(|stored| bytes(*stored)));
        known.insert(layer.to_string());
        known.insert(count(entries.len()));
        let named = |start: &str| entries.iter().filter(|entry| entry.name().starts_with(start.as_bytes())).count();
        let opaque = named(".wh..wh..opq");
        known.extend([count(opaque), count(named(".wh.") - opaque)]);
        let blobs = &self.opened.image().layers;
        let digest = &blobs[layer.index()].digest;
        let same = blobs.iter().position(|blob| digest.is_some() && blob.digest == *digest);
        known.extend(same.map(|index| count(index + 1)));
        let view = View::new(&self.union, Scope::layer(layer));
        known.extend([Change::Added, Change::Modified, Change::Removed].map(|change| count(view.count(change))));
        // Waste by every part of what identifies it.
        let mut sums: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        for waste in self.analysis.waste.iter().filter(|waste| waste.layer == layer || waste.by == layer) {
            known.extend([waste.layer.to_string(), waste.by.to_string()]);
            let side = waste.by == layer && waste.layer != layer;
            let mut add = |key: String| {
                let sum = sums.entry(key).or_default();
                *sum = (sum.0 + 1, sum.1 + waste.bytes);
            };
            add(format!("{side}"));
            add(format!("{side} {:?}", waste.account));
            add(format!("{side} {:?} {} {}", waste.account, waste.layer, waste.by));
            if waste.layer == layer {
                add("own".to_owned());
            }
        }
        known.extend(sums.values().flat_map(|(files, sum)| [count(*files), bytes(*sum)]));
        for cause in self.analysis.causes(self.opened.image(), &self.union) {
            if cause.wasted_by == layer {
                known.insert(bytes(cause.bytes));
                known.extend(figures(&cause.fix.text));
            }
        }
        known
    }

    /// The same for a text about the whole image.
    fn totals(&self) -> BTreeSet<String> {
        let image = self.opened.image();
        let steps = image.steps.len();
        let without = image.steps.iter().filter(|step| step.layer.is_none()).count();
        let stored = |entry: layerscope::image::EntryRef<'_>| match entry.kind() {
            EntryKind::File => entry.stored(),
            _ => 0,
        };
        let layers = self.union.layer_numbers();
        let all: u64 = layers.flat_map(|layer| self.union.entries(layer).iter().map(stored)).sum();
        let last = self.union.layer_numbers().next_back().unwrap();
        let merged = View::new(&self.union, Scope::Merged(last)).bytes(self.union.root());
        let wasted = all - merged;
        #[expect(clippy::cast_precision_loss, reason = "as a percentage")]
        let share = percent(wasted as f64 / all.max(1) as f64);
        let base = (1..image.layers.len()).map(count);
        let counts = [steps, steps - 1, without, steps - without, image.layers.len()].map(count);
        counts.into_iter().chain(base).chain([bytes(all), bytes(merged), bytes(wasted), share]).collect()
    }
}

/// The figures of a text, with their units; what it quotes from the image in backticks is left out.
pub fn figures(text: &str) -> Vec<String> {
    let own: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" … ");
    let figure = Regex::new(r"\d[\d,]*(\.\d+)?( (B|kB|MB|GB|TB|%))?").unwrap();
    figure.find_iter(&own).map(|found| found.as_str().trim_end_matches(',').to_owned()).collect()
}

const IMAGES: [(&str, Option<&str>); 9] = [
    ("assets/demo/shop.tar.zst", Some("shop:1.4")),
    ("assets/demo/shop.tar.zst", Some("shop:1.5")),
    ("tests/images/docker20-legacy.tar", None),
    ("tests/images/docker20-buildkit.tar", None),
    ("tests/images/docker26-containerd.tar", None),
    ("tests/images/buildah-oci.tar", None),
    ("tests/images/buildx-zstd.tar", None),
    ("tests/images/skopeo-oci", None),
    ("tests/images/lessons.tar.gz", None),
];

/// Figures of the explanation that the image does not have.
fn unknown(known: &Known, explanation: &Explanation) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |text: &str, allowed: &BTreeSet<String>| {
        let missing = figures(text).into_iter().filter(|figure| !allowed.contains(figure));
        faults.extend(missing.map(|figure| format!("`{figure}` in: {text}")));
    };
    explanation.introduction.iter().for_each(|sentence| check(sentence, &known.totals()));
    for paragraph in &explanation.paragraphs {
        let allowed = match paragraph.layer {
            Some(layer) => known.figures(layer),
            None => (0..=known.opened.image().steps.len()).map(count).collect(),
        };
        paragraph.sentences.iter().chain([&paragraph.title]).for_each(|sentence| check(sentence, &allowed));
    }
    faults
}

#[test]
fn every_figure_of_an_explanation_is_one_of_the_image() {
    for (path, image) in IMAGES {
        let known = Known::open(path, image);
        let explanation = known.explanation();
        assert_eq!(unknown(&known, &explanation), [""; 0], "{path}");
        let layers: Vec<_> = explanation.paragraphs.iter().filter_map(|paragraph| paragraph.layer).collect();
        assert_eq!(layers, known.union.layer_numbers().collect::<Vec<_>>(), "{path}: one paragraph each, in order");
    }
}

#[test]
fn a_figure_that_the_image_does_not_have_is_noticed() {
    let known = Known::open("assets/demo/shop.tar.zst", Some("shop:1.4"));
    let explanation = known.explanation();
    let mut tried = 0;
    for paragraph in &explanation.paragraphs {
        let Some(layer) = paragraph.layer else { continue };
        let allowed = known.figures(layer);
        for figure in paragraph.sentences.iter().flat_map(|sentence| figures(sentence)) {
            assert!(allowed.contains(&figure), "{figure}");
            assert!(!allowed.contains(&format!("7{figure}")), "{figure}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}
