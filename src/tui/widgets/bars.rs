//! Progress bars.

use super::row::Row;
use super::theme::Role;

/// A bar that fills; it is dotted if the total is unknown.
pub(in crate::tui) fn progress(row: Row, fraction: Option<f64>, columns: usize) -> Row {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a part of a few dozen columns"
    )]
    let full = fraction.map_or(0, |fraction| (fraction.clamp(0.0, 1.0) * columns as f64) as usize);
    row.text(Role::Bar, &"▇".repeat(full)).text(Role::Dim, &"·".repeat(columns - full))
}

/// `45 %`, without decimals, since it changes quickly.
pub(in crate::tui) fn whole_percent(fraction: f64) -> String {
    format!("{:.0} %", (fraction * 100.0).floor())
}
