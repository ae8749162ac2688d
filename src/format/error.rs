//! Errors in words.

use std::error::Error;

/// An error with its causes, outermost first: `cannot read layer 2: unexpected end of file`.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |chain, cause| format!("{chain}: {cause}"))
}
