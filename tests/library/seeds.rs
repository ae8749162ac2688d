//! The corpus is made from the scenarios and small archives, by hand: `LAYERSCOPE_SEEDS=1 cargo test --test library seeds`.

use std::path::Path;

#[test]
fn seeds_are_written_when_asked_for() {
    if std::env::var_os("LAYERSCOPE_SEEDS").is_none() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = root.join("tests/corpus").join(target);
        std::fs::create_dir_all(&folder).expect("room");
        std::fs::write(folder.join(name), bytes).expect("room");
    };
    for file in ["duplicates", "hard-links", "metadata", "names", "parents", "tar", "types", "whiteouts"] {
        let text = std::fs::read_to_string(root.join(format!("tests/scenarios/{file}.txt"))).expect("scenarios");
        let mut name = String::new();
        for line in text.lines() {
            if let Some(case) = line.strip_prefix("case: ") {
                case.clone_into(&mut name);
            }
            let Some(layers) = line.strip_prefix("layers: ").filter(|line| !line.contains("paxhuge")) else { continue };
            let layers: Vec<_> = layers.split('|').map(crate::testing::notation::layer).collect();
            if let Some(last) = layers.last() {
                write("tar_walker", &name, last);
            }
            if ["wo_basic", "hl_replace_one", "dup_layer_identical", "truncated_data"].contains(&name.as_str()) {
                write("archive_index", &name, &crate::testing::archive::docker_save(&layers));
            }
        }
    }
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
            write("json_readers", &format!("{name}-{which}"), &bytes);
        }
    }
    let layer = crate::testing::notation::layer("a/ a/f=f");
    write("archive_index", "oci", &crate::testing::archive::oci_archive_with(4, b"{}"));
    write("archive_index", "not-an-image", &layer);
    for (name, bytes) in [
        ("plain", &b"\x31\x40\x00\x30\x80\x13\xff\x10\x40\x00"[..]),
        ("links", b"\x32\x00\x41\x33\x00\x71\xff\x30\x00\x02\xff\x00\x40\x00"),
    ] {
        write("layer_stack", name, bytes);
    }
    // Nothing here has the form of a token: the fuzzers find out by themselves what one begins with.
    let settings = b"PASSWORD='hunter 2' --token=abc https://u:pw1234@h/ {\"auths\":{\"r\":{\"auth\":\"dTpwYXNz\"}}}\nroot:$6$ab$cd:1:0:::::\n";
    write("file_contents", "settings", settings);
    write("file_contents", "script", b"#!/usr/bin/env python3\nimport os\n");
}
