//! An image of a few files that all hold the same bytes of a stranger, in two layers, for what looks into files.

use std::io::{Read, empty};
use std::sync::Arc;

use layerscope::analysis::{Analysis, Identities, Severity, pairs};
use layerscope::image::{
    Compression, Config, Contents, Entries, EntryRef, HistoryEntry, Image, Layer, LayerNumber, NewEntry, Quiet,
    ReadError, pair_history,
};
use layerscope::lint::{JunkLook, JunkPlace, JunkRule, JunkText, find_junk};
use layerscope::secrets::{self, Redactor, redacted};
use layerscope::union::Union;

/// Every look that reads, whatever the size.
const LOOKS: [JunkLook; 3] = [JunkLook::Debug, JunkLook::Copies, JunkLook::Runtime];

/// Names that make a file worth looking into in one way or another.
const NAMES: [&str; 8] = [
    "bin/app",
    "lib64/ld-linux-x86-64.so.2",
    "lib/libc.so.6",
    "root/.npmrc",
    "root/.docker/config.json",
    "app/.env",
    "etc/shadow",
    "app/x.pyc",
];

struct Bytes<'a>(&'a [u8]);

impl Contents for Bytes<'_> {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        Ok(self.open_near(layer, entry, 0)?.1)
    }

    fn open_near<'a>(
        &'a self,
        _: LayerNumber,
        entry: EntryRef<'_>,
        offset: u64,
    ) -> Result<(u64, Box<dyn Read + Send + 'a>), ReadError> {
        // From a little before, as a compressed layer does.
        let begin = offset.saturating_sub(3).min(entry.size());
        match usize::try_from(begin).ok().and_then(|begin| self.0.get(begin..)) {
            Some(rest) => Ok((begin, Box::new(rest))),
            None => Ok((begin, Box::new(empty()))),
        }
    }

    fn identity(&self, _: LayerNumber, _: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(1)
    }
}

/// The bytes as what files hold, and as what a history, an environment and a label say.
pub fn file_contents(bytes: &[u8]) {
    let layer = || {
        let mut entries = Entries::new();
        for name in NAMES {
            let size = bytes.len() as u64;
            let new = NewEntry { name: name.as_bytes(), mode: 0o755, size, stored: size, ..NewEntry::default() };
            entries.push(new).expect("room");
        }
        Arc::new(entries)
    };
    let union = Union::build(vec![layer(), layer()]);
    let said = String::from_utf8_lossy(bytes).into_owned();
    let packed = |compression| Layer { compression: Some(compression), ..Layer::default() };
    let mut image = Image {
        layers: vec![packed(Compression::None), packed(Compression::Gzip)],
        config: Config {
            env: vec![said.clone()],
            labels: vec![("a.token".to_owned(), said.clone())],
            cmd: vec!["/bin/app".to_owned()],
            ..Config::default()
        },
        ..Image::default()
    };
    let step = |created_by: String| HistoryEntry { created_by, ..HistoryEntry::default() };
    let history = vec![step(format!("RUN {said}")), step(format!("|1 {said} /bin/sh -c x"))];
    (image.steps, _) = pair_history(history, &mut image.layers);
    let contents = Bytes(bytes);
    let identities = Identities::compare(&union, &contents, &pairs(&union), &Quiet);
    let analysis = Analysis::new(&union, Some(&identities));

    let text = |look| JunkText { look, ..JunkText::default() };
    let rule = |look| JunkRule::new(text(look), Severity::Low).expect("no pattern");
    let rules: Vec<_> = LOOKS.into_iter().map(rule).map(Arc::new).collect();
    for hit in find_junk(&image, &union, &contents, &rules, &Quiet).hits {
        let most = (bytes.len() as u64) * hit.files as u64;
        assert!(hit.bytes <= most, "{hit:?}");
        assert!(hit.place != JunkPlace::Image || hit.bytes == 0);
    }
    let found = secrets::find(&image, &union, &analysis, &contents, &Quiet);
    assert!(found.findings.is_empty(), "all of it can be read");

    // What was taken out once leaves nothing to take out.
    let clean = redacted(&image);
    let redactor = Redactor::for_image(&image);
    for (before, after) in image.steps.iter().zip(&clean.steps) {
        assert_eq!(redactor.text(&before.created_by), after.created_by);
    }
}
