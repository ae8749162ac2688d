//! `layerscope shared`.
use super::Outcome;
use crate::cli::SharedArgs;
use anyhow::Result;
pub(super) fn shared(_: &SharedArgs) -> Result<Outcome> {
    Ok(Outcome::Done)
}
