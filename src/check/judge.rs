//! Checks every rule against the image.

use std::cmp::Reverse;
use std::ops::ControlFlow;

use crate::analysis::{Base, Cause, runs_as_root};
use crate::image::{EntryKind, Gap, LayerNumber};
use crate::union::{Union, VersionId, VersionRef};

use super::{
    Baseline, Case, Globs, Judgement, JunkHit, JunkPlace, MOST_PLACES, Measure, RuleResult, Rules, Severity, Verdict,
    Violation, secrets,
};

/// Checks every rule that is set, and always whether the image is complete.
#[must_use]
pub fn judge(case: &Case<'_>, rules: &Rules) -> Judgement {
    let mut judged = vec![complete(case, rules)];
    judged.extend(sizes(case, rules));
    judged.extend(growth(case, rules));
    judged.extend(contents(case, rules));
    judged.extend(rules.dive.iter().flat_map(|dive| dive.judge(case)));
    Judgement { rules: judged }
}

/// A rule about one number, with its verdict.
fn number(rule: &'static str, asks: &'static str, broken: bool, saw: Measure, limit: Measure) -> RuleResult {
    let verdict = if broken { Verdict::Fail } else { Verdict::Pass };
    RuleResult { rule, asks, verdict, saw, limit, note: String::new(), places: Vec::new(), more_places: 0 }
}

/// A rule about a measured value and its limit, if one is set.
fn at_most<T: PartialOrd + Copy>(
    rule: &'static str,
    asks: &'static str,
    saw: T,
    limit: Option<T>,
    measure: fn(T) -> Measure,
) -> Option<RuleResult> {
    limit.map(|limit| number(rule, asks, saw > limit, measure(saw), measure(limit)))
}

/// A rule that fails at places. Only the worst places are kept, worst first.
pub(super) fn at_places(
    rule: &'static str,
    asks: &'static str,
    limit: Measure,
    places: impl IntoIterator<Item = Violation>,
) -> RuleResult {
    let mut worst = Vec::new();
    let mut count = 0;
    for place in places {
        count += 1;
        worst.push(place);
        // A rule can fail in a million places: at most twice as many as are reported are in memory.
        if worst.len() == 2 * MOST_PLACES {
            keep_worst(&mut worst);
        }
    }
    keep_worst(&mut worst);
    let saw = Measure::Count(count as u64);
    RuleResult { more_places: count - worst.len(), places: worst, ..number(rule, asks, count > 0, saw, limit) }
}

fn keep_worst(places: &mut Vec<Violation>) {
    places.sort_by(|a, b| {
        (Reverse(a.bytes), a.layer, a.path.as_ref()).cmp(&(Reverse(b.bytes), b.layer, b.path.as_ref()))
    });
    places.truncate(MOST_PLACES);
}

fn complete(case: &Case<'_>, rules: &Rules) -> RuleResult {
    let place = |gap: &Gap| Violation { layer: gap.layer, step: None, path: None, bytes: None, what: gap.what.clone() };
    let places = case.completeness.gaps().iter().map(place);
    let asks = "everything that the archive says the image holds can be read";
    let judged = at_places("complete", asks, Measure::Words("no missing parts".to_owned()), places);
    match judged.verdict {
        Verdict::Fail if rules.allow_incomplete => RuleResult { verdict: Verdict::Skipped, ..judged },
        _ => judged,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a fraction is compared with a fraction")]
fn sizes(case: &Case<'_>, rules: &Rules) -> Vec<RuleResult> {
    let totals = case.analysis.totals;
    let (total, wasted, efficiency) = (totals.total(), totals.wasted(), totals.efficiency());
    let mut waste = Vec::new();
    if let Some(limit) = rules.lowest_efficiency {
        waste.push(number(
            "lowest-efficiency",
            "the efficiency is at or above the limit",
            efficiency < limit,
            Measure::Fraction(efficiency),
            Measure::Fraction(limit),
        ));
    }
    waste.extend(at_most(
        "highest-wasted-bytes",
        "the wasted bytes are at or below the limit",
        wasted,
        rules.highest_wasted_bytes,
        Measure::Bytes,
    ));
    waste.extend(at_most(
        "highest-wasted-percent",
        "the wasted share is at or below the limit",
        if total == 0 { 0.0 } else { wasted as f64 / total as f64 },
        rules.highest_wasted_percent,
        Measure::Fraction,
    ));
    if waste.iter().any(|judged| judged.verdict == Verdict::Fail) {
        let (places, more_places) = wasted_places(case);
        for judged in waste.iter_mut().filter(|judged| judged.verdict == Verdict::Fail) {
            (judged.places, judged.more_places) = (places.clone(), more_places);
        }
    }
    let mut judged = waste;
    judged.extend(at_most(
        "highest-image-bytes",
        "the size of all files of all layers is at or below the limit",
        total,
        rules.highest_image_bytes,
        Measure::Bytes,
    ));
    judged.extend(at_most(
        "highest-layers",
        "the number of layers is at or below the limit",
        case.union.layer_count() as u64,
        rules.highest_layers,
        Measure::Count,
    ));
    if let Some(limit) = rules.highest_layer_bytes {
        let asks = "no layer is larger than the limit";
        judged.push(largest("highest-layer-bytes", asks, limit, layer_sizes(case)));
    }
    if let Some(limit) = rules.highest_file_bytes {
        let asks = "no stored file is larger than the limit, removed or not";
        judged.push(largest("highest-file-bytes", asks, limit, file_sizes(case.union, limit)));
    }
    judged
}

/// The causes of waste, largest first, each at the layer that wasted the bytes; and how many more there are.
fn wasted_places(case: &Case<'_>) -> (Vec<Violation>, usize) {
    let causes = case.analysis.causes(case.image, case.union);
    let more = causes.len().saturating_sub(MOST_PLACES);
    let place = |cause: Cause| Violation {
        layer: Some(cause.wasted_by),
        step: None,
        path: Some(cause.file.unwrap_or(cause.folder)).filter(|path| !path.is_root()),
        bytes: Some(cause.bytes),
        what: if cause.stored_by == cause.wasted_by {
            "stored and wasted by the same layer".to_owned()
        } else {
            format!("stored by layer {}", cause.stored_by)
        },
    };
    (causes.into_iter().take(MOST_PLACES).map(place).collect(), more)
}

/// A rule about the largest file or layer, with those above the limit as places.
fn largest(rule: &'static str, asks: &'static str, limit: u64, places: impl Iterator<Item = Violation>) -> RuleResult {
    let mut largest = 0;
    let above = places.filter(|place| {
        largest = largest.max(place.bytes.unwrap_or(0));
        place.bytes.is_some_and(|bytes| bytes > limit)
    });
    let judged = at_places(rule, asks, Measure::Bytes(limit), above);
    RuleResult { saw: Measure::Bytes(largest), ..judged }
}

fn layer_sizes(case: &Case<'_>) -> impl Iterator<Item = Violation> {
    let place = |layer: LayerNumber| Violation {
        layer: Some(layer),
        step: None,
        path: None,
        bytes: Some(case.analysis.layer(layer).accounts.total()),
        what: String::new(),
    };
    case.union.layer_numbers().map(place)
}

/// The stored files above a limit, and the largest other one.
fn file_sizes(union: &Union, limit: u64) -> impl Iterator<Item = Violation> {
    let is_file = |file: &VersionRef<'_>| file.inode().id() == file.id() && file.kind() == EntryKind::File;
    let files = move || union.all_versions().map(|id| union.version(id)).filter(is_file);
    let below = files().filter(|file| file.stored() <= limit).max_by_key(|file| file.stored());
    files().filter(move |file| file.stored() > limit).chain(below).map(stored)
}

/// A version as a violation.
fn stored(version: VersionRef<'_>) -> Violation {
    Violation {
        layer: Some(version.layer()),
        step: None,
        path: Some(version.path()),
        bytes: Some(version.stored()),
        what: match version.ended() {
            None => "in the final image".to_owned(),
            Some(ended) => format!("hidden by layer {}, but still stored", ended.by),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "a fraction is compared with a fraction")]
fn growth(case: &Case<'_>, rules: &Rules) -> Vec<RuleResult> {
    let mut judged = Vec::new();
    let Some(&Baseline { total_bytes: before, .. }) = case.baseline else { return judged };
    let grown = case.analysis.totals.total().saturating_sub(before);
    judged.extend(at_most(
        "highest-growth-bytes",
        "the image has grown by at most the limit",
        grown,
        rules.highest_growth_bytes,
        Measure::Bytes,
    ));
    judged.extend(at_most(
        "highest-growth-percent",
        "the share by which the image has grown is at or below the limit",
        if grown == 0 { 0.0 } else { grown as f64 / before as f64 },
        rules.highest_growth_percent,
        Measure::Fraction,
    ));
    judged
}

fn contents(case: &Case<'_>, rules: &Rules) -> Vec<RuleResult> {
    let mut judged = Vec::new();
    if !rules.forbidden_paths.is_empty() {
        judged.push(forbidden(case.union, &rules.forbidden_paths));
    }
    if !rules.required_paths.is_empty() {
        judged.push(required(case.union, &rules.required_paths));
    }
    if rules.forbid_setuid {
        judged.push(setuid(case.union, &rules.allowed_setuid));
    }
    if rules.forbid_root {
        judged.push(root(case));
    }
    if let Some(severity) = rules.fail_on_junk {
        judged.push(junk(case, severity));
    }
    if rules.forbid_secrets {
        judged.push(secrets::forbidden((case.image, case.union), case.secrets, &rules.allowed_secrets));
    }
    if rules.forbid_new_secrets {
        let new = case.baseline.and_then(|baseline| baseline.new_secrets.as_ref());
        judged.push(secrets::forbidden_new(
            (case.image, case.union),
            new.unwrap_or(case.secrets),
            &rules.allowed_secrets,
        ));
    }
    judged
}

fn forbidden(union: &Union, paths: &Globs) -> RuleResult {
    let mut nodes = Vec::new();
    union.each_path(|node, path| {
        if paths.matches(path) {
            nodes.push(node);
        }
        ControlFlow::Continue(())
    });
    // One violation per path: the visible version, otherwise the last one that is stored.
    let places = nodes.into_iter().filter_map(|node| {
        let version = union.live(node).or_else(|| union.versions(node).last());
        version.map(|id: VersionId| stored(union.version(id)))
    });
    let asks = "no layer has a forbidden path, removed or not";
    at_places("forbidden-paths", asks, Measure::Words(list(paths)), places)
}

fn list(paths: &Globs) -> String {
    paths.texts().join(", ")
}

fn required(union: &Union, paths: &Globs) -> RuleResult {
    let mut met = vec![false; paths.texts().len()];
    let mut unmet = met.len();
    union.each_path(|node, path| {
        if union.live(node).is_some() {
            for at in paths.matching(path) {
                unmet -= usize::from(!std::mem::replace(&mut met[at], true));
            }
        }
        if unmet == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let absent = |glob: &String| Violation {
        layer: None,
        step: None,
        path: None,
        bytes: None,
        what: format!("nothing in the final image matches `{glob}`"),
    };
    let places = paths.texts().iter().zip(met).filter(|(_, met)| !met).map(|(glob, _)| absent(glob));
    at_places("required-paths", "the final image has every required path", Measure::Words(list(paths)), places)
}

fn setuid(union: &Union, allowed: &Globs) -> RuleResult {
    let mut places = Vec::new();
    for version in union.nodes().filter_map(|node| union.live(node)).map(|id| union.version(id)) {
        let bits = version.mode() & 0o6000;
        if bits == 0 || version.inode().kind() != EntryKind::File || allowed.matches(&version.path()) {
            continue;
        }
        let what = match bits {
            0o4000 => "setuid",
            0o2000 => "setgid",
            _ => "setuid and setgid",
        };
        let what = format!("{what}, owner {}:{}", version.owner().0, version.owner().1);
        places.push(Violation { what, ..stored(version) });
    }
    let limit = if allowed.is_empty() { "none".to_owned() } else { format!("none but {}", list(allowed)) };
    at_places("forbid-setuid", "no file of the final image is setuid or setgid", Measure::Words(limit), places)
}

fn junk(case: &Case<'_>, severity: Severity) -> RuleResult {
    let base = Base::detect(case.image);
    let hits = case.junk.iter().filter(|hit| hit.rule.severity >= severity);
    let step = |hit: &JunkHit| match hit.place {
        JunkPlace::Step(number) => case.image.step(number),
        _ => None,
    };
    let places = hits.map(|hit| Violation {
        layer: hit.place.layer().or_else(|| step(hit)?.layer),
        step: step(hit).map(|step| step.number),
        path: hit.samples.first().cloned(),
        bytes: Some(hit.bytes).filter(|&bytes| bytes > 0),
        what: junk_found(hit, &base),
    });
    let limit = Measure::Words(format!("none of severity {} or higher", severity.name()));
    at_places("fail-on-junk", "no junk rule of that severity finds anything", limit, places)
}

fn junk_found(hit: &JunkHit, base: &Base<'_>) -> String {
    let text = &hit.rule.text;
    let seen = match hit.place {
        JunkPlace::Layer { live, .. } => {
            let state = if live { "in the final image" } else { "hidden, but still stored" };
            if hit.files == 0 { String::new() } else { format!(" in {} files, {state}", hit.files) }
        }
        JunkPlace::Step(_) | JunkPlace::Image => String::new(),
    };
    let note = if hit.note.is_empty() { String::new() } else { format!(" ({})", hit.note) };
    format!("{}: {}{seen}{note}; {}", text.id, text.what, hit.fix(base))
}

fn root(case: &Case<'_>) -> RuleResult {
    let user = case.image.config.user.as_str();
    let is_root = runs_as_root(&case.image.config);
    let saw = if user.is_empty() { "root (no user is set)".to_owned() } else { format!("user `{user}`") };
    let limit = Measure::Words("any user but root".to_owned());
    number("forbid-root", "a container does not run as root", is_root, Measure::Words(saw), limit)
}
