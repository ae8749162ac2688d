//! Texts of documents, and the secrets in them. Every secret is generated.

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
    find(&image).into_iter().map(|secret| format!("{} {} {:?}", secret.kind, secret.value, secret.location)).collect()
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

/// The bytes of everything that is found in an instruction, and how much of the text is redacted by its place.
fn weight(instruction: &str) -> (usize, usize) {
    let step = HistoryEntry { created_by: instruction.to_owned(), empty_layer: true, ..HistoryEntry::default() };
    let (steps, _) = pair_history(vec![step], &mut []);
    let spots = spots(&Image { steps, ..Image::default() });
    let mut ranges: Vec<_> = spots.iter().filter_map(|spot| spot.range.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    let mut at = 0;
    let mut taken = 0;
    for range in ranges {
        taken += range.end.saturating_sub(range.start.max(at));
        at = at.max(range.end);
    }
    (spots.iter().map(|spot| spot.hit.value.len()).sum(), taken)
}

#[test]
fn values_within_values_are_taken_out_and_weigh_no_more_than_a_few_times_the_text() {
    let names = (0..20_000).fold(String::new(), |text, at| text + &format!("A{at}_TOKEN=x{at} "));
    for text in [
        format!("RUN {}x1", "PASSWORD=".repeat(20_000)),
        format!("RUN |1 {names}/bin/sh -c make"),
        format!("RUN |10000 {names}/bin/sh -c make"),
        format!("RUN {}", "password".repeat(20_000)),
        format!("{}RUN A_TOKEN=x1", "ONBUILD ".repeat(20_000)),
    ] {
        let (bytes, taken) = weight(&text);
        assert!(bytes <= 12 * text.len() + 12 * WORK_OF_ANY, "{} {bytes} of {}", &text[..30], text.len());
        assert!(!text.contains("x1 ") && !text.ends_with("x1") || taken > 0, "{}", &text[..30]);
    }
    let (_, taken) = weight(&format!("RUN {}x1", "PASSWORD=".repeat(20_000)));
    assert_eq!(taken, 9 * 19_999 + 2, "all but the first name");
}

#[test]
fn a_value_that_several_readings_come_to_is_kept_once() {
    let names = (0..1_000).fold(String::new(), |text, at| text + &format!("A{at}=B_TOKEN=x{at} "));
    let step = HistoryEntry { created_by: format!("RUN |1000 {names}/bin/sh -c make"), ..HistoryEntry::default() };
    let (steps, _) = pair_history(vec![step], &mut []);
    assert_eq!(spots(&Image { steps, ..Image::default() }).len(), 1_000);
}

#[test]
fn every_word_of_a_long_list_is_found_in_its_own_place() {
    let cmd: Vec<String> = (0..4_000).flat_map(|at| ["--password".to_owned(), format!("hunter{at}")]).collect();
    let image = Image { config: Config { cmd, ..Config::default() }, ..Image::default() };
    let spots = spots(&image);
    let texts = spots.iter().filter(|spot| spot.range.is_some()).map(|spot| spot.text).collect::<HashSet<_>>();
    assert_eq!(texts.len(), 4_000);
    assert!(spots.iter().all(|spot| spot.range.as_ref().is_none_or(|range| range.start == 0)));
}
