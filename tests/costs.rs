//! What opening an image costs, counted in what does not depend on the machine.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use layerscope::source::{Archive, ImageChoice, Location, Quiet};

const FILES: u64 = 400;
const SIZE: u64 = 8 << 20;

/// Bytes this process has read so far, from whatever; none where the system does not count them.
fn read_so_far() -> Option<u64> {
    let counts = std::fs::read_to_string("/proc/self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

fn header(name: &str, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).expect("a short name");
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn member(file: &mut File, name: &str, content: &str) {
    file.write_all(header(name, content.len() as u64).as_bytes()).expect("room");
    file.write_all(content.as_bytes()).expect("room");
    let at = file.stream_position().expect("a place").next_multiple_of(512);
    file.seek(SeekFrom::Start(at)).expect("a place");
}

/// A docker save of 3 GB whose files are holes: what is not read need not be there.
fn archive() -> tempfile::NamedTempFile {
    let mut temporary = tempfile::NamedTempFile::new().expect("a temporary file");
    let file = temporary.as_file_mut();
    file.write_all(header("1/layer.tar", FILES * (SIZE + 512) + 1024).as_bytes()).expect("room");
    for number in 0..FILES {
        file.write_all(header(&format!("srv/data/file-{number}"), SIZE).as_bytes()).expect("room");
        file.seek_relative(i64::try_from(SIZE).expect("it fits")).expect("a place");
    }
    file.seek_relative(1024).expect("a place");
    member(file, "config.json", r#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#);
    member(file, "manifest.json", r#"[{"Config":"config.json","RepoTags":["big:1"],"Layers":["1/layer.tar"]}]"#);
    let end = file.stream_position().expect("a place") + 1024;
    file.set_len(end).expect("room for holes");
    temporary
}

#[test]
fn the_contents_of_an_uncompressed_archive_are_never_read() {
    let file = archive();
    let Some(before) = read_so_far() else { return };
    let archive = Archive::open(&Location::of_path(file.path()), &Quiet).expect("an archive");
    let opened = archive.select(&ImageChoice::default()).expect("one image");
    let layers = opened.scan(&Quiet);
    let read = read_so_far().expect("it was there before") - before;
    assert_eq!(layers[0].len() as u64, FILES);
    assert!(layers[0].complete);
    // A page for each header, and what the archive's own lists take.
    let most = FILES * (4 << 10) + (512 << 10);
    assert!(read <= most, "{read} bytes of {} were read, {most} would have been enough", FILES * SIZE);
}
