//! Aligns the layers of two images: first those with the same content, in an order that both share, then those between
//! two such matches that have the same instruction. One inserted layer does not spoil the rest.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::analysis::Instruction;
use crate::image::{BlobState, DiffId, Digest, Image, LayerNumber};
use crate::union::Union;

use super::sequence::common;

/// How two layers relate to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// Both images have a layer with this content.
    Same,
    /// The same instruction made another content.
    Rebuilt,
    /// Only the first image has it.
    OnlyInA,
    /// Only the second image has it.
    OnlyInB,
}

impl Relation {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Rebuilt => "rebuilt",
            Self::OnlyInA => "only_in_a",
            Self::OnlyInB => "only_in_b",
        }
    }

    /// The same with the images swapped.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::OnlyInA => Self::OnlyInB,
            Self::OnlyInB => Self::OnlyInA,
            other => other,
        }
    }
}

/// A layer of one image, or a layer of each that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlignedLayers {
    /// How they relate.
    pub relation: Relation,
    /// The layer of the first image.
    pub a: Option<LayerNumber>,
    /// The layer of the second image.
    pub b: Option<LayerNumber>,
    /// Whether the same content is stored in blobs with different digests, as under another compression: it is pushed
    /// again although nothing changed.
    pub recompressed: bool,
    /// The layer of the other image that has the content of this one at another place.
    pub moved: Option<LayerNumber>,
    /// Whether a layer of it was not read completely. Of matched layers, only the digest says that they are the same.
    pub unread: bool,
}

/// The aligned layers of two images, lowest first.
#[derive(Clone, Debug, Default)]
pub struct Alignment {
    /// Every layer of both images once. Where both have layers of their own, those of the first come first.
    pub rows: Vec<AlignedLayers>,
    /// The steps that differ first, if one of them made no layer: it comes before the first layer that differs. By their
    /// numbers in the first and in the second image.
    pub first_step: Option<[Option<usize>; 2]>,
    /// Pairs of layers that have the same digest, but not the same entries: one of the archives is damaged or forged.
    pub contradictions: Vec<[LayerNumber; 2]>,
    /// Whether the first and the second image may have layers that are not listed.
    pub unlisted: [bool; 2],
    /// By layer: layers have the same number if and only if they have the same content.
    contents: [Vec<u32>; 2],
}

/// What a layer is recognised by.
struct Key<'a> {
    /// Equal for equal contents.
    content: u32,
    /// The name of the content, which does not depend on which image is first.
    id: Option<&'a str>,
    instruction: String,
}

impl Alignment {
    /// Aligns the layers of two images. Diff IDs decide where both layers have one, else digests of blobs; a layer that
    /// has neither is never the same as another one.
    #[must_use]
    pub fn new(a: &Image, b: &Image) -> Self {
        let mut contents = HashMap::new();
        let mut next = 0;
        let keys = [keys(a, &mut contents, &mut next), keys(b, &mut contents, &mut next)];
        let [of_a, of_b] = &keys;
        let same = ordered(of_a, of_b, |key| (key.content, String::new()));
        let mut rows = Vec::with_capacity(of_a.len().max(of_b.len()));
        let (mut done_a, mut done_b) = (0, 0);
        for (at_a, at_b) in same.into_iter().chain([(of_a.len(), of_b.len())]) {
            gap(&keys, (done_a, at_a), (done_b, at_b), &mut rows);
            if at_a < of_a.len() && at_b < of_b.len() {
                rows.push(row(Relation::Same, Some(at_a), Some(at_b)));
            }
            (done_a, done_b) = (at_a + 1, at_b + 1);
        }
        let contents = keys.map(|keys| keys.into_iter().map(|key| key.content).collect::<Vec<_>>());
        let mut alignment = Self { rows, contents, ..Self::default() };
        alignment.add_details(a, b);
        alignment.first_step = alignment.first_step_of(a, b);
        alignment
    }

    fn add_details(&mut self, a: &Image, b: &Image) {
        let [of_a, of_b] = &self.contents;
        let place = |list: &[u32]| {
            let places = list.iter().enumerate().rev();
            places.map(|(at, &content)| (content, LayerNumber::from_index(at))).collect::<HashMap<_, _>>()
        };
        let (in_a, in_b) = (place(of_a), place(of_b));
        let is_absent = |of: &Image, layer: Option<LayerNumber>| {
            layer.is_some_and(|at| of.layers[at.index()].blob != BlobState::Present)
        };
        for row in &mut self.rows {
            row.unread = is_absent(a, row.a) || is_absent(b, row.b);
            let other = |own: &[u32], layer: LayerNumber, places: &HashMap<u32, LayerNumber>| {
                own.get(layer.index()).and_then(|content| places.get(content)).copied()
            };
            match (row.a, row.b) {
                (Some(layer), None) => row.moved = other(of_a, layer, &in_b),
                (None, Some(layer)) => row.moved = other(of_b, layer, &in_a),
                (Some(old), Some(new)) if row.relation == Relation::Same => {
                    let (old, new) = (&a.layers[old.index()], &b.layers[new.index()]);
                    let digests = old.digest.as_ref().zip(new.digest.as_ref());
                    let packings = old.compression.zip(new.compression);
                    let is_encrypted = [old, new].iter().any(|layer| layer.blob == BlobState::Encrypted);
                    row.recompressed = !is_encrypted
                        && match digests {
                            Some((old, new)) => old != new,
                            None => packings.is_some_and(|(old, new)| old != new),
                        };
                }
                _ => {}
            }
        }
    }

    fn first_step_of(&self, a: &Image, b: &Image) -> Option<[Option<usize>; 2]> {
        self.first_difference()?;
        for at in 0..a.steps.len().max(b.steps.len()) {
            let steps = [a.steps.get(at), b.steps.get(at)];
            let [Some(old), Some(new)] = steps else {
                let made_none = steps.iter().flatten().all(|step| step.layer.is_none());
                return made_none.then(|| steps.map(|step| step.map(|step| step.number)));
            };
            let is_same_text = normalised(&old.created_by) == normalised(&new.created_by);
            match (old.layer, new.layer) {
                (Some(old), Some(new)) if self.is_same_content(old, new) => {}
                (None, None) if is_same_text => {}
                (Some(_), Some(_)) => return None,
                _ => return Some([Some(old.number), Some(new.number)]),
            }
        }
        None
    }

    /// The first row that is not the same on both sides: where the images begin to differ.
    #[must_use]
    pub fn first_difference(&self) -> Option<usize> {
        self.rows.iter().position(|row| row.relation != Relation::Same)
    }

    /// How many rows have a relation.
    #[must_use]
    pub fn count(&self, relation: Relation) -> usize {
        self.rows.iter().filter(|row| row.relation == relation).count()
    }

    /// Compares the entries of the layers that have the same digest: a digest is only what the archive says. Where they are
    /// not the same, the layers are not either.
    pub(super) fn check(&mut self, a: &Union, b: &Union) {
        for row in &mut self.rows {
            let is_cut =
                |union: &Union, layer: Option<LayerNumber>| layer.is_some_and(|at| !union.entries(at).complete);
            row.unread |= is_cut(a, row.a) || is_cut(b, row.b);
            let Some((old, new)) = row.a.zip(row.b).filter(|_| row.relation == Relation::Same) else { continue };
            let (of_a, of_b) = (a.entries(old), b.entries(new));
            if of_a.complete && of_b.complete && !of_a.lists_the_same(of_b) {
                row.relation = Relation::Rebuilt;
                row.recompressed = false;
                self.contradictions.push([old, new]);
            }
        }
    }

    /// Whether a layer of the first image and one of the second have the same content, by their digests.
    #[must_use]
    pub fn is_same_content(&self, a: LayerNumber, b: LayerNumber) -> bool {
        let of = |side: usize, layer: LayerNumber| self.contents[side].get(layer.index());
        of(0, a).is_some_and(|content| of(1, b) == Some(content)) && self.contradictions.binary_search(&[a, b]).is_err()
    }
}

fn row(relation: Relation, a: Option<usize>, b: Option<usize>) -> AlignedLayers {
    let number = |at: Option<usize>| at.map(LayerNumber::from_index);
    AlignedLayers { relation, a: number(a), b: number(b), recompressed: false, moved: None, unread: false }
}

fn keys<'a>(image: &'a Image, contents: &mut HashMap<&'a str, u32>, next: &mut u32) -> Vec<Key<'a>> {
    let key = |(at, layer): (usize, &'a crate::image::Layer)| {
        let ids = [layer.diff_id.as_ref().map(DiffId::as_str), layer.digest.as_ref().map(Digest::as_str)];
        let known = ids.iter().flatten().find_map(|id| contents.get(id)).copied();
        let content = known.unwrap_or_else(|| {
            *next += 1;
            *next
        });
        // Of an uncompressed blob both are one text, so they share a table.
        for id in ids.iter().flatten() {
            contents.entry(id).or_insert(content);
        }
        let instruction = normalised(image.instruction_of(LayerNumber::from_index(at)));
        Key { content, id: ids[0].or(ids[1]), instruction }
    };
    image.layers.iter().enumerate().map(key).collect()
}

/// The longest common subsequence, the same whichever image comes first: several may be equally long.
fn ordered(a: &[Key<'_>], b: &[Key<'_>], word: impl Fn(&Key<'_>) -> (u32, String)) -> Vec<(usize, usize)> {
    let name = |key: &Key<'_>| (key.id.map(str::to_owned), key.instruction.clone());
    let order = a.iter().map(name).cmp(b.iter().map(name));
    let words = |keys: &[Key<'_>]| keys.iter().map(&word).collect::<Vec<_>>();
    if order == Ordering::Greater {
        common(&words(b), &words(a)).into_iter().map(|(b, a)| (a, b)).collect()
    } else {
        common(&words(a), &words(b))
    }
}

/// Aligns the layers between two matches, by instruction.
fn gap(keys: &[Vec<Key<'_>>; 2], a: (usize, usize), b: (usize, usize), rows: &mut Vec<AlignedLayers>) {
    let (of_a, of_b) = (&keys[0][a.0..a.1], &keys[1][b.0..b.1]);
    // A layer without an instruction has none in common with another.
    let word = |key: &Key<'_>| {
        if key.instruction.is_empty() { (key.content, String::new()) } else { (0, key.instruction.clone()) }
    };
    let pairs = ordered(of_a, of_b, word);
    let (mut done_a, mut done_b) = (0, 0);
    for (at_a, at_b) in pairs.into_iter().chain([(of_a.len(), of_b.len())]) {
        rows.extend((done_a..at_a).map(|at| row(Relation::OnlyInA, Some(a.0 + at), None)));
        rows.extend((done_b..at_b).map(|at| row(Relation::OnlyInB, None, Some(b.0 + at))));
        if at_a < of_a.len() && at_b < of_b.len() {
            rows.push(row(Relation::Rebuilt, Some(a.0 + at_a), Some(b.0 + at_b)));
        }
        (done_a, done_b) = (at_a + 1, at_b + 1);
    }
}

/// An instruction without what the builder adds to it: prefixes, build arguments, `# buildkit`, the checksum by which the
/// classic builder names the files that it copies (`ADD file:SUM in /`), and the date of a base image (`'@1700000000'` in
/// the comment that debuerreotype leaves).
pub(super) fn normalised(created_by: &str) -> String {
    let instruction = Instruction::read(created_by);
    let copies = matches!(instruction, Instruction::Written { keyword: "ADD" | "COPY", .. });
    let is_comment = matches!(instruction, Instruction::Other(text) if text.starts_with('#'));
    let whole = instruction.whole();
    let words: Vec<_> = whole.split_whitespace().collect();
    let word = |(at, word): (usize, &&str)| {
        let is_date = is_comment && word.trim_matches('\'').strip_prefix('@').is_some_and(is_number);
        match word.split_once(':') {
            Some((kind @ ("file" | "dir" | "multi"), sum))
                if sum.len() == 64 || copies && words.get(at + 1) == Some(&"in") =>
            {
                kind.to_owned()
            }
            _ if is_date => "@".to_owned(),
            _ => (*word).to_owned(),
        }
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
