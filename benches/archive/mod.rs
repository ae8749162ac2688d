//! A docker save archive of one layer.

use std::path::Path;

fn header(size: usize) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(0o644);
    header
}

/// A layer of many small files, a hundred to a folder.
pub fn layer(files: usize) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for file in 0..files {
        let name = format!("srv/app/folder-{}/file-{file}.txt", file / 100);
        let content = format!("content of file {file}\n").repeat(8);
        tar.append_data(&mut header(content.len()), name, content.as_bytes()).expect("a vector takes all");
    }
    tar.into_inner().expect("a vector takes all")
}

/// Writes an archive with a layer as it is given.
pub fn docker_save(path: &Path, layer: &[u8]) {
    let mut tar = tar::Builder::new(std::fs::File::create(path).expect("a temporary file"));
    let config =
        r#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:0"]},"history":[]}"#;
    let manifest = r#"[{"Config":"config.json","RepoTags":["bench:latest"],"Layers":["1/layer.tar"]}]"#;
    for (name, bytes) in
        [("1/layer.tar", layer), ("config.json", config.as_bytes()), ("manifest.json", manifest.as_bytes())]
    {
        tar.append_data(&mut header(bytes.len()), name, bytes).expect("room on the disk");
    }
    tar.finish().expect("room on the disk");
}
