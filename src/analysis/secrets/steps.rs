//! Secrets in the documents of an image: its environment, its labels, and what its history says of every step.

use std::collections::HashSet;

use crate::analysis::Instruction;
use crate::image::{Image, Step};

use super::forms::{self, Look};
use super::names::{is_secret, is_value, url_passwords};
use super::{Hit, Lies, Secret, command};

/// The kind of a password that stands in an address.
pub(super) const URL_PASSWORD: &str = "url-password";

/// Everything in them, as far as it is kept. A step that only sets what the environment or a label still has is not told
/// again.
pub(super) fn find(image: &Image) -> Vec<Secret> {
    let mut known: HashSet<String> = HashSet::new();
    let mut hits = hits(image);
    hits.retain(|(_, hit)| known.insert(hit.value.clone()));
    hits.into_iter().map(|(lies, hit)| hit.lying(lies)).collect()
}

/// Every hit in them, whole, as often as it is there.
pub(super) fn hits(image: &Image) -> Vec<(Lies, Hit)> {
    let mut found = Vec::new();
    for variable in &image.config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        let hits = setting(name, value, "env-value").into_iter();
        found.extend(hits.map(|hit| (Lies::Env(name.to_owned()), hit)));
    }
    for (name, value) in &image.config.labels {
        let hits = setting(name, value, "label-value").into_iter();
        found.extend(hits.map(|hit| (Lies::Label(name.clone()), hit)));
    }
    for step in &image.steps {
        let hits = of_step(step).into_iter();
        found.extend(hits.map(|hit| (Lies::Step { number: step.number, layer: step.layer }, hit)));
    }
    found
}

/// A name and its value: a token or a key by its form, else by the name.
fn setting(name: &str, value: &str, kind: &'static str) -> Vec<Hit> {
    let hits = by_form(value);
    let value = value.trim().trim_matches(['"', '\'']);
    if hits.is_empty() && is_secret(name, value) {
        return vec![Hit::medium(kind, value.as_bytes())];
    }
    hits
}

fn by_form(text: &str) -> Vec<Hit> {
    let mut hits = forms::find(text.as_bytes(), Look::Text);
    hits.extend(url_passwords(text).map(|password| Hit::high(URL_PASSWORD, password.as_bytes())));
    hits
}

fn of_step(step: &Step) -> Vec<Hit> {
    let mut hits = by_form(&step.created_by);
    hits.extend(by_form(&step.comment));
    match Instruction::read(&step.created_by) {
        Instruction::Run { command, .. } => {
            hits.extend(build_arguments(&step.created_by));
            hits.extend(of_command(command));
        }
        Instruction::Written { keyword: "ENV", rest } => hits.extend(settings(rest, "env-value")),
        Instruction::Written { keyword: "ARG", rest } => hits.extend(settings(rest, "build-argument")),
        Instruction::Written { keyword: "LABEL", rest } => hits.extend(settings(rest, "label-value")),
        Instruction::Written { keyword: "CMD" | "ENTRYPOINT" | "HEALTHCHECK" | "SHELL", rest } => {
            hits.extend(of_command(rest));
        }
        Instruction::Other(text) => hits.extend(of_command(text)),
        _ => {}
    }
    hits
}

/// `NAME=value NAME=value`, or `NAME value`, as builders write them into a history: mostly without quotes, so that a value
/// ends where the next name begins.
fn settings(text: &str, kind: &'static str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (name, value) in command::settings(text) {
        if !by_form(value).is_empty() {
            continue;
        }
        let value = value.trim_matches(['"', '\'']);
        hits.extend(is_secret(name, value).then(|| Hit::medium(kind, value.as_bytes())));
    }
    hits
}

/// Build arguments stand in a history as they were given, without quotes: every reading of a value is one.
fn build_arguments(created_by: &str) -> Vec<Hit> {
    let (arguments, _) = Instruction::arguments(created_by, None).unwrap_or_default();
    let readings = arguments.iter().flat_map(|one| [(one.name, one.shortest), (one.name, one.longest)]);
    let mut readings: Vec<_> = readings.filter(|(name, value)| is_secret(name, value)).collect();
    readings.dedup();
    readings.retain(|(_, value)| by_form(value).is_empty());
    readings.into_iter().map(|(_, value)| Hit::medium("build-argument", value.as_bytes())).collect()
}

/// `NAME=value` and `--name value` among the words of a command. What a shell would work out is no value.
fn of_command(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (name, value) in command::options(text) {
        if is_secret(name, value) && !value.contains(['$', '`']) {
            hits.push(Hit::medium("command", value.as_bytes()));
        }
    }
    let logins = command::logins(text).filter(|value| is_value(value) && !value.contains(['$', '`']));
    let mut logins: Vec<_> = logins.filter(|value| by_form(value).is_empty()).collect();
    logins.dedup();
    hits.extend(logins.into_iter().map(|value| Hit::medium("command", value.as_bytes())));
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Config, HistoryEntry, pair_history};

    fn told(env: &[&str], labels: &[(&str, &str)], history: &[&str]) -> Vec<String> {
        let entry =
            |text: &&str| HistoryEntry { created_by: (*text).to_owned(), empty_layer: true, ..HistoryEntry::default() };
        let (steps, _) = pair_history(history.iter().map(entry).collect(), &mut []);
        let config = Config {
            env: env.iter().map(|&text| text.to_owned()).collect(),
            labels: labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            ..Config::default()
        };
        let image = Image { config, steps, ..Image::default() };
        find(&image).into_iter().map(|secret| format!("{} {} {:?}", secret.kind, secret.value, secret.lies)).collect()
    }

    #[test]
    fn environment_labels_and_steps_are_searched_and_nothing_is_told_twice() {
        assert_eq!(
            told(
                &["PATH=/bin", "DB_PASSWORD=hunter2", "AUTHOR=bob", "TOKENIZERS_PARALLELISM=false"],
                &[("maintainer", "x"), ("api.token", "s3cr3t")],
                &[
                    "/bin/sh -c #(nop)  ENV DB_PASSWORD=hunter2",
                    "|2 NPM_TOKEN=qwert1 V=1 /bin/sh -c npm ci",
                    "RUN /bin/sh -c export API_KEY='a b7' && curl https://u:pw1234@h/ # buildkit",
                    "RUN /bin/sh -c TOKEN=$(cat /run/secrets/t) make # buildkit",
                    "ARG PASSWORD=letmein",
                    "|2 DB_PASS=two words V=1 /bin/sh -c make",
                    "ENV SMTP_PASS big secret",
                    "CMD [\"serve\" \"--admin-token=t0ps3cret\"]",
                    "RUN /bin/sh -c curl -H 'Authorization: token abc.99' -H 'Authorization: Bearer $T' h",
                    "RUN /bin/sh -c login --password 'pw 77' --token $T --secret-file /x # buildkit",
                ]
            ),
            [
                "env-value hunter2 Env(\"DB_PASSWORD\")",
                "label-value s3cr3t Label(\"api.token\")",
                "build-argument qwert1 Step { number: 2, layer: None }",
                "url-password pw1234 Step { number: 3, layer: None }",
                "command a b7 Step { number: 3, layer: None }",
                "build-argument letmein Step { number: 5, layer: None }",
                "build-argument two words Step { number: 6, layer: None }",
                "env-value big secret Step { number: 7, layer: None }",
                "command t0ps3cret Step { number: 8, layer: None }",
                "command abc.99 Step { number: 9, layer: None }",
                "command pw 77 Step { number: 10, layer: None }",
            ]
        );
    }
}
