//! The flag of `COPY` that is equivalent to a command of a single `chmod` or `chown`.

/// `--chmod=a+rX` for `chmod -R a+rX /srv`; `None` for any other command, or one that does more.
pub(super) fn flag(command: &str) -> Option<String> {
    if command.contains(['&', ';', '|', '$', '`', '\n', '>', '<', '"', '\'']) {
        return None;
    }
    let mut words = command.split_whitespace();
    let program = words.next()?;
    let program = program.rsplit('/').next()?;
    let wanted = words.find(|word| !word.starts_with('-'))?;
    words.next()?;
    let is_mode = wanted.chars().all(|letter| "01234567ugoarwxXst+-=,".contains(letter));
    let is_owner = wanted.chars().all(|letter| letter.is_ascii_alphanumeric() || "_:.-".contains(letter));
    match program {
        "chmod" if is_mode => Some(format!("--chmod={wanted}")),
        "chown" if is_owner => Some(format!("--chown={wanted}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_command_that_does_nothing_else_is_a_flag() {
        assert_eq!(flag("chmod -R a+rX /usr/lib").as_deref(), Some("--chmod=a+rX"));
        assert_eq!(flag("/bin/chown app:app /a /b").as_deref(), Some("--chown=app:app"));
        for other in ["chmod -R a+rX /a && make", "chmod", "chmod 755", "chown $U /a", "touch a b", ""] {
            assert_eq!(flag(other), None, "{other}");
        }
    }
}
