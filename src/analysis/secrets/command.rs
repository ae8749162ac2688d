//! The words of a command and the settings in a history, as slices of the text they stand in.

/// Where a word ends outside quotes: as a shell has it, and as the lists of a Dockerfile have it.
const ENDS: [char; 7] = [';', '&', '|', ',', '[', ']', '('];

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
    text.match_indices(HEADER).filter_map(|(at, _)| {
        let rest = text.get(at + HEADER.len()..)?.trim_start_matches(' ');
        let (scheme, value) = rest.split_once(' ')?;
        let is_scheme = ["bearer", "token", "basic"].contains(&scheme.to_ascii_lowercase().as_str());
        let end = value.find(['"', '\'', '\\', ' ', '\n']).unwrap_or(value.len());
        value.get(..end).filter(|value| is_scheme && !value.is_empty())
    })
}

/// Names with their values where a value has no quotes, and ends where the next name begins.
pub(super) fn settings(text: &str) -> Vec<(&str, &str)> {
    let mut starts = Vec::new();
    for word in words_by(text, char::is_whitespace) {
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

/// The words between what ends one, which it does not within quotes.
fn words_by(text: &str, ends: impl Fn(char) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut words = Vec::new();
    let (mut start, mut quote, mut escaped) = (0, None, false);
    for (at, letter) in text.char_indices() {
        let is_escaped = escaped;
        escaped = letter == '\\' && !is_escaped;
        match quote {
            _ if is_escaped => {}
            Some(open) if open == letter => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
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
    fn a_setting_ends_where_the_next_one_begins() {
        assert_eq!(settings("A=b c D=e"), [("A", "b c"), ("D", "e")]);
        assert_eq!(settings("A=\"b C=d\" E=f=g"), [("A", "\"b C=d\""), ("E", "f=g")]);
        assert_eq!(settings("A b c"), [("A", "b c")]);
        assert_eq!(settings("A= B=c"), [("A", ""), ("B", "c")]);
        assert_eq!(settings(""), []);
    }
}
