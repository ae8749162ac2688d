//! What was left out, and why: the first of them by name, the others by number.

use crate::image::EntryPath;

/// The limit on paths that are listed by name.
const NAMED: usize = 10;
/// Reasons that are counted apart.
const REASONS: usize = 8;

/// Why a path was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// Its kind is never created.
    #[error("a {0} cannot be created")]
    Kind(&'static str),
    /// The name would lead elsewhere or is none here.
    #[error("its name cannot be written on this system")]
    Name,
    /// A symlink's target is none here.
    #[error("its target cannot be written on this system")]
    Target,
    /// It repeats a file that the layers do not hold.
    #[error("a hard link to nothing")]
    LinkToNothing,
    /// Something of that name is there.
    #[error("it exists and is not replaced")]
    Exists,
    /// A link or a file has the name of a folder.
    #[error("a link or a file is in place of its folder, and nothing is written through links")]
    InTheWay,
    /// A folder on its way could not be made.
    #[error("its folder could not be created")]
    Below,
    /// Its size is out of proportion.
    #[error("it is far larger than its stored bytes: use `extract --force` to write it")]
    TooLarge,
    /// The content could not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The system refused to write it.
    #[error("it cannot be written: {0}")]
    Unwritable(String),
}

/// What was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The first of them, by their paths in the image.
    pub first: Vec<(EntryPath, WhyNot)>,
    /// How many for each reason; reasons beyond the limit are not included.
    pub reasons: Vec<(WhyNot, usize)>,
    count: usize,
}

impl LeftOut {
    /// Adds one.
    pub fn add(&mut self, path: impl FnOnce() -> EntryPath, why: WhyNot) {
        self.count += 1;
        match self.reasons.iter().position(|(known, _)| *known == why) {
            Some(at) => self.reasons[at].1 += 1,
            None if self.reasons.len() < REASONS => self.reasons.push((why.clone(), 1)),
            None => {}
        }
        if self.first.len() < NAMED {
            self.first.push((path(), why));
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many there are besides those listed.
    #[must_use]
    pub fn more(&self) -> usize {
        self.count - self.first.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_much_is_left_out_a_few_are_named_and_all_are_counted() {
        let mut left_out = LeftOut::default();
        for number in 0..1000 {
            let why = if number % 2 == 0 { WhyNot::Exists } else { WhyNot::Unwritable(number.to_string()) };
            left_out.add(EntryPath::root, why);
        }
        assert_eq!((left_out.len(), left_out.first.len(), left_out.more()), (1000, NAMED, 1000 - NAMED));
        assert_eq!((left_out.reasons.len(), left_out.reasons[0].1), (REASONS, 500));
    }
}
