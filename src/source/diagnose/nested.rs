//! Finds an image inside the input: in a folder of a tar, as an archive in a tar or folder, or in a zip.

use crate::image::Compression;
use crate::source::json::{self, Walk};
use crate::source::magic;
use crate::source::store::{DOCUMENT, Store, read_document};

use super::{shell_word, word};

/// The limit on places that are inspected: they only make the message better.
const LOOKS_MOST: usize = 32;

/// What to do about a zip, from its first entry.
pub(super) fn in_zip(file: &str, head: &[u8]) -> String {
    let name_len = head.get(26..28).map_or(0, |len| usize::from(len[0]) | usize::from(len[1]) << 8);
    let name = head.get(30..30 + name_len).map(String::from_utf8_lossy).unwrap_or_default();
    if is_archive_name(&name) {
        format!("use `unzip -p {} {} | layerscope -` to open its content", word(file), shell_word(&name))
    } else {
        format!("unpack it with `unzip -d image {}` and open the folder: `layerscope image`", word(file))
    }
}

/// An image below the top: a description of the input, and the command that opens the image.
pub(super) fn find(file: &str, store: &Store, names: &[String]) -> Option<(String, String)> {
    // For a folder, `names` has only the top.
    let deeper = if let Store::Folder(_) = store { store.members().0 } else { Vec::new() };
    if let Some(folder) = image_folder(store, if deeper.is_empty() { names } else { &deeper }) {
        let looks = format!("contains an image in its folder `{}`, not at its top", folder.escape_debug());
        let open = match store {
            Store::Folder(_) | Store::Members(_) => format!("open that folder: `layerscope {}`", inside(file, folder)),
            Store::Tar(_) => {
                let folder = shell_word(folder);
                format!("unpack it with `tar -xf {}` and open the folder: `layerscope {folder}`", word(file))
            }
        };
        return Some((looks, open));
    }
    let archive = archive(store, names)?;
    let looks = format!("contains the archive `{}`, not an image", archive.escape_debug());
    let open = match store {
        Store::Folder(_) | Store::Members(_) => format!("open it: `layerscope {}`", inside(file, archive)),
        Store::Tar(_) => format!("open it: `tar -xOf {} {} | layerscope -`", word(file), shell_word(archive)),
    };
    Some((looks, open))
}

fn inside(folder: &str, name: &str) -> String {
    let folder = folder.trim_matches('`').trim_end_matches('/');
    shell_word(&format!("{folder}/{name}"))
}

/// The shallowest folder with a list of images.
fn image_folder<'a>(store: &Store, names: &'a [String]) -> Option<&'a str> {
    let lists = ["/index.json", "/manifest.json", "/repositories"];
    let mut folders: Vec<(&str, &str)> =
        names.iter().filter_map(|name| lists.iter().find_map(|list| Some((name.strip_suffix(list)?, *list)))).collect();
    folders.sort_by_key(|(folder, _)| folder.matches('/').count());
    folders
        .into_iter()
        .take(LOOKS_MOST)
        .find(|(folder, list)| match *list {
            "/index.json" => store.has(&format!("{folder}/oci-layout")),
            "/manifest.json" => is_list(store, &format!("{folder}/manifest.json")),
            _ => names.iter().any(|name| {
                name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && rest.ends_with("/layer.tar"))
            }),
        })
        .map(|(folder, _)| folder)
}

/// Whether a `manifest.json` is about images; web applications have one too.
fn is_list(store: &Store, name: &str) -> bool {
    let Some(bytes) = store.find(name).blob().and_then(|blob| read_document(&blob, DOCUMENT).ok()) else {
        return false;
    };
    let Ok(document) = json::parse(&bytes) else { return false };
    let is_item = |item: &serde_json::Value| item.field("Layers").is_array();
    document.items().first().is_some_and(is_item) || document.field("schemaVersion").is_number()
}

/// A member that is an archive by its name and its first bytes.
fn archive<'a>(store: &Store, names: &'a [String]) -> Option<&'a str> {
    let is_archive = |name: &&String| {
        let head = store.find(name).blob().and_then(|blob| blob.head(magic::HEAD).ok()).unwrap_or_default();
        !head.is_empty() && (Compression::detect(&head) != Compression::None || magic::is_tar(&head))
    };
    let archives = names.iter().filter(|name| is_archive_name(name) && !name.ends_with("layer.tar"));
    archives.take(LOOKS_MOST).find(is_archive).map(String::as_str)
}

fn is_archive_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["tar", "tgz", "tar.gz", "tar.zst", "tar.xz", "tar.bz2"]
        .iter()
        .any(|suffix| name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')))
}
