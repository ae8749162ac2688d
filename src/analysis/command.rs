//! What an image runs: the words of entrypoint and cmd as one command line, and the file that the first word resolves
//! to, searched for as a container's `execvp` would.

use crate::image::{Config, EntryKind, LayerNumber};
use crate::union::{Destination, NodeId, ResolvedPath, Union};

/// What engines use where a configuration has no PATH.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The limit on folders of one PATH that are searched. Each can be a long chain of symlinks.
const MOST_FOLDERS: usize = 1024;
/// Shells that take a program as text.
const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "zsh"];
/// Commands that a shell executes itself; no file is searched for.
const BUILTINS: [&str; 20] = [
    ".", ":", "[", "alias", "case", "cd", "echo", "eval", "export", "for", "if", "set", "shift", "source", "test",
    "trap", "ulimit", "umask", "until", "while",
];

/// How the first word of a command resolves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The word.
    pub word: String,
    /// The path that it resolved to, as far as one was found, and the links on the way.
    pub way: Option<(String, ResolvedPath)>,
    /// The outcome.
    pub outcome: ProgramState,
}

/// Whether something can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramState {
    /// This file runs.
    Runs(NodeId),
    /// It exists, but is not a file or not executable.
    NotExecutable(NodeId),
    /// It does not exist.
    Missing,
    /// It is a symlink loop.
    Loop,
}

/// The words that a container of this image runs, in order.
#[must_use]
pub fn command_words(config: &Config) -> Vec<&str> {
    config.entrypoint.iter().chain(&config.cmd).map(String::as_str).collect()
}

/// The script of a shell, if the command is in shell form.
#[must_use]
pub fn shell_script<'a>(words: &[&'a str]) -> Option<&'a str> {
    let [shell, flags, script, ..] = words else { return None };
    let name = shell.rsplit('/').next()?;
    let told = flags.starts_with('-') && !flags.starts_with("--") && flags.ends_with('c');
    (SHELLS.contains(&name) && told).then_some(*script)
}

/// The program that a shell script runs first; `None` if only a shell could know.
#[must_use]
pub fn first_of_script(script: &str) -> Option<&str> {
    let mut words = script.split_whitespace().skip_while(|word| *word == "exec");
    let first = words.next()?;
    let plain = first.chars().all(|letter| letter.is_alphanumeric() || "/._-+".contains(letter));
    (plain && !BUILTINS.contains(&first)).then_some(first)
}

impl Program {
    /// Resolves a word in the merged view of all layers.
    #[must_use]
    pub fn search(union: &Union, config: &Config, word: &str) -> Self {
        let word = word.to_owned();
        let Some(after) = union.layer_numbers().next_back() else {
            return Self { word, way: None, outcome: ProgramState::Missing };
        };
        let mut best: Option<Self> = None;
        for path in candidates(config, &word) {
            let way = union.follow(after, path.as_bytes());
            let outcome = outcome(union, after, &way);
            let found = Self { word: word.clone(), way: Some((path, way)), outcome };
            if matches!(outcome, ProgramState::Runs(_)) {
                return found;
            }
            // A file that exists but cannot run is more informative than a missing one, and so is a broken link.
            let says = |program: &Self| match program.outcome {
                ProgramState::Missing => program.way.as_ref().is_some_and(|(path, way)| last_is_link(path, way)),
                _ => true,
            };
            if best.is_none() && (says(&found) || word.contains('/')) {
                best = Some(found);
            }
        }
        best.unwrap_or(Self { word, way: None, outcome: ProgramState::Missing })
    }
}

/// Whether the last component of a path is a link that was followed.
fn last_is_link(path: &str, way: &ResolvedPath) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    way.links.iter().any(|(link, _)| link.name() == name.as_bytes())
}

fn candidates(config: &Config, word: &str) -> Vec<String> {
    let below = |folder: &str| format!("{}/{word}", folder.trim_end_matches('/'));
    let here = |folder: &str| {
        if folder.starts_with('/') { below(folder) } else { below(&format!("{}/{folder}", config.working_dir)) }
    };
    match word {
        "" => Vec::new(),
        _ if word.starts_with('/') => vec![word.to_owned()],
        _ if word.contains('/') => vec![below(&config.working_dir)],
        _ => {
            let path = config.env.iter().rev().find_map(|variable| variable.strip_prefix("PATH="));
            path.unwrap_or(USUAL_PATH).split(':').take(MOST_FOLDERS).map(here).collect()
        }
    }
}

fn outcome(union: &Union, after: LayerNumber, way: &ResolvedPath) -> ProgramState {
    let node = match &way.end {
        Destination::Found(node) => *node,
        Destination::Loop => return ProgramState::Loop,
        Destination::Missing(_) | Destination::NotAFolder(_) => return ProgramState::Missing,
    };
    let version = union.visible(node, after).map(|id| union.version(id));
    let runs = version.is_some_and(|version| version.inode().kind() == EntryKind::File && version.mode() & 0o111 != 0);
    if runs { ProgramState::Runs(node) } else { ProgramState::NotExecutable(node) }
}

/// The interpreter of a script and its one argument, from the first bytes of the script (execve(2)).
#[must_use]
pub fn interpreter(head: &[u8]) -> Option<(String, Option<String>)> {
    let line = head.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let line = line.trim_matches([' ', '\t', '\r']);
    let (program, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let argument = argument.trim();
    (!program.is_empty()).then(|| (program.to_owned(), (!argument.is_empty()).then(|| argument.to_owned())))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{Entries, NewEntry};

    fn union() -> Union {
        let mut layer = Entries::new();
        let mut add = |name: &str, kind, mode, target: &str| {
            let new =
                NewEntry { name: name.as_bytes(), kind, mode, link_target: target.as_bytes(), ..NewEntry::default() };
            layer.push(new).expect("room");
        };
        for folder in ["usr", "usr/bin", "usr/local", "usr/local/bin", "app", "app/bin"] {
            add(folder, EntryKind::Dir, 0o755, "");
        }
        add("usr/bin/node", EntryKind::File, 0o755, "");
        add("usr/local/bin/node", EntryKind::File, 0o644, "");
        add("usr/bin/tool", EntryKind::Symlink, 0o777, "../../app/bin/tool");
        add("app/bin/tool", EntryKind::File, 0o755, "");
        add("usr/bin/broken", EntryKind::Symlink, 0o777, "nowhere");
        add("usr/bin/round", EntryKind::Symlink, 0o777, "round");
        add("bin", EntryKind::Symlink, 0o777, "usr/bin");
        Union::build(vec![Arc::new(layer)])
    }

    fn config(env: &[&str]) -> Config {
        let env = env.iter().map(|&variable| variable.to_owned()).collect();
        Config { working_dir: "/app".to_owned(), env, ..Config::default() }
    }

    fn search(word: &str, env: &[&str]) -> (String, String) {
        let union = union();
        let program = Program::search(&union, &config(env), word);
        let path = |node| String::from_utf8_lossy(union.path(node).as_bytes()).into_owned();
        let end = match program.outcome {
            ProgramState::Runs(node) => path(node),
            ProgramState::NotExecutable(node) => format!("not executable {}", path(node)),
            ProgramState::Missing => "missing".to_owned(),
            ProgramState::Loop => "loop".to_owned(),
        };
        (program.way.map_or(String::new(), |(path, _)| path), end)
    }

    fn pair(one: &str, other: &str) -> (String, String) {
        (one.to_owned(), other.to_owned())
    }

    #[test]
    fn a_word_without_a_slash_is_searched_for_along_the_path() {
        // The one in /usr/local/bin may not be executed, so it is passed over.
        assert_eq!(search("node", &[]), pair("/usr/bin/node", "usr/bin/node"));
        assert_eq!(search("node", &["PATH=/usr/bin", "PATH=/usr/local/bin"]).1, "not executable usr/local/bin/node");
        assert_eq!(search("tool", &["PATH=/nowhere:/bin"]), pair("/bin/tool", "app/bin/tool"));
        assert_eq!(search("tool", &["PATH=/nowhere:bin"]), pair("/app/bin/tool", "app/bin/tool"));
        assert_eq!(search("cat", &[]), pair("", "missing"));
        assert_eq!(search("", &[]), pair("", "missing"));
    }

    #[test]
    fn a_word_with_a_slash_is_a_path() {
        assert_eq!(search("/bin/node", &[]), pair("/bin/node", "usr/bin/node"));
        assert_eq!(search("bin/tool", &[]), pair("/app/bin/tool", "app/bin/tool"));
        assert_eq!(search("./bin", &[]).1, "not executable app/bin");
        assert_eq!(search("/nothing", &[]), pair("/nothing", "missing"));
    }

    #[test]
    fn links_that_lead_nowhere_are_told() {
        assert_eq!(search("broken", &[]), pair("/usr/bin/broken", "missing"));
        assert_eq!(search("round", &[]), pair("/usr/bin/round", "loop"));
    }

    #[test]
    fn a_shell_is_looked_through() {
        assert_eq!(shell_script(&["/bin/sh", "-c", "exec node a.js", "x"]), Some("exec node a.js"));
        assert_eq!(shell_script(&["bash", "-ec", "run"]), Some("run"));
        assert_eq!(shell_script(&["/bin/sh", "start.sh"]), None);
        assert_eq!(shell_script(&["/app/server", "-c", "file"]), None);
        assert_eq!(first_of_script("exec node a.js"), Some("node"));
        assert_eq!(first_of_script("/app/run --x && y"), Some("/app/run"));
        for script in ["$JAVA -jar a", "cd /app && run", "A=b run", "\"my program\"", "", "(run)"] {
            assert_eq!(first_of_script(script), None, "{script}");
        }
    }

    #[test]
    fn a_script_names_its_interpreter() {
        let named = |head: &[u8]| interpreter(head).map(|(program, argument)| (program, argument.unwrap_or_default()));
        assert_eq!(named(b"#!/bin/sh\necho"), Some(pair("/bin/sh", "")));
        assert_eq!(named(b"#! /usr/bin/env  node \r\n"), Some(pair("/usr/bin/env", "node")));
        assert_eq!(named(b"#!\n"), None);
        assert_eq!(named(b"\x7fELF"), None);
        assert_eq!(named(b""), None);
    }
}
