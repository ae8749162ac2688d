//! The judgement as a document in our own format.

use std::io::{self, Write};

use serde::Serialize;

use crate::check::{Judgement, Measure};
use crate::image::LayerNumber;
use crate::report::{Subject, json};

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    passed: bool,
    complete: bool,
    names: &'a [String],
    totals: Totals,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Totals {
    total_bytes: u64,
    wasted_bytes: u64,
    efficiency: f64,
}

#[derive(Serialize)]
struct Rule<'a> {
    #[serde(rename = "rule")]
    name: &'static str,
    asks: &'static str,
    verdict: &'static str,
    saw: Value<'a>,
    limit: Value<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    places: Vec<At<'a>>,
    more_places: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Value<'a> {
    Bytes(u64),
    Fraction(f64),
    Count(u64),
    Words(&'a str),
}

impl<'a> From<&'a Measure> for Value<'a> {
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
    message: &'a str,
}

/// The judgement as a document; a number that is none is null.
///
/// # Errors
/// If `out` cannot be written.
pub fn check_json(subject: &Subject<'_>, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let totals = subject.analysis.totals;
    let rules = judgement.rules.iter().map(|judged| Rule {
        name: judged.rule,
        asks: judged.asks,
        verdict: judged.verdict.name(),
        saw: (&judged.saw).into(),
        limit: (&judged.limit).into(),
        note: &judged.note,
        places: judged
            .places
            .iter()
            .map(|place| {
                let (path, path_base64) = match &place.path {
                    Some(path) => {
                        let (text, base64) = json::text(path.as_bytes());
                        (Some(text), base64)
                    }
                    None => (None, None),
                };
                let layer = place.layer.map(LayerNumber::get);
                At { layer, path, path_base64, bytes: place.bytes, message: &place.what }
            })
            .collect(),
        more_places: judged.more_places,
    });
    let document = Document {
        schema_version: json::SCHEMA,
        passed: judgement.passed(),
        complete: subject.complete(),
        names: &subject.image.names,
        totals: Totals { total_bytes: totals.total(), wasted_bytes: totals.wasted(), efficiency: totals.efficiency() },
        rules: rules.collect(),
    };
    json::document(out, &document)
}
