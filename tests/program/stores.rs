//! Images read from the stores of engines in place: packed copies of real ones (`tests/stores`).

use std::path::{Path, PathBuf};

use crate::tool::{Run, command, layerscope};

const ARCHIVE: &str = "docker20-legacy.tar";

/// Unpacks a store into a folder.
fn unpacked(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores").join(name);
    let file = std::fs::File::open(packed).expect(name);
    tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(folder.path()).expect("unpacked");
    folder
}

fn storage() -> (tempfile::TempDir, String) {
    let folder = unpacked("containers-storage.tar.gz");
    let word = format!("containers-storage:[overlay@{}]lessons:legacy", folder.path().display());
    (folder, word)
}

/// The file of the lowest layer that has this path, as the store keeps it.
fn stored(folder: &Path, path: &str) -> PathBuf {
    let id = "48fb3ccf2410faa002309b52263212e5f72f6454d9e463ab3c7d991bfe0c24c7";
    folder.join(id).join("diff").join(path)
}

fn split(folder: &Path) -> PathBuf {
    let records = std::fs::read_dir(folder.join("overlay-layers")).expect("a folder");
    let mut records: Vec<_> = records.map(|record| record.expect("an entry").path()).collect();
    records.retain(|path| path.to_string_lossy().ends_with(".tar-split.gz"));
    records.sort();
    records.swap_remove(0)
}

/// Everything that is printed of an image, less where it comes from.
fn printed(word: &str) -> Vec<String> {
    let mut all = Vec::new();
    for words in [
        &["ls", word, "--format", "ndjson"][..],
        &["ls", word, "--layer", "1", "--format", "ndjson"],
        &["ls", word, "--up-to", "4", "--format", "ndjson"],
        &["history", word, "--format", "json"],
        &["waste", word, "--format", "json"],
        &["secrets", word, "--format", "json"],
        &["junk", word, "--format", "json"],
    ] {
        let run = layerscope(words);
        assert_eq!(run.stderr, "", "{words:?}");
        all.push(run.text().to_owned());
    }
    all.push(layerscope(&["export", word, "--layer", "2"]).ok().stdout.iter().map(|&b| char::from(b)).collect());
    all
}

#[test]
fn a_storage_means_the_same_as_the_archive_of_its_image() {
    let (folder, word) = storage();
    assert_eq!(printed(&word), printed(ARCHIVE));
    let image = layerscope(&["summary", &word, "--format", "json"]).ok().json();
    let source = &image["image"]["source"];
    assert_eq!(source["kind"], "containers-storage");
    assert_eq!(source["endpoint"], folder.path().to_str().expect("text"));
    assert_eq!((&source["in_place"], &source["reference"]), (&true.into(), &"lessons:legacy".into()));
    assert_eq!(image["image"]["names"], serde_json::json!(["localhost/lessons:legacy"]));
    let verified = layerscope(&["verify", &word]).ok();
    assert!(verified.text().contains("12 of 12 layers match their diff IDs"), "{}", verified.text());
}

#[test]
fn an_image_of_a_storage_can_be_compared_with_a_file() {
    let (_folder, word) = storage();
    let compared = |image: &str| {
        let run = layerscope(&["compare", image, "docker20-buildkit.tar", "--format", "json"]);
        let mut json = run.json();
        json.as_object_mut().expect("an object").retain(|key, _| !matches!(key.as_str(), "a" | "b" | "images"));
        (run.code, json)
    };
    assert_eq!(compared(&word), compared(ARCHIVE));
}

#[test]
fn podman_needs_no_service_and_its_names_and_ids_can_be_short() {
    let (folder, _) = storage();
    let configuration = folder.path().join("storage.conf");
    let text = format!("[storage]\ndriver = \"overlay\"\ngraphroot = \"{}\"\n", folder.path().display());
    std::fs::write(&configuration, text).expect("written");
    let summary = |word: &str| -> Run {
        let mut command = command();
        for name in ["CONTAINER_HOST", "CONTAINER_CONNECTION"] {
            command.env_remove(name);
        }
        command.env("CONTAINERS_STORAGE_CONF", &configuration).env("DOCKER_HOST", "unix:///nonexistent/x.sock");
        let output = command.args(["summary", word]).output().expect("the program starts");
        let stderr = String::from_utf8(output.stderr).expect("text");
        Run { code: output.status.code(), stdout: output.stdout, stderr }
    };
    if cfg!(target_os = "linux") {
        for word in ["lessons:legacy", "podman:localhost/lessons:legacy", "podman:c349c7e5", "c349", "sha256:c349c7"] {
            let run = summary(word).ok();
            assert!(run.text().contains("read in place from the storage at"), "{word}: {}", run.text());
        }
        let refused = summary("podman:lessons:2").refusal();
        assert!(refused.contains("no image `lessons:2`"), "{refused}");
    }
    let other = format!("containers-storage:[{}]other", folder.path().display());
    let refused = summary(&other).refusal();
    assert!(refused.contains("has no image `other`; it has localhost/lessons:legacy"), "{refused}");
    let nowhere = summary("containers-storage:[/nonexistent]app").refusal();
    assert!(nowhere.contains("no storage at `/nonexistent`"), "{nowhere}");
}

#[test]
fn a_file_that_was_changed_in_the_store_is_never_shown_as_the_image_s() {
    let (folder, word) = storage();
    let file = stored(&folder.path().join("overlay"), "srv/app/config.toml");
    let before = std::fs::read(&file).expect("a file");
    let cat = || layerscope(&["cat", &word, "srv/app/config.toml", "--layer", "2"]);
    assert_eq!(cat().ok().stdout, before);
    let mut changed = before.clone();
    changed[0] ^= 1;
    std::fs::write(&file, &changed).expect("written");
    let run = cat();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("its checksum differs"), "{}", run.stderr);
    let verified = layerscope(&["verify", &word]);
    assert_eq!(verified.code, Some(1), "{}", verified.text());
    std::fs::write(&file, &before[1..]).expect("written");
    let run = cat();
    assert!(run.code == Some(2) && run.stderr.contains("another size"), "{}", run.stderr);
    // The listing needs no file.
    let ls = |word: &str| layerscope(&["ls", word, "--format", "ndjson"]).ok().stdout;
    assert_eq!(ls(&word), ls(ARCHIVE));
}

#[test]
#[cfg(unix)]
fn nothing_outside_of_a_layer_is_read() {
    let (folder, word) = storage();
    let file = stored(&folder.path().join("overlay"), "srv/app/config.toml");
    let secret = folder.path().join("secret");
    let size = std::fs::metadata(&file).expect("a file").len();
    std::fs::write(&secret, vec![b'S'; usize::try_from(size).expect("small")]).expect("written");
    let refused = |why: &str| {
        let run = layerscope(&["cat", &word, "srv/app/config.toml", "--layer", "2"]);
        assert_eq!(run.code, Some(2), "{why}: {}", run.text());
        assert!(run.stdout.is_empty() && !run.stderr.contains("SSS"), "{why}: {}", run.stderr);
    };
    std::fs::remove_file(&file).expect("removed");
    std::os::unix::fs::symlink(&secret, &file).expect("a link");
    refused("a link to a file");
    std::fs::remove_file(&file).expect("removed");
    assert!(std::process::Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
    refused("a pipe");
    std::fs::remove_file(&file).expect("removed");
    let parent = file.parent().expect("a parent").to_owned();
    std::fs::remove_dir_all(&parent).expect("removed");
    std::fs::rename(&secret, folder.path().join("config.toml")).expect("renamed");
    std::os::unix::fs::symlink(folder.path(), &parent).expect("a link");
    refused("a link to a folder");
}

#[test]
fn a_record_that_is_cut_or_malformed_leaves_the_image_incomplete() {
    for change in [
        |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2),
        |bytes: &mut Vec<u8>| {
            *bytes = b"{\"type\":1,\"name\":\"a\",\"size\":5,\"payload\":\"x\"}\n".to_vec();
        },
    ] {
        let (folder, word) = storage();
        let record = split(folder.path());
        let mut bytes = std::fs::read(&record).expect("a record");
        change(&mut bytes);
        std::fs::write(&record, bytes).expect("written");
        let run = layerscope(&["summary", &word]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.text().contains("ncomplete"), "{}", run.text());
        assert_eq!(layerscope(&["verify", &word]).code, Some(1));
    }
    let (folder, word) = storage();
    std::fs::remove_file(split(folder.path())).expect("removed");
    let refused = layerscope(&["summary", &word]).refusal();
    assert!(refused.contains(".tar-split.gz`: `podman save` exports what it has"), "{refused}");
}

/// Runs the program as a user who owns nothing, if this is the superuser, who may read everything. `None` if neither that
/// user nor this one is refused a folder.
#[cfg(target_os = "linux")]
fn refused_a_folder(locked: &Path, words: &[&str]) -> Option<Run> {
    let program = command().get_program().to_owned();
    let other = || {
        let mut command = std::process::Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&program);
        command.env_remove("HOME").env_remove("XDG_CACHE_HOME");
        command
    };
    let mut run = match other().arg("--version").output() {
        Ok(output) if output.status.success() => other(),
        _ if std::fs::read_dir(locked).is_err() => command(),
        _ => return None,
    };
    let output = run.args(words).output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("text");
    Some(Run { code: output.status.code(), stdout: output.stdout, stderr })
}

#[test]
#[cfg(target_os = "linux")]
fn layers_without_permission_say_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, word) = storage();
    let mode =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    mode(folder.path(), 0o755);
    let lists = ["overlay-images", "overlay-layers"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("chmod").args(["-R", "a+rX"]).args(lists).status().expect("chmod").success());
    let layers = std::fs::read_dir(folder.path().join("overlay")).expect("layers");
    let layers = layers.map(|layer| layer.expect("an entry").path().join("diff"));
    let layers: Vec<_> = layers.filter(|layer| layer.is_dir()).collect();
    for layer in &layers {
        mode(layer, 0);
    }
    let runs = ["verify", "secrets"].map(|name| refused_a_folder(&layers[0], &[name, &word]));
    for layer in &layers {
        mode(layer, 0o755);
    }
    for run in runs.iter().flatten() {
        let text = run.text();
        assert!(text.contains("/diff`: Permission denied (os error 13): run the command with `sudo`"), "{text}");
        assert!(!text.contains("ends early"), "{text}");
    }
    std::fs::rename(folder.path().join("overlay"), folder.path().join("moved")).expect("renamed");
    let verified = layerscope(&["verify", &word]);
    assert_eq!(verified.code, Some(1));
    assert!(verified.text().contains("the store has lost it, so pull or build the image again"), "{}", verified.text());
}

#[test]
#[cfg(unix)]
fn a_storage_of_another_driver_says_how_its_images_can_be_opened() {
    let (folder, word) = storage();
    for name in ["images", "layers"] {
        std::fs::rename(folder.path().join(format!("overlay-{name}")), folder.path().join(format!("vfs-{name}")))
            .expect("renamed");
    }
    let root = folder.path().display();
    let says = format!(
        "images of the storage driver `vfs` cannot be read in place, only those of `overlay`: `podman --root {root} \
         --storage-driver vfs save -o image.tar NAME` writes one to a file, which can be opened"
    );
    assert_eq!(layerscope(&["summary", &word]).refusal(), says);
    let named = layerscope(&["summary", &word.replace("overlay@", "vfs@")]).refusal();
    assert!(named.ends_with(&says), "{named}");
    let configuration = folder.path().join("storage.conf");
    std::fs::write(&configuration, format!("[storage]\ngraphroot = \"{root}\"\n")).expect("written");
    // A service of Podman on this machine would answer instead.
    let has_service = || std::os::unix::net::UnixStream::connect("/run/podman/podman.sock").is_ok();
    if cfg!(target_os = "linux") && !has_service() {
        let of_container = &["summary", "container:web"];
        for words in
            [&["summary", "podman:lessons:legacy"][..], &["images"], &["summary", "lessons:legacy"], of_container]
        {
            let mut command = command();
            for name in ["CONTAINER_HOST", "CONTAINER_CONNECTION", "XDG_RUNTIME_DIR"] {
                command.env_remove(name);
            }
            command.env("CONTAINERS_STORAGE_CONF", &configuration).env("DOCKER_HOST", "unix:///nonexistent/x.sock");
            command.env("CONTAINERS_CONF", "/nonexistent/containers.conf");
            let output = command.args(words).output().expect("the program starts");
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8(text).expect("text");
            assert!(text.contains(&says), "{words:?}: {text}");
        }
    }
}

/// Moves a file to the same place below another folder.
fn moved(from: &Path, to: &Path, name: &str) {
    let target = to.join(name);
    std::fs::create_dir_all(target.parent().expect("a parent")).expect("folders");
    std::fs::rename(from.join(name), target).expect(name);
}

#[test]
fn the_lower_layers_of_an_image_can_be_in_an_additional_store() {
    let (own, _) = storage();
    let more = tempfile::tempdir().expect("a folder");
    let list = own.path().join("overlay-layers/layers.json");
    let layers: serde_json::Value = serde_json::from_slice(&std::fs::read(&list).expect("a list")).expect("JSON");
    let layers = layers.as_array().expect("layers").clone();
    let top = |layer: &&serde_json::Value| layer["parent"].as_str().is_some_and(|parent| !parent.is_empty());
    let (upper, lower): (Vec<_>, Vec<_>) = layers.iter().partition(top);
    assert!(!upper.is_empty() && !lower.is_empty());
    for layer in &lower {
        let id = layer["id"].as_str().expect("an ID");
        moved(own.path(), more.path(), &format!("overlay-layers/{id}.tar-split.gz"));
        moved(own.path(), more.path(), &format!("overlay/{id}"));
    }
    std::fs::create_dir(more.path().join("overlay-images")).expect("a folder");
    std::fs::write(more.path().join("overlay-images/images.json"), "[]").expect("written");
    for (folder, layers) in [(&own, upper), (&more, lower)] {
        let text = serde_json::to_vec(&layers).expect("JSON");
        std::fs::write(folder.path().join("overlay-layers/layers.json"), text).expect("written");
    }
    let configuration = own.path().join("storage.conf");
    let text = |more: &str| {
        let root = own.path().display();
        format!("[storage]\ngraphroot = \"{root}\"\n[storage.options]\nadditionalimagestores = [{more}]\n")
    };
    let ls = |more: &str| {
        std::fs::write(&configuration, text(more)).expect("written");
        let mut command = command();
        command.env("CONTAINERS_STORAGE_CONF", &configuration);
        let output = command.args(["ls", "containers-storage:lessons:legacy", "--format", "ndjson"]).output();
        let output = output.expect("the program starts");
        let stderr = String::from_utf8(output.stderr).expect("text");
        Run { code: output.status.code(), stdout: output.stdout, stderr }
    };
    let both = ls(&format!("\"{}\"", more.path().display())).ok();
    assert_eq!(both.text(), layerscope(&["ls", ARCHIVE, "--format", "ndjson"]).ok().text());
    let refused = ls("").refusal();
    assert!(refused.contains("the store has no layer `"), "{refused}");
}

#[cfg(feature = "network")]
fn run(engine: &crate::mini_engine::MiniEngine, words: &[&str]) -> Run {
    let mut command = command();
    command.env("DOCKER_HOST", engine.host());
    let output = command.args(words).output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("text");
    Run { code: output.status.code(), stdout: output.stdout, stderr }
}

#[cfg(feature = "network")]
mod docker {
    use super::*;
    use crate::mini_engine::{Answer, MiniEngine, archive, recorded, success};

    const GET: &str = "/v1.41/images/sha256:c349c7e50748c881d101b5c93a11f1fbb95203db5e127a4d9e34d23ec9da832d/get";

    /// Docker with its data in a folder.
    fn engine(root: &Path) -> MiniEngine {
        let Answer::Whole(head, body) = recorded("docker-20.10/info.http") else { unreachable!() };
        let mut info: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        info["DockerRootDir"] = root.to_str().expect("text").into();
        MiniEngine::new(vec![
            ("/_ping", recorded("docker-20.10/ping.http")),
            ("/v1.41/images/lessons:legacy/json", recorded("docker-20.10/inspect.http")),
            ("/v1.41/info", Answer::Whole(head, info.to_string().into_bytes())),
            (GET, success(archive(ARCHIVE))),
        ])
    }

    fn is_exported(engine: &MiniEngine) -> bool {
        engine.requests().iter().any(|path| path == GET)
    }

    #[test]
    fn docker_s_store_means_the_same_as_its_export_and_nothing_is_exported() {
        let folder = unpacked("docker-overlay2.tar.gz");
        let engine = engine(folder.path());
        let word = "docker-daemon:lessons:legacy";
        for words in [["ls", "--format", "ndjson"], ["waste", "--format", "json"], ["layers", "--format", "json"]] {
            let ours = run(&engine, &[words[0], word, words[1], words[2]]).ok();
            let theirs = layerscope(&[words[0], ARCHIVE, words[1], words[2]]).ok();
            assert_eq!(ours.text(), theirs.text(), "{words:?}");
        }
        let verified = run(&engine, &["verify", word]).ok();
        assert!(verified.text().contains("12 of 12 layers match their diff IDs"), "{}", verified.text());
        let summary = run(&engine, &["summary", word]).ok();
        assert!(summary.text().contains("read in place from Docker's storage at"), "{}", summary.text());
        assert!(!is_exported(&engine));
    }

    #[test]
    fn a_record_of_docker_that_is_cut_leaves_the_image_incomplete() {
        let folder = unpacked("docker-overlay2.tar.gz");
        let layers = std::fs::read_dir(folder.path().join("image/overlay2/layerdb/sha256")).expect("layers");
        let records = layers.map(|layer| layer.expect("an entry").path().join("tar-split.json.gz"));
        let record = records.max_by_key(|record| record.metadata().expect("a record").len()).expect("one");
        let bytes = std::fs::read(&record).expect("a record");
        std::fs::write(&record, &bytes[..bytes.len() / 2]).expect("written");
        let engine = engine(folder.path());
        let summary = run(&engine, &["summary", "docker-daemon:lessons:legacy"]).ok();
        assert!(summary.text().contains("incomplete: layer"), "{}", summary.text());
        assert!(!is_exported(&engine), "the engine needs the record too");
    }

    #[test]
    fn a_store_that_is_another_engine_s_or_lacks_a_part_is_not_used() {
        let word = "docker-daemon:lessons:legacy";
        let exported = |why: &str, folder: &Path| {
            let engine = engine(folder);
            let summary = run(&engine, &["summary", word]).ok();
            assert!(summary.text().contains("exported by Docker"), "{why}: {}", summary.text());
            assert!(is_exported(&engine), "{why}");
        };
        let folder = unpacked("docker-overlay2.tar.gz");
        std::fs::write(folder.path().join("engine-id"), "another").expect("written");
        exported("the mark of another engine", folder.path());
        let layers = "image/overlay2/layerdb/sha256";
        let folder = unpacked("docker-overlay2.tar.gz");
        let layer = std::fs::read_dir(folder.path().join(layers)).expect("layers").next().expect("one");
        std::fs::remove_dir_all(layer.expect("an entry").path()).expect("removed");
        exported("a layer is missing", folder.path());
        let folder = unpacked("docker-overlay2.tar.gz");
        let layer = std::fs::read_dir(folder.path().join(layers)).expect("layers").next().expect("one");
        std::fs::write(layer.expect("an entry").path().join("cache-id"), "../../..").expect("written");
        exported("a cache ID that leads elsewhere", folder.path());
        let folder = unpacked("docker-overlay2.tar.gz");
        let images = folder.path().join("image/overlay2/imagedb/content/sha256");
        let image = std::fs::read_dir(images).expect("images").next().expect("one").expect("an entry").path();
        std::fs::write(image, "{}").expect("written");
        exported("a configuration that does not hash to its name", folder.path());
        exported("no such folder", Path::new("/nonexistent"));
    }
}

#[cfg(feature = "network")]
mod containerd {
    use super::*;
    use crate::mini_engine::{Answer, MiniEngine, recorded, success};

    const ID: &str = "e0f45cfb326e54ea77c35d480deb48882962186cd5dca9c96c02faa8665911a5";
    const MANIFEST: &str = "bdff495acf770eddb6848fad3738d39da96ebafb1caef1a167cea07f1ad7276c";
    const LAYER: &str = "be3529249fdf5955b6eadd78a57da9caaa24965684e9c708e8924f20b2dde8f9";
    const WORD: &str = "docker-daemon:small:1";

    fn export() -> Vec<u8> {
        let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores/containerd-export.tar.gz");
        let mut bytes = Vec::new();
        let file = std::fs::File::open(packed).expect("the export");
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).expect("unpacked");
        bytes
    }

    /// Docker with its data in a folder.
    fn engine(root: &Path) -> MiniEngine {
        let Answer::Whole(head, body) = recorded("docker-26.1/info.http") else { unreachable!() };
        let mut info: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        info["DockerRootDir"] = root.to_str().expect("text").into();
        MiniEngine::new(vec![
            ("/_ping", recorded("docker-26.1/ping.http")),
            ("/v1.45/images/small:1/json", recorded("docker-26.1/small.http")),
            ("/v1.45/info", Answer::Whole(head, info.to_string().into_bytes())),
            (&format!("/v1.45/images/sha256:{ID}/get"), success(export())),
        ])
    }

    fn is_exported(engine: &MiniEngine) -> bool {
        engine.requests().iter().any(|path| path.ends_with("/get"))
    }

    fn blob(root: &Path, hex: &str) -> PathBuf {
        root.join("containerd/daemon/io.containerd.content.v1.content/blobs/sha256").join(hex)
    }

    #[test]
    fn the_content_store_means_the_same_as_the_export_and_nothing_is_exported() {
        let folder = unpacked("containerd.tar.gz");
        let file = folder.path().join("export.tar");
        std::fs::write(&file, export()).expect("written");
        let engine = engine(folder.path());
        for words in [
            &["ls", "--format", "ndjson"][..],
            &["ls", "--layer", "2", "--format", "ndjson"],
            &["waste", "--format", "json"],
            &["layers", "--format", "json"],
            &["history", "--format", "json"],
            &["cat", "srv/app/data/two"],
            &["export", "--layer", "1"],
        ] {
            let of = |image| -> Vec<&str> { [&[words[0], image], &words[1..]].concat() };
            let ours = run(&engine, &of(WORD)).ok();
            let theirs = layerscope(&of(file.to_str().expect("text"))).ok();
            assert_eq!(ours.stdout, theirs.stdout, "{words:?}");
        }
        let image = run(&engine, &["summary", WORD, "--format", "json"]).ok().json();
        let image = &image["image"];
        assert_eq!(image["names"], serde_json::json!(["small:1", "registry.example/team/small:2"]));
        assert_eq!(image["digest"], "sha256:bdff495acf770eddb6848fad3738d39da96ebafb1caef1a167cea07f1ad7276c");
        let source = serde_json::json!({
            "kind": "docker-daemon", "endpoint": folder.path().join("containerd/daemon").to_str(), "reference": "small:1",
            "digest": format!("sha256:{ID}"), "in_place": true
        });
        assert_eq!(image["source"], source);
        let verified = run(&engine, &["verify", WORD]).ok();
        assert!(verified.text().contains("4 of 4 layers match their diff IDs"), "{}", verified.text());
        assert!(!is_exported(&engine));
    }
    #[test]
    fn a_content_store_that_lacks_a_part_or_is_another_engine_s_is_not_used() {
        let exported = |why: &str, change: &dyn Fn(&Path)| {
            let folder = unpacked("containerd.tar.gz");
            change(folder.path());
            let engine = engine(folder.path());
            let summary = run(&engine, &["summary", WORD]).ok();
            assert!(summary.text().contains("exported by Docker"), "{why}: {}", summary.text());
            assert!(is_exported(&engine), "{why}");
        };
        exported("the mark of another engine", &|root| {
            std::fs::write(root.join("engine-id"), "another").expect("written");
        });
        let removed = |hex: &'static str| move |root: &Path| std::fs::remove_file(blob(root, hex)).expect("removed");
        exported("no index", &removed(ID));
        exported("no manifest", &removed(MANIFEST));
        exported("no layer", &removed(LAYER));
        exported("an index of another digest", &|root| {
            let file = blob(root, ID);
            std::fs::remove_file(&file).expect("removed");
            std::fs::copy(blob(root, MANIFEST), &file).expect("copied");
        });
        #[cfg(unix)]
        exported("a layer that leads out of the store", &|root| {
            let secret = root.join("secret");
            std::fs::write(&secret, "secret").expect("written");
            std::fs::remove_file(blob(root, LAYER)).expect("removed");
            std::os::unix::fs::symlink(&secret, blob(root, LAYER)).expect("a link");
        });
    }

    #[test]
    fn a_layer_that_was_changed_in_the_content_store_is_found_by_verify() {
        let folder = unpacked("containerd.tar.gz");
        let file = blob(folder.path(), LAYER);
        let bytes = std::fs::read(&file).expect("a layer");
        std::fs::remove_file(&file).expect("removed");
        std::fs::write(&file, [&bytes[..], &[0]].concat()).expect("written");
        let engine = engine(folder.path());
        let verified = run(&engine, &["verify", WORD]);
        assert_eq!(verified.code, Some(1), "{}", verified.text());
        assert!(verified.text().contains(LAYER) && !is_exported(&engine), "{}", verified.text());
    }
}
