//! Words and commands for a shell: what is copied from the screen can be pasted, whatever the image calls its files.

use std::fmt::{Display, Write};

use super::is_unsafe;

/// A word for a shell. Control characters and bytes that are not text are written in octal: `$'a\033b'`.
#[must_use]
pub fn word(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(is_unsafe));
    let Some(text) = text else { return escaped(bytes) };
    let plain = |letter: char| letter.is_alphanumeric() || "/._-:@+,=%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut word = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if is_unsafe(letter) {
                octal(&mut word, letter.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                word.extend(matches!(letter, '\'' | '\\').then_some('\\'));
                word.push(letter);
            }
        }
        octal(&mut word, chunk.invalid());
    }
    word + "'"
}

fn octal(word: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(word, "\\{byte:03o}");
    }
}

/// A path of the image, without its leading slash, as a shell word.
#[must_use]
pub fn path(path: &[u8]) -> String {
    word(&[b"/", path].concat())
}

/// The start and the end of a `layerscope` command: IMAGE, and the options that select one of several images.
pub struct CommandTemplate {
    /// IMAGE as a shell word.
    pub image: String,
    choice: String,
}

impl CommandTemplate {
    /// The template for what these arguments opened.
    #[must_use]
    pub fn new(opened: &[String]) -> Self {
        let mut words = opened.iter().map(|opened| word(opened.as_bytes()));
        // A name that begins with a dash would be an option; a lone dash is standard input.
        let image = words.next().unwrap_or_default();
        let image = if image.len() > 1 && image.starts_with('-') { format!("./{image}") } else { image };
        Self { image, choice: words.fold(String::new(), |choice, word| choice + " " + &word) }
    }

    /// Whether IMAGE is a file that other tools can open by the same word: neither standard input, nor built in, nor a
    /// spelling that names a transport.
    #[must_use]
    pub fn is_file(&self) -> bool {
        let kinds = ["demo:", "docker-archive:", "oci:", "oci-dir:", "oci-archive:"];
        !matches!(self.image.as_str(), "" | "-" | "demo")
            && !kinds.iter().any(|kind| self.image.trim_start_matches('\'').starts_with(kind))
    }

    /// `layerscope` followed by these words.
    #[must_use]
    pub fn command(&self, words: &str) -> String {
        format!("layerscope {words}{}", self.choice)
    }

    /// The command that shows what a layer stores under a path.
    #[must_use]
    pub fn stored(&self, at: &[u8], layer: impl Display, folder: bool) -> String {
        let (image, at) = (&self.image, path(at));
        if folder {
            self.command(&format!("extract {image} {at} DIR --layer {layer}"))
        } else {
            self.command(&format!("cat {image} {at} --layer {layer}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_whatever_the_path() {
        let opened = CommandTemplate::new(&["my app.tar".to_owned()]);
        let at = |path: &[u8]| opened.stored(path, 1, false);
        assert_eq!(at(b"etc/passwd"), "layerscope cat 'my app.tar' /etc/passwd --layer 1");
        assert_eq!(at(b"it's $(x)"), "layerscope cat 'my app.tar' '/it'\\''s $(x)' --layer 1");
        let opened = CommandTemplate::new(&["-", "--image", "app:1"].map(str::to_owned));
        let folder = opened.stored(b"var", 1, true);
        assert_eq!(folder, "layerscope extract - /var DIR --layer 1 --image app:1");
        assert_eq!(CommandTemplate::new(&["-x.tar".to_owned()]).image, "./-x.tar");
    }

    #[test]
    fn a_hostile_name_is_a_word_without_anything_that_steers() {
        assert_eq!(word(b"a\x1b[31m'\\\n1"), "$'a\\033[31m\\'\\\\\\0121'");
        assert_eq!(word(b"caf\xe9"), "$'caf\\351'");
        assert_eq!(word("a\u{202e}b".as_bytes()), "$'a\\342\\200\\256b'");
        assert_eq!(word("名前.txt".as_bytes()), "名前.txt");
        assert_eq!((word(b""), word(b"~"), word(b"-x")), ("''".to_owned(), "'~'".to_owned(), "-x".to_owned()));
    }
}
