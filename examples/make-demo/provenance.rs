//! The provenance that `BuildKit` attaches to an image with `mode=max` (SLSA 1.0): the Dockerfile, the steps of the build,
//! their lines, and the layers that each of them ended with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::archive::{created, digest, time};
use super::content::Dice;
use super::story::{Build, DOCKERFILE, PATH, Step};

/// The type of the statement.
pub const PREDICATE: &str = "https://slsa.dev/provenance/v1";
/// The builder's steps before the first instruction: the base image, the build context and the folder of keys.
const SOURCES: usize = 3;

/// The statement about an image with these layers.
pub fn statement(build: &Build, image: &Value, layers: &[Value]) -> Value {
    let base = digest(b"debian:12-slim");
    let mut definition = sources(&base);
    let mut locations = Map::new();
    let mut chains = Map::new();
    locations.insert("step0".into(), lines((2, 2)));
    chains.insert("step0:0".into(), json!([&layers[..1]]));
    let mut made = 1;
    for step in build.steps.iter().filter(|step| step.layer.is_some()) {
        let Some(at) = step.lines else { continue };
        let id = format!("step{}", SOURCES + made - 1);
        let below = if made == 1 { "step0:0".to_owned() } else { format!("step{}:0", SOURCES + made - 2) };
        made += 1;
        definition.push(operation(step, &id, &below));
        locations.insert(id.clone(), lines(at));
        chains.insert(format!("{id}:0"), json!([&layers[..made]]));
    }
    let args = json!({ "build-arg:VERSION": build.version });
    let identity = hex(image);
    let mapping: Map<_, _> =
        definition.iter().map(|step| (digest(step.to_string().as_bytes()), step["id"].clone())).collect();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": PREDICATE,
        "subject": [{
            "name": format!("pkg:docker/shop@{}?platform=linux%2Famd64", build.version),
            "digest": { "sha256": identity },
        }],
        "predicate": {
            "buildDefinition": {
                "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                "resolvedDependencies": [{
                    "uri": "pkg:docker/debian@12-slim?platform=linux%2Famd64",
                    "digest": { "sha256": &base["sha256:".len()..] },
                }],
                "externalParameters": {
                    "configSource": { "path": "Dockerfile" },
                    "request": {
                        "frontend": "dockerfile.v0",
                        "args": args,
                        "locals": [{ "name": "context" }, { "name": "dockerfile" }, { "name": "keys" }],
                        "root": { "configSource": { "path": "Dockerfile" }, "request": { "args": args } },
                    },
                },
                "internalParameters": {
                    "buildConfig": { "digestMapping": mapping, "llbDefinition": definition },
                    "builderPlatform": "linux/amd64",
                },
            },
            "runDetails": {
                "builder": { "id": "" },
                "metadata": {
                    "invocationId": Dice::of(build.version).hex(25),
                    "startedOn": time(created(build) - 83),
                    "finishedOn": time(created(build) + 2),
                    "buildkit_metadata": {
                        "source": {
                            "locations": locations,
                            "infos": [{
                                "filename": "Dockerfile",
                                "language": "Dockerfile",
                                "data": STANDARD.encode(DOCKERFILE),
                            }],
                        },
                        "layers": chains,
                    },
                },
            },
        },
    })
}

fn hex(digest: &Value) -> &str {
    digest.as_str().and_then(|digest| digest.strip_prefix("sha256:")).expect("a digest")
}

/// One range a line, as `BuildKit` writes them.
fn lines((first, last): (usize, usize)) -> Value {
    let ranges: Vec<_> =
        (first..=last).map(|line| json!({ "start": { "line": line }, "end": { "line": line } })).collect();
    json!({ "locations": [{ "ranges": ranges }] })
}

fn sources(base: &str) -> Vec<Value> {
    let image = json!({ "identifier": format!("docker-image://docker.io/library/debian:12-slim@{base}") });
    let local =
        |name: &str| json!({ "identifier": format!("local://{name}"), "attrs": { "local.sharedkeyhint": name } });
    let steps = [image, local("context"), local("keys")].into_iter().enumerate();
    steps.map(|(at, source)| json!({ "id": format!("step{at}"), "op": { "Op": { "source": source }, "constraints": {} } })).collect()
}

/// The builder's form of an instruction.
fn operation(step: &Step, id: &str, below: &str) -> Value {
    let text = step.created_by.trim_end_matches(" # buildkit");
    let mut inputs = vec![below];
    let action = match text.split_once(' ') {
        Some(("RUN", command)) => {
            let command = command.trim_start_matches("/bin/sh -c ");
            let meta = json!({
                "args": ["/bin/sh", "-c", command],
                "env": [PATH, "NODE_ENV=production"],
                "cwd": if id < "step5" && id.len() == 5 { "/" } else { "/srv/shop" },
                "removeMountStubsRecursive": true,
            });
            json!({ "exec": { "meta": meta, "mounts": [{ "input": 0, "dest": "/", "output": 0 }] } })
        }
        Some(("COPY", words)) => {
            let is_key = words.starts_with("id_");
            inputs.push(if is_key { "step2:0" } else { "step1:0" });
            let (source, target) = if is_key { ("/id_ed25519", "/root/.ssh/") } else { ("/", "/srv/shop/") };
            let copy = json!({
                "src": source, "dest": target, "mode": -1, "timestamp": -1, "followSymlink": true,
                "dirCopyContents": true, "createDestPath": true, "allowWildcard": true, "allowEmptyWildcard": true,
            });
            json!({ "file": { "actions": [{ "input": 0, "secondaryInput": 1, "output": 0, "Action": { "copy": copy } }] } })
        }
        _ => {
            let mkdir = json!({ "path": "/srv/shop", "mode": 0o755, "makeParents": true, "timestamp": -1 });
            json!({ "file": { "actions": [{ "input": 0, "secondaryInput": -1, "output": 0, "Action": { "mkdir": mkdir } }] } })
        }
    };
    let platform = json!({ "Architecture": "amd64", "OS": "linux" });
    json!({ "id": id, "inputs": inputs, "op": { "Op": action, "platform": platform, "constraints": {} } })
}
