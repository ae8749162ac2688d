//! Describes an input that is not an image, and suggests what to open or save instead.

mod nested;

use crate::image::Compression;

use super::error::SourceError;
use super::magic;
use super::store::Store;

const SAVE: &str = "save the image with `docker save`, `podman save` or `skopeo copy`";

/// The limit on names that are inspected.
const NAMES_MOST: usize = 100_000;

fn error(file: &str, diagnosis: impl Into<String>, advice: impl Into<String>) -> SourceError {
    SourceError::NotAnImage { file: file.to_owned(), diagnosis: diagnosis.into(), advice: advice.into() }
}

/// The input is empty.
pub(super) fn empty(file: &str) -> SourceError {
    error(file, "is empty", format!("saving it probably failed, {SAVE}"))
}

/// The first bytes, decompressed, are not those of a tar.
pub(super) fn not_a_tar(file: &str, head: &[u8], outer: Compression) -> SourceError {
    let inner = Compression::detect(head);
    if inner != Compression::None {
        let diagnosis = format!("is compressed twice, {} in {}", inner.name(), outer.name());
        return error(
            file,
            diagnosis,
            format!("decompress it once: `{} {} | layerscope -`", unpacker(outer), word(file)),
        );
    }
    let packed = match outer {
        Compression::None => String::new(),
        packed => format!(", {}-compressed", packed.name()),
    };
    let what = magic::describe(head);
    let advice = match what {
        "an Apptainer image (SIF)" => "it has no layers; open the image that it was built from".to_owned(),
        magic::GIT_LFS => "download the file itself with `git lfs pull`".to_owned(),
        "a JSON document" => "open the archive or folder that it belongs to".to_owned(),
        "a zip archive" => nested::in_zip(file, head),
        "text that PowerShell's `>` wrote" => {
            "PowerShell changes the bytes, so save the image again with `docker save -o image.tar IMAGE`".to_owned()
        }
        _ => format!("an image is a tar archive or a folder; {SAVE}"),
    };
    error(file, format!("looks like {what}{packed}, not an image"), advice)
}

/// The program that writes the content of a compressed file to its output.
fn unpacker(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "cat",
        Compression::Gzip => "gunzip -c",
        Compression::Zstd => "zstd -dc",
        Compression::Xz => "xz -dc",
        Compression::Bzip2 => "bunzip2 -c",
    }
}

/// A quoted input as a word of a shell command.
fn word(file: &str) -> String {
    file.strip_prefix('`').and_then(|file| file.strip_suffix('`')).map_or_else(|| "FILE".to_owned(), shell_word)
}

/// A name, quoted for a shell where necessary.
pub(super) fn shell_word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "./_-+:@%,=".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        let escaped: String = name
            .chars()
            .map(|c| {
                if c == '\'' {
                    "'\\''".to_owned()
                } else if c.is_control() {
                    c.escape_debug().to_string()
                } else {
                    c.to_string()
                }
            })
            .collect();
        format!("'{escaped}'")
    }
}

fn is_at_top(names: &[String], wanted: &str) -> bool {
    names.iter().any(|name| name.split('/').next() == Some(wanted))
}

/// The number of folders at the top that root file systems usually have.
fn system_folders(names: &[String]) -> usize {
    let system = ["etc", "usr", "bin", "sbin", "lib", "var", "proc", "dev", "root", "tmp", "opt", "srv", "home"];
    system.iter().filter(|name| is_at_top(names, name)).count()
}

fn if_root_file_system(file: &str, names: &[String]) -> Option<SourceError> {
    let is_one = is_at_top(names, ".dockerenv") || system_folders(names) >= 4 && !has_whiteout(names);
    is_one.then(|| {
        error(file, "looks like a root file system (docker export), not an image", "save it with `docker save`")
    })
}

/// The error for a root file system, if it is one. A web server's may have a `manifest.json` or `index.json` at its top.
pub(super) fn root_file_system(file: &str, store: &Store) -> Option<SourceError> {
    if_root_file_system(file, &store.names(NAMES_MOST).ok()?)
}

/// The input is a tar or a folder without a list of images.
pub(super) fn no_image(file: &str, store: &Store) -> SourceError {
    let names = match store.names(NAMES_MOST) {
        Ok(names) => names,
        Err(why) => return error(file, format!("cannot be listed ({why})"), "open it as a user who can read it"),
    };
    let top = |wanted: &str| is_at_top(&names, wanted);
    let system_folders = system_folders(&names);
    let what = match store {
        Store::Tar(_) => "tar",
        Store::Folder(_) | Store::Members(_) => "folder",
    };
    if let Some(error) = if_root_file_system(file, &names) {
        return error;
    }
    if let Some((diagnosis, advice)) = nested::find(file, store, &names) {
        return error(file, diagnosis, advice);
    }
    if has_whiteout(&names) || system_folders >= 1 && matches!(store, Store::Tar(_)) {
        return error(file, "looks like a single layer, not an image", SAVE);
    }
    if names.iter().any(|name| name.rsplit('/').next() == Some("Chart.yaml")) {
        return error(file, "looks like a Helm chart, not an image", "open one of the images that it names");
    }
    if top("oci-layout") || top("blobs") {
        return error(file, format!("is a {what} with blobs but without an `index.json`"), "save the image again");
    }
    if names.is_empty() {
        return error(file, format!("is an empty {what}"), SAVE);
    }
    error(
        file,
        format!("is a {what}, but has no `manifest.json`, `index.json` or `repositories`, so it is not an image"),
        SAVE,
    )
}

fn has_whiteout(names: &[String]) -> bool {
    names.iter().any(|name| name.rsplit('/').next().is_some_and(|last| last.starts_with(".wh.")))
}

/// The list of images is empty.
pub(super) fn no_images_listed(file: &str, member: &str) -> SourceError {
    error(file, format!("lists no images in its `{member}`"), "save the image again, by its name")
}

/// Nothing that is listed is an image.
pub(super) fn only_others(file: &str, others: &[String]) -> SourceError {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for other in others {
        match kinds.iter_mut().find(|(kind, _)| kind == other) {
            Some((_, count)) => *count += 1,
            None => kinds.push((other, 1)),
        }
    }
    let more = kinds.len().saturating_sub(5);
    let mut listed: Vec<String> = kinds
        .iter()
        .take(5)
        .map(|(kind, count)| if *count == 1 { (*kind).to_owned() } else { format!("{count} × {kind}") })
        .collect();
    if more > 0 {
        listed.push(format!("{more} other kinds"));
    }
    error(
        file,
        format!("has no image, only {}", listed.join(", ")),
        "these have no layers to inspect; save the image that they belong to",
    )
}

/// The location names another format.
pub(super) fn other_kind(file: &str, asked: &str, advice: &str) -> SourceError {
    error(file, format!("is not {asked}"), advice)
}
