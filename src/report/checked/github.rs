//! Annotations of a GitHub workflow: one a broken rule, since a run shows ten of them and no more.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::check::{Judgement, Verdict};
use crate::report::Subject;

use super::{place, seen};

/// Places in one annotation.
const PLACES: usize = 5;

/// The broken rules as workflow commands, and the verdict as a notice.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_github(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    for judged in judgement.rules.iter().filter(|judged| judged.verdict == Verdict::Fail) {
        let mut message = seen(judged);
        for at in judged.places.iter().take(PLACES) {
            message.push('\n');
            message.push_str(&place(subject, at));
        }
        let more = judged.places.len().saturating_sub(PLACES) + judged.more_places;
        if more > 0 {
            let _ = write!(message, "\nand {more} more");
        }
        writeln!(out, "::error title={}::{}", property(&format!("layerscope: {}", judged.rule)), data(&message))?;
    }
    let (kept, broken) = (judgement.count(Verdict::Pass), judgement.count(Verdict::Fail));
    writeln!(out, "::notice title=layerscope::{kept} rules kept, {broken} broken")
}

/// What a message needs escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What a property needs escaped besides.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
