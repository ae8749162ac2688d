//! The words of a command and the settings in a history, as slices of their text.

use std::ops::Range;

use super::data::SCHEMES;

/// Where a word ends outside quotes: as a shell has it, and as the lists of a Dockerfile have it.
pub(super) const ENDS: [char; 7] = [';', '&', '|', ',', '[', ']', '('];
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
        #[cfg(test)]
        crate::union::look_at(len);
        let scheme = rest.get(..len)?;
        let value = rest.get(len..)?.strip_prefix(' ')?;
        let is_scheme = SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        let end = if is_scheme { value.find(['"', '\'', '\\', ' ', '\n']).unwrap_or(value.len()) } else { 0 };
        #[cfg(test)]
        crate::union::look_at(end);
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
        let value = rest.strip_prefix([' ', '\t']).filter(|_| before.windows(5).any(|part| part == b"login"))?;
        let value = value.trim_start_matches([' ', '\t']);
        let end = value.find(|letter: char| letter.is_whitespace() || "\"'\\".contains(letter)).unwrap_or(value.len());
        value.get(..end).filter(|value| !value.is_empty())
    })
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
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// The words between what ends one, which it does not within quotes. A quote that nothing closes is a letter.
pub(super) fn words_by(text: &str, ends: impl Fn(char) -> bool) -> Vec<Range<usize>> {
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
    fn headers_without_an_end_are_looked_at_once() {
        for header in ["Authorization:", "Authorization: Bearer ", "authorization:x"] {
            crate::union::assert_linear(|size| header.repeat(size), |text| assert!(logins(text).count() <= text.len()));
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
