//! The words of a command and the settings in a history, as slices of the text they stand in.

use std::ops::Range;

use super::data::{OPTIONS, Part, SCHEMES, SEQUENCES, SETS, SETTERS, SINKS, WRITERS};
use super::names::is_secret_name;

/// Where a word ends outside quotes: as a shell has it, and as the lists of a Dockerfile have it.
const ENDS: [char; 7] = [';', '&', '|', ',', '[', ']', '('];
/// Words within words: `sh -c "curl -u a:b"` within the list of a health check.
const DEPTH: usize = 3;
/// Words between a program and an option of its own that are looked at.
const FAR: usize = 64;
/// No word that names a scheme is longer.
const SCHEME: usize = 16;

/// Names with their values: `NAME=value`, `--name=value`, `--name value`.
pub(super) fn options(text: &str) -> Vec<(&str, &str)> {
    let words = words_by(text, |letter| letter.is_whitespace() || ENDS.contains(&letter));
    let word = |at: usize| words.get(at).and_then(|word| text.get(word.clone())).map(bare);
    let is_same_command = |at: usize| {
        let between = words.get(at).zip(words.get(at + 1)).and_then(|(word, next)| text.get(word.end..next.start));
        between.is_some_and(|between| !between.contains([';', '&', '|']))
    };
    let mut found = Vec::new();
    for (at, typed) in (0..words.len()).filter_map(|at| Some((at, word(at)?))) {
        let option = typed.trim_start_matches('-');
        if let Some((name, value)) = option.split_once('=').filter(|(name, _)| is_name(name)) {
            found.push((name, bare(value)));
        } else if typed.starts_with("--") && is_name(option) && is_same_command(at) {
            found.extend(word(at + 1).filter(|value| !value.starts_with('-')).map(|value| (option, value)));
        }
    }
    found
}

/// What a header to log in with carries: `Authorization: Bearer value`.
pub(super) fn logins(text: &str) -> impl Iterator<Item = &str> {
    const HEADER: &str = "uthorization:";
    text.char_indices().filter_map(|(at, letter)| {
        let header = text.get(at..at + HEADER.len()).filter(|_| letter.eq_ignore_ascii_case(&'u'))?;
        let rest = text.get(at + HEADER.len()..).filter(|_| header.eq_ignore_ascii_case(HEADER))?;
        let rest = rest.trim_start_matches([' ', '"', '\'']);
        let len = rest.bytes().take(SCHEME).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
        let scheme = rest.get(..len)?;
        let value = rest.get(len..)?.strip_prefix(' ')?;
        let is_scheme = SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        let end = if is_scheme { value.find(['"', '\'', '\\', ' ', '\n']).unwrap_or(value.len()) } else { 0 };
        value.get(..end).filter(|value| !value.is_empty())
    })
}

/// What a `.netrc` holds: `login name password value`, on one line or several, even where a line end is written `\\n`.
pub(super) fn netrc(text: &str) -> impl Iterator<Item = &str> {
    const WORD: &str = "password";
    const FAR: usize = 128;
    text.match_indices(WORD).filter_map(|(at, _)| {
        let before = text.as_bytes().get(at.saturating_sub(FAR)..at)?;
        let rest = text.get(at + WORD.len()..)?;
        let value = rest.trim_start_matches([' ', '\t']);
        let is_one = value.len() < rest.len() && before.windows(5).any(|part| part == b"login");
        let end = value.find(|letter: char| letter.is_whitespace() || "\"'\\".contains(letter)).unwrap_or(value.len());
        value.get(..end).filter(|value| is_one && !value.is_empty())
    })
}

/// What the options, the input and the operands of programs say that are known to take secrets.
pub(super) fn operands(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open = vec![(text, 0)];
    while let Some((text, depth)) = open.pop() {
        let words = Words::of(text);
        for at in 0..words.ranges.len() {
            words.options(at, &mut found);
            words.sequences(at, &mut found);
            words.setters(at, &mut found);
            words.sinks(at, &mut found);
            let word = words.bare(at);
            found.extend(word.split_once("pass:").filter(|(before, _)| before.is_empty()).map(|(_, value)| value));
            if depth < DEPTH && word.len() < words.raw(at).len() && word.contains(char::is_whitespace) {
                open.push((word, depth + 1));
            }
        }
    }
    found.retain(|value| !value.is_empty());
    found
}

/// The words of a text, with the command that each belongs to.
struct Words<'a> {
    text: &'a str,
    ranges: Vec<Range<usize>>,
    /// For each word the first of its command.
    begins: Vec<usize>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
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

    /// The words of its command before it, as far as they are looked at; the nearest first.
    fn before(&self, at: usize) -> impl Iterator<Item = &'a str> {
        let begin = self.begins.get(at).copied().unwrap_or(at).max(at.saturating_sub(FAR));
        (begin..at).rev().map(|word| self.bare(word))
    }

    /// The words of its command from it on, as far as they are looked at.
    fn rest(&self, at: usize) -> impl Iterator<Item = &'a str> {
        let begin = self.begins.get(at).copied();
        (at..self.ranges.len().min(at + FAR))
            .take_while(move |&word| self.begins.get(word).copied() == begin)
            .map(|word| self.bare(word))
    }

    fn options(&self, at: usize, found: &mut Vec<&'a str>) {
        let word = self.bare(at);
        if !word.starts_with('-') {
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
            let is_program = self.before(at).any(|word| option.programs.contains(&program(word)));
            if is_program && (option.with.is_empty() || self.before(at).any(|word| word == option.with)) {
                found.extend(parts(bare(value), option.part));
            }
        }
    }

    fn sequences(&self, at: usize, found: &mut Vec<&'a str>) {
        let first = program(self.bare(at));
        for sequence in SEQUENCES.iter().filter(|sequence| sequence.words.first() == Some(&first)) {
            let (rest, pattern): (Vec<_>, _) = (self.rest(at).collect(), sequence.words.get(1..).unwrap_or_default());
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
    fn setters(&self, at: usize, found: &mut Vec<&'a str>) {
        let name = self.bare(at);
        let last = name.rsplit([':', '/', '.']).next().unwrap_or_default();
        if name.contains('=') || name.starts_with('-') || !is_secret_name(last) {
            return;
        }
        let is_one = self.before(at).any(|word| SETS.contains(&word))
            && self.before(at).any(|word| SETTERS.contains(&program(word)));
        found.extend(self.next(at).filter(|value| is_one && !value.starts_with('-')));
    }

    /// `echo VALUE | program`, `program <<< VALUE`, and lines between `program <<EOF` and `EOF`.
    fn sinks(&self, at: usize, found: &mut Vec<&'a str>) {
        let name = program(self.bare(at));
        let Some(sink) = SINKS.iter().find(|sink| {
            sink.program == name
                && (sink.with.is_empty() || self.rest(at).any(|word| word == sink.with || word.contains(sink.with)))
        }) else {
            return;
        };
        let begin = self.begins.get(at).copied().unwrap_or(at);
        let before = self.ranges.get(begin).map_or(0, |word| word.start);
        if self.text.get(..before).is_some_and(|before| before.trim_end().ends_with('|')) && begin > 0 {
            let from = self.begins.get(begin - 1).copied().unwrap_or(begin).max(begin.saturating_sub(FAR));
            let from = (from..begin).find(|&word| WRITERS.contains(&program(self.bare(word))));
            let written = from.into_iter().flat_map(|from| from + 1..begin);
            found.extend(written.flat_map(|word| parts(self.bare(word), sink.part)));
        }
        let mut given = (at + 1..self.ranges.len().min(at + FAR)).skip_while(|&word| !self.raw(word).starts_with("<<"));
        let Some(mark) = given.next() else { return };
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
fn parts(word: &str, part: Part) -> impl Iterator<Item = &str> {
    let ends = |value: &'static str| word.split(value);
    let pieces: Vec<_> = match part {
        Part::Whole => vec![word.trim_end_matches("\\n")],
        Part::EachLine => ends("\\n").collect(),
        Part::AfterColon => ends("\\n").filter_map(|login| login.split_once(':')).map(|(_, value)| value).collect(),
        Part::AfterPercent => word.split_once('%').map(|(_, value)| value).into_iter().collect(),
    };
    pieces.into_iter().filter(|piece| !piece.starts_with('-') && !piece.is_empty())
}

/// Names with their values where a value has no quotes, and ends where the next name begins.
pub(super) fn settings(text: &str) -> Vec<(&str, &str)> {
    settings_of(text, words_by(text, char::is_whitespace))
}

/// The same where quotes are letters like any other, as in what builders write.
pub(super) fn unquoted_settings(text: &str) -> Vec<(&str, &str)> {
    let base = text.as_ptr() as usize;
    let range = |word: &str| {
        let at = word.as_ptr() as usize - base;
        at..at + word.len()
    };
    settings_of(text, text.split_whitespace().map(range).collect())
}

fn settings_of(text: &str, words: Vec<Range<usize>>) -> Vec<(&str, &str)> {
    let mut starts = Vec::new();
    for word in words {
        let name = text.get(word.clone()).and_then(|word| word.split_once('=')).map(|(name, _)| name);
        if let Some(name) = name.filter(|name| is_name(name.trim_matches(['"', '\'']))) {
            starts.push((word.start, name.len()));
        }
    }
    if starts.is_empty() {
        return text.trim().split_once(char::is_whitespace).into_iter().collect();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let pair = |((start, name), end): (&(usize, usize), usize)| {
        let value = text.get(start + name + 1..end)?;
        Some((text.get(*start..start + name)?.trim_matches(['"', '\'']), value.trim()))
    };
    starts.iter().zip(ends).filter_map(pair).collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_-./".contains(letter))
}

/// A word without the quotes around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// The words between what ends one, which it does not within quotes. A quote that nothing closes is a letter.
fn words_by(text: &str, ends: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let last = [text.rfind('"'), text.rfind('\'')];
    let is_closed = |at: usize, quote: char| last[usize::from(quote == '\'')].is_some_and(|last| at < last);
    let mut words = Vec::new();
    let (mut start, mut quote, mut escaped) = (0, None, false);
    for (at, letter) in text.char_indices() {
        let is_escaped = escaped;
        escaped = letter == '\\' && !is_escaped;
        match quote {
            _ if is_escaped => {}
            Some(open) if open == letter => quote = None,
            None if matches!(letter, '"' | '\'') && is_closed(at, letter) => quote = Some(letter),
            None if ends(letter) => {
                words.push(start..at);
                start = at + letter.len_utf8();
            }
            Some(_) | None => {}
        }
    }
    words.push(start..text.len());
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_values_in_either_way() {
        assert_eq!(
            options("A=b x --c=d --e 'f g' --h --i; export J=\"k l\"&&m"),
            [("A", "b"), ("c", "d"), ("e", "f g"), ("J", "k l")]
        );
        assert_eq!(options("[\"serve\",\"--a=b\" \"--c\" \"d\"]"), [("a", "b"), ("c", "d")]);
        assert_eq!(options("echo \"it's\" A=b"), [("A", "b")]);
    }

    #[test]
    fn a_header_carries_a_login() {
        let text = "curl -H \"Authorization: Bearer a.b\" -H 'authorization:Basic dTpw' -H 'Authorization: x' h";
        assert_eq!(logins(text).collect::<Vec<_>>(), ["a.b", "dTpw"]);
        assert_eq!(logins("Authorization: Bearer").count(), 0);
    }

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
    fn a_netrc_holds_a_login_however_its_lines_end() {
        for text in [
            "'machine h login a password pw'",
            "machine h\n  login a\n  password pw\n",
            "'machine h\\nlogin a\\npassword pw\\n'",
        ] {
            assert_eq!(netrc(text).collect::<Vec<_>>(), ["pw"], "{text}");
        }
        assert_eq!(netrc("the password is").count(), 0);
    }

    #[test]
    fn a_quote_that_nothing_closes_is_a_letter() {
        assert_eq!(options("echo it's A=b C=d"), [("A", "b"), ("C", "d")]);
        assert_eq!(settings("A=it's D=e"), [("A", "it's"), ("D", "e")]);
        assert_eq!(unquoted_settings("A=it's D=that's"), [("A", "it's"), ("D", "that's")]);
    }

    #[test]
    fn a_setting_ends_where_the_next_one_begins() {
        assert_eq!(settings("A=b c D=e"), [("A", "b c"), ("D", "e")]);
        assert_eq!(settings("A=\"b C=d\" E=f=g"), [("A", "\"b C=d\""), ("E", "f=g")]);
        assert_eq!(settings("A b c"), [("A", "b c")]);
        assert_eq!(settings("A= B=c"), [("A", ""), ("B", "c")]);
        assert_eq!(settings(""), []);
    }
}
