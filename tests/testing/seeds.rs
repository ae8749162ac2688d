//! What the fuzzers start from: the layers of the scenarios, small archives, and a few documents.

use super::{archive, cases, notation};

pub struct Seed {
    pub target: &'static str,
    pub name: String,
    pub bytes: Vec<u8>,
}

pub fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    scenarios(&mut seeds);
    documents(&mut seeds);
    let mut add = |target, name: &str, bytes: &[u8]| {
        seeds.push(Seed { target, name: name.to_owned(), bytes: bytes.to_vec() });
    };
    add("archive_index", "oci", &archive::oci_archive_with(4, b"{}"));
    add("archive_index", "not-an-image", &notation::layer("a/ a/f=f"));
    add("layer_stack", "plain", b"\x31\x40\x00\x30\x80\x13\xff\x10\x40\x00");
    add("layer_stack", "links", b"\x32\x00\x41\x33\x00\x71\xff\x30\x00\x02\xff\x00\x40\x00");
    // Nothing here has the form of a token: the fuzzers find out by themselves what one begins with.
    let settings = b"PASSWORD='hunter 2' --token=abc https://u:pw1234@h/ {\"auths\":{\"r\":{\"auth\":\"dTpwYXNz\"}}}\nroot:$6$ab$cd:1:0:::::\n";
    add("file_contents", "settings", settings);
    add("file_contents", "script", b"#!/usr/bin/env python3\nimport os\n");
    seeds
}

fn scenarios(seeds: &mut Vec<Seed>) {
    // A PAX header of many megabytes is no start for a fuzzer.
    for case in cases::all().into_iter().filter(|case| !case.layers.contains("paxhuge")) {
        let mut layers: Vec<_> = case.layers.split('|').map(notation::layer).collect();
        if ["wo_basic", "hl_replace_one", "dup_layer_identical", "truncated_data"].contains(&case.name.as_str()) {
            let bytes = archive::docker_save(&layers);
            seeds.push(Seed { target: "archive_index", name: case.name.clone(), bytes });
        }
        if let Some(bytes) = layers.pop() {
            seeds.push(Seed { target: "tar_walker", name: case.name, bytes });
        }
    }
}

fn documents(seeds: &mut Vec<Seed>) {
    let documents: [(&str, &[u8]); 6] = [
        ("index", br#"{"schemaVersion":2,"manifests":[{"digest":"sha256:00","size":1,"platform":{"os":"linux","architecture":"arm64","variant":"v8"},"annotations":{"org.opencontainers.image.ref.name":"a:b"}}]}"#),
        ("manifest", br#"{"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},"layers":null,"manifests":[]}"#),
        ("config", br#"{"created":"yesterday","os":"linux","architecture":"amd64","config":{"Env":["A=b"],"Cmd":null,"Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}}},"rootfs":{"type":"layers","diff_ids":["sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"]},"history":[{"created_by":"RUN x","empty_layer":true},{"comment":"y"}]}"#),
        ("list", br#"[{"Config":"config.json","RepoTags":null,"Layers":["a/layer.tar"],"LayerSources":{}}]"#),
        ("bom", b"\xef\xbb\xbf{\"a\":\xff}"),
        ("deep", b"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"),
    ];
    for (name, document) in documents {
        for which in 0..4_u8 {
            let mut bytes = vec![which];
            bytes.extend_from_slice(document);
            seeds.push(Seed { target: "json_readers", name: format!("{name}-{which}"), bytes });
        }
    }
}
