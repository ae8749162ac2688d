//! The configuration of an image in words: what really runs, as whom, where, and with what. For this it reads the first
//! bytes of the program that runs, and the list of users.

use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;

use crate::analysis::{
    Instruction, Program, ProgramState, SettingOrigin, SettingOrigins, command_words, first_of_script, interpreter,
    shell_script,
};
use crate::format;
use crate::image::magic::ELF;
use crate::image::{Config, Contents, EntryKind, Healthcheck, LayerNumber};
use crate::tui::model::Model;
use crate::tui::widgets::text::Text;
use crate::tui::widgets::theme::Role;
use crate::tui::work::{Job, JobResult};
use crate::union::{Destination, Union, VersionId};

pub(in crate::tui) fn config(text: &mut Text, config: &Config, model: &Model, files: Option<&ProgramFiles>) {
    text.heading("Configuration");
    let whose = Whose::new(model);
    user(text, config, model, files, &whose);
    working_dir(text, config, model, &whose);
    let one = |text: &mut Text, label: &str, keyword: &str, value: &dyn Fn(&Config) -> String| {
        optional(text, label, &whose.marked(&value(config), keyword, "", |config| Some(value(config))));
    };
    one(text, "stop signal", "STOPSIGNAL", &|config| config.stop_signal.clone());
    one(text, "healthcheck", "HEALTHCHECK", &|config| {
        config.healthcheck.as_ref().map_or_else(String::new, healthcheck_words)
    });
    one(text, "shell", "SHELL", &|config| shown_words(config.shell.iter().map(String::as_str)));
    let each = |text: &mut Text, label: &str, keyword: &str, named: bool, values: &dyn Fn(&Config) -> Vec<String>| {
        let marked = values(config).into_iter().map(|value| {
            let name = value.split_once(['=', '/']).map_or(value.as_str(), |(name, _)| name).to_owned();
            let is_there = |config: &Config| values(config).into_iter().find(|other| *other == value);
            whose.marked(&value, keyword, if named { &name } else { "" }, is_there)
        });
        list(text, label, &marked.collect::<Vec<_>>());
    };
    each(text, "on build", "ONBUILD", false, &|config| config.on_build.clone());
    each(text, "ports", "EXPOSE", false, &|config| config.exposed_ports.clone());
    each(text, "volumes", "VOLUME", false, &|config| config.volumes.clone());
    each(text, "env", "ENV", true, &|config| config.env.clone());
    each(text, "labels", "LABEL", true, &|config| {
        config.labels.iter().map(|(key, value)| format!("{key}={value}")).collect()
    });
}

/// The columns of an instruction that sets something.
const INSTRUCTION: usize = 40;

/// Whose the settings are: those of the base image, or of the image itself.
struct Whose<'a>(Option<SettingOrigins<'a>>);

impl<'a> Whose<'a> {
    fn new(model: &'a Model) -> Self {
        Self(model.image.as_ref().map(|image| SettingOrigins::new(image)))
    }

    /// A value, and whose it is, where that is known.
    fn marked(&self, value: &str, keyword: &str, name: &str, of_config: impl Fn(&Config) -> Option<String>) -> String {
        let Some(all) = self.0.as_ref().filter(|_| !value.is_empty()) else { return value.to_owned() };
        let origin = all.of(keyword, name, of_config);
        let by = all.step(keyword, name).map(|step| {
            let instruction = Instruction::read(&step.created_by).line();
            let lines = step.source.as_ref().map_or_else(String::new, |source| format!(" ({source})"));
            format!("`{}`{lines}", format::fit(&instruction.replace('`', "'"), INSTRUCTION))
        });
        match (origin, by) {
            (Some(SettingOrigin::Inherited), Some(by)) => {
                format!("{value} · {}: {by}", SettingOrigin::Inherited.words())
            }
            (_, Some(by)) => format!("{value} · set by {by}"),
            (Some(origin), None) => format!("{value} · {}", origin.words()),
            (None, None) if all.has_history() => format!("{value} · no step sets it: the base or the builder does"),
            (None, None) => value.to_owned(),
        }
    }
}

/// What the image says about its base image; nothing if it says nothing.
pub(in crate::tui) fn base(text: &mut Text, model: &Model) {
    let Some(base) = model.base() else { return };
    let Some(said) = base.describe() else { return };
    text.field("base", &said);
    if let Some(digest) = base.digest {
        text.field("", digest);
    }
}

/// The command line, and how its first word resolves to a file of the image.
pub(super) fn runs(text: &mut Text, config: &Config, model: &Model, files: Option<&ProgramFiles>) {
    text.heading("Runs");
    let words = command_words(config);
    if words.is_empty() {
        text.field_as(Role::Dim, "command", "none: neither entrypoint nor cmd is set");
        return;
    }
    let whose = Whose::new(model);
    let marked = |words: &dyn Fn(&Config) -> Vec<String>, keyword| {
        let own = words(config);
        let text = shown_words(own.iter().map(String::as_str));
        whose.marked(&text, keyword, "", |config| Some(words(config).join(" ")))
    };
    let is_one = config.entrypoint.is_empty() || config.cmd.is_empty();
    let keyword = if config.entrypoint.is_empty() { "CMD" } else { "ENTRYPOINT" };
    let all = |config: &Config| [config.entrypoint.as_slice(), config.cmd.as_slice()].concat();
    if is_one {
        text.field("command", &marked(&all, keyword));
    } else {
        text.field("command", &shown_words(words.iter().copied()));
    }
    if !config.entrypoint.is_empty() && !config.cmd.is_empty() {
        text.field("entrypoint", &marked(&|config| config.entrypoint.clone(), "ENTRYPOINT"));
        text.field("cmd", &marked(&|config| config.cmd.clone(), "CMD"));
        if shell_script(&config.entrypoint.iter().map(String::as_str).collect::<Vec<_>>()).is_some() {
            text.field_as(Role::Dim, "", "an entrypoint in shell form: cmd is passed to the shell, not to the program");
        }
    }
    let Some((outer, inner)) = program(model) else {
        text.field_as(Role::Dim, "program", "known once the layers are read");
        return;
    };
    let Some(union) = &model.union else { return };
    found(text, if inner.is_some() { "shell" } else { "program" }, &outer, union);
    if let Some(inner) = &inner {
        found(text, "program", inner, union);
    }
    let Some(head) = files.and_then(|files| files.head.as_ref()) else { return };
    if head.starts_with(ELF) {
        text.field("is", "an ELF executable");
    } else if let Some((by, argument)) = interpreter(head) {
        let argument_said = argument.as_ref().map_or(String::new(), |argument| format!(" {argument}"));
        text.field("is", &format!("a script for {by}{argument_said}"));
        found(text, "interpreter", &Program::search(union, config, &by), union);
        if let Some(word) = argument.filter(|_| by.ends_with("/env")) {
            found(text, "", &Program::search(union, config, &word), union);
        }
    }
}

/// Every hop from a word to the file that runs.
fn found(text: &mut Text, label: &str, program: &Program, union: &Union) {
    let Some((path, way)) = &program.way else {
        text.field_as(Role::Warning, label, &format!("! {} is not found in the image", shown_word(&program.word)));
        return;
    };
    text.field(label, path);
    for (link, target) in &way.links {
        let target = format::safe(target);
        text.field_as(Role::Dim, "", &format!("/{} is a link to {target}", format::safe(link.as_bytes())));
    }
    let node = match (program.outcome, &way.end) {
        (ProgramState::Runs(node) | ProgramState::NotExecutable(node), _) => node,
        (ProgramState::Loop, _) => {
            return text.field_as(Role::Warning, "", "! not found: symlink loop");
        }
        (ProgramState::Missing, Destination::Missing(missing) | Destination::NotAFolder(missing)) => {
            let missing = format::safe(missing.as_bytes());
            return text.field_as(Role::Warning, "", &format!("! not found in the image: there is no /{missing}"));
        }
        (ProgramState::Missing, _) => return text.field_as(Role::Warning, "", "! not found in the image"),
    };
    let version = union.live(node).map(|id| union.version(id));
    let mut said = format!("/{}", format::safe(union.path(node).as_bytes()));
    if let Some(version) = version {
        if version.is_link() {
            let target = version.entry().map_or(&[][..], |entry| entry.link_target());
            let _ = write!(said, ", the same file as /{}", format::safe(target));
        }
        if version.inode().kind() == EntryKind::File {
            let _ = write!(said, ", {} of layer {}", format::bytes(version.size()), version.inode().layer());
        }
    }
    match program.outcome {
        ProgramState::NotExecutable(_) => text.field_as(Role::Warning, "", &format!("! {said}: cannot be executed")),
        _ => text.field("", &said),
    }
}

fn user(text: &mut Text, config: &Config, model: &Model, files: Option<&ProgramFiles>, whose: &Whose<'_>) {
    if config.user.is_empty() {
        return text.field("user", "root (none is set)");
    }
    text.field("user", &whose.marked(&config.user, "USER", "", |config| Some(config.user.clone())));
    let Some(files) = files else { return };
    let name = config.user.split(':').next().unwrap_or_default();
    match (files.user(&config.user), &files.users) {
        (Some((known, number)), _) if known == name => {
            text.field_as(Role::Dim, "", &format!("user {number} in /etc/passwd"));
        }
        (Some((known, _)), _) => text.field_as(Role::Dim, "", &format!("{known} in /etc/passwd")),
        // Numbers need no name.
        _ if name.bytes().all(|byte| byte.is_ascii_digit()) => {}
        (None, Some(_)) => text.field_as(Role::Warning, "", "! not in the image's /etc/passwd"),
        (None, None) if model.union.is_some() => {
            text.field_as(Role::Warning, "", "! the image has no /etc/passwd");
        }
        (None, None) => {}
    }
}

fn working_dir(text: &mut Text, config: &Config, model: &Model, whose: &Whose<'_>) {
    if config.working_dir.is_empty() {
        return;
    }
    let marked = whose.marked(&config.working_dir, "WORKDIR", "", |config| Some(config.working_dir.clone()));
    text.field("workdir", &marked);
    let Some(union) = &model.union else { return };
    let Some(last) = union.layer_numbers().next_back() else { return };
    let way = union.follow(last, config.working_dir.as_bytes());
    let kind = |node| union.visible(node, last).map(|id| union.version(id).inode().kind());
    match way.end {
        Destination::Found(node) if node != union.root() && kind(node) != Some(EntryKind::Dir) => {
            text.field_as(Role::Warning, "", "! is not a folder");
        }
        Destination::Found(node) if !way.links.is_empty() => {
            text.field_as(Role::Dim, "", &format!("points to /{}", format::safe(union.path(node).as_bytes())));
        }
        Destination::Found(_) => {}
        Destination::Missing(_) => text.field_as(Role::Dim, "", "not in the image: created when a container starts"),
        Destination::NotAFolder(_) | Destination::Loop => text.field_as(Role::Warning, "", "! points nowhere"),
    }
}

fn healthcheck_words(check: &Healthcheck) -> String {
    let words = check.test.iter().map(String::as_str);
    let mut said = match check.test.first().map(String::as_str) {
        Some("NONE") => return "none: disabled".to_owned(),
        Some("CMD") => shown_words(words.skip(1)),
        Some("CMD-SHELL") => words.skip(1).collect::<Vec<_>>().join(" "),
        _ => shown_words(words),
    };
    for (name, nanoseconds) in [("every", check.interval), ("timeout", check.timeout), ("start", check.start_period)] {
        if nanoseconds > 0 {
            let _ = match nanoseconds / 1_000_000_000 {
                0 => write!(said, ", {name} {} ms", nanoseconds / 1_000_000),
                seconds => write!(said, ", {name} {seconds} s"),
            };
        }
    }
    if check.retries > 0 {
        let _ = write!(said, ", {} retries", check.retries);
    }
    said
}

fn optional(text: &mut Text, label: &str, value: &str) {
    if !value.is_empty() {
        text.field(label, value);
    }
}

pub(in crate::tui) fn list(text: &mut Text, label: &str, values: &[String]) {
    for (at, value) in values.iter().enumerate() {
        text.field(if at == 0 { label } else { "" }, value);
    }
}

fn shown_words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(shown_word).collect::<Vec<_>>().join(" ")
}

/// A word of a command line, quoted where its ends would not be visible.
fn shown_word(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) { format!("{word:?}") } else { word.to_owned() }
}

/// The first line of a script is at most this long (execve(2)).
const HEAD: u64 = 256;
/// A longer list of users is not read.
const USERS: u64 = 256 * 1024;

/// What was read; `None` where it does not exist or cannot be read.
#[derive(Debug, Default)]
pub(super) struct ProgramFiles {
    /// The first bytes of the program.
    pub head: Option<Vec<u8>>,
    /// `/etc/passwd`.
    pub users: Option<Vec<u8>>,
}

impl ProgramFiles {
    /// The name and number of the user that the configuration names.
    pub fn user(&self, user: &str) -> Option<(String, String)> {
        let asked = user.split(':').next().unwrap_or_default();
        let users = self.users.as_ref()?.split(|&byte| byte == b'\n');
        users.map(String::from_utf8_lossy).find_map(|line| {
            let mut fields = line.split(':');
            let (name, number) = (fields.next()?, fields.nth(1)?);
            (name == asked || number == asked).then(|| (name.to_owned(), number.to_owned()))
        })
    }
}

/// The program that matters: what a shell runs rather than the shell.
fn program(model: &Model) -> Option<(Program, Option<Program>)> {
    let (image, union) = (model.image.as_ref()?, model.union.as_ref()?);
    let words = command_words(&image.config);
    let program = Program::search(union, &image.config, words.first()?);
    let inner = shell_script(&words).and_then(first_of_script);
    Some((program, inner.map(|word| Program::search(union, &image.config, word))))
}

/// Reads both on a separate thread, since a layer may have to be decompressed for it.
pub(super) fn program_files(model: &Model) -> Option<Job> {
    let (union, contents) = (Arc::clone(model.union.as_ref()?), Arc::clone(model.contents.as_ref()?));
    let last = union.layer_numbers().next_back()?;
    let program = program(model).and_then(|(program, inner)| match inner.unwrap_or(program).outcome {
        ProgramState::Runs(node) => union.visible(node, last),
        _ => None,
    });
    Some(Job::background(move |tell| {
        let head = program.and_then(|version| read(&union, &*contents, version, HEAD));
        let users = users(&union, last).and_then(|version| read(&union, &*contents, version, USERS));
        tell(JobResult::new(ProgramFiles { head, users }));
    }))
}

fn users(union: &Union, last: LayerNumber) -> Option<VersionId> {
    match union.follow(last, b"etc/passwd").end {
        Destination::Found(node) => union.visible(node, last),
        _ => None,
    }
}

fn read(union: &Union, contents: &dyn Contents, version: VersionId, most: u64) -> Option<Vec<u8>> {
    let inode = union.version(version).inode();
    let entry = inode.entry().filter(|entry| entry.kind() == EntryKind::File)?;
    let mut bytes = Vec::new();
    contents.open(inode.layer(), entry).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name_and_by_number() {
        let users = b"root:x:0:0:root:/root:/bin/sh\nbad line\napp:x:1000:1000::/app:/bin/sh\n".to_vec();
        let files = ProgramFiles { users: Some(users), head: None };
        let app = Some(("app".to_owned(), "1000".to_owned()));
        assert_eq!(files.user("app:staff"), app);
        assert_eq!(files.user("1000"), app);
        assert_eq!(files.user("nobody"), None);
        assert_eq!(ProgramFiles::default().user("root"), None);
    }
}
