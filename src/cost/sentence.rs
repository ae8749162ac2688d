//! The answer in one sentence: the same on the screen and in every report.

use crate::format::{bytes, count, fit, safe_str};
use crate::image::familiar_name;

use super::{Amount, Cost};

/// The width of a name in a sentence.
const NAME: usize = 60;
/// Repositories that the sentence names.
const REPOSITORIES: usize = 2;

impl Amount {
    /// Its size, marked where it is an estimate.
    #[must_use]
    pub fn size(&self) -> String {
        format!("{}{}", if self.is_estimated { "≈" } else { "" }, bytes(self.bytes))
    }

    /// How many blobs there are.
    #[must_use]
    pub fn blobs(&self) -> String {
        format!("{} {}", count(self.blobs), if self.blobs == 1 { "blob" } else { "blobs" })
    }
}

impl Cost {
    /// What a push sends and what is there already, as safe text; `words` redacts secrets.
    #[must_use]
    pub fn verdict(&self, words: &dyn Fn(&str) -> String) -> String {
        let sent = if self.sent.blobs == 0 {
            "nothing to push".to_owned()
        } else {
            format!("push {} in {}", self.sent.size(), self.sent.blobs())
        };
        let there = if self.there.blobs == 0 {
            "nothing already there".to_owned()
        } else {
            format!("{} already there ({}{})", self.there.size(), self.there.blobs(), self.mounts(words))
        };
        let incomplete = if self.is_complete() { "" } else { " (incomplete)" };
        format!("{sent}; {there}{incomplete}")
    }

    fn mounts(&self, words: &dyn Fn(&str) -> String) -> String {
        let mut text = String::new();
        for (at, (name, amount)) in self.mountable.iter().take(REPOSITORIES).enumerate() {
            let could = if at == 0 { " could be mounted" } else { "" };
            text = format!("{text}, {}{could} from {}", count(amount.blobs), named(name, words));
        }
        let more: usize = self.mountable.iter().skip(REPOSITORIES).map(|(_, amount)| amount.blobs).sum();
        if more > 0 { format!("{text}, {} from other repositories", count(more)) } else { text }
    }
}

/// A name on one safe line, without secrets.
pub(super) fn named(name: &str, words: &dyn Fn(&str) -> String) -> String {
    fit(&safe_str(familiar_name(&words(name))), NAME)
}
