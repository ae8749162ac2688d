//! Names that say that their value is a secret: whole words, so that `AUTHOR` and `TOKENIZERS_PARALLELISM` are none.

/// A word of these alone is enough.
const WORDS: &[&str] = &["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS"];
/// `KEY` behind one of these.
const KEYS: &[&str] = &["API", "ACCESS", "PRIVATE", "SECRET", "ENCRYPTION", "SIGNING", "AUTH", "MASTER"];
/// Words that are enough behind another: `DB_PASS`, `MYSQL_PWD`.
const LAST: &[&str] = &["PASS", "PWD"];
/// A name that ends so is about a secret, and its value is none.
const ABOUT: &[&str] = &[
    "FILE",
    "PATH",
    "DIR",
    "URL",
    "URI",
    "NAME",
    "ID",
    "TTL",
    "LENGTH",
    "LEN",
    "SIZE",
    "LIMIT",
    "LIMITS",
    "TIMEOUT",
    "EXPIRY",
    "EXPIRES",
    "ENABLED",
    "DISABLED",
    "ENDPOINT",
    "ISSUER",
    "ALGORITHM",
    "TYPE",
    "HEADER",
    "PREFIX",
    "POLICY",
];
/// What people write where a secret is to come.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "example",
    "placeholder",
    "redacted",
    "dummy",
    "your-",
    "your_",
    "yoursecret",
    "insert",
    "replace",
    "todo",
    "fixme",
];
const NOTHING: &[&str] = &[
    "password", "passwd", "secret", "token", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "test",
];

/// Whether a name and its value are a secret.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) && is_value(value)
}

/// Whether a name says that its value is a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    if words.last().is_some_and(|last| ABOUT.contains(&last.as_str())) {
        return false;
    }
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.iter().skip(1).next_back().is_some_and(|last| LAST.contains(&last.as_str()))
        || words.windows(2).any(|pair| KEYS.contains(&pair[0].as_str()) && pair[1] == "KEY")
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

/// Whether a value may be one: neither empty nor a path, a reference, a switch or a placeholder.
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

/// The passwords of the URLs in a text.
pub(super) fn url_passwords(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, scheme)| {
        let rest = text.get(at + scheme.len()..)?;
        let end = rest.find(['/', ' ', '"', '\'', '?', '\n', '\t', '>', ')']).unwrap_or(rest.len());
        let (login, _) = rest.get(..end)?.rsplit_once('@')?;
        let (_, password) = login.split_once(':')?;
        is_value(password).then_some(password)
    })
}

/// The first of them.
pub(super) fn url_password(text: &str) -> Option<&str> {
    url_passwords(text).next()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_is_no_value_is_no_secret() {
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
    fn the_password_of_a_url_is_found() {
        assert_eq!(url_password("postgres://app:hunter2@db:5432/app"), Some("hunter2"));
        assert_eq!(url_password("git clone https://x:s3cr3t@host/r.git"), Some("s3cr3t"));
        for text in ["https://host:80/a@b:c", "https://user@host/", "https://u:$PASS@host/", "https://u:p", "a://"] {
            assert_eq!(url_password(text), None, "{text}");
        }
    }
}
