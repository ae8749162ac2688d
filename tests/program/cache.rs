//! What is kept between runs, as the one who runs the program meets it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::tool::command;

/// A docker archive whose one layer is packed and larger than what is not worth keeping.
fn image(folder: &Path) -> PathBuf {
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.take(2 << 20).collect();
    let mut layer = tar::Builder::new(Vec::new());
    add(&mut layer, "srv/noise", &noise);
    add(&mut layer, "srv/deploy", private_key().as_bytes());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &layer.into_inner().expect("memory")).expect("memory");
    let mut archive = tar::Builder::new(Vec::new());
    let name = format!("blobs/sha256/{}", "5e".repeat(32));
    add(&mut archive, &name, &packed.finish().expect("memory"));
    let config = format!(
        r#"{{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":["sha256:{}"]}}}}"#,
        "1d".repeat(32)
    );
    add(&mut archive, "config.json", config.as_bytes());
    let manifest = format!(r#"[{{"Config":"config.json","RepoTags":["kept:1"],"Layers":["{name}"]}}]"#);
    add(&mut archive, "manifest.json", manifest.as_bytes());
    let path = folder.join("image.tar");
    fs::write(&path, archive.into_inner().expect("memory")).expect("room on the disk");
    path
}

fn private_key() -> String {
    let (dashes, letters) = ("-".repeat(5), ('A'..='Z').collect::<String>().repeat(3));
    format!("{dashes}BEGIN PRIVATE KEY{dashes}\nM{letters}\n{dashes}END PRIVATE KEY{dashes}\n")
}

fn add(tar: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, name, content).expect("memory");
}

/// What a run printed, with folders of its own to keep things in.
fn printed(folder: &Path, variables: &[(&str, PathBuf)], arguments: &[&str]) -> String {
    let mut command = command();
    command.args(arguments).arg(folder.join("image.tar")).envs(variables.iter().map(|(name, path)| (name, path)));
    let output = command.output().expect("the program starts");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    String::from_utf8(output.stdout).expect("text on stdout")
}

fn records(folder: &Path) -> usize {
    fs::read_dir(folder.join("layerscope/layers")).map_or(0, Iterator::count)
}

#[test]
fn the_second_run_prints_what_the_first_did() {
    let folder = TempDir::new().expect("a folder");
    image(folder.path());
    let cache = folder.path().join("cache");
    let variables = [("XDG_CACHE_HOME", cache.clone())];
    for arguments in [&["summary", "--format", "json"][..], &["ls"], &["waste"], &["layers"], &[]] {
        let without = printed(folder.path(), &variables, &[arguments, &["--no-cache"]].concat());
        assert_eq!(records(&cache), 0, "nothing is kept");
        assert_eq!(printed(folder.path(), &variables, arguments), without);
        assert_eq!(records(&cache), 1);
        assert_eq!(printed(folder.path(), &variables, arguments), without);
        fs::remove_dir_all(&cache).expect("it is there");
    }
}

#[test]
fn nothing_kept_is_used_where_it_is_not_wanted() {
    let folder = TempDir::new().expect("a folder");
    image(folder.path());
    let cache = folder.path().join("cache");
    let variables = [("XDG_CACHE_HOME", cache.clone())];
    let first = printed(folder.path(), &variables, &["ls"]);
    // Another name in the record, under a check sum that holds.
    let record = fs::read_dir(cache.join("layerscope/layers")).expect("a folder").next().expect("a record");
    let path = record.expect("a record").path();
    let mut bytes = fs::read(&path).expect("a record");
    let at = bytes.windows(5).position(|window| window == b"noise").expect("the name");
    bytes[at..at + 5].copy_from_slice(b"voice");
    let sum = twox_hash::XxHash3_128::oneshot(&bytes[28..]);
    bytes[12..28].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, &bytes).expect("room on the disk");
    assert!(printed(folder.path(), &variables, &["ls"]).contains("voice"));
    assert_eq!(printed(folder.path(), &variables, &["ls", "--no-cache"]), first);
    assert_eq!(fs::read(&path).expect("a record"), bytes);
}

#[test]
fn home_is_where_it_is_kept_unless_the_variable_is_absolute() {
    let folder = TempDir::new().expect("a folder");
    image(folder.path());
    let home = folder.path().join("home");
    fs::create_dir(&home).expect("room on the disk");
    printed(folder.path(), &[("HOME", home.clone()), ("XDG_CACHE_HOME", PathBuf::from("relative"))], &["ls"]);
    assert_eq!(records(&home.join(".cache")), 1);
    let readable = fs::read_dir(folder.path()).expect("a folder").count();
    printed(folder.path(), &[], &["ls"]);
    printed(folder.path(), &[("HOME", PathBuf::from("relative"))], &["ls"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), readable);
    assert!(!crate::tool::images().join("relative").exists());
}

#[test]
fn verify_and_images_keep_nothing() {
    let folder = TempDir::new().expect("a folder");
    image(folder.path());
    let cache = folder.path().join("cache");
    printed(folder.path(), &[("XDG_CACHE_HOME", cache.clone())], &["images"]);
    let verify = command().arg("verify").arg(folder.path().join("image.tar")).env("XDG_CACHE_HOME", &cache).output();
    assert_eq!(verify.expect("the program starts").status.code(), Some(1), "the digest is made up");
    assert!(!cache.exists());
}

#[test]
fn what_a_search_for_secrets_has_seen_is_kept_without_a_secret() {
    let folder = TempDir::new().expect("a folder");
    image(folder.path());
    let cache = folder.path().join("cache");
    let variables = [("XDG_CACHE_HOME", cache.clone())];
    let secrets = |more: &[&str]| printed(folder.path(), &variables, &[&["secrets", "--show-secrets"], more].concat());
    let first = secrets(&["--no-cache"]);
    assert!(first.contains("private-key") && !cache.exists(), "{first}");
    assert_eq!(secrets(&[]), first);
    let listed = fs::read_dir(cache.join("layerscope/layers")).expect("a folder");
    let mut paths = listed.map(|entry| entry.expect("an entry").path());
    let path = paths.find(|path| path.extension().is_some_and(|suffix| suffix == "facts")).expect("a record");
    let record = fs::read(&path).expect("a record");
    let key = private_key();
    assert!(record.windows(8).all(|window| !key.as_bytes().windows(8).any(|part| part == window)));
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).expect("a record").permissions()) & 0o777,
        0o600
    );
    assert_eq!(secrets(&[]), first);

    // It is used: one that says that no file holds anything is believed, for it is this user's own.
    let body = &record[28..60];
    let sum = twox_hash::XxHash3_128::oneshot(body).to_le_bytes();
    fs::write(&path, [&record[..12], &sum, body].concat()).expect("room on the disk");
    assert!(!secrets(&[]).contains("private-key"));
    assert_eq!(secrets(&["--no-cache"]), first);

    // What is damaged, of another question, cut or endless is not, and a new one takes its place.
    let mut damaged = record.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    let mut foreign = record.clone();
    foreign[30] ^= 1;
    let sum = twox_hash::XxHash3_128::oneshot(&foreign[28..]).to_le_bytes();
    foreign[12..28].copy_from_slice(&sum);
    for wrong in [damaged, foreign, record[..40].to_vec(), Vec::new(), vec![0; 3 << 20]] {
        fs::write(&path, &wrong).expect("room on the disk");
        assert_eq!(secrets(&[]), first);
        assert_eq!(fs::read(&path).expect("a record"), record);
    }
}
