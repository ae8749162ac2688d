//! Names that indicate that their value is a secret. Only whole words count, so `AUTHOR` and `TOKENIZERS_PARALLELISM` do
//! not.

use super::data::{ABOUT, ENDINGS, FOLDERS, KEYS, LAST, LAST_IF_ODD, NOTHING, PLACEHOLDERS, WORDS};
use super::shapes::varied;

/// The limit on the bytes of a URL that are searched for a login.
const LOGIN: usize = 512;
/// The minimum length of a user name that is taken for a token.
const TOKEN: usize = 10;

/// Whether the value of a name is a secret. References such as `$PASSWORD` are not.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name_of(name, value) && is_value(value)
}

/// The same where nothing is expanded, as in the environment of a configuration: there, `$x` is a value.
pub(super) fn is_literal_secret(name: &str, value: &str) -> bool {
    is_secret_name_of(name, value) && is_literal_value(value)
}

/// Whether a name indicates that its value is a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    is_secret_name_of(name, "")
}

fn is_secret_name_of(name: &str, value: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str], word: &str| list.contains(&word);
    let Some(last) = words.last().filter(|last| !has(ABOUT, last)) else { return false };
    let is_odd = || value.chars().any(|letter| !letter.is_ascii_lowercase() && letter != '-' && letter != '_');
    words.iter().any(|word| has(WORDS, word) || ENDINGS.iter().any(|end| word.ends_with(end)))
        || (words.len() > 1 && (has(LAST, last) || (has(LAST_IF_ODD, last) && is_odd())))
        || words.windows(2).any(|pair| has(KEYS, &pair[0]) && pair[1] == "KEY")
}

/// `dbPassword`, `db_password`, `db.password` and `DB-PASSWORD` are two words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let breaks = !letter.is_alphanumeric() || (was_lower && letter.is_uppercase());
        if breaks {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_uppercase());
        }
        was_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a value may be a secret: not empty, a path, a reference, a switch or a placeholder.
pub(super) fn is_value(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_lowercase();
    let is_place = ["/", "./", "../", "~", "$", "<", "{{", "%", "@"].iter().any(|start| value.starts_with(start));
    let first = value.chars().next();
    let is_dots = value.chars().all(|letter| Some(letter) == first);
    let is_number = value.len() < 6 && value.chars().all(|letter| letter.is_ascii_digit());
    !is_place
        && !is_dots
        && !is_number
        && !value.contains("://")
        && !NOTHING.contains(&lower.as_str())
        && !PLACEHOLDERS.iter().any(|placeholder| lower.contains(placeholder))
}

/// The same where nothing is expanded: `$x`, `/x` and `%x` are literal. A path of secret files or a placeholder is not a
/// secret.
pub(super) fn is_literal_value(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_lowercase();
    let first = value.chars().next();
    let is_dots = value.chars().all(|letter| Some(letter) == first);
    let is_number = value.len() < 6 && value.chars().all(|letter| letter.is_ascii_digit());
    let is_path = FOLDERS.iter().any(|folder| value.starts_with(folder));
    let is_words = value.chars().all(|letter| letter.is_ascii_alphabetic() || "-_ ".contains(letter));
    let is_placeholder = (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with("{{") && value.ends_with("}}"))
        || (is_words && PLACEHOLDERS.iter().any(|placeholder| lower.starts_with(placeholder)));
    !is_dots && !is_number && !is_path && !is_placeholder && !NOTHING.contains(&lower.as_str())
}

/// The passwords and tokens in the URLs of a text, without references. A password may contain `/` and `?`.
pub(super) fn url_passwords(text: &str) -> impl Iterator<Item = &str> {
    url_logins(text).filter(|password| !is_reference(password))
}

/// The same with references.
pub(super) fn url_logins(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, scheme)| {
        let rest = text.get(at + scheme.len()..)?;
        let bytes = rest.as_bytes().get(..LOGIN).unwrap_or(rest.as_bytes());
        // A URL ends where the next one begins, so no byte is searched for two of them.
        let next = bytes.windows(scheme.len()).position(|part| part == scheme.as_bytes()).unwrap_or(bytes.len());
        let is_end = |byte: &u8| b" \"'\n\t\r>)`".contains(byte);
        let end = bytes[..next].iter().position(is_end).unwrap_or(next);
        #[cfg(test)]
        crate::union::look_at(next + end);
        let end = (0..=end).rev().find(|&end| rest.is_char_boundary(end))?;
        let rest = rest.get(..end)?;
        let host = rest.find(['/', '?']).unwrap_or(rest.len());
        let (login, is_plain) = match rest.get(..host)?.rsplit_once('@') {
            Some((login, _)) => (login, true),
            None => (rest.rsplit_once('@')?.0, false),
        };
        let Some((user, password)) = login.split_once(':') else {
            return Some(login).filter(|login| is_plain && is_token(login));
        };
        // A port is not a password, and a name with a slash is not a user.
        let is_port = !is_plain
            && password.split(['/', '?']).next().is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        (!is_port && !user.contains(['/', '?', '@']) && is_literal_value(password)).then_some(password)
    })
}

/// Whether a value is a reference: `$PASSWORD`, `{password}`, `%s`. A `$` in the middle is not enough.
pub(super) fn is_reference(value: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let is_filled_in = [("{", "}"), ("<", ">"), ("%", "%")]
        .iter()
        .any(|(open, close)| value.len() > 1 && value.starts_with(open) && value.ends_with(close));
    let is_format = value.starts_with('%') && (value.len() == 2 || value.starts_with("%("));
    value.strip_prefix('$').is_some_and(is_name)
        || ["${", "$(", "$$"].iter().any(|begin| value.contains(begin))
        || value.contains('`')
        || is_filled_in
        || is_format
}

/// Whether a user name is a token: long and random.
fn is_token(login: &str) -> bool {
    let has = |class: fn(char) -> bool| login.chars().any(class);
    let is_mixed = has(|letter| letter.is_ascii_digit()) && has(|letter| letter.is_ascii_alphabetic());
    let are_parts = login.contains(['-', '_', '.']) && !has(|letter| letter.is_ascii_uppercase());
    login.len() >= TOKEN && is_mixed && !are_parts && varied(login.as_bytes()) && !login.contains(['$', '{', '<'])
}

/// The first password or token in the URLs of a text.
pub(super) fn url_password(text: &str) -> Option<&str> {
    url_passwords(text).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_without_an_end_are_searched_once() {
        for url in ["://", "a://b@", "://u:p"] {
            crate::union::assert_linear(
                |size| url.repeat(size),
                |text| assert!(url_logins(text).count() <= text.len()),
            );
        }
    }

    #[test]
    fn only_whole_words_count() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "API_KEY",
            "aws.secret.access.key",
            "NPM_TOKEN",
            "token",
            "X_APIKEY",
            "DB_PASS",
            "PGPASSWORD",
            "DBPASSWORD",
            "REDISCLI_AUTH",
            "BASIC_AUTH",
            "GH_PAT",
            "SSH_KEY",
            "APP_KEY",
        ] {
            assert!(is_secret(name, "hunter2"), "{name}");
        }
        for name in [
            "AUTHOR",
            "TOKENIZERS_PARALLELISM",
            "GPG_KEY",
            "KEYBOARD",
            "PWD",
            "PASS",
            "BYPASS",
            "PASSENGER_VERSION",
            "SECRETARY",
            "DB_PASSWORD_FILE",
            "TOKEN_URL",
            "MONKEY",
            "CASS_KEYSPACE",
            "",
        ] {
            assert!(!is_secret(name, "hunter2"), "{name}");
        }
    }

    #[test]
    fn placeholders_and_references_are_not_secrets() {
        for value in [
            "",
            "/run/secrets/db",
            "$DB_PASSWORD",
            "${X}",
            "changeme",
            "your-token",
            "<token>",
            "xxxxxx",
            "true",
            "123",
            "\"\"",
            "example-secret",
            "https://login.example",
        ] {
            assert!(!is_secret("PASSWORD", value), "{value}");
        }
        assert!(is_secret("PASSWORD", "\"hunter2\""));
    }

    #[test]
    fn where_nothing_is_expanded_every_value_is_literal() {
        for value in ["$x7Kq", "/x7Kq", "%x7Kq", "@x7Kq", "~x7Kq", "x7todoKq", "x7://Kq", "my-Example-7", "12345678"] {
            assert!(is_literal_secret("DB_PASSWORD", value), "{value}");
        }
        for value in
            ["", "changeme", "your-token", "<token>", "/run/secrets/db", "xxxx", "true", "123", "example-secret"]
        {
            assert!(!is_literal_secret("DB_PASSWORD", value), "{value}");
        }
        assert!(!is_secret("DB_AUTH", "basic"));
    }

    #[test]
    fn the_password_of_a_url_is_found() {
        assert_eq!(url_password("postgres://app:hunter2@db:5432/app"), Some("hunter2"));
        assert_eq!(url_password("git clone https://x:s3cr3t@host/r.git"), Some("s3cr3t"));
        assert_eq!(url_password("git clone https://x7Kq2mPz9LwB@host/r.git"), Some("x7Kq2mPz9LwB"));
        assert_eq!(url_password("https://u:a/b?c@host/"), Some("a/b?c"));
        assert_eq!(url_password("https://u:$a@host/ https://u:100%@host/"), Some("100%"));
        for text in
            ["https://cdn.example/npm/a@1.2.3:4", "git+ssh://git@host:org/repo@v1", "https://my-user-name-1@host/"]
        {
            assert_eq!(url_password(text), None, "{text}");
        }
        for text in ["https://host:80/a@b:c", "https://user@host/", "https://u:$PASS@host/", "https://u:p", "a://"] {
            assert_eq!(url_password(text), None, "{text}");
        }
    }
}
