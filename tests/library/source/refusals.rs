//! What is no image: one sentence that says what it looks like and what would work.

use crate::testing::members;
use crate::testing::members::{Members, gzip, layer, open_path, refusal};

fn says(bytes: &[u8], parts: &[&str]) {
    let text = refusal(bytes);
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
    assert!(!text.contains('\n') && !text.ends_with('.'), "one sentence: {text}");
}

#[test]
fn a_file_that_is_no_archive_is_called_what_it_is() {
    says(b"", &["is empty"]);
    says(b"hello, this is a text", &["looks like a text file, not an image"]);
    says(b"{\"schemaVersion\": 2}", &["looks like a JSON document", "open the archive or folder that it belongs to"]);
    says(&gzip(b"hello"), &["looks like a text file, gzip-compressed"]);
    let mut sif = vec![0; 4096];
    sif[32..41].copy_from_slice(b"SIF_MAGIC");
    says(&sif, &["Apptainer image (SIF)"]);
    says(b"hsqs\0\0\0\0", &["squashfs"]);
    let mut ext = vec![0; 4096];
    ext[1080..1082].copy_from_slice(&[0x53, 0xef]);
    says(&ext, &["looks like an ext file system"]);
    says(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", &["a Git LFS pointer", "`git lfs pull`"]);
}

#[test]
fn a_tar_that_is_no_image_is_called_what_it_looks_like() {
    let files = |names: &[&str]| layer(&names.iter().map(|name| (*name, &b""[..])).collect::<Vec<_>>());
    says(
        &files(&["bin/sh", "etc/passwd", "usr/lib/x", "var/y"]),
        &["root file system (docker export)", "`docker save`"],
    );
    says(&files(&[".dockerenv"]), &["root file system (docker export)"]);
    let system = [("bin/sh", &b""[..]), ("etc/passwd", b""), ("usr/lib/x", b""), ("var/y", b"")];
    for own in [("manifest.json", &b"{\"name\": \"app\"}"[..]), ("index.json", b"{\"a\": 1}")] {
        says(&layer(&[&system[..], &[own]].concat()), &["root file system (docker export)"]);
    }
    says(&files(&["etc/.wh.passwd"]), &["single layer"]);
    says(&gzip(&files(&["app/Chart.yaml", "app/values.yaml"])), &["Helm chart"]);
    says(&files(&["readme"]), &["has no `manifest.json`, `index.json` or `repositories`"]);
    says(&files(&["oci-layout", "blobs/sha256/x"]), &["without an `index.json`"]);
    says(&vec![0; 10240], &["is an empty tar"]);
}

#[test]
fn an_image_that_is_packed_once_more_is_named_with_the_command_that_opens_it() {
    let mut members = Members::default();
    let image = members.image(&[layer(&[("a", b"1")])], "linux/amd64");
    members.index(&[image]);
    let archive = members.tar();
    for (name, bytes) in [("app.tar", archive.clone()), ("app.tar.gz", gzip(&archive))] {
        says(&layer(&[("readme", b""), (name, &bytes)]), &[&format!("contains the archive `{name}`"), "tar -xOf"]);
    }
    says(&gzip(&gzip(&archive)), &["is compressed twice, gzip in gzip", "gunzip -c", "| layerscope -"]);
    let zip = |name: &str| {
        [b"PK\x03\x04", &[0; 22][..], &[u8::try_from(name.len()).unwrap(), 0, 0, 0], name.as_bytes()].concat()
    };
    says(&zip("my app.tar"), &["looks like a zip archive", "unzip -p", "'my app.tar' | layerscope -"]);
    says(&zip("oci-layout"), &["looks like a zip archive", "unzip -d image", "layerscope image"]);
    let utf16: Vec<u8> = [0xfeff].into_iter().chain("app".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    says(&utf16, &["PowerShell's `>`", "docker save -o image.tar"]);
    let below = Members(
        members
            .0
            .into_iter()
            .map(|member| match member {
                members::Member::File(name, bytes) => members::Member::File(format!("out/app/{name}"), bytes),
                other => other,
            })
            .collect(),
    );
    says(&below.tar(), &["contains an image in its folder `out/app`", "tar -xf", "`layerscope out/app`"]);
    let folder = tempfile::tempdir().unwrap();
    below.write_to(folder.path());
    let text = open_path(&folder.path().join("out")).unwrap_err().to_string();
    assert!(text.contains("in its folder `app`") && text.contains("/out/app`"), "{text}");
}

#[test]
fn a_list_of_a_web_application_makes_no_image() {
    says(
        &layer(&[("site/manifest.json", b"{\"name\": \"app\"}")]),
        &["has no `manifest.json`, `index.json` or `repositories`"],
    );
}

#[test]
fn a_path_that_leads_nowhere_is_told_apart_from_a_folder_without_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open_path(&folder.path().join("no such\u{1b}")).unwrap_err().to_string();
    assert!(missing.contains("does not exist") && !missing.contains('\u{1b}'), "{missing}");
    let empty = open_path(folder.path()).unwrap_err().to_string();
    assert!(empty.contains("is an empty folder"), "{empty}");
    std::fs::write(folder.path().join("x"), "y").unwrap();
    let other = open_path(folder.path()).unwrap_err().to_string();
    assert!(other.contains("is a folder, but has no `manifest.json`"), "{other}");
}

#[test]
fn a_spelling_that_asks_for_another_kind_says_which_it_is() {
    let mut members = Members::default();
    members.index(&[]);
    let folder = tempfile::tempdir().unwrap();
    members.write_to(folder.path());
    let typed = format!("docker-archive:{}", folder.path().display());
    let text = layerscope::source::Archive::open(&typed.parse().unwrap(), &layerscope::source::Quiet).unwrap_err();
    assert!(text.to_string().contains("is not a docker archive: it is an OCI layout"), "{text}");
}
