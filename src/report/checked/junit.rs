//! `JUnit`'s XML, as build servers read it: a test case per rule.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::check::{Judgement, Verdict};
use crate::report::{Subject, names};

use super::{place, seen};

/// The judgement as `JUnit`'s XML.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_junit(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let mut suite = TestSuite::new(names::title(subject.image));
    for judged in &judgement.rules {
        let mut status = match judged.verdict {
            Verdict::Pass => TestCaseStatus::success(),
            Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Verdict::Skipped => TestCaseStatus::skipped(),
        };
        if judged.verdict != Verdict::Pass {
            status.set_message(seen(judged));
        }
        if judged.verdict == Verdict::Fail {
            let mut lines: Vec<_> = judged.places.iter().map(|at| place(subject, at)).collect();
            if judged.more_places > 0 {
                lines.push(format!("and {} more", judged.more_places));
            }
            status.set_type(judged.rule).set_description(lines.join("\n"));
        }
        let mut case = TestCase::new(judged.rule, status);
        case.set_classname("layerscope");
        suite.add_test_case(case);
    }
    let mut report = Report::new("layerscope check");
    report.add_test_suite(suite);
    report.serialize(out).map_err(io::Error::other)
}
