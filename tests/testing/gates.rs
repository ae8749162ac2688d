//! The two gates, `check` with the rule that is always judged and `verify`, through the library.

use std::path::Path;

use layerscope::analysis::Analysis;
use layerscope::check::{Case, Rules, judge};
use layerscope::dive::Dive;
use layerscope::image::Completeness;
use layerscope::secrets::Secrets;
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage, Quiet};
use layerscope::union::Union;
use layerscope::verify::verify;

/// What became of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gates {
    /// It does not open.
    Refused,
    /// It opens, and each gate says whether it passes.
    Opened { check: bool, verify: bool },
}

pub const PASSED: Gates = Gates::Opened { check: true, verify: true };
pub const FAILED: Gates = Gates::Opened { check: false, verify: false };

/// What is missing of an image.
pub fn completeness(opened: &OpenedImage) -> (Union, Completeness) {
    let union = Union::build(opened.scan(&Quiet));
    let missing = Completeness::new(opened.image(), union.layer_numbers().map(|layer| union.entries(layer)));
    (union, missing)
}

fn passes(opened: &OpenedImage) -> bool {
    let (union, completeness) = completeness(opened);
    let case = Case {
        image: opened.image(),
        union: &union,
        analysis: &Analysis::new(&union, None),
        completeness: &completeness,
        dive: &Dive::new(&[]),
        secrets: &Secrets::default(),
        junk: &[],
        baseline: None,
    };
    judge(&case, &Rules::default()).passed()
}

/// Asks both about what a user gets who names nothing but the path.
pub fn gates(path: &Path) -> Gates {
    let Ok(archive) = Archive::open(&Location::of_path(path), &Quiet) else { return Gates::Refused };
    let is_sound = verify(&archive, None, &Quiet).is_some_and(|verification| verification.fault_count() == 0);
    let check = match archive.select(&ImageChoice::default()) {
        Ok(opened) => passes(&opened),
        // Where a name has to be given, the first is.
        Err(_) => archive
            .select(&ImageChoice { selector: "@0".parse().ok(), platform: None })
            .is_ok_and(|opened| passes(&opened)),
    };
    Gates::Opened { check, verify: is_sound }
}
