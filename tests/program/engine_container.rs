//! Containers of engines by name, against engines that answer from recordings. The container of Docker 20.10 ran
//! `fill /srv/big.bin 20000 append /t.txt more rm /srv/app/docs rm /srv/app/src mkdir /srv/app/src append /srv/app/src/n 1
//! mkdir /neu append /neu/a b symlink /t /neu/lnk chmod 0600 /srv/app` with a volume on `/vol`.

use crate::engine::{LEGACY, NOWHERE, run_with};
use crate::mini_engine::{Answer, MiniEngine, archive, recorded, recorded_tar, success};
use crate::tool::Run;

const ID: &str = "8a42b9954e815a7659a60a3dad9955ca5100d01eb58d9d0c316ff27f55359041";
const PODMAN_ID: &str = "69e342499aa5c485823a7105f2f1afe5472f8b23828d2aa7ebcf37d0d012efba";
/// The paths that are asked for, one after another. All that is in `/srv` is listed, so that it is taken as a whole.
const ASKED: [&str; 3] = ["neu", "srv", "t.txt"];

fn routes(version: &str, engine: &str, id: &str) -> Vec<(String, Answer)> {
    let of = |path: &str| format!("/v{version}{path}");
    vec![
        ("/_ping".to_owned(), recorded(&format!("{engine}/ping.http"))),
        (of(&format!("/images/{LEGACY}/json")), recorded(&format!("{engine}/inspect.http"))),
        (of(&format!("/images/{LEGACY}/get")), success(archive("docker20-legacy.tar"))),
        (of("/containers/c1/json"), recorded(&format!("{engine}/container.http"))),
        (of(&format!("/containers/{id}/changes")), recorded(&format!("{engine}/changes.http"))),
        (of(&format!("/containers/{id}/export")), success(recorded_tar(&format!("{engine}/export.tar.zst")))),
    ]
}

fn docker_routes() -> Vec<(String, Answer)> {
    let mut routes = routes("1.41", "docker-20.10", ID);
    for path in ASKED {
        let answer = recorded(&format!("docker-20.10/archive-{}.http", path.replace('/', "-")));
        routes.push((archive_of(path), answer));
    }
    routes
}

fn archive_of(path: &str) -> String {
    format!("/v1.41/containers/{ID}/archive?path=/{path}")
}

fn engine(routes: &[(String, Answer)]) -> MiniEngine {
    MiniEngine::new(routes.iter().map(|(path, answer)| (path.as_str(), answer.clone())).collect())
}

fn replaced(mut routes: Vec<(String, Answer)>, end: &str, answer: Answer) -> Vec<(String, Answer)> {
    routes.iter_mut().find(|(path, _)| path.ends_with(end)).expect(end).1 = answer;
    routes
}

fn docker(engine: &MiniEngine, words: &[&str]) -> Run {
    run_with(&engine.host(), NOWHERE, words)
}

const LAYER: [&str; 6] = ["ls", "container:c1", "--layer", "13", "--format", "ndjson"];

/// What changed, a line each: how, what it is, its size and its owner.
fn rows(run: &Run) -> Vec<String> {
    let row = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |field: &str| row[field].as_str().expect(field).to_owned();
        let owner = format!("{}:{}", row["uid"], row["gid"]);
        format!("{} {} {} {} {} {owner}", text("change"), text("type"), text("path"), row["size"], text("mode"))
    };
    run.text().lines().map(row).collect()
}

const EXPECTED: [&str; 11] = [
    "added dir neu 0 0755 0:0",
    "added file neu/a 1 0644 0:0",
    "added symlink neu/lnk 0 0777 0:0",
    "modified dir srv/app 0 0711 0:0",
    "modified dir srv/app/config.toml 0 0711 0:0",
    "removed dir srv/app/docs 0 0755 0:0",
    "removed file srv/app/docs/new.txt 5 0644 0:0",
    "modified dir srv/app/src 0 0711 0:0",
    "added file srv/app/src/n 1 0600 0:0",
    "added file srv/big.bin 20000 0644 0:0",
    "added file t.txt 4 0644 0:0",
];

#[test]
fn the_layer_of_a_container_is_asked_for_path_by_path() {
    let engine = engine(&docker_routes());
    let run = docker(&engine, &LAYER).ok();
    assert_eq!(rows(&run), EXPECTED);
    let requests = engine.requests();
    let asked: Vec<_> =
        requests.iter().filter_map(|path| path.split_once("archive?path=/")).map(|(_, path)| path).collect();
    assert_eq!(asked, ASKED, "each change once, the mount point never");
    assert!(!requests.iter().any(|path| path.ends_with("/export")), "{requests:?}");
    let content = docker(&engine, &["cat", "container:c1@docker", "srv/app/src/n"]).ok();
    assert_eq!(content.text(), "1");
}

#[test]
fn many_changes_are_taken_out_of_one_export() {
    let Answer::Whole(head, body) = recorded("docker-20.10/changes.http") else { unreachable!() };
    let mut listed: Vec<serde_json::Value> = serde_json::from_slice(&body).expect("JSON");
    // They are gone since.
    listed.extend((0..100).map(|number| serde_json::json!({"Path": format!("/run/{number}"), "Kind": 0})));
    let body = serde_json::to_vec(&listed).expect("JSON");
    let engine = engine(&replaced(docker_routes(), "/changes", Answer::Whole(head, body)));
    assert_eq!(rows(&docker(&engine, &LAYER).ok()), EXPECTED);
    let requests = engine.requests();
    assert!(!requests.iter().any(|path| path.contains("/archive")), "{requests:?}");
}

#[test]
fn what_vanished_since_the_changes_were_listed_is_taken_out_of_an_export() {
    let gone = recorded("docker-20.10/archive-srv-app-docs.http");
    let engine = engine(&replaced(docker_routes(), "/archive?path=/neu", gone));
    assert_eq!(rows(&docker(&engine, &LAYER).ok()), EXPECTED);
}

#[test]
fn podman_is_asked_for_an_export_because_its_archives_change_owners() {
    let routes = routes("1.41", "podman-4.3", PODMAN_ID);
    let engine = engine(&routes);
    let run = run_with(NOWHERE, &engine.host(), &LAYER).ok();
    let rows = rows(&run);
    // `podman mount` let `/data/one.bin` be changed below the volume.
    for row in [
        "modified file data/one.bin 30009 0644 0:0",
        "added symlink neu/lnk 0 0777 0:0",
        "added file neu/d/x 3 0644 0:0",
        "removed file srv/app/docs/new.txt 5 0644 0:0",
        "added file srv/big.bin 200000 0644 0:0",
        "modified file t 46480 0755 0:0",
    ] {
        assert!(rows.contains(&row.to_owned()), "{row}: {rows:#?}");
    }
    assert!(!engine.requests().iter().any(|path| path.contains("/archive")), "{:?}", engine.requests());
}

#[test]
fn a_container_that_changed_nothing_has_an_empty_layer() {
    for nothing in ["null", "[]"] {
        let engine = engine(&replaced(docker_routes(), "/changes", success(nothing)));
        assert_eq!(docker(&engine, &LAYER).ok().text(), "");
        let json = docker(&engine, &["summary", "container:c1", "--format", "json"]).ok().json();
        assert_eq!(json["image"]["source"]["reference"], "container:c1");
        assert_eq!(json["container"]["size_bytes"], 0);
        assert!(
            json["findings"].to_string().contains("`/vol`"),
            "the volumes are the container's: {}",
            json["findings"]
        );
    }
}

#[test]
fn an_answer_that_ends_early_shows_nothing() {
    let whole = recorded_tar("docker-20.10/export.tar.zst");
    let changes =
        || replaced(docker_routes(), "/archive?path=/neu", recorded("docker-20.10/archive-srv-app-docs.http"));
    let failed = b"{\"errorDetail\":{\"message\":\"no space left on device\"},\"error\":\"x\"}\r\n";
    for (export, says) in [
        (Answer::Cut(whole[..50_000].to_vec()), "the layer of the container `c1`"),
        (success(&whole[..50_000]), "is truncated at byte 50000"),
        (success(&whole[..whole.len() - 1024]), "is truncated at byte"),
        (success([&whole[..51_200], failed].concat()), "no space left on device"),
        (success(""), "the layer of the container `c1`"),
        (recorded("docker-20.10/inspect-404.http"), "Docker answers: "),
    ] {
        let engine = engine(&replaced(changes(), "/export", export));
        let refused = docker(&engine, &LAYER).refusal();
        assert!(refused.contains(says), "{says}: {refused}");
    }
}

#[test]
fn a_container_that_cannot_be_opened_says_what_to_do() {
    let engine_with = |routes: Vec<(String, Answer)>| engine(&routes);
    let docker_with = engine_with(docker_routes());
    let refused = docker(&docker_with, &["ls", "container:other"]).refusal();
    assert!(refused.starts_with("no container `other` (Docker at unix:"), "{refused}");
    assert!(refused.ends_with("`docker ps --all` lists them"), "{refused}");
    let refused = run_with(NOWHERE, NOWHERE, &["ls", "container:other@podman"]).refusal();
    assert!(refused.ends_with("`podman ps --all` lists them"), "{refused}");
    let refused = run_with(NOWHERE, NOWHERE, &["ls", "container:c1"]).refusal();
    assert!(refused.contains("Docker does not listen on unix:///nonexistent/engine.sock: start it"), "{refused}");
    let without = docker_routes().into_iter().filter(|(path, _)| !path.contains("/images/")).collect();
    let refused = docker(&engine_with(without), &["ls", "container:c1"]).refusal();
    assert_eq!(refused, "the image c349c7e50748 of the container `c1` is not in Docker any more: pull it again");
    let podman = engine(&routes("1.41", "podman-4.3", PODMAN_ID));
    let refused = run_with(&docker_with.host(), &podman.host(), &["ls", "container:c1"]).refusal();
    assert_eq!(
        refused,
        "`c1` is 2 containers here, choose one: `container:c1@docker` (8a42b9954e81), `container:c1@podman` \
         (69e342499aa5)"
    );
    let refused = docker(&docker_with, &["ls", "container:c1", "--container", "x.tar"]).refusal();
    assert!(refused.contains("leave out `--container`") || refused.contains("x.tar"), "{refused}");
}
