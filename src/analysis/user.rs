//! The user that a container runs as.

use crate::image::Config;

/// Whether the main process runs as root: by name, by number, or because no user is set.
#[must_use]
pub fn runs_as_root(config: &Config) -> bool {
    let name = config.user.split(':').next().unwrap_or_default();
    name.is_empty() || name == "root" || name.parse::<u64>() == Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_by_name_by_number_and_by_default() {
        for (user, is_root) in [
            ("", true),
            ("root", true),
            ("0", true),
            ("0:0", true),
            ("root:staff", true),
            (":5", true),
            ("000", true),
            ("1000", false),
            ("node", false),
            ("rooty", false),
            ("10:0", false),
        ] {
            let config = Config { user: user.to_owned(), ..Config::default() };
            assert_eq!(runs_as_root(&config), is_root, "{user}");
        }
    }
}
