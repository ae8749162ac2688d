use super::*;
use crate::image::{Config, HistoryEntry, pair_history};

/// The redacted instructions of an image with this environment.
fn left(env: &[&str], history: &[&str]) -> Vec<String> {
    let image = redacted(&image(env, history));
    image.config.env.into_iter().chain(image.steps.into_iter().map(|step| step.created_by)).collect()
}

fn image(env: &[&str], history: &[&str]) -> Image {
    let entry =
        |text: &&str| HistoryEntry { created_by: (*text).to_owned(), empty_layer: true, ..HistoryEntry::default() };
    let (steps, _) = pair_history(history.iter().map(entry).collect(), &mut []);
    let config = Config { env: env.iter().map(|&text| text.to_owned()).collect(), ..Config::default() };
    Image { config, steps, ..Image::default() }
}

/// Generated random letters, so that the repository contains no token.
fn letters(count: usize) -> String {
    (0..count)
        .map(|at| char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM0123456789"[(at * 37 + at / 3) % 49]))
        .collect()
}

#[test]
fn a_token_is_taken_out_of_a_command_and_only_its_sort_is_left() {
    let token = format!("glpat-{}", letters(20));
    let run = format!("RUN /bin/sh -c curl -H \"PRIVATE-TOKEN: {token}\" 'https://x:{token}@h/' # buildkit");
    assert_eq!(left(&[], &[&run]), ["RUN /bin/sh -c curl -H \"PRIVATE-TOKEN: glpa…\" 'https://x:glpa…@h/' # buildkit"]);
}

#[test]
fn a_key_over_many_lines_goes_whole_however_long() {
    let body: Vec<_> = (0..200).map(|line| letters(64 + line)[line..].to_owned()).collect();
    let dashes = "-".repeat(5);
    let key = format!("{dashes}BEGIN PRIVATE KEY{dashes}\nMIIE{}\n{dashes}END PRIVATE KEY{dashes}", body.join("\n"));
    let run = format!("RUN /bin/sh -c cat <<EOF > /k\n{key}\nEOF\n # buildkit");
    assert_eq!(
        left(&[], &[&run]),
        [format!("RUN /bin/sh -c cat <<EOF > /k\n…{dashes}END PRIVATE KEY{dashes}\nEOF\n # buildkit")]
    );
}

#[test]
fn what_one_place_tells_is_taken_out_of_every_other() {
    assert_eq!(
        left(
            &["DB_PASSWORD=hunter2", "MODE=hunter2x"],
            &[
                "/bin/sh -c #(nop)  ENV DB_PASSWORD=hunter2",
                "RUN /bin/sh -c mysql -uroot -p hunter2 && echo hunter2 | x -phunter2 # buildkit",
                "|2 NPM_TOKEN=two words V=1 /bin/sh -c npm ci --token 'two words'",
                "RUN |1 NPM_TOKEN=qwert1 /bin/sh -c npm ci # buildkit",
                "RUN /bin/sh -c psql postgres://app:s3cr3t@db/app # buildkit",
                "RUN /bin/sh -c echo s3cr3t # buildkit",
            ]
        ),
        [
            "DB_PASSWORD=…",
            "MODE=hunter2x",
            "/bin/sh -c #(nop)  ENV DB_PASSWORD=…",
            "RUN /bin/sh -c mysql -uroot -p … && echo … | x -p… # buildkit",
            "|2 NPM_TOKEN=… V=1 /bin/sh -c npm ci --token '…'",
            "RUN |1 NPM_TOKEN=… /bin/sh -c npm ci # buildkit",
            "RUN /bin/sh -c psql postgres://app:…@db/app # buildkit",
            "RUN /bin/sh -c echo … # buildkit",
        ]
    );
}

#[test]
fn a_password_that_is_a_word_goes_only_where_it_is_a_value() {
    assert_eq!(
        left(
            &["POSTGRES_PASSWORD=postgres", "API_KEY=a7"],
            &[
                "RUN /bin/sh -c apt-get install postgres-15 postgres a7 # buildkit",
                "RUN /bin/sh -c login --password \"postgres\" && psql postgres://u:postgres@h/ # buildkit",
                "RUN /bin/sh -c API_KEY=a7 make all",
            ]
        ),
        [
            "POSTGRES_PASSWORD=…",
            "API_KEY=…",
            "RUN /bin/sh -c apt-get install postgres-15 postgres a7 # buildkit",
            "RUN /bin/sh -c login --password \"…\" && psql postgres://u:…@h/ # buildkit",
            "RUN /bin/sh -c API_KEY=… make all",
        ]
    );
}

#[test]
fn secrets_that_overlap_leave_nothing_of_either() {
    assert_eq!(
        left(&["A_TOKEN=12ab34cd56", "B_TOKEN=cd56ef78gh", "C_TOKEN=34cd56ef"], &["RUN 12ab34cd56ef78gh."])[3],
        "RUN …."
    );
    assert_eq!(left(&["A_TOKEN=12ab34cd", "B_TOKEN=0012ab34cd99"], &["RUN 0012ab34cd99"])[2], "RUN …");
}

#[test]
fn an_image_without_secrets_is_left_as_it_is() {
    let history = ["RUN /bin/sh -c make # buildkit", "ENV AUTHOR=bob TOKEN_URL=https://x/ PASSWORD_FILE=/run/x"];
    assert_eq!(left(&["PATH=/bin:/usr/bin", "SECRET=$X"], &history)[2..], history);
}

#[test]
fn secrets_that_begin_alike_are_told_apart() {
    let env = ["A_TOKEN=0123456789abcdef-one", "B_TOKEN=0123456789abcdef-two-two"];
    let run = "RUN 0123456789abcdef-one 0123456789abcdef-two-two 0123456789abcdef-three";
    assert_eq!(left(&env, &[run])[2], "RUN … … 0123456789abcdef-three");
}

#[test]
fn where_there_are_too_many_nothing_is_let_through() {
    let env: Vec<_> = (0..=MOST).map(|number| format!("TOKEN_{number}=x7{number:07}")).collect();
    let env: Vec<_> = env.iter().map(String::as_str).collect();
    assert_eq!(left(&env, &["RUN make"]).last().map(String::as_str), Some("…"));
}

/// The redacted texts of an image with these documents.
fn left_of(set: impl FnOnce(&mut Image), env: &[&str], history: &[&str]) -> Vec<String> {
    let mut image = image(env, history);
    set(&mut image);
    let mut texts = Vec::new();
    super::super::places::each(&redacted(&image), &mut |_, text| texts.push(text.clone()));
    texts
}

#[test]
fn every_field_of_the_documents_is_redacted() {
    let word = "Kd82hfLs0qPz";
    let texts = left_of(
        |image| {
            let text = |begin: &str| format!("{begin}{word}x");
            image.names = vec![text("r.io/")];
            image.created = Some(text(""));
            image.config.user = word.to_owned();
            image.config.working_dir = text("/");
            image.config.volumes = vec![text("/")];
            image.config.exposed_ports = vec![text("80")];
            image.config.stop_signal = text("SIG");
            image.config.labels = vec![(text("a."), "b".to_owned())];
            image.config.on_build = vec![text("RUN ")];
            image.config.shell = vec![text("/")];
            image.findings = vec![Finding::of_image(crate::image::FindingKind::TooMuch, text("`"))];
            image.steps[0].author = text("");
            image.steps[0].comment = text("");
        },
        &[&format!("DB_PASSWORD={word}")],
        &["RUN make"],
    );
    assert!(texts.len() > 15 && texts.iter().all(|text| !text.contains(&word[..6])), "{texts:?}");
}

#[test]
fn what_a_command_tells_is_taken_out_there_even_where_it_is_a_plain_word() {
    assert_eq!(
        left(&[], &["RUN /bin/sh -c echo sommer | passwd --stdin root && echo in sommer"])[0],
        "RUN /bin/sh -c echo … | passwd --stdin root && echo in sommer"
    );
    assert_eq!(
        left(&["DB_PASSWORD=sommer"], &["RUN /bin/sh -c echo sommer > /f; make sommer"])[1],
        "RUN /bin/sh -c echo … > /f; make sommer"
    );
}

#[test]
fn a_known_value_in_small_or_large_letters_is_taken_out() {
    assert_eq!(left(&["DB_PASSWORD=Kd8x2hfLs0", "A=kd8x2hfls0 KD8X2HFLS0"], &[])[1], "A=… …");
}

#[test]
fn other_encodings_of_a_known_value_are_taken_out() {
    use base64::Engine;
    let word = "Kd8/2hf'Ls0qPz";
    let login = base64::engine::general_purpose::STANDARD.encode(format!("user:{word}"));
    let run = format!("RUN curl -H 'X: {login}' h/?p=Kd8%2F2hf%27Ls0qPz; echo \"Kd8/2hf'\\''Ls0qPz\"");
    let left = left(&[&format!("DB_PASSWORD={word}")], &[&run])[1].clone();
    assert!(left.matches(GONE).count() == 3 && !left.contains("Ls0qPz") && !left.contains(&login[12..18]), "{left}");
}

/// The number of bytes compared and of parts for a text.
fn work(env: &[String], text: &str) -> (usize, usize) {
    let env: Vec<_> = env.iter().map(String::as_str).collect();
    let redactor = Redactor::for_image(&image(&env, &[]));
    let mut steps = 0;
    let parts = redactor.taken(text, &mut steps);
    (steps, parts.len())
}

#[test]
fn values_that_overlap_again_and_again_cost_a_bounded_number_of_steps_for_each_byte() {
    let env: Vec<_> = (8..120).map(|len| format!("A{len}_TOKEN={}", "a1".repeat(len))).collect();
    for len in [1_000, 30_000] {
        let (steps, parts) = work(&env, &"a1".repeat(len));
        assert!(parts == 1 && steps <= WORK_OF_ANY + 2 * len * WORK + 2 * env.len(), "{steps} steps, {parts} parts");
    }
    // What is left when the limit on work is reached is redacted.
    let text = "a1".repeat(60_000) + "x";
    let redactor = Redactor::for_image(&image(&env.iter().map(String::as_str).collect::<Vec<_>>(), &[]));
    assert!(!redactor.text(&text).contains("a1"));
}

#[test]
fn what_stands_before_a_value_is_looked_at_as_far_as_a_name_goes() {
    // Formerly each of these looked back to the last blank, which there is none of.
    let text = "ab\"".repeat(10_000);
    let (steps, _) = work(&["A_TOKEN=ab".to_owned()], &text);
    assert!(steps <= 2 * text.len(), "{steps}");
    let from = follows_name(&text[text.len() - BEFORE..]);
    assert!(!from);
}

#[test]
fn a_path_is_taken_out_by_its_own_form_and_by_what_is_known() {
    let redactor = Redactor::for_image(&image(&["DB_PASSWORD=hunter2"], &[]));
    let token = format!("glpat-{}", letters(20));
    let left = |path: &str| String::from_utf8_lossy(&redactor.path(path.as_bytes())).into_owned();
    assert_eq!(left("srv/hunter2/x"), "srv/…/x");
    assert_eq!(left(&format!("srv/{token}.txt")), "srv/glpa….txt");
    assert_eq!(left("srv/API_TOKEN=x7Kq2m"), "srv/API_TOKEN=…");
    assert_eq!(left("srv/hunter2x"), "srv/hunter2x");
}

#[test]
fn a_path_of_many_secrets_is_left_out_whole() {
    let redactor = Redactor::for_image(&Image::default());
    let path = "DB_PASSWORD=hunter2/".repeat(200);
    assert_eq!(redactor.path(path.as_bytes()).as_ref(), GONE.as_bytes());
    assert_eq!(redactor.path(b"https://u:hunter2@h/x").as_ref(), "https://u:…@h/x".as_bytes());
    let few = "hunter2/a/DB_PASSWORD=hunter2";
    assert_eq!(redactor.path(few.as_bytes()).as_ref(), "…/a/DB_PASSWORD=…".as_bytes());
}

#[test]
fn encodings_of_long_values_weigh_no_more_than_those_of_a_million_bytes() {
    let short = "Zq7!short";
    let long = "x1!\"'$ z".repeat(300_000);
    let env = [format!("DB_PASSWORD={short}"), format!("A_TOKEN={long}")];
    let redactor = Redactor::for_image(&image(&env.iter().map(String::as_str).collect::<Vec<_>>(), &[]));
    let bytes: usize = redactor.known.iter().map(|known| known.value.len()).sum();
    assert!(bytes < 4 * long.len(), "{bytes}");
    assert_eq!(redactor.text("x=%5A%71%37%21%73%68%6F%72%74"), "x=…");
    assert_eq!(redactor.text(&long), GONE);
}
