//! Writes an image of any size and shape, for benchmarks and for trying limits.
//!
//! ```text
//! cargo run --release --example synthesize -- OUT [--files N] [--size BYTES] [--layers N] [--changed N]
//!     [--whiteouts N] [--chmod N] [--depth N] [--compress none|gzip|zstd] [--zeros BYTES] [--spread yes]
//! ```
//!
//! The lowest layer holds `--files` files of `--size` bytes, a hundred to a folder, `--depth` folders deep. Each further
//! layer stores `--changed` of them again with other content and whites out `--whiteouts` others; the last `--chmod`
//! layers store every file again under another mode. `--zeros` adds a file of so many zeros to the lowest layer.
//! `--spread yes` deals the files out to all layers instead of putting them into the lowest.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Shape {
    out: String,
    files: usize,
    size: u64,
    layers: usize,
    changed: usize,
    whiteouts: usize,
    chmod: usize,
    depth: usize,
    compress: String,
    zeros: u64,
    spread: bool,
}

fn shape() -> Result<Shape> {
    let mut arguments = std::env::args().skip(1);
    let mut shape = Shape {
        out: arguments.next().ok_or("where to?")?,
        files: 1000,
        size: 100,
        layers: 2,
        changed: 0,
        whiteouts: 0,
        chmod: 0,
        depth: 3,
        compress: "none".to_owned(),
        zeros: 0,
        spread: false,
    };
    while let Some(key) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{key} needs a value"))?;
        match key.as_str() {
            "--files" => shape.files = value.parse()?,
            "--size" => shape.size = value.parse()?,
            "--layers" => shape.layers = value.parse()?,
            "--changed" => shape.changed = value.parse()?,
            "--whiteouts" => shape.whiteouts = value.parse()?,
            "--chmod" => shape.chmod = value.parse()?,
            "--depth" => shape.depth = value.parse()?,
            "--compress" => shape.compress = value,
            "--spread" => shape.spread = value == "yes",
            "--zeros" => shape.zeros = value.parse()?,
            other => return Err(format!("no such option: {other}").into()),
        }
    }
    Ok(shape)
}

/// The path of a file: a hundred to a folder, folders nested as deep as was asked for.
fn path(number: usize, depth: usize, name: &str) -> String {
    let folder = number / 100;
    let mut path = String::new();
    for level in (1..depth).rev() {
        let number = folder / 30_usize.pow(u32::try_from(level).unwrap_or(9).min(9));
        path = format!("{path}level{level}-{number}/");
    }
    format!("{path}folder-{folder}/{name}")
}

/// Bytes that hardly compress and differ from seed to seed.
struct Noise {
    state: u64,
    left: u64,
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        for chunk in buffer[..count].chunks_mut(8) {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            // Half of each word repeats: about as compressible as programs are.
            let word = (self.state & 0xffff_ffff) | 0x7465_7874_0000_0000;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        self.left -= count as u64;
        Ok(count)
    }
}

fn header(size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(1_700_000_000);
    // Some readers refuse an owner that is left out.
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn layer(shape: &Shape, number: usize, out: impl Write) -> Result<()> {
    let mut tar = tar::Builder::new(out);
    let is_chmod = number > 1 && number + shape.chmod > shape.layers;
    let mut store = |file: usize, seed: u64, mode: u32| -> Result<()> {
        let noise = Noise { state: (file as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed, left: shape.size };
        let name = path(file, shape.depth, &format!("file-{file}.txt"));
        Ok(tar.append_data(&mut header(shape.size, mode), name, noise)?)
    };
    if shape.spread {
        for file in shape.files * (number - 1) / shape.layers..shape.files * number / shape.layers {
            store(file, 0, 0o644)?;
        }
    } else if number == 1 || is_chmod {
        for file in 0..shape.files {
            store(file, 0, if number == 1 { 0o644 } else { 0o600 + u32::try_from(number % 64)? })?;
        }
    } else {
        for step in 0..shape.changed.min(shape.files) {
            store((number * 7919 + step * 31) % shape.files, number as u64 * 0x1234_5677, 0o644)?;
        }
        for step in 0..shape.whiteouts.min(shape.files) {
            let file = (number * 104_729 + step * 37 + 11) % shape.files;
            let name = path(file, shape.depth, &format!(".wh.file-{file}.txt"));
            tar.append_data(&mut header(0, 0o644), name, io::empty())?;
        }
    }
    if number == 1 && shape.zeros > 0 {
        tar.append_data(&mut header(shape.zeros, 0o644), "zeros", io::repeat(0).take(shape.zeros))?;
    }
    Ok(tar.finish()?)
}

fn main() -> Result<()> {
    let shape = shape()?;
    let mut out = tar::Builder::new(BufWriter::new(File::create(&shape.out)?));
    let (mut names, mut history, mut diff_ids) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=shape.layers {
        let mut file = tempfile::tempfile()?;
        let buffered = BufWriter::with_capacity(1 << 20, &mut file);
        match shape.compress.as_str() {
            "none" => layer(&shape, number, buffered)?,
            "gzip" => layer(&shape, number, flate2::write::GzEncoder::new(buffered, flate2::Compression::new(6)))?,
            "zstd" => layer(&shape, number, zstd::Encoder::new(buffered, 3)?.auto_finish())?,
            other => return Err(format!("no such compression: {other}").into()),
        }
        let size = file.stream_position()?;
        file.rewind()?;
        // Some readers go by the suffix.
        let suffix = if shape.compress == "gzip" { ".gz" } else { "" };
        let name = format!("layer-{number}/layer.tar{suffix}");
        out.append_data(&mut header(size, 0o644), &name, file)?;
        names.push(format!("\"{name}\""));
        history.push(format!("{{\"created\":\"2024-01-01T00:00:00Z\",\"created_by\":\"RUN step {number}\"}}"));
        diff_ids.push(format!("\"sha256:{number:064x}\""));
    }
    let config = format!(
        "{{\"created\":\"2024-01-01T00:00:00Z\",\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[{}]}},\"history\":[{}]}}",
        diff_ids.join(","),
        history.join(",")
    );
    out.append_data(&mut header(config.len() as u64, 0o644), "config.json", config.as_bytes())?;
    let manifest = format!(
        "[{{\"Config\":\"config.json\",\"RepoTags\":[\"synthetic:latest\"],\"Layers\":[{}]}}]",
        names.join(",")
    );
    out.append_data(&mut header(manifest.len() as u64, 0o644), "manifest.json", manifest.as_bytes())?;
    out.into_inner()?.flush()?;
    Ok(())
}
