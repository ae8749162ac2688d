//! Secrets in the documents of an image, place by place.

use std::collections::HashSet;
use std::ops::Range;

use crate::analysis::Instruction;
use crate::image::Image;
use crate::provenance::Instructions;

use super::command;
use super::data::BARE_KEYS;
use super::forms::{self, ContentKind};
use super::names::{
    is_literal_secret, is_literal_value, is_reference, is_secret, is_secret_name, is_value, url_logins, url_passwords,
};
use super::operands::operands;
use super::pairs::{NamedValue, pairs};
use super::places::{Place, each};
use super::{Secret, SecretHit, SecretLocation};

/// The kind of a password that is in an address.
pub(super) const URL_PASSWORD: &str = "url-password";
/// Letters of a key without its frame.
const BARE_KEY: usize = 48;

/// Something in a text of the documents.
pub(super) struct Spot {
    /// The text, counted as the walk over the places visits it.
    pub(super) text: usize,
    /// Where in that text; `None` for what is known by its form, which is found anywhere.
    pub(super) range: Option<Range<usize>>,
    pub(super) location: SecretLocation,
    pub(super) hit: SecretHit,
    /// Whether it is a separate secret, not another reading of one or the text around one.
    is_own: bool,
}

/// Everything in them, as far as it is kept. A step that only sets what the environment or a label still has is not
/// reported again.
pub(super) fn find(image: &Image) -> Vec<Secret> {
    let mut known: HashSet<String> = HashSet::new();
    let spots = spots(image).into_iter().filter(|spot| spot.is_own && known.insert(spot.hit.value.clone()));
    spots.map(|spot| spot.hit.at(spot.location)).collect()
}

/// The secrets in the lines of a shell's history.
pub(super) fn in_commands(text: &str) -> Vec<SecretHit> {
    let mut found = TextHits::default();
    found.command(text);
    let passwords = url_passwords(text).map(|password| SecretHit::high(URL_PASSWORD, password.as_bytes()));
    let mut known = HashSet::new();
    let hits = found.all.into_iter().map(|one| SecretHit::medium(one.kind, one.value.as_bytes())).chain(passwords);
    hits.filter(|hit| known.insert(hit.value.clone())).collect()
}

/// Every one of them, whole, as often as it is there.
pub(super) fn spots(image: &Image) -> Vec<Spot> {
    let mut texts = Vec::new();
    let mut names = Vec::new();
    each(image, &mut |place, text| {
        // A name is known as long as the image is; the place borrows it for less.
        let name = if let Place::Label(name) | Place::Annotation(name) | Place::Attested(name) = place {
            name.to_owned()
        } else {
            String::new()
        };
        names.push(name);
        texts.push((owned(place), text.as_str()));
    });
    let mut shells = Shells::new(image);
    let mut spots = Vec::new();
    let mut at = 0;
    while let Some(&(place, text)) = texts.get(at) {
        let len = match place {
            Place::Word(list) => texts[at..].iter().take_while(|(next, _)| *next == Place::Word(list)).count(),
            _ => 1,
        };
        let mut found = TextHits::default();
        let location = match place {
            Place::Env => {
                let (name, value) = text.split_once('=').unwrap_or((text, ""));
                found.setting(name, value, "env-value");
                SecretLocation::Env(name.to_owned())
            }
            Place::Label(_) => {
                let name = names.get(at).map_or("", String::as_str);
                found.setting(name, text, "label-value");
                SecretLocation::Label(name.to_owned())
            }
            Place::Word(list) => {
                let words =
                    |list| texts.iter().filter(move |(place, _)| *place == Place::Word(list)).map(|(_, word)| *word);
                // The command continues what the entrypoint begins.
                let begin: Vec<&str> = words("Entrypoint").filter(|_| list == "Cmd").collect();
                found.words(&begin, &words(list).collect::<Vec<_>>());
                SecretLocation::Document(list)
            }
            Place::OnBuild => {
                found.instruction(text, None);
                SecretLocation::Document("OnBuild")
            }
            Place::CreatedBy { number, layer } => {
                found.instruction(text, shells.at(text));
                SecretLocation::Step { number, layer }
            }
            Place::OfStep { number, layer } => {
                found.free(text);
                SecretLocation::Step { number, layer }
            }
            Place::Annotation(_) => {
                let name = names.get(at).map_or("", String::as_str);
                found.setting(name, text, "label-value");
                SecretLocation::Document("annotation")
            }
            Place::Attested(_) => {
                let name = names.get(at).map_or("", String::as_str);
                found.attested(name, text);
                SecretLocation::Document("provenance")
            }
            Place::Dockerfile => {
                found.dockerfile(text);
                SecretLocation::Document("Dockerfile in the provenance")
            }
            Place::GivenDockerfile => {
                found.dockerfile(text);
                found.all.iter_mut().for_each(|hit| hit.is_own = false);
                SecretLocation::Document("Dockerfile")
            }
            Place::Text(what) => {
                found.free(text);
                SecretLocation::Document(what)
            }
        };
        let texts = &texts[at..at + len];
        spots.extend(found.all.into_iter().map(|one| one.spot(at, texts, location.clone())));
        at += len;
    }
    spots
}

/// A place that borrows nothing.
fn owned(place: Place<'_>) -> Place<'static> {
    match place {
        Place::Env => Place::Env,
        Place::Label(_) => Place::Label(""),
        Place::Word(list) => Place::Word(list),
        Place::OnBuild => Place::OnBuild,
        Place::CreatedBy { number, layer } => Place::CreatedBy { number, layer },
        Place::OfStep { number, layer } => Place::OfStep { number, layer },
        Place::Annotation(_) => Place::Annotation(""),
        Place::Attested(_) => Place::Attested(""),
        Place::Dockerfile => Place::Dockerfile,
        Place::GivenDockerfile => Place::GivenDockerfile,
        Place::Text(what) => Place::Text(what),
    }
}

/// The shell that steps run in: the one that the last `SHELL` step before them chose; where no step chose one, that of the
/// configuration.
struct Shells {
    current: Option<String>,
}

impl Shells {
    fn new(image: &Image) -> Self {
        let chosen = image.steps.iter().any(|step| chosen_shell(&step.created_by).is_some());
        let of_config = Some(image.config.shell.join(" ")).filter(|shell| !chosen && !shell.is_empty());
        Self { current: of_config }
    }

    /// The shell of this step, which may choose that of the next ones.
    fn at(&mut self, created_by: &str) -> Option<&str> {
        if let Some(chosen) = chosen_shell(created_by) {
            self.current = Some(chosen);
        }
        self.current.as_deref()
    }
}

fn chosen_shell(created_by: &str) -> Option<String> {
    let Instruction::Written { keyword: "SHELL", rest } = Instruction::read(created_by) else { return None };
    let words = rest.trim_matches(['[', ']']).split([',', ' ']).map(|word| word.trim_matches(['"', '\'']));
    Some(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")).filter(|shell| !shell.is_empty())
}

/// A secret in a text that is borrowed.
struct TextHit<'a> {
    kind: &'static str,
    /// What it is known by, where that is its form.
    form: Option<SecretHit>,
    value: &'a str,
    /// The index of its text in the list.
    at: usize,
    is_own: bool,
}

impl TextHit<'_> {
    fn spot(self, first: usize, texts: &[(Place<'static>, &str)], location: SecretLocation) -> Spot {
        let hit = self.form.unwrap_or_else(|| SecretHit::medium(self.kind, self.value.as_bytes()));
        let range = texts.get(self.at).and_then(|(_, text)| {
            let from = (self.value.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
            (from + self.value.len() <= text.len()).then_some(from..from + self.value.len())
        });
        let range = range.filter(|range| !range.is_empty());
        Spot { text: first + self.at, range, location, hit, is_own: self.is_own }
    }
}

/// Bytes of values that are looked at for each byte of a text, and for any text. Of `TOKEN=TOKEN=…` every name has the
/// rest as its value, and of build arguments with more names than there are arguments each may reach far; usual texts
/// have few of them. Beyond the limit, only the part that is not yet a secret becomes one, by its name only.
const WORK: usize = 4;
const WORK_OF_ANY: usize = 64 << 10;

/// What was found in a text, or in a list of words.
#[derive(Default)]
struct TextHits<'a> {
    all: Vec<TextHit<'a>>,
    /// The text of the list that is looked at.
    at: usize,
    /// What was found, by address and length: several readings of a text find the same value.
    met: HashSet<(usize, usize)>,
    /// Bytes of values that overlap others, in this text.
    looked_at: usize,
    /// The addresses of what was last found by name only.
    covered: Range<usize>,
}

impl<'a> TextHits<'a> {
    /// Finds secrets by their form; returns whether there are any.
    fn by_form(&mut self, text: &'a str, is_literal: bool) -> bool {
        let before = self.all.len();
        let at = self.at;
        let hits = forms::find(text.as_bytes(), ContentKind::Text).into_iter();
        self.all.extend(hits.map(|hit| TextHit { kind: hit.kind, form: Some(hit), value: "", at, is_own: true }));
        let passwords: Vec<_> = if is_literal { url_logins(text).collect() } else { url_passwords(text).collect() };
        self.all.extend(passwords.into_iter().map(|value| TextHit {
            kind: URL_PASSWORD,
            form: Some(SecretHit::high(URL_PASSWORD, value.as_bytes())),
            value,
            at,
            is_own: true,
        }));
        let keys = bare_keys(text).map(|value| TextHit {
            kind: "private-key",
            form: Some(SecretHit::high("private-key", value.as_bytes())),
            value,
            at,
            is_own: true,
        });
        self.all.extend(keys);
        self.all.len() > before
    }

    /// A value that is a secret by its name or place. If it also has a known form, that is reported.
    fn named(&mut self, kind: &'static str, value: &'a str) {
        if !self.met.insert((value.as_ptr() as usize, value.len())) {
            return;
        }
        let is_own = forms::find(value.as_bytes(), ContentKind::Text).is_empty()
            && url_logins(value).next().is_none()
            && bare_keys(value).next().is_none();
        self.all.push(TextHit { kind, form: None, value, at: self.at, is_own });
    }

    /// Whether a value of a text may be looked at although it may overlap others.
    fn may_look_at(&mut self, value: &str, text: &str) -> bool {
        self.looked_at += value.len();
        self.looked_at <= text.len().saturating_mul(WORK).saturating_add(WORK_OF_ANY)
    }

    /// A value by its name only, as far as it is not within one that was found this way.
    fn by_name_only(&mut self, kind: &'static str, value: &'a str) {
        let begin = value.as_ptr() as usize;
        let is_within = self.covered.contains(&begin);
        let known = if is_within { (self.covered.end - begin).min(value.len()) } else { 0 };
        if let Some(rest) = value.get(known..).filter(|rest| !rest.is_empty()) {
            self.covered = if is_within { self.covered.start } else { begin }..begin + value.len();
            self.all.push(TextHit { kind, form: None, value: rest, at: self.at, is_own: true });
        }
    }

    /// A name and its value, in which nothing is worked out.
    fn setting(&mut self, name: &'a str, value: &'a str, kind: &'static str) {
        self.by_form(name, true);
        self.by_form(value, true);
        let bare = value.trim().trim_matches(['"', '\'']);
        if is_literal_secret(name, bare) {
            self.named(kind, bare);
            return;
        }
        self.pairs(value, kind, true);
        for value in options_of(value, true) {
            self.named(kind, value);
        }
    }

    fn pairs(&mut self, text: &'a str, kind: &'static str, is_literal: bool) {
        self.looked_at = 0;
        for NamedValue { name, value, quote } in pairs(text) {
            if !self.may_look_at(value, text) {
                if is_secret_name(name) {
                    self.by_name_only(kind, value);
                }
                continue;
            }
            let is_one = match (is_literal, quote) {
                (true, _) => is_literal_secret(name, value),
                // Within single quotes a `$` is a letter, but not where those are within double ones.
                (false, Some('\'')) => is_secret(name, value.trim_start_matches('$')) && !is_reference(value),
                (false, _) => is_secret(name, value) && !is_worked_out(value),
            };
            if is_one {
                self.named(kind, value);
            }
        }
    }

    /// A text that may hold anything: a command, a file in an instruction, a sentence.
    fn free(&mut self, text: &'a str) {
        self.by_form(text, false);
        self.command(text);
    }

    fn command(&mut self, text: &'a str) {
        self.pairs(text, "command", false);
        for value in options_of(text, false) {
            self.named("command", value);
        }
    }

    /// A text of the provenance: `build-arg:TOKEN` has its value, and the environment of a step is a list.
    fn attested(&mut self, key: &'a str, text: &'a str) {
        match (key.split_once(':'), text.split_once('=')) {
            (Some(("build-arg", name)), _) => self.setting(name, text, "build-argument"),
            (Some(("label", name)), _) => self.setting(name, text, "label-value"),
            (None, Some((name, value))) if key == "env" => self.setting(name, value, "env-value"),
            _ => self.free(text),
        }
    }

    /// A Dockerfile; a comment may hold anything.
    fn dockerfile(&mut self, text: &'a str) {
        let Ok(parsed) = Instructions::parse(text) else { return self.free(text) };
        let mut end = 0;
        for item in &parsed.items {
            self.free(text.get(end..item.range.start).unwrap_or_default());
            self.instruction(text.get(item.range.clone()).unwrap_or_default(), None);
            end = item.range.end;
        }
        self.free(text.get(end..).unwrap_or_default());
    }

    /// The words of a command line, of which one may be the value of the one before.
    fn words(&mut self, begin: &[&'a str], words: &[&'a str]) {
        for (at, word) in words.iter().enumerate() {
            self.at = at;
            self.free(word);
            let option = word.trim_start_matches('-');
            let value = words.get(at + 1).filter(|value| option.len() < word.len() && !value.starts_with('-'));
            if let Some(value) = value.filter(|value| is_literal_secret(option, value) && !is_reference(value)) {
                self.at = at + 1;
                self.named("command", value);
            }
        }
        // The rest needs the words joined: that is another text, so the values are located in it again.
        let quoted = |word: &&str| {
            let quote = if word.contains('\'') { '"' } else { '\'' };
            format!("{quote}{word}{quote}")
        };
        let together = begin.iter().chain(words).map(quoted).collect::<Vec<_>>().join(" ");
        let values: HashSet<&str> = options_of(&together, true).into_iter().collect();
        for (at, word) in words.iter().enumerate() {
            self.at = at;
            let parts = [
                Some(*word),
                word.split_once(':').map(|(_, value)| value),
                word.split_once('%').map(|(_, value)| value),
            ];
            let part = parts.into_iter().flatten().find(|part| values.contains(part));
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                self.named("command", part);
            }
        }
    }

    /// An instruction, as a history or a trigger has it.
    fn instruction(&mut self, text: &'a str, shell: Option<&str>) {
        self.by_form(text, false);
        self.known_instruction(text, shell);
    }

    fn known_instruction(&mut self, text: &'a str, shell: Option<&str>) {
        if let Some((arguments, command)) = Instruction::arguments(text, shell) {
            let mut looked_at = 0;
            for one in arguments {
                let readings = [one.shortest, one.longest];
                let differ = one.shortest.len() < one.longest.len();
                for value in readings.into_iter().skip(usize::from(!differ)) {
                    self.looked_at = looked_at;
                    let may_look = self.may_look_at(value, text);
                    looked_at = self.looked_at;
                    if !may_look {
                        if is_secret_name(one.name) {
                            self.by_name_only("build-argument", value);
                        }
                    } else if is_literal_secret(one.name, value) {
                        self.named("build-argument", value);
                    } else {
                        self.pairs(value, "build-argument", true);
                    }
                }
            }
            self.command(command);
            return;
        }
        match Instruction::read(text) {
            Instruction::Written { keyword: "ENV", rest } => self.settings(rest, "env-value"),
            Instruction::Written { keyword: "ARG", rest } => self.settings(rest, "build-argument"),
            Instruction::Written { keyword: "LABEL", rest } => self.settings(rest, "label-value"),
            // Builders take no trigger within one.
            Instruction::Written { keyword: "ONBUILD", rest }
                if !matches!(Instruction::read(rest), Instruction::Written { keyword: "ONBUILD", .. }) =>
            {
                self.known_instruction(rest, None);
            }
            _ => {}
        }
        self.command(text);
    }

    /// `NAME=value NAME=value`, or `NAME value`, as builders write them into a history: mostly without quotes, so that a
    /// value ends where the next name begins; with quotes where the Dockerfile had them. Both readings count.
    fn settings(&mut self, text: &'a str, kind: &'static str) {
        let mut known = HashSet::new();
        for (name, value) in command::settings(text).into_iter().chain(command::unquoted_settings(text)) {
            let value = value.trim_matches(['"', '\'']);
            if is_literal_secret(name, value) && !is_reference(value) && known.insert(value) {
                self.named(kind, value);
            }
        }
    }
}

/// Values of options, headers and operands. What a shell would work out is none.
fn options_of(text: &str, is_literal: bool) -> Vec<&str> {
    let options = command::options(text).into_iter();
    let options =
        options.filter(|(name, value)| is_secret(name, value) && !is_worked_out(value)).map(|(_, value)| value);
    let mut met = HashSet::new();
    let operands = command::logins(text)
        .chain(command::netrc(text))
        .chain(operands(text))
        .filter(|value| met.insert((value.as_ptr(), value.len())))
        .filter(|value| if is_literal { is_literal_value(value) } else { is_value(value) && !is_worked_out(value) });
    let mut known = HashSet::new();
    options.chain(operands).filter(|value| !value.is_empty() && known.insert(value.as_ptr())).collect()
}

/// Whether a shell puts something else in it before it is used.
fn is_worked_out(value: &str) -> bool {
    value.contains('`') || value.contains("$(") || value.contains("${") || is_reference(value)
}

/// Private keys whose frame is gone: base64 that begins as one does.
fn bare_keys(text: &str) -> impl Iterator<Item = &str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
    text.split(move |letter| !is_letter(letter)).filter(|run| {
        run.len() >= BARE_KEY
            && BARE_KEYS.iter().any(|&(at, begin)| run.get(at..).is_some_and(|rest| rest.starts_with(begin)))
    })
}

#[cfg(test)]
#[path = "documents_tests.rs"]
mod tests;
