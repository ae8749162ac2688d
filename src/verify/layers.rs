//! Reads the tars of the layers completely.

use std::collections::HashSet;

use crate::image::{Finding, FindingKind, LayerNumber};
use crate::source::{OpenedImage, Quiet};

/// The limit on findings of one kind in one layer.
const ENOUGH: usize = 20;

/// The findings about an image's layers: broken and truncated tars, repeated names, names that leave the root.
pub(super) fn read(opened: &OpenedImage) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, entries) in opened.scan(&Quiet).iter().enumerate() {
        let layer = LayerNumber::from_index(index);
        findings.extend(entries.findings.iter().cloned());
        let (mut seen, mut repeated, mut escaping) = (HashSet::new(), 0, 0);
        for entry in entries.iter() {
            if !seen.insert((entries.dir_index(entry.index()), entry.name())) {
                repeated += 1;
                if repeated <= ENOUGH {
                    let message = "the layer repeats this path".to_owned();
                    findings.push(Finding::of_path(FindingKind::Duplicate, layer, entry.path(), message));
                }
            }
            if entry.escaped() {
                escaping += 1;
                if escaping <= ENOUGH {
                    let message = "the name climbs above the root".to_owned();
                    findings.push(Finding::of_path(FindingKind::EscapingPath, layer, entry.path(), message));
                }
            }
        }
        for (count, kind) in [(repeated, FindingKind::Duplicate), (escaping, FindingKind::EscapingPath)] {
            if count > ENOUGH {
                let message = format!("{} more findings of this kind in this layer", count - ENOUGH);
                findings.push(Finding::of_layer(kind, layer, message));
            }
        }
    }
    findings
}
