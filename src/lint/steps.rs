//! Rules about the steps of the history above the base image: the text of one, and how many follow each other.

use crate::analysis::{Base, Instruction};
use crate::image::Step;

use super::{HitCollector, JunkHit, JunkLook, JunkPlace, JunkRule, Search};

/// The steps above the base image: nobody can fix what came with it.
fn own<'a>(search: &Search<'a>) -> &'a [Step] {
    let image = search.image;
    let base = Base::detect(image).layers.checked_sub(1).and_then(|last| image.layers.get(last)?.step).unwrap_or(0);
    image.steps.get(base..).unwrap_or_default()
}

/// Checks every step against every rule about steps.
pub(super) fn find(search: &Search<'_>, found: &mut HitCollector) {
    if search.rules_of(JunkLook::Steps).next().is_none() {
        return;
    }
    for step in own(search) {
        let said = Instruction::read(&step.created_by).whole();
        for (at, rule) in search.rules_of(JunkLook::Steps).filter(|(_, rule)| rule.is_about_step(&said)) {
            let place = JunkPlace::Step(step.number);
            if rule.text.paths.is_empty() {
                found.note(at, place);
            } else {
                files(search, step, at, rule, found);
            }
        }
    }
}

/// What the step's layer stores of the rule's paths: no file, no hit.
fn files(search: &Search<'_>, step: &Step, at: usize, rule: &JunkRule, found: &mut HitCollector) {
    let Some(layer) = step.layer.filter(|layer| layer.index() < search.union.layer_count()) else { return };
    for version in search.stored_files_of(layer) {
        let path = version.path();
        if rule.is_about(&path) {
            found.add(at, JunkPlace::Step(step.number), version.id(), (0, version.stored()), path);
        }
    }
}

/// More consecutive commands than a rule allows; reported at the first of them.
pub(super) fn runs(search: &Search<'_>) -> Vec<JunkHit> {
    let Some((_, rule)) = search.rules_of(JunkLook::Runs).next() else { return Vec::new() };
    let is_run = |step: &Step| matches!(Instruction::read(&step.created_by), Instruction::Run { .. });
    let rows = own(search).chunk_by(|one, other| is_run(one) && is_run(other));
    let hit = |row: &[Step]| {
        let first = row.first()?;
        let is_long = row.len() as u64 > rule.text.more_than && is_run(first);
        let mut layers = row.iter().filter_map(|step| step.layer);
        let note = match layers.next().zip(layers.next_back()) {
            Some((first, last)) => format!("{} in a row, layers {first} to {last}", row.len()),
            None => format!("{} in a row", row.len()),
        };
        is_long.then(|| search.hit(JunkLook::Runs, JunkPlace::Step(first.number), note)).flatten()
    };
    rows.filter_map(hit).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, file, looking};
    use super::*;

    fn rule(step: &str, unless: Option<&str>, paths: &[&str]) -> JunkRule {
        looking(JunkLook::Steps, |text| {
            text.step = Some(step.to_owned());
            text.unless = unless.map(str::to_owned);
            text.paths = paths.iter().map(|&path| path.to_owned()).collect();
        })
    }

    #[test]
    fn what_a_step_above_the_base_says_is_told() {
        let it = Fixture::new(vec![
            ("ADD https://base.example/rootfs.tar /", Vec::new()),
            ("ADD https://example.org/a.tar /a # buildkit", Vec::new()),
            ("/bin/sh -c #(nop)  ADD file:0123 in /a", Vec::new()),
            ("ADD --checksum=sha256:0 https://example.org/b /b", Vec::new()),
        ]);
        let rules = [rule("^ADD .*https://", Some("--checksum="), &[])];
        assert_eq!(it.lines(&rules), ["steps: step 2, 0 B, 0 files"]);
    }

    #[test]
    fn where_a_rule_has_paths_the_layer_of_the_step_must_store_one() {
        let it = Fixture::new(vec![
            ("ADD rootfs.tar /", vec![file("lists/base", "b")]),
            ("RUN /bin/sh -c apt-get install a # buildkit", vec![file("lists/a", "list"), file("bin/a", "x")]),
            ("RUN /bin/sh -c apt-get install b # buildkit", vec![file("bin/b", "x"), file("lists/lock", "")]),
            ("RUN /bin/sh -c touch # buildkit", vec![file("lists/c", "x"), file("lists/.wh.a", "")]),
        ]);
        assert_eq!(it.lines(&[rule("^RUN apt-get", None, &["lists/**"])]), ["steps: step 2, 0 B, 1 files lists/a"]);
    }

    #[test]
    fn commands_in_a_row_are_told_once_and_other_steps_end_a_row() {
        let runs = |made: &[&'static str]| {
            let steps = ["ADD rootfs.tar /"].iter().chain(made).map(|&said| (said, Vec::new())).collect();
            Fixture::new(steps).lines(&[looking(JunkLook::Runs, |text| text.more_than = 2)])
        };
        assert_eq!(
            runs(&["RUN a", "RUN b", "RUN c", "COPY d /", "RUN e"]),
            ["runs: step 2, 0 B, 0 files (3 in a row, layers 2 to 4)"]
        );
        assert!(runs(&["RUN a", "RUN b", "COPY d /", "RUN e", "RUN f"]).is_empty());
        assert!(runs(&["COPY a /", "COPY b /", "COPY d /"]).is_empty());
    }

    #[test]
    fn a_pattern_that_is_none_or_too_large_is_refused() {
        let new = |step: &str| {
            let text = super::super::JunkText { step: Some(step.to_owned()), ..Default::default() };
            JunkRule::new(text, crate::analysis::Severity::Low)
        };
        assert!(new("a(").is_err_and(|(field, _)| field == "step"));
        assert!(new(&format!("({}){{1000}}", r"\w{1000}")).is_err_and(|(field, _)| field == "step"));
    }
}
