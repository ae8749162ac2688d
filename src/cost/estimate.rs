//! How large layers become when they are compressed, from a sample of each: blocks that are spread over the whole tar, so
//! that one large file counts as much as it is large.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression as Level;
use flate2::write::DeflateEncoder;

use crate::image::{Contents, LayerNumber, Progress};

/// How much is compressed to estimate sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleSize {
    /// 64 MiB of a layer and 256 MiB of an image: seconds.
    Large,
    /// 8 MiB of an image: next to nothing, where the estimate is a line among many.
    Small,
}

impl SampleSize {
    /// The limit on bytes of a layer that are compressed; a smaller layer is compressed completely.
    fn layer_most(self) -> u64 {
        match self {
            Self::Large => 64 << 20,
            Self::Small => 8 << 20,
        }
    }

    /// The same for all layers of an image together.
    fn image_most(self) -> u64 {
        match self {
            Self::Large => 256 << 20,
            Self::Small => 8 << 20,
        }
    }
}

/// Bytes of a block. Many small ones see more files than a few large ones do.
const BLOCK: u64 = 32 << 10;
/// The bytes before a block that deflate can refer to: without them, every block would begin like a file of its own.
const WINDOW: u64 = 32 << 10;
/// Blocks that a thread takes at a time.
const BATCH: usize = 64;
/// The distance of blocks in a blob that is read from its beginning, since its length is unknown.
const STRIDE: u64 = 256 << 10;
/// If such a blob holds less than this, it is compressed completely.
const STREAM_WHOLE: u64 = 4 << 20;
/// The header and the trailer of gzip.
const GZIP_FRAME: u64 = 18;

/// A layer to be estimated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) layer: LayerNumber,
    /// The length of its tar; `None` if the blob must be decompressed to know it.
    pub(super) len: Option<u64>,
}

/// Part of a layer's sample.
enum Part {
    Blocks(Vec<Range<u64>>),
    Whole(u64),
    Stream,
}

/// Bytes before and after compression.
#[derive(Clone, Copy, Default)]
struct Measured {
    raw: u64,
    packed: u64,
    /// The length of a tar that was not known before.
    len: u64,
}

/// The sizes of layers as gzip would compress them at level 6.
pub(super) fn gzip_sizes(
    contents: &dyn Contents,
    all: &[Wanted],
    sample: SampleSize,
    progress: &dyn Progress,
) -> Vec<io::Result<u64>> {
    let parts = parts(all, sample);
    let none: Vec<io::Result<Measured>> = all.iter().map(|_| Ok(Measured::default())).collect();
    let (next, sums) = (AtomicUsize::new(0), Mutex::new(none));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, part)) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let measured = measure(contents, all[*at].layer, part, progress);
                    let mut sums = sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    let sum = &mut sums[*at];
                    match (sum.as_mut(), measured) {
                        (Ok(sum), Ok(part)) => {
                            sum.raw += part.raw;
                            sum.packed += part.packed;
                            sum.len += part.len;
                        }
                        (Ok(_), Err(error)) => *sum = Err(error),
                        (Err(_), _) => {}
                    }
                }
            });
        }
    });
    let sums = sums.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let size = |(wanted, sum): (&Wanted, io::Result<Measured>)| {
        sum.map(|Measured { raw, packed, len }| {
            let len = u128::from(wanted.len.unwrap_or(len));
            let scaled = if raw == 0 { u128::from(packed) } else { u128::from(packed) * len / u128::from(raw) };
            u64::try_from(scaled).unwrap_or(u64::MAX).saturating_add(GZIP_FRAME)
        })
    };
    all.iter().zip(sums).map(size).collect()
}

/// What is to be compressed of which layer.
fn parts(all: &[Wanted], sample: SampleSize) -> Vec<(usize, Part)> {
    let lens: Vec<_> = all.iter().map(|wanted| wanted.len.unwrap_or(0)).collect();
    let most = sample_most(&lens, sample);
    let mut parts = Vec::new();
    for (at, wanted) in all.iter().enumerate() {
        match wanted.len {
            None => parts.push((at, Part::Stream)),
            Some(len) if len <= most => parts.push((at, Part::Whole(len))),
            Some(len) => {
                let blocks = blocks(len, most);
                parts.extend(blocks.chunks(BATCH).map(|batch| (at, Part::Blocks(batch.to_vec()))));
            }
        }
    }
    parts
}

/// The limit for each layer: what small layers leave is for the larger ones.
fn sample_most(lens: &[u64], sample: SampleSize) -> u64 {
    let mut lens = lens.to_vec();
    lens.sort_unstable();
    let mut left = sample.image_most();
    for (at, &len) in lens.iter().enumerate() {
        let share = left / (lens.len() - at) as u64;
        if len > share {
            return share.clamp(BLOCK, sample.layer_most());
        }
        left -= len;
    }
    sample.layer_most()
}

/// The blocks of a sample: one in each of as many equal parts of the tar, at a place that differs from part to part, so
/// that nothing which repeats at a fixed distance is always or never met. The same for every run.
fn blocks(len: u64, sample: u64) -> Vec<Range<u64>> {
    let number = (sample / BLOCK).max(1);
    let stride = len / number;
    let room = u128::from(stride.saturating_sub(BLOCK));
    (0..number)
        .map(|at| {
            // The fraction of a multiple of the golden ratio.
            let fraction = u128::from(at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32);
            let begin = at * stride + u64::try_from((room * fraction) >> 32).unwrap_or(0);
            begin..(begin + BLOCK).min(len)
        })
        .collect()
}

fn measure(contents: &dyn Contents, layer: LayerNumber, part: &Part, progress: &dyn Progress) -> io::Result<Measured> {
    let open = |at: u64| contents.open_tar(layer, at).map_err(io::Error::other);
    match part {
        Part::Whole(len) => {
            let mut encoder = Encoder::new();
            let raw = encoder.add(&mut open(0)?, *len, progress)?;
            if raw < *len {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(Measured { raw, packed: encoder.finish()?, len: raw })
        }
        Part::Blocks(blocks) => {
            let mut sum = Measured::default();
            for block in blocks {
                let before = block.start.min(WINDOW);
                let mut tar = open(block.start - before)?;
                let (raw, packed) = block_of(&mut tar, before, block.end - block.start, progress)?;
                if raw < block.end - block.start {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                sum.raw += raw;
                sum.packed += packed;
            }
            Ok(sum)
        }
        Part::Stream => {
            let mut encoder = Encoder::new();
            let raw = encoder.add(&mut open(0)?, STREAM_WHOLE, progress)?;
            if raw < STREAM_WHOLE {
                return Ok(Measured { raw, packed: encoder.finish()?, len: raw });
            }
            let (mut sum, mut tar, mut before) = (Measured::default(), open(0)?, 0);
            loop {
                let (raw, packed) = block_of(&mut tar, before, BLOCK, progress)?;
                sum.raw += raw;
                sum.packed += packed;
                sum.len += raw + before;
                let skipped = io::copy(&mut (&mut tar).take(STRIDE - BLOCK - WINDOW), &mut io::sink())?;
                sum.len += skipped;
                if skipped < STRIDE - BLOCK - WINDOW {
                    return Ok(sum);
                }
                before = WINDOW;
            }
        }
    }
}

/// Compresses a block after the bytes before it; its own bytes before and after.
fn block_of(tar: &mut dyn Read, before: u64, len: u64, progress: &dyn Progress) -> io::Result<(u64, u64)> {
    let mut encoder = Encoder::new();
    encoder.add(tar, before, progress)?;
    let begun = encoder.flush()?;
    let raw = encoder.add(tar, len, progress)?;
    Ok((raw, encoder.finish()? - begun))
}

/// Deflate at the level of `gzip -6`, which counts instead of writing.
struct Encoder(DeflateEncoder<Counter>);

#[derive(Default)]
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0 += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Encoder {
    fn new() -> Self {
        Self(DeflateEncoder::new(Counter::default(), Level::new(6)))
    }

    /// Adds up to `len` bytes, and returns how many there were.
    fn add(&mut self, tar: &mut dyn Read, len: u64, progress: &dyn Progress) -> io::Result<u64> {
        const STEP: u64 = 1 << 20;
        let mut done = 0;
        while done < len {
            if progress.cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            let wanted = STEP.min(len - done);
            let read = io::copy(&mut (&mut *tar).take(wanted), &mut self.0)?;
            done += read;
            if read < wanted {
                break;
            }
        }
        Ok(done)
    }

    /// Writes out what was added; the bytes so far.
    fn flush(&mut self) -> io::Result<u64> {
        self.0.flush()?;
        Ok(self.0.get_ref().0)
    }

    fn finish(self) -> io::Result<u64> {
        self.0.finish().map(|counter| counter.0)
    }
}

#[cfg(test)]
mod tests;
