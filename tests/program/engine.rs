//! Images of engines by name, against an engine that answers from recordings.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::mini_engine::{Answer, MiniEngine, archive, recorded, success};
use crate::tool::{self, Run, layerscope};

pub const LEGACY: &str = "sha256:c349c7e50748c881d101b5c93a11f1fbb95203db5e127a4d9e34d23ec9da832d";

/// The program, which finds no engine but these.
pub fn command(docker: &str, podman: &str) -> Command {
    let mut command = tool::command();
    for name in ["DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "CONTAINER_CONNECTION", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command.env("CONTAINERS_STORAGE_CONF", "/nonexistent/storage.conf").env("XDG_DATA_HOME", "/nonexistent");
    command.env("DOCKER_HOST", docker).env("CONTAINER_HOST", podman);
    command
}

pub fn run_with(docker: &str, podman: &str, words: &[&str]) -> Run {
    let output = command(docker, podman).args(words).output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("text on stderr");
    Run { code: output.status.code(), stdout: output.stdout, stderr }
}

pub const NOWHERE: &str = "unix:///nonexistent/engine.sock";

/// Docker 20.10 on another machine: the recorded one may run here.
pub fn elsewhere() -> Answer {
    let Answer::Whole(head, body) = recorded("docker-20.10/info.http") else { unreachable!() };
    let text = String::from_utf8(body).expect("text");
    let (before, after) = text.split_once("\"DockerRootDir\":\"").expect("a root");
    Answer::Whole(head, format!("{before}\"DockerRootDir\":\"/nonexistent{after}").into_bytes())
}

/// Docker 20.10 with one image.
pub fn docker20(export: Answer) -> MiniEngine {
    let [get, history] = ["get", "history"].map(|what| format!("/v1.41/images/{LEGACY}/{what}"));
    MiniEngine::new(vec![
        ("/_ping", recorded("docker-20.10/ping.http")),
        ("/v1.41/images/lessons:legacy/json", recorded("docker-20.10/inspect.http")),
        ("/v1.41/images/lessons/json", recorded("docker-20.10/inspect.http")),
        ("/v1.41/images/json", recorded("docker-20.10/images.http")),
        ("/v1.41/info", elsewhere()),
        (&history, recorded("docker-20.10/history.http")),
        (&get, export),
    ])
}

pub fn legacy() -> MiniEngine {
    docker20(success(archive("docker20-legacy.tar")))
}

/// Docker with containerd's store and a description of one image.
fn docker56(inspected: Answer, query: &str) -> MiniEngine {
    let id = "sha256:dc9c342c4b266b4a9d5fdc2c31548e488525bd8f83ac628c75ab8fb84f95bd2a";
    let get = format!("/v1.55/images/{id}/get{query}");
    MiniEngine::new(vec![
        ("/_ping", recorded("docker-1.56/ping.http")),
        ("/v1.55/images/based:max/json?manifests=1", inspected),
        (&get, success(archive("docker26-containerd.tar"))),
    ])
}

fn inspected_with(change: &[(&str, &str)]) -> Answer {
    let Answer::Whole(head, body) = recorded("docker-1.56/inspect-manifests.http") else { unreachable!() };
    let mut text = String::from_utf8(body).expect("text");
    for (from, to) in change {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    Answer::Whole(head, text.into_bytes())
}

#[test]
fn an_image_is_exported_by_its_id_and_keeps_its_names_and_its_source() {
    let engine = legacy();
    let run = run_with(&engine.host(), NOWHERE, &["summary", "lessons", "--format", "json"]).ok();
    let image = &run.json()["image"];
    assert_eq!(image["names"], serde_json::json!(["lessons:legacy"]));
    let source = serde_json::json!({
        "kind": "docker-daemon", "endpoint": engine.host(), "reference": "lessons", "digest": LEGACY, "in_place": false
    });
    assert_eq!(image["source"], source);
    let requests = engine.requests();
    assert_eq!(
        requests,
        ["/_ping", "/v1.41/images/lessons/json", "/v1.41/info", &format!("/v1.41/images/{LEGACY}/get")],
        "no version is assumed, and a name without a tag is never exported"
    );
    let text = run_with(&engine.host(), NOWHERE, &["summary", "docker-daemon:lessons:legacy"]).ok();
    let second = text.text().lines().nth(1).expect("a line").to_owned();
    assert_eq!(second, format!("exported by Docker at {}", engine.host()));
}

#[test]
fn the_listing_is_the_one_of_the_file() {
    let engine = legacy();
    let words = |image| ["ls", image, "--format", "ndjson"];
    let exported = run_with(&engine.host(), NOWHERE, &words("lessons:legacy")).ok();
    let file = layerscope(&words("docker20-legacy.tar")).ok();
    assert_eq!(exported.text(), file.text());
}

#[test]
fn an_engine_is_asked_for_a_platform_only_if_it_has_another_one() {
    let own = docker56(inspected_with(&[]), "");
    run_with(&own.host(), NOWHERE, &["summary", "based:max"]).ok();
    let foreign = ("\"amd64\"", "\"s390x\"");
    let query = "?platform=%7B%22os%22:%22linux%22%2C%22architecture%22:%22s390x%22%7D";
    let other = docker56(inspected_with(&[foreign]), query);
    let run = run_with(&other.host(), NOWHERE, &["summary", "based:max"]);
    assert!(other.requests().iter().any(|path| path.ends_with(query)), "{:?}", other.requests());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let wanted = ["summary", "based:max", "--platform", "linux/arm64"];
    let refused = run_with(&other.host(), NOWHERE, &wanted).refusal();
    assert_eq!(
        refused,
        "Docker has `based:max` for linux/s390x, not for linux/arm64: choose one of these with `--platform`"
    );
    let absent = docker56(inspected_with(&[("\"Available\":true", "\"Available\":false")]), "");
    let refused = run_with(&absent.host(), NOWHERE, &["summary", "based:max"]).refusal();
    assert!(refused.contains("has its contents for no platform: pull it again"), "{refused}");
    assert!(!absent.requests().iter().any(|path| path.contains("/get")), "an export would fail");
    let old = legacy();
    let refused = run_with(&old.host(), NOWHERE, &["summary", "lessons", "--platform", "linux/arm64"]).refusal();
    assert!(
        refused.contains("has no image for linux/arm64: choose what it has"),
        "an old engine ignores the platform: {refused}"
    );
}

#[test]
fn an_export_that_fails_midway_shows_nothing() {
    let whole = archive("docker20-legacy.tar");
    let cut = &whole[..150_000];
    let error =
        b"{\"errorDetail\":{\"message\":\"no space left on device\"},\"error\":\"no space left on device\"}\r\n";
    for (export, says) in [
        (
            success([cut, error].concat()),
            "the engine stopped in the middle of the export: no space left on device; free some space on the disk where \
             the engine stores its data",
        ),
        (Answer::Cut(cut.to_vec()), "ended in the middle of the export: Peer disconnected; check that the engine runs"),
        (success(cut), "is truncated at byte"),
        (success(&whole[..whole.len() - 1024]), "is truncated at byte"),
        (success(""), "is empty"),
        (recorded("docker-20.10/inspect-404.http"), "Docker answers: "),
        (recorded("docker-20.10/inspect-404.http"), "; the log of the engine may say more"),
    ] {
        let engine = docker20(export);
        let refused = run_with(&engine.host(), NOWHERE, &["summary", "lessons"]).refusal();
        assert!(refused.contains(says), "{says}: {refused}");
    }
}

#[test]
fn podman_exports_an_oci_archive_if_its_docker_archive_cannot_have_the_layers() {
    let Answer::Whole(_, inspected) = recorded("podman-4.3/inspect.http") else { unreachable!() };
    let inspected: serde_json::Value = serde_json::from_slice(&inspected).expect("JSON");
    let id = inspected["Id"].as_str().expect("an ID");
    let refused = || {
        let why = r#"{"message":"zstd compression is not supported for docker images"}"#;
        Answer::Whole("HTTP/1.1 500 Internal Server Error".to_owned(), why.as_bytes().to_vec())
    };
    let (get, get_oci) =
        (format!("/v1.41/images/{id}/get"), format!("/v4.0.0/libpod/images/{id}/get?format=oci-archive"));
    let engine = |oci: Answer| {
        MiniEngine::new(vec![
            ("/_ping", recorded("podman-4.3/ping.http")),
            ("/v1.41/images/lessons/json", recorded("podman-4.3/inspect.http")),
            (&get, refused()),
            (&get_oci, oci),
        ])
    };
    let podman = engine(success(archive("buildx-zstd.tar")));
    let listed = run_with(NOWHERE, &podman.host(), &["ls", "podman:lessons", "--format", "ndjson"]).ok();
    assert_eq!(listed.text(), layerscope(&["ls", "buildx-zstd.tar", "--format", "ndjson"]).ok().text());
    // It names the image in its archive by the ID that it was asked for.
    let podman = engine(success(renamed(&archive("buildx-zstd.tar"), id)));
    let summary = run_with(NOWHERE, &podman.host(), &["summary", "podman:lessons", "--format", "json"]).ok();
    assert_eq!(summary.json()["image"]["names"], serde_json::json!(["localhost/lessons:legacy"]));
    let podman = engine(refused());
    let refused = run_with(NOWHERE, &podman.host(), &["summary", "podman:lessons"]).refusal();
    assert!(refused.contains("Podman answers: zstd compression is not supported"), "{refused}");
}

/// An OCI archive whose only image has another name.
fn renamed(archive: &[u8], name: &str) -> Vec<u8> {
    use std::io::Read;
    let mut renamed = tar::Builder::new(Vec::new());
    for entry in tar::Archive::new(archive).entries().expect("a tar") {
        let mut entry = entry.expect("a member");
        let mut header = entry.header().clone();
        let path = entry.path().expect("a path").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("memory");
        if path.as_os_str() == "index.json" {
            let mut index: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            index["manifests"][0]["annotations"] = serde_json::json!({ "org.opencontainers.image.ref.name": name });
            bytes = index.to_string().into_bytes();
        }
        header.set_size(bytes.len() as u64);
        renamed.append_data(&mut header, path, bytes.as_slice()).expect("memory");
    }
    renamed.into_inner().expect("memory")
}

#[test]
fn versions_that_do_not_meet_are_explained() {
    let ping = |version: &str| Answer::Whole(format!("HTTP/1.1 200 OK\r\nApi-Version: {version}"), b"OK".to_vec());
    for (answer, says) in [
        (ping("1.12"), "update the engine"),
        (ping("2.0"), "update layerscope"),
        (ping("new"), "is not a container engine"),
        (success("OK"), "is not a container engine"),
        (Answer::Garbage, "is not a container engine"),
        (Answer::Garbage, "; choose another address with `docker context use` or DOCKER_HOST"),
        (recorded("docker-20.10/too-new.http"), "refuses the version of layerscope: client version 1.99 is too new"),
        (recorded("docker-20.10/too-new.http"), "; update the engine"),
        (recorded("docker-26.1/too-old.http"), "client version 1.10 is too old"),
        (recorded("docker-26.1/too-old.http"), "; update layerscope"),
    ] {
        let engine = MiniEngine::new(vec![("/_ping", answer)]);
        let refused = run_with(&engine.host(), NOWHERE, &["summary", "docker-daemon:lessons"]).refusal();
        assert!(refused.contains(says), "{says}: {refused}");
    }
}

#[test]
fn an_image_that_is_nowhere_names_what_was_asked_and_the_next_command() {
    let (docker, podman) = (legacy(), MiniEngine::new(vec![("/_ping", recorded("podman-4.3/ping.http"))]));
    let refused = run_with(&docker.host(), &podman.host(), &["summary", "nosuch:1"]).refusal();
    for part in [
        "neither a file nor an image `nosuch:1`",
        &format!("Docker at {}", docker.host()),
        &format!("Podman at {}", podman.host()),
        "`docker pull nosuch:1` fetches it",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let asked = podman.requests();
    assert!(asked.iter().any(|path| path.ends_with("/localhost/nosuch:1/json")), "{asked:?}");
    let refused = run_with(NOWHERE, NOWHERE, &["summary", "3f2a"]).refusal();
    assert!(refused.contains("Docker does not listen on unix:///nonexistent/engine.sock"), "{refused}");
    assert!(!refused.contains("pull"), "an ID cannot be pulled: {refused}");
}

#[test]
fn an_export_for_this_machine_is_asked_for_with_its_attestations() {
    let engine = docker56(inspected_with(&[]), "");
    let run = run_with(&engine.host(), NOWHERE, &["history", "based:max", "--format", "json"]).ok();
    assert!(run.text().contains("Dockerfile"), "the provenance is in the export: {}", run.text());
    let requests = engine.requests();
    let get = requests.iter().find(|path| path.contains("/get")).expect("an export");
    assert!(!get.contains('?'), "an export for one platform leaves attestations out: {get}");
    assert!(
        !requests.iter().any(|path| path.contains("/attestations")),
        "only the newest engines know that: {requests:?}"
    );
}

#[test]
fn one_name_for_two_images_is_an_error() {
    let podman = MiniEngine::new(vec![
        ("/_ping", recorded("podman-4.3/ping.http")),
        ("/v1.41/images/lessons:legacy/json", inspected_with(&[])),
    ]);
    let refused = run_with(&legacy().host(), &podman.host(), &["summary", "lessons:legacy"]).refusal();
    assert_eq!(
        refused,
        "`lessons:legacy` is 2 images here, choose one: `docker-daemon:lessons:legacy` (c349c7e50748), \
         `podman:lessons:legacy` (dc9c342c4b26)"
    );
}

#[test]
fn a_socket_without_permission_says_what_to_do() {
    let engine = legacy();
    std::fs::set_permissions(engine.socket(), std::fs::Permissions::from_mode(0o0)).expect("a mode");
    // The superuser may use any socket.
    if std::os::unix::net::UnixStream::connect(engine.socket()).is_ok() {
        return;
    }
    let refused = run_with(&engine.host(), NOWHERE, &["summary", "docker-daemon:lessons"]).refusal();
    assert!(refused.contains("`sudo`") && refused.contains("group `docker`"), "{refused}");
}

#[test]
fn a_full_disk_says_what_to_do() {
    let engine = legacy();
    // A path below a socket, where nobody can make a folder.
    let below = engine.socket().join("x");
    let output = command(&engine.host(), NOWHERE).args(["summary", "lessons"]).env("TMPDIR", below).output();
    let stderr = String::from_utf8(output.expect("the program starts").stderr).expect("text");
    assert!(stderr.contains("free some space or point TMPDIR to a larger file system"), "{stderr}");
}

#[test]
fn an_interrupt_ends_an_export_at_once_and_leaves_nothing() {
    use std::os::unix::process::ExitStatusExt;
    let begun = archive("docker20-legacy.tar")[..100_000].to_vec();
    for (export, is_copied) in [(Answer::Silence, false), (Answer::Stalled(begun), true)] {
        let engine = docker20(export);
        let temporary = tempfile::tempdir().expect("a folder");
        let mut child = command(&engine.host(), NOWHERE);
        let child = child.args(["summary", "lessons"]).env("TMPDIR", temporary.path()).stdout(Stdio::null());
        let mut child = child.spawn().expect("the program starts");
        let begun = Instant::now();
        let files = format!("/proc/{}/fd", child.id());
        // The copy has no name.
        let copies = || {
            let links = std::fs::read_dir(&files)
                .into_iter()
                .flatten()
                .filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
            links.filter(|file| file.starts_with(temporary.path())).count()
        };
        let is_there = || engine.requests().iter().any(|path| path.ends_with("/get"));
        while !is_there() || (is_copied && cfg!(target_os = "linux") && copies() == 0) {
            assert!(begun.elapsed() < Duration::from_secs(20), "no export is requested");
            std::thread::sleep(Duration::from_millis(5));
        }
        let interrupted = Instant::now();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
        let status = child.wait().expect("an end");
        assert!(interrupted.elapsed() < Duration::from_secs(2));
        assert!(status.signal() == Some(2) || status.code() == Some(130), "{status}");
        assert_eq!(std::fs::read_dir(temporary.path()).expect("a folder").count(), 0);
    }
}

#[test]
fn images_without_a_file_lists_what_the_engines_have() {
    let docker = legacy();
    let podman = MiniEngine::new(vec![
        ("/_ping", recorded("podman-4.3/ping.http")),
        ("/v1.41/images/json", recorded("podman-4.3/images.http")),
    ]);
    let text = run_with(&docker.host(), &podman.host(), &["images"]).ok();
    for part in ["lessons:legacy", "c349c7e50748", "localhost/lessons:buildkit", "295kB"] {
        assert!(text.text().contains(part), "{part}: {}", text.text());
    }
    assert!(text.text().contains("`layerscope docker-daemon:"), "{}", text.text());
    let json = run_with(&docker.host(), NOWHERE, &["images", "--format", "json"]).ok().json();
    let engines = json["engines"].as_array().expect("a list");
    assert_eq!(engines[0]["kind"], "docker-daemon");
    assert!(engines[0]["images"].as_array().expect("a list").iter().any(|image| image["id"] == LEGACY));
    assert!(engines[1]["fault"].as_str().expect("a fault").contains("does not listen"));
}

/// A `docker` that talks like `docker system dial-stdio`.
fn dial(script: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("docker");
    std::fs::write(&program, script).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    (folder, path)
}

#[test]
fn an_engine_that_is_far_away_is_reached_through_its_own_program() {
    let recordings = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >&2\nwhile IFS= read -r line; do line=${{line%?}}\ncase $line in\n'GET '*) asked=$line;;\n\
         '') case $asked in *_ping*) cat {recordings}/docker-20.10/ping.http;; \
         *) cat {recordings}/docker-20.10/inspect-404.http;; esac;;\nesac; done\n"
    );
    let (_folder, path) = dial(&script);
    let summary = |path: &str| {
        let mut command = command("ssh://me:secret@far", NOWHERE);
        let output = command.env("PATH", path).args(["summary", "docker-daemon:lessons"]).output();
        String::from_utf8(output.expect("the program starts").stderr).expect("text")
    };
    let said = summary(&path);
    assert!(said.contains("(Docker at ssh://me@far, from DOCKER_HOST does not have it)"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    let (_folder, path) = dial("#!/bin/sh\necho 'ssh: no route to host' >&2\nexit 255\n");
    let said = summary(&path);
    assert!(
        said.contains("the connection to Docker at ssh://me@far failed: ssh: no route to host; `docker version`"),
        "{said}"
    );
    let said = summary("/nonexistent");
    assert!(said.contains("is reached through `docker`, which cannot be run"), "{said}");
}
