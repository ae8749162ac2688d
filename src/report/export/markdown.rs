//! A report for a pull request: one or two screens.

use std::io::{self, Write};

use crate::analysis::{Account, Base};
use crate::format::markdown::{code, code_in_cell, escaped, escaped_in_cell, prose, prose_in_cell};
use crate::format::{bytes, count, fit, percent, safe, safe_str};
use crate::report::summary::{finding_line, fraction, meaning};
use crate::report::{Subject, compare, junk, layers, lines, names, savings, secrets};

use super::search_results::{self, SearchResults};
use super::verdict;

/// Rows of each part; together with the rest, about a hundred lines.
const LAYERS: usize = 24;
const SAVINGS: usize = 5;
const SECRETS: usize = 8;
const WASTE: usize = 10;
const JUNK: usize = 6;
const FINDINGS: usize = 8;
/// The width of text from an image.
const WIDTH: usize = 100;

/// The report as Markdown.
///
/// # Errors
/// If `out` cannot be written.
pub fn report_markdown(subject: &Subject<'_>, results: &SearchResults<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", names::title_as(subject.image, text))?;
    writeln!(out, "{}\n", names::headline_as(subject, text))?;
    let verdict = [verdict::secrets_said(subject, results), verdict::junk_said(results)];
    writeln!(out, "{}\n", escaped(&verdict::sentence(&verdict.join("; "))))?;
    if let Some(said) = subject.incomplete() {
        writeln!(out, "**Incomplete:** {}.\n", escaped(said.trim_start_matches("incomplete: ")))?;
    }
    if let Some(compared) = &results.compared {
        compare::section(compared, out)?;
        writeln!(out, "\n#### Accounts\n")?;
    }
    writeln!(out, "| account | bytes | part | |\n|---|--:|--:|---|")?;
    let totals = &subject.analysis.totals;
    for account in [Account::Live, Account::Overwritten, Account::Rewritten, Account::Removed] {
        let of = totals.bytes_in(account);
        let part = percent(fraction(of, totals.total()));
        writeln!(out, "| {} | {} | {part} | {} |", account.name(), bytes(of), escaped_in_cell(meaning(account)))?;
    }
    layer_table(subject, out)?;
    saving_list(subject, results, out)?;
    secret_table(subject, results, out)?;
    waste_table(subject, out)?;
    junk_table(subject, results, out)?;
    let findings = subject.findings_count();
    if findings > 0 {
        writeln!(out, "\n#### Findings\n")?;
        for finding in subject.findings().take(FINDINGS) {
            writeln!(out, "- {}", prose(&fit(&finding_line(&finding), WIDTH)))?;
        }
        more(findings, FINDINGS, out)?;
    }
    Ok(())
}

fn layer_table(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = subject.union.layer_count();
    if all == 0 {
        return Ok(());
    }
    let mut shown: Vec<_> = subject.union.layer_numbers().collect();
    // If there are many layers, only the largest are shown, in their order.
    shown.sort_by_key(|&layer| std::cmp::Reverse(subject.analysis.layer(layer).accounts.total()));
    shown.truncate(LAYERS);
    shown.sort_unstable();
    writeln!(out, "\n#### Layers\n\n| # | size | wasted | instruction |\n|--:|--:|--:|---|")?;
    for layer in shown {
        let accounts = &subject.analysis.layer(layer).accounts;
        let wasted = if accounts.wasted() == 0 { String::new() } else { bytes(accounts.wasted()) };
        let lines = lines::text(subject.image.step_of(layer)).map_or_else(String::new, |lines| format!("{lines}: "));
        let instruction = layers::remark(subject, layer) + &lines + &subject.instruction(layer);
        writeln!(out, "| {layer} | {} | {wasted} | {} |", bytes(accounts.total()), cell(&instruction))?;
    }
    if all > LAYERS {
        writeln!(out, "\nand {} smaller layers", count(all - LAYERS))?;
    }
    Ok(())
}

fn saving_list(subject: &Subject<'_>, results: &SearchResults<'_>, out: &mut dyn Write) -> io::Result<()> {
    let savings = savings::savings(subject, &subject.causes(), results.junk);
    if savings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### What to change\n")?;
    for saving in savings.iter().take(SAVINGS) {
        let blame = savings::blame(subject, saving, |words| prose(&fit(words, WIDTH)), text);
        writeln!(out, "- **{}** {blame}:", bytes(saving.bytes))?;
        writeln!(out, "  {}", prose(&safe_str(&saving.fix)))?;
    }
    more(savings.len(), SAVINGS, out)
}

fn waste_table(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let groups = subject.waste_groups();
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### Wasted\n\n| size | why | path | by | instruction |\n|--:|---|---|--:|---|")?;
    for group in groups.iter().take(WASTE) {
        let slash = if group.folder { "/" } else { "" };
        let path = format!("{}{slash}", safe(group.path.as_bytes()));
        let (size, why) = (bytes(group.bytes), group.account.name());
        let instruction = cell(&subject.instruction(group.by));
        writeln!(out, "| {size} | {why} | {} | {} | {instruction} |", cell(&path), group.by)?;
    }
    more(groups.len(), WASTE, out)
}

fn secret_table(subject: &Subject<'_>, results: &SearchResults<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = secrets::total(results.secrets);
    if all == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\n#### Secrets\n\n| sure | what | begins (length) | layer | state | where |\n|---|---|---|--:|---|---|"
    )?;
    for secret in results.secrets.found.iter().take(SECRETS) {
        let (kind, value) = (escaped_in_cell(secret.kind), cell(&secrets::redacted(secret, false)));
        let layer = secret.layer().map_or_else(String::new, |layer| layer.to_string());
        let (severity, state, location) = (
            secret.severity.name(),
            search_results::state_and_access(secret),
            cell(&secrets::location(subject, secret)),
        );
        writeln!(out, "| {severity} | {kind} | {value} | {layer} | {state} | {location} |")?;
    }
    more(all, SECRETS.min(results.secrets.found.len()), out)
}

fn junk_table(subject: &Subject<'_>, results: &SearchResults<'_>, out: &mut dyn Write) -> io::Result<()> {
    let hits = &results.junk.hits;
    if hits.is_empty() {
        return Ok(());
    }
    let base = Base::detect(subject.image);
    writeln!(out, "\n#### Junk\n\n| size | severity | what | layer | where | to fix it |\n|--:|---|---|--:|---|---|")?;
    for hit in hits.iter().take(JUNK) {
        let (rule, layer) =
            (&hit.rule.text, junk::layer(subject, hit).map_or_else(String::new, |layer| layer.to_string()));
        let seen = if hit.note.is_empty() { String::new() } else { format!(": {}", cell(&safe_str(&hit.note))) };
        let (what, fix) =
            (prose_in_cell(&fit(&safe_str(&rule.what), WIDTH)) + &seen, prose_in_cell(&safe_str(&hit.fix(&base))));
        let (size, severity) = (junk::size(hit), hit.rule.severity.name());
        let place = junk::instruction(subject, hit).map_or_else(|| junk::place(hit).to_owned(), |line| cell(&line));
        writeln!(out, "| {size} | {severity} | {what} | {layer} | {place} | {fix} |")?;
    }
    more(hits.len(), JUNK, out)
}

fn more(all: usize, shown: usize, out: &mut dyn Write) -> io::Result<()> {
    if all > shown { writeln!(out, "\nand {} more", count(all - shown)) } else { Ok(()) }
}

/// Safe text from an image as Markdown.
fn text(safe: &str) -> String {
    code(&fit(safe, WIDTH))
}

/// The same in a cell of a table.
fn cell(safe: &str) -> String {
    code_in_cell(&fit(safe, WIDTH))
}
