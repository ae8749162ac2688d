use serde_json::Value;

use super::*;
use crate::provenance::Instructions;

fn plan(dockerfile: &str) -> BuildPlan {
    BuildPlan::from_dockerfile(&Instructions::parse(dockerfile).expect("a Dockerfile"), None)
}

/// What runs again if a line changes, as its lines; with `?` if only its files decide.
fn again(dockerfile: &str, changed: usize) -> String {
    let plan = plan(dockerfile);
    let at =
        plan.steps.iter().rposition(|step| step.is_shown && step.lines.is_some_and(|lines| lines.contains(changed)));
    shown(&plan, &[at.expect("a step")])
}

fn shown(plan: &BuildPlan, changed: &[usize]) -> String {
    let outcomes = outcomes(&plan.steps, changed);
    let lines = plan.shown().into_iter().filter_map(|at| {
        let mark = match outcomes[at] {
            StepOutcome::Cached => return None,
            StepOutcome::RunsUnlessSame => "?",
            StepOutcome::Runs => "",
        };
        Some(format!("{}{mark}", plan.steps[at].lines.map_or(0, Lines::first)))
    });
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_change_reaches_what_is_above_it_and_settings_reach_commands() {
    let dockerfile = "FROM a\nCOPY x /x\nENV A=1\nCOPY y /y\nRUN b\nLABEL c=d\nWORKDIR /e\nCMD [\"f\"]\n";
    assert_eq!(again(dockerfile, 2), "2 4 5 7");
    assert_eq!(again(dockerfile, 3), "5 7", "a copy does not see the environment");
    assert_eq!(again(dockerfile, 4), "4 5 7");
    assert_eq!(again(dockerfile, 6), "");
    assert_eq!(again(dockerfile, 7), "7");
    assert_eq!(again("FROM a\nENV A=/x\nCOPY y $A/y\nCOPY z /z\n", 2), "3 4", "unless it names it");
    assert_eq!(again("FROM a\nARG AB=1\nCOPY y ${ABC}/y\nARG ABC\nCOPY y /y$ABC\n", 4), "5");
}

#[test]
fn arguments_and_variables_go_on_in_stages_built_on_theirs() {
    let dockerfile = "FROM a AS x\nARG A\nENV B=1\nRUN 1\nFROM x\nRUN 2\nFROM a\nRUN 3\nCOPY --from=1 / /\n";
    assert_eq!(again(dockerfile, 2), "4 6 9?");
    assert_eq!(again("FROM a AS x\nARG A\nFROM x\nRUN 2\n", 2), "4");
    assert_eq!(again("FROM a AS x\nARG A\nFROM b\nCOPY --from=x /y /y\nRUN 2\n", 2), "");
    assert_eq!(again("FROM a AS x\nENV A=1\nFROM x\nRUN 2\n", 2), "4");
}

#[test]
fn a_stage_that_is_built_again_changes_a_copy_only_if_its_files_differ() {
    let dockerfile = "FROM a AS build\nCOPY . .\nRUN make\nFROM b\nRUN x\nCOPY --from=build /o /o\nRUN y\n";
    assert_eq!(again(dockerfile, 2), "2 3 6? 7?");
    assert_eq!(again(dockerfile, 5), "5 6 7");
    assert_eq!(again("FROM a AS build\nRUN x\nFROM b\nRUN --mount=from=build,target=/b y\n", 2), "2 4?");
    assert_eq!(again("FROM a AS unused\nRUN x\nFROM b\nRUN y\n", 4), "4");
}

#[test]
fn a_linked_copy_does_not_need_what_is_below_but_what_is_above_needs_it() {
    let dockerfile = "FROM a\nRUN x\nCOPY --link y /y\nRUN z\nCOPY --link=false v /v\n";
    assert_eq!(again(dockerfile, 2), "2 4 5");
    assert_eq!(again(dockerfile, 3), "3 4 5");
}

#[test]
fn another_base_changes_all_but_linked_copies() {
    let plan = plan("FROM a\nCOPY --link x /x\nRUN y\nENV z=1\n");
    assert_eq!(shown(&plan, &[plan.base.expect("a base")]), "3");
}

/// The instruction that `BuildKit` shows as `[stage-3 4/6] LINK COPY …`, and whether it is the merge of a linked copy.
fn instruction(shown: &str) -> (&str, bool) {
    let text = shown.split_once("] ").map_or(shown, |(_, text)| text);
    text.strip_prefix("LINK ").map_or((text, false), |text| (text, true))
}

/// The steps that a recorded change changes; of a file, every copy of it; of an argument, its `ARG`.
fn changed(plan: &BuildPlan, dockerfile: &str, change: &str) -> Option<Vec<usize>> {
    let by = |text: &str| {
        let steps = plan.steps.iter().enumerate();
        steps.filter(|(_, step)| step.instruction.contains(text)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    // A linked copy is two steps with one instruction; the second is what is shown.
    let shown = |text: &str| by(text).into_iter().filter(|&at| plan.steps[at].is_shown).collect::<Vec<_>>();
    Some(match (dockerfile, change) {
        (
            _,
            "nothing"
            | "src/a.js touched"
            | "README edited (ignored)"
            | "src/x.log edited (ignored)"
            | "--build-arg HTTP_PROXY=x",
        ) => vec![],
        (_, "--change-file package.json (edited)") => shown("COPY package.json"),
        (_, "--change-file src/a.js (edited)" | "src/a.js mode") => shown("COPY src"),
        (_, "--change-file t (edited)") => shown("COPY t"),
        (_, "--change-file gen/g (edited)") => shown("COPY gen"),
        (_, "--change-file conf/c (edited)") => shown("COPY --link conf /conf"),
        (_, "--change-file conf/late (edited)") => {
            [shown("COPY --link conf /conf"), shown("COPY --link conf/late")].concat()
        }
        (_, "--change-step RUN deps") => shown("/srv/deps/a"),
        (_, "--change-step RUN out") => shown("/srv/out"),
        (_, "--change-step ENV") => shown("ENV"),
        (_, "--change-step LABEL") => shown("LABEL"),
        (_, "--change-step CMD") => shown("CMD"),
        (_, "--change-step WORKDIR") => shown("WORKDIR"),
        (_, "--change-step RUN build, other result" | "--change-step RUN build, same result") => shown("\"/out\""),
        (_, "--change-step RUN last") => shown("/app/done"),
        (_, "--change-step RUN a") => shown("\"/a\""),
        (_, "--change-base") => vec![plan.base?],
        (_, "--build-arg VERSION=2") => shown("ARG VERSION"),
        (_, "--build-arg LATE=2") => shown("ARG LATE"),
        _ => return None,
    })
}

/// Builds with the `BuildKit` of Docker 26.1: each Dockerfile was built, changed and built again, and the log says which
/// steps were cached. A step that runs again unless its files are the same may have done either.
#[test]
fn the_rules_agree_with_recorded_builds() {
    let folder = format!("{}/tests/provenance", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(format!("{folder}/rebuilds.json")).expect("records");
    let records: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let (mut compared, mut open) = (0, Vec::new());
    for record in &records {
        let text = |key: &str| record[key].as_str().expect("text");
        let (name, change) = (text("dockerfile"), text("change"));
        let plan = plan(&std::fs::read_to_string(format!("{folder}/{name}.Dockerfile")).expect("a Dockerfile"));
        let outcomes = outcomes(&plan.steps, &changed(&plan, name, change).expect("a known change"));
        for step in record["steps"].as_array().expect("steps") {
            let (said, is_merge) = instruction(step["step"].as_str().expect("a step"));
            if is_merge {
                continue;
            }
            // The log has the changed instruction, which begins as before.
            let is_it = |at: &&usize| alike(&plan.steps[**at].instruction, said);
            let all = plan.shown();
            let at = all.iter().find(|at| plan.steps[**at].instruction == said).or_else(|| all.iter().find(is_it));
            let at = *at.unwrap_or_else(|| unreachable!("{said} is in {name}"));
            let is_cached = step["cached"].as_bool().expect("cached");
            compared += 1;
            match outcomes[at] {
                StepOutcome::RunsUnlessSame => {
                    open.push(format!("{change}: {said}: {}", if is_cached { "same" } else { "other" }));
                }
                outcome => assert_eq!(outcome == StepOutcome::Cached, is_cached, "{name}, {change}: {said}"),
            }
        }
    }
    assert!(records.len() >= 30 && compared >= 190, "{} builds, {compared} steps", records.len());
    // Only what a rebuilt stage hands on is open, and both happened.
    assert!(open.iter().all(|line| line.contains("COPY --") || line.contains("/app/done")), "{open:#?}");
    assert!(open.iter().any(|line| line.ends_with(": same")) && open.iter().any(|line| line.ends_with(": other")));
}

/// Odd Dockerfiles and a change each, built twice with `BuildKit` 0.34.2 and an empty cache before.
#[test]
fn the_rules_agree_with_recorded_builds_of_odd_dockerfiles() {
    let path = format!("{}/tests/provenance/odd-rebuilds.json", env!("CARGO_MANIFEST_DIR"));
    let records: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).expect("records")).expect("JSON");
    let (mut compared, mut open) = (0, 0);
    let mut differences = Vec::new();
    for record in &records {
        let (dockerfile, change) = (record["dockerfile"].as_str().expect("text"), &record["change"]);
        let plan = plan(dockerfile);
        let mut changed = Vec::new();
        for what in record["changed_lines"].as_array().expect("lines") {
            let is_it = |step: &PlanStep| match (what.as_u64(), what.as_str()) {
                (Some(line), _) => {
                    step.is_shown && step.lines.is_some_and(|lines| u64::try_from(lines.first()) == Ok(line))
                }
                (_, file) => file.is_some_and(|file| step.uses_file(&file["file:".len()..])),
            };
            let before = changed.len();
            changed.extend((0..plan.steps.len()).filter(|&at| is_it(&plan.steps[at])));
            let is_built =
                record["steps"].as_array().is_some_and(|steps| steps.iter().any(|step| step["cached"] == false));
            assert!(changed.len() > before || !is_built, "{change}: no step of {dockerfile}");
        }
        let outcomes = outcomes(&plan.steps, &changed);
        for step in record["steps"].as_array().expect("steps") {
            let line = step["line"].as_u64();
            let is_it = |at: &usize| plan.steps[*at].lines.and_then(|lines| u64::try_from(lines.first()).ok()) == line;
            // A stage that is not built after the change is none of the plan's.
            let Some(at) = plan.shown().into_iter().find(is_it) else { continue };
            compared += 1;
            let is_cached = step["cached"].as_bool().expect("cached");
            match outcomes[at] {
                StepOutcome::RunsUnlessSame => open += 1,
                outcome if (outcome == StepOutcome::Cached) == is_cached => {}
                outcome => differences.push(format!("{dockerfile}{change}: line {}: {outcome:?}", step["line"])),
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    assert!(records.len() >= 50 && compared >= 275 && open <= 20, "{} builds, {compared} steps, {open}", records.len());
}

/// Whether two commands differ in their last words only.
fn alike(a: &str, b: &str) -> bool {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(a), words(b));
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    same > 0 && same + 1 >= a.len().min(b.len())
}
