//! The judgement as a document in our own format.

use std::io::{self, Write};

use serde::Serialize;

use crate::check::{Judgement, Measure, RuleResult, Violation};
use crate::image::{Image, LayerNumber};
use crate::report::lines::{self, LinesRecord};
use crate::report::{Subject, json};

#[derive(Serialize)]
struct CheckDocument<'a> {
    schema_version: u32,
    passed: bool,
    complete: bool,
    names: &'a [String],
    totals: CheckTotals,
    rules: Vec<RuleRecord<'a>>,
}

#[derive(Serialize)]
struct CheckTotals {
    total_bytes: u64,
    wasted_bytes: u64,
    efficiency: f64,
}

/// The result of a rule in JSON.
#[derive(Serialize)]
pub(in crate::report) struct RuleRecord<'a> {
    #[serde(rename = "rule")]
    name: &'static str,
    asks: &'static str,
    verdict: &'static str,
    saw: MeasureValue<'a>,
    limit: MeasureValue<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    places: Vec<At<'a>>,
    more_places: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum MeasureValue<'a> {
    Bytes(u64),
    Fraction(f64),
    Count(u64),
    Words(&'a str),
}

impl<'a> From<&'a Measure> for MeasureValue<'a> {
    fn from(measure: &'a Measure) -> Self {
        match measure {
            Measure::Bytes(bytes) => Self::Bytes(*bytes),
            Measure::Fraction(fraction) => Self::Fraction(*fraction),
            Measure::Count(count) => Self::Count(*count),
            Measure::Words(words) => Self::Words(words),
        }
    }
}

#[derive(Serialize)]
struct At<'a> {
    layer: Option<usize>,
    path: Option<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dockerfile: Option<LinesRecord<'a>>,
    message: &'a str,
}

impl<'a> RuleRecord<'a> {
    pub(in crate::report) fn new(image: &'a Image, judged: &'a RuleResult) -> Self {
        let place = |place: &'a Violation| {
            let (path, path_base64) = match &place.path {
                Some(path) => {
                    let (text, base64) = json::text(path.as_bytes());
                    (Some(text), base64)
                }
                None => (None, None),
            };
            let layer = place.layer.map(LayerNumber::get);
            let dockerfile = place.step(image).and_then(|step| lines::of_step(Some(step)));
            At { layer, path, path_base64, bytes: place.bytes, dockerfile, message: &place.what }
        };
        Self {
            name: judged.rule,
            asks: judged.asks,
            verdict: judged.verdict.name(),
            saw: (&judged.saw).into(),
            limit: (&judged.limit).into(),
            note: &judged.note,
            places: judged.places.iter().map(place).collect(),
            more_places: judged.more_places,
        }
    }
}

/// The judgement as a document; a number that is none is null.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_json(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let totals = subject.analysis.totals;
    let document = CheckDocument {
        schema_version: json::SCHEMA,
        passed: judgement.passed(),
        complete: subject.complete(),
        names: &subject.image.names,
        totals: CheckTotals {
            total_bytes: totals.total(),
            wasted_bytes: totals.wasted(),
            efficiency: totals.efficiency(),
        },
        rules: judgement.rules.iter().map(|judged| RuleRecord::new(subject.image, judged)).collect(),
    };
    json::document(out, &document)
}
