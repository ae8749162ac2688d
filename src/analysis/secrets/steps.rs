//! Secrets in the documents of an image: its environment, its labels, and what its history says of every step.

use std::collections::HashSet;

use crate::analysis::Instruction;
use crate::image::{Image, Step};

use super::names::{is_secret, url_password};
use super::{Hit, Lies, Secret, keys, tokens};

/// Everything in them. A step that only sets what the environment or a label still has is not told again.
pub(super) fn find(image: &Image) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let mut told = |hits: Vec<Hit>, lies: &dyn Fn() -> Lies, found: &mut Vec<Secret>| {
        for Hit { kind, severity, value } in hits {
            if known.insert(value.clone()) {
                found.push(Secret { kind, severity, lies: lies(), value });
            }
        }
    };
    for variable in &image.config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        told(setting(name, value, "env-value"), &|| Lies::Env(name.to_owned()), &mut found);
    }
    for (name, value) in &image.config.labels {
        told(setting(name, value, "label-value"), &|| Lies::Label(name.clone()), &mut found);
    }
    for step in &image.steps {
        told(of_step(step), &|| Lies::Step { number: step.number, layer: step.layer }, &mut found);
    }
    found
}

/// A name and its value: a token or a key by its form, else by the name.
fn setting(name: &str, value: &str, kind: &'static str) -> Vec<Hit> {
    let hits = by_form(value);
    if hits.is_empty() && is_secret(name, value) {
        return vec![Hit::medium(kind, value.trim_matches(['"', '\'']).as_bytes())];
    }
    hits
}

fn by_form(text: &str) -> Vec<Hit> {
    let mut hits = keys::find(text.as_bytes());
    hits.extend(tokens::find(text.as_bytes()));
    hits.extend(url_password(text).map(|password| Hit::high("url-password", password.as_bytes())));
    hits
}

fn of_step(step: &Step) -> Vec<Hit> {
    let mut hits = by_form(&step.created_by);
    hits.extend(by_form(&step.comment));
    let (text, kind) = match Instruction::read(&step.created_by) {
        Instruction::Run { arguments, command } => {
            hits.extend(assignments(arguments, "build-argument"));
            (command, "command")
        }
        Instruction::Written { keyword: "ENV", rest } => (rest, "env-value"),
        Instruction::Written { keyword: "ARG", rest } => (rest, "build-argument"),
        Instruction::Written { keyword: "LABEL", rest } => (rest, "label-value"),
        _ => return hits,
    };
    hits.extend(assignments(text, kind));
    hits
}

/// `NAME=value` among words. What a shell would work out is no value.
fn assignments(text: &str, kind: &'static str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for word in words(text) {
        let Some((name, value)) = word.split_once('=') else { continue };
        let name = name.trim_start_matches('-');
        let value = value.trim_matches([';', '"', '\'']);
        let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
        if is_name && is_secret(name, value) && !value.contains(['$', '`']) {
            hits.push(Hit::medium(kind, value.as_bytes()));
        }
    }
    hits
}

/// Words as a shell splits them, as far as quotes go.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in text.chars() {
        match quote {
            Some(open) if open == letter => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter.is_whitespace() || letter == ';' || letter == '&' => {
                words.push(String::new());
                continue;
            }
            Some(_) | None => {}
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words.retain(|word| word.contains('='));
    words
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
                ]
            ),
            [
                "env-value hunter2 Env(\"DB_PASSWORD\")",
                "label-value s3cr3t Label(\"api.token\")",
                "build-argument qwert1 Step { number: 2, layer: None }",
                "url-password pw1234 Step { number: 3, layer: None }",
                "command a b7 Step { number: 3, layer: None }",
                "build-argument letmein Step { number: 5, layer: None }",
            ]
        );
    }
}
