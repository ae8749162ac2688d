//! The tour: every lesson of the program on the demo, its question answered on the screen, and the card at every size.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use layerscope::analysis::{Analysis, Identities, locate, pairs};
use layerscope::format::width;
use layerscope::image::LayerNumber;
use layerscope::secrets::Redactor;
use layerscope::source::{Archive, ImageChoice, Location, Quiet, Selector};
use layerscope::teaching::{Answer, Facts, LESSONS, Lesson, Tour};
use layerscope::tui::{Message, Screen, ScreenOptions, Theme, TourStart};
use layerscope::union::Union;
use ratatui::layout::Size;

use crate::driver::{Driver, options};
use crate::fixture::Fixture;

/// The demo, and what the tour says about it.
pub struct Demo {
    pub fixture: Fixture,
    tour: Tour,
}

/// What a tour leaves behind.
#[derive(Clone, Default)]
struct Left {
    lessons: Arc<Mutex<Vec<String>>>,
    answered: Arc<Mutex<Vec<String>>>,
    saved: Arc<Mutex<Vec<(String, String)>>>,
}

/// The demo with the lessons of the program, analysed once for all tests.
pub static DEMO: LazyLock<Demo> = LazyLock::new(|| Demo::new(LESSONS));

impl Demo {
    fn new(lessons: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo/shop.tar.zst");
        let archive = Archive::open(&Location::of_path(path), &Quiet).expect("the demo");
        let selector = Some(Selector::Name("shop:1.4".to_owned()));
        let opened = archive.select(&ImageChoice { selector, ..ImageChoice::default() }).expect("the image");
        let opened = opened.with_image(|image| locate(image, None).expect("its Dockerfile"));
        let union = Union::build(opened.scan(&Quiet));
        let early = Analysis::new(&union, None);
        let identities = Identities::compare(&union, &opened, &pairs(&union), &Quiet);
        let analysis = Analysis::new(&union, Some(&identities));
        let image = opened.image().clone();
        let facts = Facts::new(&image, &union, &analysis, &Redactor::for_image(&image));
        let tour = Tour::new(lessons, &facts, &union).expect("sound lessons");
        let (early, analysis) = (Arc::new(early), Arc::new(analysis));
        let fixture = Fixture { image: Arc::new(image), union: Arc::new(union), early, analysis };
        Self { fixture, tour }
    }

    /// A screen with the tour at its first lesson, or at the one that is named.
    fn play(&self, size: (u16, u16), options: ScreenOptions, last: Option<&str>, left: &Left) -> Driver {
        let mut driver = Driver::new(size.0, size.1);
        driver.screen = Screen::new(options, Size { width: size.0, height: size.1 });
        let mut driver = driver.load(&self.fixture);
        let (lessons, saved) = (Arc::clone(&left.lessons), Arc::clone(&left.saved));
        let answered = Arc::clone(&left.answered);
        let start = TourStart {
            tour: self.tour.clone(),
            last: last.map(str::to_owned),
            answered: left.answered.lock().expect("no panic").clone(),
            remember: Box::new(move |id, ids| {
                lessons.lock().expect("no panic").push(id.to_owned());
                *answered.lock().expect("no panic") = ids.iter().map(|&id| id.to_owned()).collect();
            }),
            save: Arc::new(move |file, text| {
                if file == "layerscope-tour.txt" {
                    return Err("it exists".to_owned());
                }
                saved.lock().expect("no panic").push((file.to_owned(), text.to_owned()));
                Ok(())
            }),
        };
        driver.tell(Message::Tour(Box::new(start)));
        driver
    }

    fn begin(&self) -> Driver {
        self.play((80, 24), options(), None, &Left::default())
    }

    /// The keys that lead to the row of a layer in the first view.
    fn to_layer(&self, layer: LayerNumber) -> String {
        let step = self.fixture.image.steps.iter().position(|step| step.layer == Some(layer)).expect("a step");
        format!("1 esc home {}", "down ".repeat(step + 1))
    }

    /// The keys of a right and of a wrong answer.
    fn answers(&self, lesson: &Lesson) -> [String; 2] {
        let typed = |text: &str| {
            let keys: Vec<String> = text.chars().map(|letter| letter.to_string()).collect();
            format!("f6 {} enter", keys.join(" ").replace("   ", " space "))
        };
        match &lesson.question.as_ref().expect("a question").answer {
            Answer::Layer(layer) => {
                let other = LayerNumber::new(if layer.get() == 3 { 4 } else { 3 }).expect("not 0");
                [*layer, other].map(|layer| format!("{} enter", self.to_layer(layer)))
            }
            Answer::Number(number) => [typed(number), typed("9999")],
            Answer::Choice(choice) => [typed(&choice.to_string()), typed(&(choice % 3 + 4).to_string())],
            Answer::Path(node) => {
                let path = self.fixture.union.path(*node);
                let name: Vec<_> =
                    String::from_utf8_lossy(path.name()).chars().map(|letter| letter.to_string()).collect();
                let filter = |name: &str| format!("esc esc / {name} enter home n enter");
                [filter(&name.join(" ")), filter("i n t e r")]
            }
        }
    }
}

/// The lines of the card, without its title.
fn card(driver: &mut Driver) -> String {
    let text = driver.text();
    let lines: Vec<_> = text.lines().collect();
    let begin = lines.iter().position(|line| line.starts_with(" lesson ") || line.starts_with(" end of the tour"));
    let begin = begin.ok_or(&text).expect("a card");
    words(&lines[begin + 1..lines.len() - 1].join(" "))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything that a lesson says before it is answered.
fn texts(lesson: &Lesson) -> Vec<String> {
    let question = lesson.question.iter();
    let asked = question.flat_map(|question| {
        let choices = question.choices.iter().enumerate().map(|(at, choice)| format!("{} {choice}", at + 1));
        [question.text.clone()].into_iter().chain(choices)
    });
    [lesson.text.clone()].into_iter().chain(asked).map(|text| words(&text)).collect()
}

#[test]
fn every_lesson_shows_its_view_and_fits_its_card_at_80_columns_and_24_lines() {
    let demo = &*DEMO;
    let left = Left::default();
    let mut driver = demo.play((80, 24), options(), None, &left);
    for (at, lesson) in demo.tour.lessons.iter().enumerate() {
        let text = driver.text();
        let head = format!(" lesson {} of {} · ", at + 1, demo.tour.lessons.len());
        let line = text.lines().find(|line| line.starts_with(&head)).ok_or(&text).expect("the title");
        let buttons = if at == 0 { "f3 next · f4 leave" } else { "f2 back · f3 next · f4 leave" };
        assert!(line.ends_with(buttons) && line.contains("f2") == (at > 0), "{line}");
        assert!(line.contains(&lesson.title), "the title is cut: {line}");
        let said = card(&mut driver);
        for part in texts(lesson) {
            assert!(said.contains(&part), "{}: `{part}` is cut in\n{text}", lesson.id);
        }
        let tab = driver.open_tab().to_lowercase();
        let view = if lesson.view == "treemap" { "map" } else { &lesson.view };
        assert!(tab.contains(view), "{}: {tab}", lesson.id);
        if let Some(node) = lesson.node {
            let path = demo.fixture.union.path(node);
            let name = String::from_utf8_lossy(path.as_bytes()).into_owned();
            let name: String = name.chars().skip(name.chars().count().saturating_sub(20)).collect();
            // Where the answer is a layer, the list of layers has the focus.
            let asks_for_layer =
                matches!(&lesson.question, Some(question) if matches!(question.answer, Answer::Layer(_)));
            let is_beside = asks_for_layer && lesson.view == "layers";
            let shown = if is_beside { text.clone() } else { driver.selected_lines().concat() };
            assert!(shown.contains(name.rsplit('/').next().unwrap_or(&name)), "{}: {shown}\n{text}", lesson.id);
        } else if let Some(layer) = lesson.layer.filter(|_| lesson.view != "waste") {
            let title = [format!("Files of layer {layer} "), format!("─ Layer {layer} ")];
            assert!(title.iter().any(|title| text.contains(title)), "{}: layer {layer}\n{text}", lesson.id);
        }
        driver.press("f3");
    }
    assert!(driver.text().contains(" end of the tour"), "{}", driver.text());
    let ids: Vec<_> = demo.tour.lessons.iter().map(|lesson| lesson.id.as_str()).skip(1).chain([""]).collect();
    assert_eq!(*left.lessons.lock().expect("no panic"), ids, "each lesson is remembered, and the end begins anew");
}

#[test]
fn right_answers_are_accepted_and_wrong_ones_get_a_hint_and_the_third_the_solution() {
    let demo = &*DEMO;
    let left = Left::default();
    let mut driver = demo.play((80, 24), options(), None, &left);
    let with_question: Vec<_> = demo.tour.lessons.iter().filter(|lesson| lesson.question.is_some()).collect();
    for (at, lesson) in demo.tour.lessons.iter().enumerate() {
        let Some(question) = &lesson.question else {
            driver.press("f6");
            assert!(driver.text().contains("this lesson has no question"), "{}", driver.text());
            driver.press("f3");
            continue;
        };
        let [right, wrong] = demo.answers(lesson);
        if matches!(question.answer, Answer::Path(_)) {
            let mut other = demo.play((80, 24), options(), Some(&lesson.id), &Left::default());
            other.press(&right);
            assert!(card(&mut other).contains(&words(&format!("Right. {}", question.solution))), "{}", other.text());
        }
        if at % 2 == 0 {
            for _ in 0..2 {
                driver.press(&wrong);
                let hint = words(&format!("Not yet. {}", question.hint));
                assert!(card(&mut driver).contains(&hint), "{}: {}", lesson.id, driver.text());
                assert!(!card(&mut driver).contains("The answer"), "no solution yet");
            }
            driver.press(&wrong);
            let solution = words(&format!("The answer: {}", question.solution));
            assert!(card(&mut driver).contains(&solution), "{}: {}", lesson.id, driver.text());
        } else {
            driver.press(&right);
            let solution = words(&format!("Right. {}", question.solution));
            assert!(card(&mut driver).contains(&solution), "{}: {}", lesson.id, driver.text());
        }
        while !driver.text().contains(&format!(" lesson {} of", at + 2)) && !driver.text().contains(" end of the") {
            driver.press("f3");
        }
    }
    let shown = demo.tour.lessons.iter().enumerate().filter(|(at, lesson)| at % 2 == 0 && lesson.question.is_some());
    let shown = shown.count();
    let summary = format!(
        "These were {} lessons. {} of {} questions answered, {shown} solutions shown.",
        demo.tour.lessons.len(),
        with_question.len() - shown,
        with_question.len()
    );
    assert!(card(&mut driver).contains(&summary), "{}", driver.text());
    // An answered question stays answered.
    driver.press("f2");
    while !driver.text().contains(" lesson 1 of") {
        driver.press("f2");
    }
    assert!(card(&mut driver).contains("Answered: "), "{}", driver.text());
}

#[test]
fn what_was_learnt_is_saved_from_the_final_page() {
    let demo = &*DEMO;
    let left = Left::default();
    let last = demo.tour.lessons.last().expect("a lesson");
    let mut driver = demo.play((80, 24), options(), Some(&last.id), &left);
    driver.press("f3");
    insta::assert_snapshot!("tour-end", driver.picture());
    driver.press("f6 enter");
    assert!(driver.text().contains("it exists"), "{}", driver.text());
    assert!(driver.text().contains("Save what was learnt"), "the name can be corrected: {}", driver.text());
    driver.press("2 enter");
    assert!(driver.text().contains("saved as layerscope-tour.txt2"), "{}", driver.text());
    let saved = left.saved.lock().expect("no panic");
    let (_, text) = saved.first().expect("a file");
    assert!(text.lines().all(|line| width(line) <= 80), "{text}");
    for lesson in &demo.tour.lessons {
        assert!(text.contains(&lesson.title) && words(text).contains(&words(&lesson.text)), "{}", lesson.id);
        let solution = lesson.question.iter().map(|question| words(&format!("Answer: {}", question.solution)));
        assert!(solution.into_iter().all(|solution| words(text).contains(&solution)), "{}", lesson.id);
    }
}

#[test]
fn a_tour_without_colours_says_the_same() {
    let demo = &*DEMO;
    let mut driver = demo.begin();
    let plain = ScreenOptions { theme: Theme::plain(), ..options() };
    let mut without = demo.play((80, 24), plain, None, &Left::default());
    for _ in 0..=demo.tour.lessons.len() {
        assert_eq!(driver.text(), without.text());
        driver.press("f3");
        without.press("f3");
    }
    insta::assert_snapshot!("tour-plain", without.press("f2 f2 f6 2").picture());
}

#[test]
fn a_card_has_pages_on_a_smaller_screen_and_is_the_same_when_that_grows_again() {
    let demo = &*DEMO;
    let mut driver = demo.begin();
    let mut never_resized = demo.begin();
    for (at, lesson) in demo.tour.lessons.iter().enumerate() {
        for (columns, lines) in [(60, 20), (40, 15)] {
            driver.resize(columns, lines);
            let mut said = card(&mut driver);
            let head = format!(" lesson {} ", at + 1);
            while driver.press("f3").text().contains(&head) {
                said.push(' ');
                said.push_str(&card(&mut driver));
            }
            // From another lesson, it is the first page.
            driver.press("f2");
            // Each word in its order: the last page may repeat lines.
            let mut rest = said.as_str();
            for word in texts(lesson).iter().flat_map(|text| text.split(' ')) {
                // Long names are broken.
                let Some((_, after)) = rest.split_once(word) else {
                    assert!(width(word) > usize::from(columns) - 2, "{}: `{word}` of {said}", lesson.id);
                    continue;
                };
                rest = after;
            }
        }
        // No card on a screen that is too low, and no answer that nobody can see.
        driver.resize(80, 12);
        assert!(!driver.text().contains(" lesson "), "{}", driver.text());
        assert!(driver.press("f6").text().contains("needs 15 lines"), "{}", driver.text());
        driver.resize(80, 24);
        driver.press("up down down up");
        never_resized.press("up down down up");
        assert_eq!(card(&mut driver), card(&mut never_resized), "{}", lesson.id);
        driver.press("f3");
        never_resized.press("f3");
    }
}

#[test]
fn buttons_and_choices_of_the_card_are_for_the_mouse() {
    let demo = &*DEMO;
    let mut driver = demo.play((80, 24), options(), Some("identity"), &Left::default());
    driver.click_on("2 the diff ID");
    assert!(card(&mut driver).contains("Not yet."), "{}", driver.text());
    driver.click_on("1 the digest");
    assert!(card(&mut driver).contains("Right. The digest"), "{}", driver.text());
    let at = demo.tour.lessons.iter().position(|lesson| lesson.id == "identity").expect("there") + 1;
    driver.click_on("f3 next");
    assert!(driver.text().contains(&format!(" lesson {} of", at + 1)), "{}", driver.text());
    driver.click_on("f2 back");
    driver.click_on("f2 back");
    assert!(driver.text().contains(&format!(" lesson {} of", at - 1)), "{}", driver.text());
    driver.press("?");
    driver.click_on(&format!("lesson {}", at - 1));
    assert!(driver.text().contains("Keys"), "a click on the card closes no dialog: {}", driver.text());
    driver.press("esc");
    driver.click_on("f4 leave");
    assert!(!driver.text().contains(" lesson "), "{}", driver.text());
    assert!(driver.press("f3").text().contains("there is no tour"), "{}", driver.text());
}

#[test]
fn the_key_that_answers_is_named_and_comes_before_a_number() {
    let demo = &*DEMO;
    let mut driver = demo.play((80, 24), options(), Some("identity"), &Left::default());
    let footer = |driver: &mut Driver| driver.text().lines().last().unwrap_or_default().trim().to_owned();
    driver.press("up");
    assert!(footer(&mut driver).starts_with("f6 answer · "), "{}", driver.text());
    assert!(card(&mut driver).contains("(press f6, then its number)"), "{}", driver.text());
    driver.press("2");
    assert!(driver.text().contains("that number is a view: to answer the question, press f6"), "{}", driver.text());
    driver.press("f6");
    assert_eq!(footer(&mut driver), "⏎ answer · esc cancel");
    driver.press("1 enter");
    assert!(card(&mut driver).contains("Right. The digest"), "{}", driver.text());
    assert!(!footer(&mut driver).contains("answer"), "{}", driver.text());
    assert!(!driver.press("2").text().contains("that number is a view"), "{}", driver.text());
}

#[test]
fn a_card_is_as_high_as_its_text() {
    let demo = &*DEMO;
    let mut driver = demo.play((160, 50), options(), None, &Left::default());
    for lesson in &demo.tour.lessons {
        let text = driver.text();
        let lines: Vec<_> = text.lines().collect();
        let begin = lines.iter().position(|line| line.starts_with(" lesson ")).expect("a card");
        let card = &lines[begin..lines.len() - 1];
        let blank = card.iter().rev().take_while(|line| line.trim().is_empty()).count();
        assert!(card.len() == 6 || card.len() > 6 && blank == 0, "{}: {text}", lesson.id);
        driver.press("f3");
    }
}

#[test]
fn the_tar_that_opens_on_a_removed_file_is_that_of_the_selected_layer() {
    let demo = &*DEMO;
    let mut driver = demo.play((160, 50), options(), Some("whiteout"), &Left::default());
    let layer = demo.tour.lessons.iter().find(|lesson| lesson.id == "whiteout").and_then(|lesson| lesson.layer);
    let text = driver.press("W").text();
    assert!(text.contains(&format!("Tar of layer {} ", layer.expect("a layer"))), "{text}");
}

#[test]
fn keys_keep_their_meaning_while_a_question_is_open() {
    let demo = &*DEMO;
    let mut driver = demo.play((80, 24), options(), Some("which-copy"), &Left::default());
    // The lesson asks for a layer, and the list of layers has the focus; enter on a file opens it.
    driver.press("tab enter");
    assert!(!card(&mut driver).contains("Right.") && !card(&mut driver).contains("Not yet"), "{}", driver.text());
    assert!(driver.text().contains("catalog.json"), "{}", driver.text());
    driver.press("esc esc");
    // Answers may have capitals and blanks; other keys do not act meanwhile.
    let mut driver = demo.play((80, 24), options(), Some("union"), &Left::default());
    driver.press("f6 q 4 esc");
    assert_eq!(driver.screen.take_request(), None);
    driver.press("f6 3 2 space M B enter");
    assert!(card(&mut driver).contains("Right."), "{}", driver.text());
}

#[test]
fn enter_answers_a_question_for_a_layer_and_so_does_its_number() {
    let demo = &*DEMO;
    for id in ["difference", "which-copy", "removed", "base"] {
        let lesson = demo.tour.lessons.iter().find(|lesson| lesson.id == id).expect("a lesson");
        let Answer::Layer(layer) = lesson.question.as_ref().expect("a question").answer else { unreachable!("{id}") };
        if id != "removed" {
            let mut driver = demo.play((80, 24), options(), Some(id), &Left::default());
            if id != "difference" {
                driver.press("enter");
                assert!(card(&mut driver).contains("Not yet."), "{id}: {}", driver.text());
            }
            for _ in 0..demo.fixture.image.steps.len() {
                if !driver.selected_lines().concat().trim_start().starts_with(&format!("{layer} ")) {
                    driver.press("down");
                }
            }
            driver.press("enter");
            assert!(card(&mut driver).contains("Right."), "{id}: {}", driver.text());
        }
        let mut driver = demo.play((80, 24), options(), Some(id), &Left::default());
        let digits: Vec<_> = layer.to_string().chars().map(|digit| digit.to_string()).collect();
        driver.press(&format!("f6 L a y e r space {} enter", digits.join(" ")));
        assert!(card(&mut driver).contains("Right."), "{id}: {}", driver.text());
    }
}

#[test]
fn answers_are_remembered_until_the_tour_begins_again() {
    let demo = &*DEMO;
    let left = Left::default();
    demo.play((80, 24), options(), Some("whiteout"), &left).press("f6 1 enter");
    assert_eq!(*left.answered.lock().expect("no panic"), ["whiteout"], "it is remembered before the next lesson");
    let mut driver = demo.play((80, 24), options(), Some("whiteout"), &left);
    assert!(card(&mut driver).contains("Answered: 1 whiteout"), "{}", driver.text());
    let last = demo.tour.lessons.last().expect("a lesson");
    let mut driver = demo.play((80, 24), options(), Some(&last.id), &left);
    driver.press("f3");
    assert!(card(&mut driver).contains(" 1 of ") && !driver.text().contains("f3 next"), "{}", driver.text());
    while !driver.text().contains("f3 again") {
        driver.press("f3");
    }
    driver.press("f3");
    assert!(driver.text().contains(" lesson 1 of"), "{}", driver.text());
    assert!(left.answered.lock().expect("no panic").is_empty());
    driver.press("f2");
    assert!(driver.text().contains("this is the first lesson"), "{}", driver.text());
}

#[test]
fn a_lesson_begins_without_what_the_one_before_switched_on() {
    let demo = &*DEMO;
    let mut driver = demo.play((80, 24), options(), Some("cache"), &Left::default());
    assert!(driver.press("r").text().contains("runs again"), "{}", driver.text());
    driver.press("f3");
    assert!(driver.text().contains("History · 21 steps") && !driver.text().contains("runs again"), "{}", driver.text());
}

const BY_PATH: &str = "[[lesson]]\nid = \"p\"\ntitle = \"Paths\"\nview = \"layers\"\nlayer = \"12\"\ntext = \"Find it.\"\n\
                       [lesson.question]\ntext = \"Where?\"\npath = \"srv/shop/.git\"\nhint = \"Hidden.\"\nsolution = \"There.\"\n";

#[test]
fn a_path_is_an_answer_and_folders_on_the_way_to_it_open() {
    let demo = Demo::new(BY_PATH);
    let mut driver = demo.begin();
    driver.press("tab home enter enter");
    assert!(!card(&mut driver).contains("Not yet"), "{}", driver.text());
    let mut seen = 0;
    while !driver.selected_lines().concat().contains(" .git/") && seen < 20 {
        driver.press("down");
        seen += 1;
    }
    driver.press("enter");
    assert!(card(&mut driver).contains("Right. There."), "{}", driver.text());
}
