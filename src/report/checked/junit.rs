//! `JUnit`'s XML, as build servers read it: a test case per rule.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::check::{Judgement, RuleResult, Verdict};
use crate::report::{Subject, names};

use super::{place, seen};

/// The judgement as `JUnit`'s XML.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_junit(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let count = |verdict| judgement.rules.iter().filter(|judged| judged.verdict == verdict).count().to_string();
    let (skipped, failures) = (count(Verdict::Skipped), count(Verdict::Fail));
    let (name, tests) = (names::title(subject.image), judgement.rules.len().to_string());
    let [tests, skipped, failures, errors] =
        [("tests", &*tests), ("skipped", &*skipped), ("failures", &*failures), ("errors", "0")];
    let mut xml = Writer::new_with_indent(out, b' ', 4);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = [("name", "layerscope check"), tests, skipped, failures, errors];
    xml.create_element("testsuites").with_attributes(suites).write_inner_content(|xml| {
        let suite = [("name", &*name), tests, skipped, errors, failures];
        let suite = xml.create_element("testsuite").with_attributes(suite);
        suite.write_inner_content(|xml| judgement.rules.iter().try_for_each(|judged| case(subject, judged, xml)))?;
        Ok(())
    })?;
    xml.write_indent()
}

fn case(subject: &Subject<'_>, judged: &RuleResult, xml: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    let case = xml.create_element("testcase").with_attributes([("name", judged.rule), ("classname", "layerscope")]);
    let message = seen(judged);
    match judged.verdict {
        Verdict::Pass => case.write_empty(),
        Verdict::Skipped => case.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", &*message)).write_empty()?;
            Ok(())
        }),
        Verdict::Fail => case.write_inner_content(|xml| {
            let mut lines: Vec<_> = judged.places.iter().map(|at| place(subject, at)).collect();
            if judged.more_places > 0 {
                lines.push(format!("and {} more", judged.more_places));
            }
            let failure = [("message", &*message), ("type", judged.rule)];
            let failure = xml.create_element("failure").with_attributes(failure);
            failure.write_text_content(BytesText::new(&lines.join("\n")))?;
            Ok(())
        }),
    }?;
    Ok(())
}
