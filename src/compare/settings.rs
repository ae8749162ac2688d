//! What differs between two configurations.

use std::collections::HashMap;

use crate::image::{Healthcheck, Image};

use super::UnreadParts;

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The setting as an instruction of a Dockerfile names it: `USER`, `ENV PATH`, `LABEL version`, `EXPOSE 80/tcp`.
    pub name: String,
    /// Its value in the first image; `None` if it is not set. Hostile.
    pub before: Option<String>,
    /// Its value in the second image.
    pub after: Option<String>,
    /// Whether the values differ only in a secret, which the output does not show.
    pub secret: bool,
}

/// The settings that differ. The images are compared as they are; the values come from those without secrets, which
/// have the same settings in the same order. Of a configuration that was not read nothing is compared.
#[must_use]
pub fn setting_changes(raw: [&Image; 2], shown: [&Image; 2], unread: [&UnreadParts; 2]) -> Vec<SettingChange> {
    if unread.iter().any(|parts| parts.config) {
        return Vec::new();
    }
    let sorted = |raw: &Image, shown: &Image| {
        let mut pairs: Vec<_> = settings(raw).into_iter().zip(settings(shown)).collect();
        pairs.sort_by(|a, b| a.0.0.cmp(&b.0.0));
        pairs
    };
    let (of_a, of_b) = (sorted(raw[0], shown[0]), sorted(raw[1], shown[1]));
    let mut changes = Vec::new();
    let (mut at_a, mut at_b) = (of_a.iter().peekable(), of_b.iter().peekable());
    loop {
        let order = match (at_a.peek(), at_b.peek()) {
            (None, None) => return changes,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.0.cmp(&b.0),
        };
        let before = if order.is_le() { at_a.next() } else { None };
        let after = if order.is_ge() { at_b.next() } else { None };
        if before.is_some() && before.map(|(raw, _)| &raw.1) == after.map(|(raw, _)| &raw.1) {
            continue;
        }
        let value = |side: Option<&(Setting, Setting)>| side.map(|(_, shown)| shown.1.clone());
        let shown = before.or(after).map(|(_, shown)| shown.0.name()).unwrap_or_default();
        let (before, after) = (value(before), value(after));
        let secret = before == after;
        changes.push(SettingChange { name: shown, before, after, secret });
    }
}

/// A setting by its place in the output, its kind, the name within it, and which of several with that name it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    place: usize,
    kind: &'static str,
    name: String,
    nth: usize,
}

impl Key {
    fn name(&self) -> String {
        if self.name.is_empty() { self.kind.to_owned() } else { format!("{} {}", self.kind, self.name) }
    }
}

type Setting = (Key, String);

/// All settings, in the order of the configuration.
fn settings(image: &Image) -> Vec<Setting> {
    let config = &image.config;
    let mut all = Vec::new();
    let mut known: HashMap<(usize, String), usize> = HashMap::new();
    let mut place = 0;
    let mut add = |kind: &'static str, values: Vec<(String, String)>| {
        place += 1;
        for (name, value) in values {
            let count = known.entry((place, name.clone())).or_default();
            all.push((Key { place, kind, name, nth: *count }, value));
            *count += 1;
        }
    };
    let one = |value: &str| if value.is_empty() { Vec::new() } else { vec![(String::new(), value.to_owned())] };
    let words = |words: &[String]| one(&words_of(words));
    let named = |list: &[String]| list.iter().map(|name| (name.clone(), String::new())).collect::<Vec<_>>();
    add("platform", one(&image.platform.as_ref().map(ToString::to_string).unwrap_or_default()));
    add("USER", one(&config.user));
    add("ENTRYPOINT", words(&config.entrypoint));
    add("CMD", words(&config.cmd));
    add("WORKDIR", one(&config.working_dir));
    add("ENV", config.env.iter().map(|text| pair(text)).collect());
    add("EXPOSE", named(&config.exposed_ports));
    add("VOLUME", named(&config.volumes));
    add("LABEL", config.labels.clone());
    add("STOPSIGNAL", one(&config.stop_signal));
    add("HEALTHCHECK", one(&config.healthcheck.as_ref().map(healthcheck).unwrap_or_default()));
    add("ONBUILD", config.on_build.iter().map(|text| (String::new(), text.clone())).collect());
    add("SHELL", words(&config.shell));
    all
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.to_owned(), value.to_owned())
}

/// Words as a Dockerfile lists them.
fn words_of(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { serde_json::json!(words).to_string() }
}

fn healthcheck(check: &Healthcheck) -> String {
    let Healthcheck { test, interval, timeout, start_period, retries } = check;
    let seconds = |nanoseconds: &u64| *nanoseconds / 1_000_000_000;
    let mut text = words_of(test);
    for (option, value) in [
        ("interval", seconds(interval)),
        ("timeout", seconds(timeout)),
        ("start-period", seconds(start_period)),
        ("retries", *retries),
    ] {
        if value > 0 {
            text = format!("{text} {option} {value}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Config;

    fn image(env: &[&str], user: &str) -> Image {
        let env = env.iter().map(|text| (*text).to_owned()).collect();
        Image { config: Config { env, user: user.to_owned(), ..Config::default() }, ..Image::default() }
    }

    #[test]
    fn what_differs_is_named_as_a_dockerfile_names_it() {
        let (a, b) = (image(&["A=1", "B=2", "T=secret1"], ""), image(&["B=3", "C=4", "T=secret2"], "app"));
        let (shown_a, shown_b) = (image(&["A=1", "B=2", "T=…"], ""), image(&["B=3", "C=4", "T=…"], "app"));
        let all = UnreadParts::default();
        let changes = setting_changes([&a, &b], [&shown_a, &shown_b], [&all, &all]);
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let rows: Vec<_> = changes
            .iter()
            .map(|change| format!("{} {} {} {}", change.name, text(&change.before), text(&change.after), change.secret))
            .collect();
        assert_eq!(
            rows,
            ["USER - app false", "ENV A 1 - false", "ENV B 2 3 false", "ENV C - 4 false", "ENV T … … true"]
        );
        assert!(setting_changes([&a, &a], [&shown_a, &shown_a], [&all, &all]).is_empty());
        let unread = UnreadParts { config: true, ..UnreadParts::default() };
        assert!(setting_changes([&a, &b], [&shown_a, &shown_b], [&all, &unread]).is_empty(), "unset is not removed");
    }
}
