//! One page that needs nothing else: no network, no other file. Its parts are in `assets/report/`.
//!
//! Without its script it has every number and table; the script sorts, and draws the treemap from the data in the page.
//! Text from an image is made safe here and escaped by the template, or set as text by the script. The policy in its
//! head allows only this script to run.

use crate::image::sha256;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use crate::dive::Dive;
use crate::report::{Subject, json};

use super::page;
use super::search_results::SearchResults;
use super::whole::FullReport;

const TEMPLATE: &str = include_str!("../../../assets/report/page.html");
const STYLE: &str = include_str!("../../../assets/report/page.css");
const SCRIPT: &str = include_str!("../../../assets/report/page.js");
/// The limit on rows of any table in the page; a browser has to lay them all out.
pub(super) const MOST: usize = 500;

/// The context of the template.
#[derive(Serialize)]
struct TemplateContext<'a> {
    #[serde(flatten)]
    page: page::HtmlPage,
    style: &'a str,
    style_hash: String,
    script: &'a str,
    script_hash: String,
    data: String,
}

/// The report as a page.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_html(
    subject: &Subject<'_>,
    dive: &Dive,
    results: &SearchResults<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = subject.waste_groups();
    let causes = subject.causes();
    let whole = FullReport::new(subject, dive, results, &causes, &groups, MOST);
    let given = TemplateContext {
        page: page::HtmlPage::new(subject, dive, results, &causes, &groups, &whole.tree),
        style: STYLE,
        style_hash: hash(STYLE),
        script: SCRIPT,
        script_hash: hash(SCRIPT),
        data: data(&whole)?,
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", TEMPLATE).map_err(io::Error::other)?;
    let template = environment.get_template("page").map_err(io::Error::other)?;
    template.render_captured_to(Value::from(Serde(&given)), &mut *out).map_err(failed)?;
    out.write_all(b"\n")
}

/// The system's error, if it was one: the reader of a pipe may go away.
fn failed(error: minijinja::Error) -> io::Error {
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            return cause.kind().into();
        }
        source = cause.source();
    }
    io::Error::other(error)
}

/// The document of `report_json` on one line, with its longest lists cut. `<` can end a script, or begin a comment in
/// one; in JSON it only occurs in strings.
fn data(whole: &FullReport<'_>) -> io::Result<String> {
    let mut data = Vec::new();
    json::record(&mut data, whole)?;
    let data = String::from_utf8(data).map_err(io::Error::other)?;
    Ok(data.replace('<', "\\u003c"))
}

/// The hash of a source, as a content security policy names it.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(sha256(text.as_ref())))
}
