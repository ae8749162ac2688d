//! Containers that run as root.

use crate::analysis::runs_as_root;

use super::{JunkHit, JunkLook, JunkPlace, Search};

pub(super) fn find(search: &Search<'_>) -> Option<JunkHit> {
    let config = &search.image.config;
    let note =
        if config.user.is_empty() { "no user is set".to_owned() } else { format!("the user is {}", config.user) };
    runs_as_root(config).then(|| search.hit(JunkLook::Root, JunkPlace::Image, note)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, looking};
    use super::*;

    #[test]
    fn a_user_that_is_root_is_told() {
        let rules = [looking(JunkLook::Root, |_| {})];
        let mut it = Fixture::new(Vec::new());
        assert_eq!(it.lines(&rules), ["root: image, 0 B, 0 files (no user is set)"]);
        it.image.config.user = "0:5".to_owned();
        assert_eq!(it.lines(&rules), ["root: image, 0 B, 0 files (the user is 0:5)"]);
        it.image.config.user = "5:0".to_owned();
        assert!(it.lines(&rules).is_empty());
    }
}
