use super::*;
use crate::image::{EntryRef, Quiet, ReadError};

/// A layer in memory.
struct Tar(Vec<u8>);

impl Contents for Tar {
    fn open<'a>(&'a self, _: LayerNumber, _: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Ok(Box::new(io::empty()))
    }

    fn open_tar<'a>(&'a self, _: LayerNumber, from: u64) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        let from = usize::try_from(from).expect("a small layer").min(self.0.len());
        Ok(Box::new(&self.0[from..]))
    }

    fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(0)
    }
}

/// Blocks of text and of noise, in turns of different lengths.
fn mixed(len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len);
    let (mut state, mut turn) = (1_u64, 0_usize);
    while bytes.len() < len {
        turn += 1;
        for at in 0..40_000 * (turn % 7 + 1) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = u8::try_from(state >> 56).expect("a byte");
            bytes.push(if turn.is_multiple_of(3) {
                noise
            } else {
                b"the words of a text, "[(at + usize::from(noise % 3)) % 21]
            });
        }
    }
    bytes.truncate(len);
    bytes
}

fn gzip(bytes: &[u8]) -> u64 {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Level::new(6));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").len() as u64
}

fn wanted(len: Option<u64>) -> [Wanted; 1] {
    [Wanted { layer: LayerNumber::FIRST, len }]
}

#[test]
fn a_small_layer_is_compressed_completely() {
    for (len, is_known) in [(0, true), (1, true), (1_024, true), (300_000, true), (0, false), (300_000, false)] {
        let tar = Tar(mixed(len));
        let sizes = gzip_sizes(&tar, &wanted(is_known.then_some(len as u64)), SampleSize::Large, &Quiet);
        let size = *sizes[0].as_ref().expect("readable");
        // Where the encoder's input is divided changes a few bytes.
        assert!(size.abs_diff(gzip(&tar.0)) <= 32, "{len}: {size}");
    }
}

#[test]
fn a_sample_is_near_the_whole() {
    let tar = Tar(mixed(12_000_000));
    let real = gzip(&tar.0);
    let near = |sum: Measured, len: u64| {
        let size = sum.packed * len / sum.raw;
        assert!(size.abs_diff(real) * 10 < real, "{size} of {real}");
    };
    let len = tar.0.len() as u64;
    let sampled = measure(&tar, LayerNumber::FIRST, &Part::Blocks(blocks(len, len / 6)), &Quiet).expect("readable");
    assert!(sampled.raw <= len / 6, "no more than the sample");
    near(sampled, len);
    let streamed = measure(&tar, LayerNumber::FIRST, &Part::Stream, &Quiet).expect("readable");
    assert_eq!(streamed.len, len, "the length is found while it is read");
    near(streamed, len);
}

#[test]
fn blocks_are_spread_over_the_layer_and_the_same_every_time() {
    let len = 10 << 30;
    let all = blocks(len, SampleSize::Large.layer_most());
    assert_eq!(all, blocks(len, SampleSize::Large.layer_most()));
    assert!(all.iter().map(|block| block.end - block.start).sum::<u64>() <= SampleSize::Large.layer_most());
    assert!(all.windows(2).all(|pair| pair[0].end <= pair[1].start), "ascending, and none twice");
    let stride = len / all.len() as u64;
    assert!(all.iter().enumerate().all(|(at, block)| block.start / stride == at as u64 && block.end <= len));
}

#[test]
fn small_layers_leave_their_share_to_larger_ones() {
    assert_eq!(sample_most(&[], SampleSize::Large), SampleSize::Large.layer_most());
    assert_eq!(sample_most(&[10 << 30], SampleSize::Large), SampleSize::Large.layer_most(), "the limit for a layer");
    assert_eq!(sample_most(&[10 << 30; 8], SampleSize::Large), SampleSize::Large.image_most() / 8);
    let many: Vec<_> = std::iter::repeat_n(1_000, 100).chain([1 << 30; 8]).collect();
    assert_eq!(sample_most(&many, SampleSize::Large), (SampleSize::Large.image_most() - 100_000) / 8);
    assert_eq!(sample_most(&vec![1 << 30; 1_000_000], SampleSize::Large), BLOCK);
}

#[test]
fn a_layer_that_ends_early_has_no_size() {
    let tar = Tar(mixed(100_000));
    let sum = measure(&tar, LayerNumber::FIRST, &Part::Blocks(blocks(10_000_000, 1_000_000)), &Quiet);
    assert_eq!(sum.err().map(|error| error.kind()), Some(io::ErrorKind::UnexpectedEof));
    assert!(gzip_sizes(&tar, &wanted(Some(100_001)), SampleSize::Large, &Quiet)[0].is_err());
}
