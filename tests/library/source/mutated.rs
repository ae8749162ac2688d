//! Real archives with bytes changed at random: whatever comes of it, it is an answer.

use std::io::Read;
use std::path::Path;

use crate::testing::members::open;
use layerscope::image::{Contents, LayerNumber};
use layerscope::source::{ImageChoice, Quiet};
use proptest::prelude::*;

fn survives(bytes: &[u8]) {
    let Ok(archive) = open(bytes) else { return };
    let Ok(opened) = archive.select(&ImageChoice { selector: "@0".parse().ok(), platform: None }) else { return };
    for (index, entries) in opened.scan(&Quiet).iter().enumerate() {
        assert!(entries.complete || !entries.findings.is_empty(), "what is not whole says why");
        let total: u64 = entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.stored()));
        assert!(total <= entries.tar_bytes, "{total} bytes in a tar of {}", entries.tar_bytes);
        for entry in entries.iter().take(20) {
            let layer = LayerNumber::from_index(index);
            if let Ok(content) = opened.open(layer, entry) {
                let _ = content.take(1 << 20).read_to_end(&mut Vec::new());
            }
        }
    }
}

/// Where the headers and documents are, a change does something; most of the rest is content.
fn mutated(file: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let whole = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(file)).unwrap();
    let blocks = whole.len() / 512;
    let change = (0..blocks, 0..512_usize, any::<u8>());
    (prop::collection::vec(change, 1..40), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        move |(changes, end, cuts)| {
            let mut bytes = whole.clone();
            for (block, at, byte) in changes {
                let at = block * 512 + at % 160;
                // A sum that is right again lets the change through to what stands behind it.
                let is_header = bytes[block * 512 + 257..].starts_with(b"ustar");
                bytes[at] = byte;
                if is_header {
                    let header = &mut bytes[block * 512..][..512];
                    header[148..156].fill(b' ');
                    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
                    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
                }
            }
            if cuts {
                bytes.truncate(end.index(bytes.len()));
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_docker_archive_is_no_harm(bytes in mutated("docker20-legacy.tar")) {
        survives(&bytes);
    }

    #[test]
    fn a_changed_hybrid_is_no_harm(bytes in mutated("docker26-containerd.tar")) {
        survives(&bytes);
    }

    #[test]
    fn a_changed_zstd_archive_is_no_harm(bytes in mutated("buildx-zstd.tar")) {
        survives(&bytes);
    }

    #[test]
    fn a_changed_archive_of_plain_layers_is_no_harm(bytes in mutated("buildah-oci.tar")) {
        survives(&bytes);
    }
}
