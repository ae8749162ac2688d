//! `docker save IMAGE | layerscope ls - --format ndjson`: the program itself, on what comes through a pipe.

use std::collections::BTreeMap;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::builds::Made;
use super::engine::{Cannot, Engine, tool};
use super::listing::{Record, Tree};

/// What the program lists of an image that the engine saves into a pipe; an error of the program is no error of the
/// engine's.
pub fn listed(engine: &Engine, image: &Made) -> Result<Result<Tree, String>, Cannot> {
    let mut save = engine.docker().args(["save", &image.reference]).stdout(Stdio::piped()).spawn()?;
    let pipe = save.stdout.take().ok_or_else(|| Cannot("the engine has no output".into()))?;
    let program = env!("CARGO_BIN_EXE_layerscope");
    let out = tool(program).args(["ls", "-", "--format", "ndjson", "--no-cache"]).stdin(pipe).output()?;
    if !save.wait()?.success() {
        return Err(Cannot(format!("`docker save {}` fails", image.reference)));
    }
    if !out.status.success() {
        return Ok(Err(format!("{}: {}", out.status, String::from_utf8_lossy(&out.stderr))));
    }
    Ok(tree(&String::from_utf8_lossy(&out.stdout)).ok_or_else(|| "it lists what is no record".to_owned()))
}

fn tree(lines: &str) -> Option<Tree> {
    let mut tree = Tree::default();
    let mut names: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).ok()?;
        let path = bytes(&value, "path")?;
        if value["type"] == "hardlink" {
            names.entry(bytes(&value, "link_target")?).or_default().push(path.clone());
        }
        tree.0.insert(path, record(&value)?);
    }
    for (file, links) in &names {
        let file_record = tree.0.get(file)?.clone();
        for link in links {
            let link = tree.0.get_mut(link)?;
            (link.kind, link.target) = (file_record.kind, file_record.target.clone());
        }
    }
    tree.share(names.into_iter().map(|(file, mut links)| {
        links.push(file);
        links
    }));
    Some(tree)
}

/// Text that is not UTF-8 stands beside what is shown of it.
fn bytes(value: &Value, key: &str) -> Option<Vec<u8>> {
    match value.get(format!("{key}_base64")) {
        Some(base64) => STANDARD.decode(base64.as_str()?).ok(),
        None => Some(value[key].as_str()?.as_bytes().to_vec()),
    }
}

fn record(value: &Value) -> Option<Record> {
    let kind = match value["type"].as_str()? {
        "file" => 'f',
        "dir" => 'd',
        "symlink" => 'l',
        "char" => 'c',
        "block" => 'b',
        "fifo" => 'p',
        _ => '?',
    };
    let device = match value["rdev"].as_str() {
        Some(numbers) => {
            let (major, minor) = numbers.split_once(':')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        }
        None => None,
    };
    let mut attributes = Vec::new();
    for (name, base64) in value["xattrs"].as_object().into_iter().flatten() {
        attributes.push((name.as_bytes().to_vec(), STANDARD.decode(base64.as_str()?).ok()?));
    }
    Some(Record {
        kind,
        mode: u32::from_str_radix(value["mode"].as_str()?, 8).ok()?,
        owner: (value["uid"].as_i64()?, value["gid"].as_i64()?),
        size: value["size"].as_u64()?,
        mtime: value["mtime"].as_i64(),
        device,
        target: if kind == 'l' { bytes(value, "link_target")? } else { Vec::new() },
        first_name: None,
        attributes,
    })
}
