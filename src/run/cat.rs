//! `layerscope cat`: the bytes of one file, as the container sees it or as a layer stored it.

use std::io::{self, IsTerminal, Read, Write};

use anyhow::{Context, Result, bail};

use crate::cli::CatArgs;
use crate::format::{safe, safe_content};
use crate::image::{Contents, EntryKind, EntryRef, read_some};
use crate::union::{FinalSymlink, VersionRef};

use super::find::{follow, quoted, stored_in, typed_path};
use super::open::open_image;
use super::output::print;
use super::{numbered, pipeline};

const BUFFER: usize = 64 << 10;

pub(super) fn cat(args: &CatArgs) -> Result<()> {
    let opened = open_image(&args.image)?;
    let union = pipeline::merge_layers(&opened)?;
    let path = typed_path(&args.path);
    let found = match args.layer {
        Some(number) => stored_in(&union, &path, numbered(&union, number, "--layer")?)?,
        None => match union.layer_numbers().next_back() {
            Some(last) => follow(&union, &path, last, FinalSymlink::Follow)?,
            None => bail!("the image has no layers, and so no {}", quoted(&path)),
        },
    };
    let file = found.inode();
    let entry = match file.entry() {
        Some(entry) if entry.kind() == EntryKind::File => entry,
        _ => bail!("{} is {}", quoted(&path), refused(file)),
    };
    let unread = || format!("cannot read {} from layer {}", quoted(&path), file.layer());
    let mut content = opened.open(file.layer(), entry).with_context(unread)?;
    let mut fault = None;
    let terminal = io::stdout().is_terminal();
    print(|out| copy_content(&mut content, out, terminal, &mut fault))?;
    match fault {
        Some(error) => Err(error).with_context(unread),
        None => Ok(()),
    }
}

/// What it is instead of a file, and what would work.
fn refused(version: VersionRef<'_>) -> String {
    match version.kind() {
        EntryKind::Dir => "a directory: `layerscope ls` lists it".to_owned(),
        EntryKind::Symlink => {
            let target = version.entry().map_or(&[][..], EntryRef::link_target);
            format!("a symlink to `{}` in layer {}: print that path instead", safe(target), version.layer())
        }
        EntryKind::Char | EntryKind::Block => "a device and has no bytes".to_owned(),
        EntryKind::Fifo => "a named pipe and has no bytes".to_owned(),
        _ => "not a file that can be read".to_owned(),
    }
}

/// Copies the content. Errors of reading are kept apart from errors of writing. On a terminal, control characters are
/// escaped.
fn copy_content(
    content: &mut dyn Read,
    out: &mut dyn Write,
    terminal: bool,
    fault: &mut Option<io::Error>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut rest = Vec::new();
    loop {
        let count = match read_some(content, &mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                *fault = Some(error);
                break;
            }
        };
        if terminal {
            // A character may span two reads: complete lines are shown, and the rest waits.
            rest.extend_from_slice(&buffer[..count]);
            let end = rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            let whole = if rest.len() > BUFFER && end == 0 { rest.len() } else { end };
            show(&rest[..whole], out)?;
            rest.drain(..whole);
        } else {
            out.write_all(&buffer[..count])?;
        }
    }
    show(&rest, out)
}

fn show(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    for part in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\t')) {
        let (text, end) = match part.split_last() {
            Some((b'\n' | b'\t', text)) => (text, &part[text.len()..]),
            _ => (part, &[][..]),
        };
        out.write_all(safe_content(text).as_bytes())?;
        out.write_all(end)?;
    }
    Ok(())
}
