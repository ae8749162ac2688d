//! The least that opening an image costs: inflating its compressed layers with the same libraries, and nothing else.
//!
//! ```text
//! cargo run --release --example floor -- inflate IMAGE     every gzip and zstd member, largest first, a thread a core
//! cargo run --release --example floor -- entries IMAGE     how many entries its layers have, and bytes of its blobs
//! ```
//!
//! `benches/compare` measures the first as a process of its own and sets the program beside it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use layerscope::source::{Archive, ImageChoice, Location, Quiet};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A member of the archive: the file it lies in, where, and how long it is.
struct Blob {
    file: PathBuf,
    offset: u64,
    len: u64,
}

fn blobs(image: &Path) -> Result<Vec<Blob>> {
    let mut blobs = Vec::new();
    if image.is_dir() {
        for entry in std::fs::read_dir(image.join("blobs/sha256"))? {
            let entry = entry?;
            blobs.push(Blob { file: entry.path(), offset: 0, len: entry.metadata()?.len() });
        }
    } else {
        for entry in tar::Archive::new(File::open(image)?).entries_with_seek()? {
            let entry = entry?;
            if entry.header().entry_type().is_file() {
                blobs.push(Blob { file: image.into(), offset: entry.raw_file_position(), len: entry.size() });
            }
        }
    }
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.len));
    Ok(blobs)
}

/// Bytes that come out of a blob; none for one that is not compressed.
fn inflate(blob: &Blob) -> Result<u64> {
    let mut file = File::open(&blob.file)?;
    file.seek(SeekFrom::Start(blob.offset))?;
    let mut magic = Vec::new();
    (&mut file).take(4).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(blob.offset))?;
    let packed = io::BufReader::with_capacity(64 << 10, file.take(blob.len));
    let mut unpacked: Box<dyn Read> = match magic.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::Decoder::with_buffer(packed)?),
        _ => return Ok(0),
    };
    let mut buffer = vec![0; 128 << 10];
    let mut bytes = 0;
    loop {
        match unpacked.read(&mut buffer)? {
            0 => return Ok(bytes),
            count => bytes += count as u64,
        }
    }
}

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, what, image] = arguments.as_slice() else { return Err("usage: floor inflate|entries IMAGE".into()) };
    if what == "entries" {
        let opened = Archive::open(&image.parse::<Location>()?, &Quiet)?.select(&ImageChoice::default())?;
        let entries: usize = opened.scan(&Quiet).iter().map(|layer| layer.len()).sum();
        let stored: u64 = opened.image().layers.iter().filter_map(|layer| layer.stored_size).sum();
        println!("{entries} {stored} {}", opened.image().layers.len());
        return Ok(());
    }
    let blobs = blobs(Path::new(image))?;
    let (next, bytes) = (AtomicUsize::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                bytes.fetch_add(inflate(blob)?, Ordering::Relaxed);
            }
            Ok(())
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    println!("{}", bytes.into_inner());
    Ok(())
}
