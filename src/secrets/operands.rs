//! What programs that are known to take secrets are given: by options, operands and input.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use super::command::{ENDS, bare, words_by};
use super::data::{OPTIONS, SEQUENCES, SETS, SETTERS, SINKS, SecretPart, WRITERS};
use super::names::is_secret_name;

/// Words within words: `sh -c "curl -u a:b"` within the list of a health check.
const DEPTH: usize = 3;
/// The limit on words between a program and its option.
const FAR: usize = 64;
/// How often programs of sequences are searched for within one command; usual commands have one.
const SEQUENCES_MOST: usize = 4;

/// What the options, the input and the operands of programs say that are known to take secrets.
pub(super) fn operands(text: &str) -> Vec<&str> {
    operands_of(text, &mut 0)
}

/// The same. Counts the words that were looked at for others.
fn operands_of<'a>(text: &'a str, steps: &mut usize) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut open = vec![(text, 0)];
    while let Some((text, depth)) = open.pop() {
        let words = Words::new(text);
        let mut seen = Seen::default();
        for at in 0..words.ranges.len() {
            words.options(at, &seen, &mut found);
            words.sequences(at, &mut seen, &mut found);
            words.setters(at, &seen, &mut found);
            words.sinks(at, &mut seen, &mut found);
            let word = words.bare(at);
            found.extend(word.split_once("pass:").filter(|(before, _)| before.is_empty()).map(|(_, value)| value));
            if depth < DEPTH && word.len() < words.raw(at).len() && word.contains(char::is_whitespace) {
                open.push((word, depth + 1));
            }
            seen.add(at, word);
        }
        *steps += seen.steps;
    }
    found.retain(|value| !value.is_empty());
    found
}

/// What was met among the words up to one of them, so that none is looked at again for each that follows.
#[derive(Default)]
struct Seen {
    /// Where a word of the tables was last, as a program and as it stands.
    programs: HashMap<&'static str, usize>,
    words: HashMap<&'static str, usize>,
    latest: Option<usize>,
    /// For each sink, up to where no word is what must be there too.
    ahead: [usize; SINKS.len()],
    /// The command in which sinks were found, and the parts of its input that were reported.
    fed: Option<usize>,
    is_fed: bool,
    taken: Vec<SecretPart>,
    /// The words after `<<` that were reported, by their offset, with their part.
    given: HashSet<(usize, SecretPart)>,
    /// Up to where no word begins with `<<`.
    given_from: usize,
    /// The command in which sequences were met, and how many.
    begun: (usize, usize),
    steps: usize,
}

impl Seen {
    fn add(&mut self, at: usize, word: &str) {
        let known = tables();
        if let Some(&known) = known.get(program(word)) {
            self.programs.insert(known, at);
            self.latest = Some(at);
        }
        if let Some(&known) = known.get(word) {
            self.words.insert(known, at);
        }
    }

    fn has_program(&self, programs: &[&str], from: usize) -> bool {
        self.latest >= Some(from) && programs.iter().any(|word| self.programs.get(word).is_some_and(|&at| at >= from))
    }

    fn has_word(&self, words: &[&str], from: usize) -> bool {
        words.iter().any(|word| self.words.get(word).is_some_and(|&at| at >= from))
    }
}

/// All words of the tables that are looked for before others.
fn tables() -> &'static HashSet<&'static str> {
    static TABLES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let of_options = OPTIONS.iter().flat_map(|option| option.programs.iter().chain([&option.with]));
        of_options.chain(SETS).chain(SETTERS).copied().collect()
    })
}

/// The words of a text, with the command that each belongs to.
struct Words<'a> {
    text: &'a str,
    ranges: Vec<Range<usize>>,
    /// For each word the first of its command.
    begins: Vec<usize>,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        let ranges = words_by(text, |letter| letter.is_whitespace() || ENDS.contains(&letter));
        let mut begins = Vec::with_capacity(ranges.len());
        for at in 0..ranges.len() {
            let ended = at == 0
                || ranges.get(at - 1).zip(ranges.get(at)).is_some_and(|(last, word)| {
                    let between = text.get(last.end..word.start).unwrap_or_default();
                    between.contains([';', '&', '|', '('])
                        || (between.contains('\n') && !text[..last.end].ends_with('\\'))
                });
            begins.push(if ended { at } else { begins.last().copied().unwrap_or(at) });
        }
        Self { text, ranges, begins }
    }

    fn raw(&self, at: usize) -> &'a str {
        self.ranges.get(at).and_then(|word| self.text.get(word.clone())).unwrap_or_default()
    }

    fn bare(&self, at: usize) -> &'a str {
        bare(self.raw(at))
    }

    /// The word after another, if it belongs to the same command.
    fn next(&self, at: usize) -> Option<&'a str> {
        (self.begins.get(at + 1)? == self.begins.get(at)?).then(|| self.bare(at + 1))
    }

    /// The first word of its command that is looked at for another.
    fn first(&self, at: usize) -> usize {
        self.begins.get(at).copied().unwrap_or(at).max(at.saturating_sub(FAR))
    }

    /// The words of its command from it on, as far as they are looked at.
    fn rest(&self, at: usize) -> impl Iterator<Item = &'a str> {
        let begin = self.begins.get(at).copied();
        (at..self.ranges.len().min(at + FAR))
            .take_while(move |&word| self.begins.get(word).copied() == begin)
            .map(|word| self.bare(word))
    }

    fn options(&self, at: usize, seen: &Seen, found: &mut Vec<&'a str>) {
        let (word, first) = (self.bare(at), self.first(at));
        if !word.starts_with('-') || seen.latest < Some(first) {
            return;
        }
        for option in OPTIONS {
            let Some(glued) = word.strip_prefix(option.option) else { continue };
            let is_long = option.option.starts_with("--") || option.option.len() > 2;
            let value = match glued {
                "" if option.apart => self.next(at).filter(|next| !next.starts_with('-')),
                "" => None,
                _ if is_long => glued.strip_prefix('='),
                _ => Some(glued.trim_start_matches('=')),
            };
            let Some(value) = value else { continue };
            let is_program = seen.has_program(option.programs, first);
            if is_program && (option.with.is_empty() || seen.has_word(&[option.with], first)) {
                found.extend(parts(bare(value), option.part));
            }
        }
    }

    fn sequences(&self, at: usize, seen: &mut Seen, found: &mut Vec<&'a str>) {
        let name = program(self.bare(at));
        let mut sequences = SEQUENCES.iter().filter(|sequence| sequence.words.first() == Some(&name)).peekable();
        if sequences.peek().is_none() {
            return;
        }
        let begin = self.begins.get(at).copied().unwrap_or(at);
        let count = if seen.begun.0 == begin { seen.begun.1 } else { 0 };
        if count == SEQUENCES_MOST {
            return;
        }
        seen.begun = (begin, count + 1);
        let rest: Vec<_> = self.rest(at).collect();
        seen.steps += rest.len();
        for sequence in sequences {
            let pattern = sequence.words.get(1..).unwrap_or_default();
            let fits = |begin: &usize| {
                let word = |(place, word): (usize, &&str)| {
                    rest.get(begin + place).is_some_and(|next| *word == "*" || next == word)
                };
                pattern.iter().enumerate().all(word)
            };
            let last = if pattern.first() == Some(&"*") { 1 } else { rest.len() };
            let value = (1..=last).find(fits).and_then(|begin| rest.get(begin + pattern.len()));
            found.extend(value.copied().filter(|value| !value.starts_with('-')));
        }
    }

    /// `npm config set NAME VALUE`.
    fn setters(&self, at: usize, seen: &Seen, found: &mut Vec<&'a str>) {
        let (name, first) = (self.bare(at), self.first(at));
        let last = name.rsplit([':', '/', '.']).next().unwrap_or_default();
        if seen.latest < Some(first) || name.contains('=') || name.starts_with('-') || !is_secret_name(last) {
            return;
        }
        let is_one = seen.has_word(SETS, first) && seen.has_program(SETTERS, first);
        found.extend(self.next(at).filter(|value| is_one && !value.starts_with('-')));
    }

    /// Whether a word after it in its command is one that the sink needs.
    fn has_with(&self, at: usize, number: usize, with: &str, seen: &mut Seen) -> bool {
        let end = self.ranges.len().min(at + FAR);
        let Some(ahead) = seen.ahead.get_mut(number) else { return false };
        *ahead = at.max(*ahead);
        while *ahead < end && !self.bare(*ahead).contains(with) {
            *ahead += 1;
            seen.steps += 1;
        }
        *ahead < end && self.begins.get(*ahead) == self.begins.get(at)
    }

    /// `echo VALUE | program`, `program <<< VALUE`, and lines between `program <<EOF` and `EOF`.
    fn sinks(&self, at: usize, seen: &mut Seen, found: &mut Vec<&'a str>) {
        let name = program(self.bare(at));
        let sink = SINKS.iter().enumerate().find(|(number, sink)| {
            sink.program == name && (sink.with.is_empty() || self.has_with(at, *number, sink.with, seen))
        });
        let Some((_, sink)) = sink else { return };
        let begin = self.begins.get(at).copied().unwrap_or(at);
        if seen.fed != Some(begin) {
            let before = self.ranges.get(begin).map_or(0, |word| word.start);
            seen.is_fed = begin > 0 && self.text.get(..before).is_some_and(|before| before.trim_end().ends_with('|'));
            seen.fed = Some(begin);
            seen.taken.clear();
        }
        if seen.is_fed && !seen.taken.contains(&sink.part) {
            seen.taken.push(sink.part);
            let from = self.begins.get(begin - 1).copied().unwrap_or(begin).max(begin.saturating_sub(FAR));
            let from = (from..begin).find(|&word| WRITERS.contains(&program(self.bare(word))));
            let written = from.into_iter().flat_map(|from| from + 1..begin);
            found.extend(written.flat_map(|word| parts(self.bare(word), sink.part)));
        }
        let last = self.ranges.len().min(at + FAR);
        seen.given_from = at.max(seen.given_from);
        while seen.given_from < last && !self.raw(seen.given_from).starts_with("<<") {
            seen.given_from += 1;
            seen.steps += 1;
        }
        let mark = seen.given_from;
        if mark >= last || !seen.given.insert((mark, sink.part)) {
            return;
        }
        let mut given = mark + 1..last;
        let raw = self.raw(mark);
        if let Some(value) = raw.strip_prefix("<<<") {
            let value = if value.is_empty() { given.next().map_or("", |word| self.bare(word)) } else { bare(value) };
            found.extend(parts(value, sink.part));
        } else {
            let end = bare(raw.trim_start_matches(['<', '-']));
            let lines = given.map(|word| self.bare(word)).take_while(|word| *word != end);
            found.extend(lines.flat_map(|word| parts(word, sink.part)));
        }
    }
}

/// A program without its folder.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or_default()
}

/// The secrets of a word.
fn parts(word: &str, part: SecretPart) -> impl Iterator<Item = &str> {
    let ends = |value: &'static str| word.split(value);
    let pieces: Vec<_> = match part {
        SecretPart::Whole => vec![word.trim_end_matches("\\n")],
        SecretPart::EachLine => ends("\\n").collect(),
        SecretPart::AfterColon => {
            ends("\\n").filter_map(|login| login.split_once(':')).map(|(_, value)| value).collect()
        }
        SecretPart::AfterPercent => word.split_once('%').map(|(_, value)| value).into_iter().collect(),
    };
    pieces.into_iter().filter(|piece| !piece.starts_with('-') && !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_take_secrets_by_options_operands_and_input() {
        for (text, value) in [
            ("curl -fsS -u a:pw https://h", "pw"),
            ("sudo /usr/bin/curl --user 'a:p w' h", "p w"),
            ("curl -ua:pw h", "pw"),
            ("mysql -uroot -ppw -e 'x'", "pw"),
            ("sshpass -p pw ssh h", "pw"),
            ("docker login -u a -p pw r.io", "pw"),
            ("redis-cli -h r -a pw ping", "pw"),
            ("unzip -P pw a.zip", "pw"),
            ("openssl enc -aes-256-cbc -k pw -in a", "pw"),
            ("openssl rsa -passin pass:pw -in a", "pw"),
            ("npm config set //r.io/:_authToken pw", "pw"),
            ("aws configure set aws_secret_access_key pw", "pw"),
            ("echo 'root:pw' | chpasswd", "pw"),
            ("printf 'root:pw\\n' | chpasswd -e", "pw"),
            ("chpasswd <<< \"root:pw\"", "pw"),
            ("chpasswd <<EOF\nroot:pw\nEOF\n", "pw"),
            ("echo pw | passwd --stdin root", "pw"),
            ("echo -e \"pw\\npw\" | passwd root", "pw"),
            ("echo pw | docker login -u a --password-stdin", "pw"),
            ("&{[\"CMD-SHELL\" \"curl -u a:pw http://h || exit 1\"] \"0s\"}", "pw"),
            ("[\"curl\", \"-u\", \"a:pw\"]", "pw"),
            ("bash -c \"echo 'root:pw' | chpasswd\"", "pw"),
            ("rabbitmqctl add_user a pw", "pw"),
            ("htpasswd -bc /f a pw", "pw"),
            ("wpa_passphrase net pw", "pw"),
            ("nmcli dev wifi connect net password pw", "pw"),
            ("smbclient //h/s -U 'a%pw'", "pw"),
        ] {
            assert!(operands(text).contains(&value), "{text}: {:?}", operands(text));
        }
        for text in
            ["tar -u a:b", "docker run -p 80:80 x", "mysql -P3306 -p", "curl -o a:b h", "echo a:b | cat", "mkdir -p x"]
        {
            assert!(operands(text).is_empty(), "{text}: {:?}", operands(text));
        }
    }

    #[test]
    fn programs_and_options_again_and_again_are_looked_at_once() {
        for piece in
            ["curl -p ", "sshpass -p ", "htpasswd ", "gh ", "sudo <<a ", "su ", "npm token set token ", "login "]
        {
            let text = format!("echo a |{}{}", " ".repeat(1_000), piece.repeat(2_000));
            let mut steps = 0;
            let found = operands_of(&text, &mut steps);
            assert!(steps <= text.len() && found.len() <= text.len(), "{piece}: {steps} {}", found.len());
        }
    }
}
