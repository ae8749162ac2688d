//! Which engine and which of its images is meant.

use crate::engine::{LEGACY, NOWHERE, command, docker20, elsewhere, legacy, run_with};
use crate::mini_engine::{Answer, MiniEngine, archive, recorded, success};

#[test]
fn an_id_can_be_shortened_and_the_beginning_of_several_is_an_error() {
    let asked = |id: &str| {
        MiniEngine::new(vec![
            ("/_ping", recorded("docker-20.10/ping.http")),
            (&format!("/v1.41/images/{id}/json"), recorded("docker-20.10/inspect.http")),
            ("/v1.41/images/json", recorded("docker-20.10/images.http")),
            ("/v1.41/info", elsewhere()),
            (&format!("/v1.41/images/{LEGACY}/get"), success(archive("docker20-legacy.tar"))),
        ])
    };
    for id in [LEGACY, "c349c7e50748", "c349", &LEGACY[7..]] {
        for word in [id.to_owned(), format!("docker-daemon:{id}")] {
            let run = run_with(&asked(id).host(), NOWHERE, &["summary", &word, "--format", "json"]).ok();
            assert_eq!(run.json()["image"]["source"]["digest"], LEGACY, "{word}");
        }
    }
    let Answer::Whole(head, body) = recorded("docker-20.10/images.http") else { unreachable!() };
    let text = String::from_utf8(body).expect("text");
    let two = text.replace("sha256:a49fcc9b84f3", "sha256:c349fcc9b84f");
    let engine = MiniEngine::new(vec![
        ("/_ping", recorded("docker-20.10/ping.http")),
        ("/v1.41/images/json", Answer::Whole(head, two.into_bytes())),
    ]);
    let refused = run_with(&engine.host(), NOWHERE, &["summary", "docker-daemon:c349"]).refusal();
    assert_eq!(
        refused,
        "`c349` is the ID of 2 images of Docker, choose one: c349fcc9b84f (lessons:legacy-v2), c349c7e50748 \
         (lessons:legacy)"
    );
    let refused = run_with(&engine.host(), NOWHERE, &["summary", "c349"]).refusal();
    assert!(refused.contains("choose one: c349fcc9b84f"), "{refused}");
    let refused = run_with(&engine.host(), NOWHERE, &["summary", "c34a"]).refusal();
    assert!(
        refused.contains("does not have it") && refused.ends_with("`layerscope images` lists what is here"),
        "{refused}"
    );
}

/// A configuration folder of Docker with contexts, as `docker context create` writes it.
fn contexts(current: &str, contexts: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("{{\"currentContext\":\"{current}\"}}");
    std::fs::write(folder.path().join("config.json"), config).expect("written");
    for (name, host) in contexts {
        let id = layerscope::image::Digest::of(name.as_bytes());
        let place = folder.path().join("contexts/meta").join(id.encoded());
        std::fs::create_dir_all(&place).expect("a folder");
        let meta = serde_json::json!({
            "Name": name, "Metadata": {}, "Endpoints": { "docker": { "Host": host, "SkipTLSVerify": false } }
        });
        std::fs::write(place.join("meta.json"), meta.to_string()).expect("written");
    }
    folder
}

#[test]
fn a_context_of_docker_leads_to_its_engine() {
    let (here, other) = (legacy(), docker20(recorded("docker-20.10/inspect-404.http")));
    let folder = contexts("here", &[("here", &here.host()), ("other", &other.host()), ("gone", NOWHERE)]);
    let run = |variables: &[(&str, &str)]| {
        let mut command = command("", NOWHERE);
        command.env_remove("DOCKER_HOST").env("DOCKER_CONFIG", folder.path()).envs(variables.iter().copied());
        let output = command.args(["summary", "lessons"]).output().expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, text) = run(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&format!("exported by Docker at {}", here.host())), "{text}");
    assert!(other.requests().is_empty());
    for (variables, says) in [
        (&[("DOCKER_CONTEXT", "other")][..], "Docker answers: ".to_owned()),
        (&[("DOCKER_CONTEXT", "gone")], format!("Docker does not listen on {NOWHERE}")),
        (&[("DOCKER_CONTEXT", "none")], "DOCKER_CONTEXT names the context `none`, which does not exist".to_owned()),
    ] {
        let (code, text) = run(variables);
        assert!(code == Some(2) && text.contains(&says), "{variables:?}: {text}");
    }
    assert!(other.requests().iter().any(|path| path.ends_with("/get")), "the variable wins");
}
