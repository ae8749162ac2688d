//! A row of waste: why its bytes are stored for nothing, who stored them, who made them waste, and how to get them back.

use std::fmt::Write;

use super::layer_and_instruction;
use crate::analysis::Account;
use crate::format;
use crate::image::{EntryPath, LayerNumber};
use crate::tui::facts::Facts;
use crate::tui::text::{Text, counted};
use crate::tui::theme::Role;
use crate::tui::views::WasteRow;

pub(in crate::tui) fn waste(text: &mut Text, facts: &Facts, row: WasteRow) {
    let Some(group) = facts.groups.as_ref().and_then(|groups| groups.get(row.group)) else { return };
    let file = row.file.and_then(|file| facts.analysis.as_ref()?.waste.get(file));
    let union = facts.union.as_ref();
    let path = match file.zip(union) {
        Some((file, union)) => union.version(file.name).path(),
        None => group.path.clone(),
    };
    let folder = group.folder && file.is_none();
    let shown = format!("/{}{}", format::safe(path.as_bytes()), if folder { "/" } else { "" });
    text.wrapped(Role::Strong, &shown, 1);
    let (bytes, files) = file.map_or((group.bytes, group.files.len()), |file| (file.bytes, 1));
    let mut sentence = String::new();
    if folder {
        let _ = write!(sentence, "{} in {}: ", format::bytes(bytes), counted(files, "file"));
    } else {
        let _ = write!(sentence, "{}: ", format::bytes(bytes));
    }
    sentence.push_str(why(group.account));
    text.wrapped(Role::Text, &sentence, 1);
    let layers: Vec<LayerNumber> = file.map_or_else(|| group.layers.clone(), |file| vec![file.layer]);
    for &layer in &layers {
        text.field("stored by", &layer_and_instruction(facts, layer));
    }
    text.field(group.account.name(), &format!("by {}", layer_and_instruction(facts, group.by)));
    for &layer in &layers {
        text.field("to see it", &command(&facts.opened, &path, layer, folder));
    }
}

fn why(account: Account) -> &'static str {
    match account {
        Account::Live => "visible in the end",
        Account::Overwritten => "other content was stored under the same path; the old content is still there",
        Account::Rewritten => "the same content was stored again, for its mode, its owner or its time alone",
        Account::Removed => "no container sees it, but it is still stored and can still be read",
    }
}

/// What to type to get at the bytes.
fn command(opened: &[String], path: &EntryPath, layer: LayerNumber, folder: bool) -> String {
    let path = format!("/{}", format::safe(path.as_bytes()));
    let mut words = opened.iter().map(|word| quoted(word));
    let (image, path) = (words.next().unwrap_or_default(), quoted(&path));
    let choice = words.fold(String::new(), |choice, word| choice + " " + &word);
    if folder {
        format!("layerscope extract {image} {path} DIR --layer {layer}{choice}")
    } else {
        format!("layerscope cat {image} {path} --layer {layer}{choice}")
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-:@+,=%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_whatever_the_path() {
        let opened = ["my app.tar".to_owned()];
        let at = |path: &[u8]| command(&opened, &EntryPath::normalise(path).path, LayerNumber::FIRST, false);
        assert_eq!(at(b"etc/passwd"), "layerscope cat 'my app.tar' /etc/passwd --layer 1");
        assert_eq!(at(b"it's $(x)"), "layerscope cat 'my app.tar' '/it'\\''s $(x)' --layer 1");
        let chosen = ["-", "--image", "app:1"].map(str::to_owned);
        let folder = command(&chosen, &EntryPath::normalise(b"var").path, LayerNumber::FIRST, true);
        assert_eq!(folder, "layerscope extract - /var DIR --layer 1 --image app:1");
    }
}
