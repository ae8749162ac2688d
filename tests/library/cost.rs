//! What a push sends, by scenarios in `cost.txt` and by properties of random images.

use std::io::Read;
use std::sync::Arc;

use layerscope::cost::{Cost, CostSide, HeldImage, SampleSize, SendReason, Whereabouts, push_above};
use layerscope::image::{
    BlobState, Compression, Contents, DiffId, Digest, Entries, EntryRef, Image, Layer, LayerNumber, Quiet, ReadError,
};
use layerscope::secrets::Redactor;
use proptest::prelude::*;

/// Every tar is 100 zeros.
struct Zeros;

impl Contents for Zeros {
    fn open<'a>(&'a self, _: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Ok(Box::new(std::io::empty()))
    }

    fn open_tar<'a>(&'a self, _: LayerNumber, from: u64) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Ok(Box::new(std::io::repeat(0).take(100_u64.saturating_sub(from))))
    }

    fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(0)
    }
}

fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// An image, and what its layers list.
struct Made {
    image: Image,
    layers: Vec<Arc<Entries>>,
}

impl Made {
    /// An image as a line describes it.
    fn new(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a name");
        let (mut layers, mut entries, mut config) = (Vec::new(), Vec::new(), String::from("config"));
        for word in words {
            if word.starts_with('+') {
                config.push_str(word);
                continue;
            }
            let (said, mark) = match word.trim_end_matches(['!', '?', '^']) {
                said if said.len() < word.len() => (said, word.chars().last()),
                said => (said, None),
            };
            let (content, blob) = said.split_once('/').map_or((said, None), |(content, blob)| (content, Some(blob)));
            config.push_str(content);
            let mut listed = Entries::new();
            listed.complete = mark.is_none();
            entries.push(Arc::new(listed));
            layers.push(layer(content, blob, mark));
        }
        let is_stored = layers.iter().all(|layer: &Layer| layer.compression != Some(Compression::None));
        let image = Image {
            names: if name == "-" { Vec::new() } else { vec![name.to_owned()] },
            digest: Some(if is_stored { digest(&line[name.len()..]) } else { digest(&config) }),
            manifest_size: is_stored.then_some(100),
            raw_config: config.into_bytes(),
            layers,
            ..Image::default()
        };
        Self { image, layers: entries }
    }

    fn side(&self) -> CostSide<'_> {
        CostSide { image: &self.image, layers: &self.layers }
    }
}

fn layer(content: &str, blob: Option<&str>, mark: Option<char>) -> Layer {
    let (blob, size) = blob.map_or((None, "100"), |blob| {
        let (name, size) = blob.split_once('=').expect("blob=bytes");
        (Some(name), size)
    });
    let packed = if blob.is_some_and(|blob| blob.starts_with('z')) { Compression::Zstd } else { Compression::Gzip };
    Layer {
        diff_id: Some(DiffId(digest(content))),
        digest: blob.map(digest),
        stored_size: Some(size.parse().expect("bytes")),
        compression: match (mark, blob) {
            (Some('?' | '^'), _) => None,
            (_, Some(_)) => Some(packed),
            (_, None) => Some(Compression::None),
        },
        media_type: blob.map(|_| layerscope::image::MediaType::new("application/vnd.oci.image.layer.v1.tar+gzip")),
        blob: match mark {
            Some('?') => BlobState::Absent,
            Some('^') => BlobState::Foreign,
            _ => BlobState::Present,
        },
        ..Layer::default()
    }
}

fn cost(image: &Made, baselines: &[Made]) -> Cost {
    let held = |made: &Made| HeldImage::new("baseline".to_owned(), made.side(), image.side());
    Cost::new(image.side(), &Zeros, baselines.iter().map(held).collect(), SampleSize::Large, &Quiet)
}

fn described(cost: &Cost) -> String {
    let place = |whereabouts: &Whereabouts| match whereabouts {
        Whereabouts::There(_) => "there",
        Whereabouts::Mountable(_) => "mountable",
        Whereabouts::Sent(SendReason::New) => "new",
        Whereabouts::Sent(SendReason::Recompressed { .. }) => "recompressed",
        Whereabouts::Sent(SendReason::CompressionUnknown { .. }) => "compression unknown",
        Whereabouts::Sent(SendReason::Unread(_)) => "unread",
    };
    let blobs: Vec<_> =
        cost.blobs.iter().map(|blob| format!("{} {}", blob.title(), place(&blob.whereabouts))).collect();
    let nodes: Vec<_> = cost.nodes.iter().map(|node| node.blobs.to_string()).collect();
    format!("= {}; sent {}, there {}; nodes {}", blobs.join(", "), cost.sent.blobs, cost.there.blobs, nodes.join(" "))
}

#[test]
fn a_push_above_the_base_is_that_to_a_registry_which_has_the_base() {
    let image = Made::new("app:2 a/ga=1000 b/gb=20 b/gb=20 c/gc=30");
    let sent = cost(&image, &[Made::new("base:1 a/ga=1000")]).sent;
    assert_eq!(push_above(&image.image, 1), Some(sent));
    assert_eq!(sent.blobs, 4, "two layers, the configuration and the manifest");
    assert_eq!(push_above(&image.image, 0), Some(cost(&image, &[]).total));
    let redacted = Redactor::for_image(&image.image).image(&image.image);
    assert_eq!(push_above(&redacted, 1), Some(sent), "the bytes of the configuration are left out");
    let mut unknown = Made::new("app:2 a/ga=1000 b/gb=20");
    unknown.image.layers[1].stored_size = None;
    assert_eq!(push_above(&unknown.image, 1), None, "the size of a layer is not known");
}

#[test]
fn a_push_finds_blobs_as_the_scenarios_say() {
    let text = include_str!("cost.txt");
    let scenarios: Vec<_> = text.split("\n\n").skip(1).collect();
    assert!(scenarios.len() > 20);
    let mut wrong = Vec::new();
    for scenario in scenarios {
        let lines: Vec<_> = scenario.lines().collect();
        let made = |letter: &str| {
            let lines = lines.iter().filter_map(|line| line.strip_prefix(letter));
            lines.map(Made::new).collect::<Vec<_>>()
        };
        let (images, baselines) = (made("I "), made("B "));
        let image = images.first().expect("an image");
        let found = described(&cost(image, &baselines));
        if lines.last() != Some(&found.as_str()) {
            wrong.push(format!("{}\n{found}", lines[0]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sentence_names_bytes_blobs_and_where_they_could_be_mounted_from() {
    let said = |image: &str, baselines: &[&str]| {
        let baselines: Vec<_> = baselines.iter().map(|line| Made::new(line)).collect();
        cost(&Made::new(image), &baselines).verdict(&str::to_owned)
    };
    let image = "team/app:2 base/b=3000 lib/l=200 code/c=7";
    assert_eq!(
        said(image, &["team/app:1 code/c=7", "team/base:1 base/b=3000 lib/l=200"]),
        "push 117 B in 2 blobs; 3.2 kB already there (3 blobs, 2 could be mounted from team/base)"
    );
    assert_eq!(
        said(image, &["a:1 base/b=3000", "b:1 lib/l=200", "c:1 code/c=7"]),
        "push 117 B in 2 blobs; 3.2 kB already there (3 blobs, 1 could be mounted from a, 1 from b, 1 from other \
         repositories)"
    );
    assert_eq!(said(image, &["team/app:1 x/x=1"]), "push 3.3 kB in 5 blobs; nothing already there");
    assert_eq!(said(image, &[image]), "nothing to push; 3.3 kB already there (5 blobs)");
    assert_eq!(
        said("app:2 base code", &["app:1 base"]),
        "push ≈620 B in 3 blobs; ≈24 B already there (1 blob)",
        "estimates are marked"
    );
    let cut = said("app:2 base/b=30! code/c=7", &["app:1 base/b=30 code/c=7"]);
    assert_eq!(cut, "push 130 B in 2 blobs; 21 B already there (2 blobs) (incomplete)");
}

#[test]
fn every_remark_is_a_sentence_that_names_what_it_is_about() {
    let said = |image: &str, baseline: &str| {
        let cost = cost(&Made::new(image), &[Made::new(baseline)]);
        let texts: Vec<_> = cost.remarks(&str::to_owned).into_iter().map(|remark| remark.text).collect();
        texts.join("\n")
    };
    assert_eq!(
        said("app:2 a/za=9 b/zb=9 c/zc=9 d/d=9", "app:1 a/a=9 b/b=9 c/c=9 d/d=9"),
        "layers 1–3 (27 B) will be uploaded again although nothing changed: `baseline` has the same tar under another \
         compression (gzip there, zstd here)"
    );
    let level = said("app:2 a/a=9", "app:1 a/b=8");
    assert!(level.ends_with("(both gzip: another level, or another program)"), "{level}");
    let unknown = said("app:2 a/a=9", "app:1 a");
    assert!(unknown.starts_with("layer 1 (9 B) may be uploaded again although nothing changed"), "{unknown}");
    let by_content = said("app:2 a b", "app:1 a/a=9 b");
    assert!(by_content.contains("layer 1 (9 B) counts as there by its diff ID"), "{by_content}");
    let foreign = said("app:2 a/a=9^", "app:1 b/b=9");
    assert!(foreign.starts_with("layer 1 (9 B) is foreign: no registry stores it"), "{foreign}");
    let missing = said("app:2 a/a=9?", "app:1 a/a=9");
    assert_eq!(missing, "layer 1 cannot be pushed from here and counts as sent: blob not in archive");
    let cut = said("app:2 a/a=9", "app:1 a/a=9!");
    assert!(cut.starts_with("layer 1 of `baseline` could not be read and does not count as there"), "{cut}");
    let forged = said("app:2 a/a=9", "app:1 a/a=8");
    assert!(forged.starts_with("layer 1 and layer 1 of `baseline` name the same content, but"), "{forged}");
    let elsewhere = said("ghcr.io/app:2 a/a=9", "quay.io/app:1 a/a=9");
    assert!(elsewhere.contains("`baseline` is in another registry"), "{elsewhere}");
    assert!(said("app:1", "app:1").starts_with("the image is the same as `baseline`\nthe image has no layers"));
}

/// A layer of an image: contents are few, so that images share some.
fn layer_word() -> impl Strategy<Value = String> {
    (0..5_u8, 0..4_u8, 0..12_u8).prop_map(|(content, blob, mark)| {
        let mark = ["!", "?", "^"].get(usize::from(mark)).unwrap_or(&"");
        match blob {
            0 => format!("c{content}{}", mark.trim_end_matches('^')),
            1 => format!("c{content}/z{content}={content}0{mark}"),
            other => format!("c{content}/b{content}x{other}={content}{other}{mark}"),
        }
    })
}

fn image_line() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &["app:1", "app:2", "team/base:1", "ghcr.io/app:1", "quay.io/app:1", "-", "v1"];
    (proptest::sample::select(NAMES), proptest::collection::vec(layer_word(), 0..6))
        .prop_map(|(name, layers)| format!("{name} {}", layers.join(" ")))
}

proptest! {
    #[test]
    fn what_is_sent_and_what_is_there_are_all_of_the_image(
        image in image_line(), baselines in proptest::collection::vec(image_line(), 0..4)
    ) {
        let baselines: Vec<_> = baselines.iter().map(|line| Made::new(line)).collect();
        let cost = cost(&Made::new(&image), &baselines);
        prop_assert_eq!(cost.sent.bytes + cost.there.bytes, cost.total.bytes);
        prop_assert_eq!(cost.sent.blobs + cost.there.blobs, cost.total.blobs);
        let mounted: usize = cost.mountable.iter().map(|(_, amount)| amount.blobs).sum();
        prop_assert!(mounted <= cost.there.blobs);
        let numbers: Vec<_> = cost.blobs.iter().flat_map(|blob| &blob.layers).collect();
        let once: std::collections::BTreeSet<_> = numbers.iter().collect();
        prop_assert_eq!(numbers.len(), once.len(), "every layer is one blob");
        for node in &cost.nodes {
            prop_assert!(node.bytes <= cost.total.bytes && node.blobs <= cost.total.blobs);
        }
        prop_assert!(cost.remarks(&str::to_owned).iter().any(|remark| remark.is_gap) != cost.is_complete());
    }

    #[test]
    fn an_image_that_is_there_costs_nothing(image in image_line()) {
        let image = image.replace(['!', '?'], "");
        let made = Made::new(&image);
        let cost = cost(&made, &[Made::new(&image)]);
        prop_assert_eq!((cost.sent.bytes, cost.sent.blobs), (0, 0), "{}", described(&cost));
        prop_assert_eq!(cost.nodes[0].blobs, 0);
        prop_assert!(cost.is_complete());
    }

    #[test]
    fn more_baselines_never_make_a_push_larger(
        image in image_line(), baselines in proptest::collection::vec(image_line(), 1..5)
    ) {
        let image = Made::new(&image);
        let mut before = u64::MAX;
        for number in 0..=baselines.len() {
            let some: Vec<_> = baselines[..number].iter().map(|line| Made::new(line)).collect();
            let sent = cost(&image, &some).sent.bytes;
            prop_assert!(sent <= before, "{sent} > {before}");
            before = sent;
        }
    }
}
