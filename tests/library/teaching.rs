//! Sentences about an image: each figure in them is one of the image, counted here in another way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use layerscope::analysis::{Analysis, Identities, pairs};
use layerscope::cost::push_above;
use layerscope::format::{bytes, count, percent};
use layerscope::image::{Contents, EntryKind, LayerNumber};
use layerscope::secrets::Redactor;
use layerscope::source::{Archive, ImageChoice, Location, OpenedImage, Quiet, Selector};
use layerscope::teaching::{Answer, Explanation, Facts, LESSONS, LessonFault, Tour, check_lessons};
use layerscope::union::{Change, Scope, Union, View};
use regex::Regex;

pub struct Known {
    pub opened: OpenedImage,
    pub union: Union,
    pub analysis: Analysis,
}

impl Known {
    fn open(path: &str, image: Option<&str>) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
        let selector = image.map(|name| Selector::Name(name.to_owned()));
        let archive = Archive::open(&Location::of_path(path), &Quiet).unwrap();
        let opened = archive.select(&ImageChoice { selector, ..ImageChoice::default() }).unwrap();
        let union = Union::build(opened.scan(&Quiet));
        let identities = Identities::compare(&union, &opened, &pairs(&union), &Quiet);
        let analysis = Analysis::new(&union, Some(&identities));
        Self { opened, union, analysis }
    }

    fn explanation(&self) -> Explanation {
        Explanation::new(self.opened.image(), &self.union, &self.analysis, &Redactor::for_image(self.opened.image()))
    }

    /// All figures that a text about a layer may have.
    fn figures(&self, layer: LayerNumber) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        let entries = self.union.entries(layer);
        let mut below: BTreeMap<Vec<u8>, u64> = BTreeMap::from([(Vec::new(), 0)]);
        for entry in entries.iter() {
            let path = entry.path();
            let names: Vec<_> = path.components().map(<[u8]>::to_vec).collect();
            for depth in 0..=names.len() {
                *below.entry(names[..depth].join(&b'/')).or_default() += entry.stored();
            }
        }
        known.extend(below.values().map(|stored| bytes(*stored)));
        known.insert(layer.to_string());
        known.insert(count(entries.len()));
        let named = |start: &str| entries.iter().filter(|entry| entry.name().starts_with(start.as_bytes())).count();
        let opaque = named(".wh..wh..opq");
        known.extend([count(opaque), count(named(".wh.") - opaque)]);
        let blobs = &self.opened.image().layers;
        let digest = &blobs[layer.index()].digest;
        let same = blobs.iter().position(|blob| digest.is_some() && blob.digest == *digest);
        known.extend(same.map(|index| count(index + 1)));
        let view = View::new(&self.union, Scope::layer(layer));
        known.extend([Change::Added, Change::Modified, Change::Removed].map(|change| count(view.count(change))));
        // Waste by every part of what identifies it.
        let mut sums: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        for waste in self.analysis.waste.iter().filter(|waste| waste.layer == layer || waste.by == layer) {
            known.extend([waste.layer.to_string(), waste.by.to_string()]);
            let side = waste.by == layer && waste.layer != layer;
            let mut add = |key: String| {
                let sum = sums.entry(key).or_default();
                *sum = (sum.0 + 1, sum.1 + waste.bytes);
            };
            add(format!("{side}"));
            add(format!("{side} {:?}", waste.account));
            add(format!("{side} {:?} {} {}", waste.account, waste.layer, waste.by));
            if waste.layer == layer {
                add("own".to_owned());
            }
        }
        known.extend(sums.values().flat_map(|(files, sum)| [count(*files), bytes(*sum)]));
        for cause in self.analysis.causes(self.opened.image(), &self.union) {
            if cause.wasted_by == layer {
                known.insert(bytes(cause.bytes));
                known.extend(figures(&cause.fix.text));
            }
        }
        known
    }

    /// The same for a text about the whole image.
    fn totals(&self) -> BTreeSet<String> {
        let image = self.opened.image();
        let steps = image.steps.len();
        let without = image.steps.iter().filter(|step| step.layer.is_none()).count();
        let stored = |entry: layerscope::image::EntryRef<'_>| match entry.kind() {
            EntryKind::File => entry.stored(),
            _ => 0,
        };
        let layers = self.union.layer_numbers();
        let all: u64 = layers.flat_map(|layer| self.union.entries(layer).iter().map(stored)).sum();
        let last = self.union.layer_numbers().next_back().unwrap();
        let merged = View::new(&self.union, Scope::Merged(last)).bytes(self.union.root());
        let wasted = all - merged;
        #[expect(clippy::cast_precision_loss, reason = "as a percentage")]
        let share = percent(wasted as f64 / all.max(1) as f64);
        let base = (1..image.layers.len()).map(count);
        let counts = [steps, steps - 1, without, steps - without, image.layers.len()].map(count);
        counts.into_iter().chain(base).chain([bytes(all), bytes(merged), bytes(wasted), share]).collect()
    }
}

/// The figures of a text, with their units; what it quotes from the image in backticks is left out.
pub fn figures(text: &str) -> Vec<String> {
    let own: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" … ");
    let figure = Regex::new(r"\d[\d,]*(\.\d+)?( (B|kB|MB|GB|TB|%))?").unwrap();
    figure.find_iter(&own).map(|found| found.as_str().trim_end_matches(',').to_owned()).collect()
}

const IMAGES: [(&str, Option<&str>); 9] = [
    ("assets/demo/shop.tar.zst", Some("shop:1.4")),
    ("assets/demo/shop.tar.zst", Some("shop:1.5")),
    ("tests/images/docker20-legacy.tar", None),
    ("tests/images/docker20-buildkit.tar", None),
    ("tests/images/docker26-containerd.tar", None),
    ("tests/images/buildah-oci.tar", None),
    ("tests/images/buildx-zstd.tar", None),
    ("tests/images/skopeo-oci", None),
    ("tests/images/lessons.tar.gz", None),
];

/// Figures of the explanation that the image does not have.
fn unknown(known: &Known, explanation: &Explanation) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |text: &str, allowed: &BTreeSet<String>| {
        let missing = figures(text).into_iter().filter(|figure| !allowed.contains(figure));
        faults.extend(missing.map(|figure| format!("`{figure}` in: {text}")));
    };
    explanation.introduction.iter().for_each(|sentence| check(sentence, &known.totals()));
    for paragraph in &explanation.paragraphs {
        let allowed = match paragraph.layer {
            Some(layer) => known.figures(layer),
            None => (0..=known.opened.image().steps.len()).map(count).collect(),
        };
        paragraph.sentences.iter().chain([&paragraph.title]).for_each(|sentence| check(sentence, &allowed));
    }
    faults
}

#[test]
fn every_figure_of_an_explanation_is_one_of_the_image() {
    for (path, image) in IMAGES {
        let known = Known::open(path, image);
        let explanation = known.explanation();
        assert_eq!(unknown(&known, &explanation), [""; 0], "{path}");
        let layers: Vec<_> = explanation.paragraphs.iter().filter_map(|paragraph| paragraph.layer).collect();
        assert_eq!(layers, known.union.layer_numbers().collect::<Vec<_>>(), "{path}: one paragraph each, in order");
    }
}

#[test]
fn a_figure_that_the_image_does_not_have_is_noticed() {
    let known = Known::open("assets/demo/shop.tar.zst", Some("shop:1.4"));
    let explanation = known.explanation();
    let mut tried = 0;
    for paragraph in &explanation.paragraphs {
        let Some(layer) = paragraph.layer else { continue };
        let allowed = known.figures(layer);
        for figure in paragraph.sentences.iter().flat_map(|sentence| figures(sentence)) {
            assert!(allowed.contains(&figure), "{figure}");
            assert!(!allowed.contains(&format!("7{figure}")), "{figure}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

const MINIMAL: &str = "[[lesson]]\nid = \"a\"\ntitle = \"T\"\ntext = \"{layers} layers\"\nview = \"layers\"\n[lesson.question]\n\
                       text = \"How many?\"\nnumber = \"{layers}\"\nhint = \"Count.\"\nsolution = \"{layers}\"\n";

fn tour(known: &Known, file: &str) -> Result<Tour, LessonFault> {
    let redactor = Redactor::for_image(known.opened.image());
    let facts = Facts::new(known.opened.image(), &known.union, &known.analysis, &redactor);
    Tour::new(file, &facts, &known.union)
}

#[test]
fn a_minimal_file_with_one_question_plays() {
    let known = Known::open("assets/demo/shop.tar.zst", Some("shop:1.4"));
    let tour = tour(&known, MINIMAL).unwrap();
    let lesson = &tour.lessons[0];
    assert_eq!(lesson.text, "13 layers");
    let question = lesson.question.as_ref().unwrap();
    let answers = ["13", " 13 ", "12", "", "x"].map(|typed| question.is_answered_by(typed));
    assert_eq!(answers, [true, true, false, false, false]);
}

#[test]
fn a_faulty_lesson_is_refused_with_its_place() {
    let known = Known::open("tests/images/docker20-buildkit.tar", None);
    for (from, to, says) in [
        ("\"layers\"\n[", "\"leyers\"\n[", "line 5, column 8: unknown view `leyers`"),
        ("{layers} layers", "{leyers}", "line 4, column 8: unknown placeholder `{leyers}`"),
        ("{layers} layers", "{layers", "line 4, column 8: a placeholder is not closed"),
        ("view =", "path = \"no/such\"\nview =", "line 5, column 8: no layer of the image has the path `no/such`"),
        ("view =", "layer = \"99\"\nview =", "line 5, column 9: there is no layer `99`"),
        ("view =", "layer = \"{size}\"\nview =", "line 5, column 9: `{size}` is not a layer"),
        ("number =", "right = 1\nnumber =", "line 8, column 9: `right` is for `choices`"),
        ("number =", "layer = \"1\"\nnumber =", "a question has one of"),
        ("title", "tittle", "unknown field `tittle`"),
        ("id = \"a\"", "id = ", "line 2, column 6"),
    ] {
        let fault = tour(&known, &MINIMAL.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(fault.contains(says), "{fault}");
    }
    let with = |id: &str| MINIMAL.replacen("view =", &format!("instead-of = \"{id}\"\nview ="), 1);
    for id in ["a", "b", "", "\u{e9}"] {
        let fault = tour(&known, &with(id)).expect_err(id).to_string();
        assert_eq!(fault, format!("line 5, column 14: no lesson before this one has the id `{id}`"));
    }
    let twice = tour(&known, &[MINIMAL, MINIMAL].concat()).expect_err("twice").to_string();
    assert_eq!(twice, "line 12, column 6: the id `a` is used twice");
    assert!(tour(&known, "").expect_err("nothing").to_string().contains("there is no lesson"));
}

#[test]
fn a_lesson_instead_of_another_is_shown_only_where_that_is_skipped() {
    let lesson = |id: &str, text: &str, other: &str| {
        let other = if other.is_empty() { String::new() } else { format!("instead-of = \"{other}\"\n") };
        format!("[[lesson]]\nid = \"{id}\"\ntitle = \"T{id}\"\n{other}text = \"{text}\"\nview = \"layers\"\n")
    };
    let known = Known::open("tests/images/docker20-buildkit.tar", None);
    let play = |texts: [&str; 3]| {
        let file = [lesson("a", texts[0], ""), lesson("b", texts[1], "a"), lesson("c", texts[2], "b")].concat();
        let tour = tour(&known, &file).unwrap();
        (tour.lessons.iter().map(|lesson| lesson.id.clone()).collect::<String>(), tour.not_shown())
    };
    assert_eq!(play(["x", "x", "x"]), ("a".to_owned(), None));
    assert_eq!(play(["{container.layer}", "x", "x"]), ("b".to_owned(), None));
    assert_eq!(play(["{container.layer}", "{container.layer}", "x"]), ("c".to_owned(), None));
    let lack = "This image cannot show: Ta (it is opened without a container).";
    assert_eq!(play(["{container.layer}"; 3]), (String::new(), Some(lack.to_owned())));
}

#[test]
fn every_figure_of_a_lesson_is_one_of_the_image() {
    for (path, image) in IMAGES {
        let known = Known::open(path, image);
        let tour = tour(&known, LESSONS).unwrap();
        let alternatives = LESSONS.lines().filter(|line| line.starts_with("instead-of")).count();
        let all = check_lessons(LESSONS).unwrap() - alternatives;
        assert_eq!(tour.lessons.len() + tour.skipped.len(), all, "{path}: {:?}", tour.skipped);
        let mut allowed = known.totals();
        known.union.layer_numbers().for_each(|layer| allowed.extend(known.figures(layer)));
        // Files of waste one by one, sums of layers, sums of blobs, and the figures that are of the field.
        allowed.extend(known.analysis.waste.iter().map(|waste| bytes(waste.bytes)));
        allowed.insert(bytes(known.analysis.totals.rewritten));
        allowed.extend(["0", "4", "2"].map(str::to_owned));
        let size =
            |layer: &LayerNumber| known.union.entries(*layer).iter().map(layerscope::EntryRef::stored).sum::<u64>();
        let sizes: Vec<u64> = known.union.layer_numbers().map(|layer| size(&layer)).collect();
        let blobs: Vec<u64> = known
            .opened
            .image()
            .layers
            .iter()
            .filter(|layer| layer.same_as.is_none())
            .filter_map(|layer| layer.stored_size)
            .collect();
        for at in 0..=sizes.len() {
            allowed.extend([bytes(sizes[at..].iter().sum()), bytes(sizes[..at].iter().sum()), count(sizes.len() - at)]);
            allowed.insert(bytes(blobs[at.min(blobs.len())..].iter().sum()));
            let pushed = push_above(known.opened.image(), at);
            allowed.extend(pushed.iter().flat_map(|sent| [bytes(sent.bytes), count(sent.blobs)]));
        }
        for version in known.union.all_versions().map(|id| known.union.version(id)).filter(|version| version.is_link())
        {
            allowed.insert(bytes(version.size()));
        }
        for cause in known.analysis.causes(known.opened.image(), &known.union) {
            allowed.extend(figures(&cause.fix.text));
        }
        let dates = known.opened.image().steps.iter().filter_map(|step| step.created.as_deref());
        allowed.extend(dates.flat_map(|date| figures(&date[..10])));
        for lesson in &tour.lessons {
            let question = lesson.question.iter().flat_map(|question| [&question.hint, &question.solution]);
            for text in [&lesson.text].into_iter().chain(question) {
                let strange: Vec<_> = figures(text).into_iter().filter(|figure| !allowed.contains(figure)).collect();
                assert_eq!(strange, [""; 0], "{path}: {}: {text}", lesson.id);
            }
        }
    }
}

/// Whether a text has the answer to a question that is below it.
fn gives_away(text: &str, answer: &Answer, choices: &[String]) -> bool {
    match answer {
        Answer::Layer(layer) => {
            Regex::new(&format!(r"(?i)layers?( \d+,)*( \d+ and)? {layer}\b")).unwrap().is_match(text)
        }
        // The number of a layer is not an amount.
        Answer::Number(number) => figures(&Regex::new(r"layer \d+").unwrap().replace_all(text, "")).contains(number),
        // A text that names all choices gives none away.
        Answer::Choice(right) => text.contains(&choices[right - 1]) && !choices.iter().all(|one| text.contains(one)),
        Answer::Path(_) => false,
    }
}

#[test]
fn no_card_has_the_answer_to_its_question() {
    let layer = Answer::Layer(LayerNumber::new(3).unwrap());
    for text in ["see layer 3.", "Layers 2 and 3", "in layers 1, 2, 3"] {
        assert!(gives_away(text, &layer, &[]), "{text}");
    }
    assert!(!gives_away("layer 30 or 3 files", &layer, &[]));
    assert!(gives_away("it is 3 MB.", &Answer::Number("3 MB".to_owned()), &[]));
    let mut asked = BTreeSet::new();
    for (path, image) in IMAGES {
        let known = Known::open(path, image);
        for lesson in tour(&known, LESSONS).unwrap().lessons {
            let Some(question) = &lesson.question else { continue };
            asked.insert(lesson.id.clone());
            for text in [&lesson.text, &question.text] {
                assert!(!gives_away(text, &question.answer, &question.choices), "{path}: {}: {text}", lesson.id);
            }
            let solution = match &question.answer {
                Answer::Number(number) => number.clone(),
                Answer::Layer(layer) => format!("ayer {layer}"),
                _ => String::new(),
            };
            assert!(question.solution.contains(&solution), "{path}: {}: {}", lesson.id, question.solution);
        }
    }
    // Only the lesson about a container needs one.
    assert_eq!(
        asked.len(),
        check_lessons(LESSONS).unwrap() - 1,
        "every lesson asks something of some image: {asked:?}"
    );
}

#[test]
fn a_question_that_the_image_cannot_answer_is_left_out_and_its_lesson_stays() {
    let known = Known::open("tests/images/docker20-buildkit.tar", None);
    let file = MINIMAL.replacen("number = \"{layers}\"", "number = \"{container.size}\"", 1);
    let tour = tour(&known, &file).unwrap();
    assert!(tour.lessons[0].question.is_none() && tour.not_shown().is_none(), "{tour:?}");
}

#[test]
fn the_demo_shows_every_lesson() {
    let known = Known::open("assets/demo/shop.tar.zst", Some("shop:1.4"));
    let tour = tour(&known, LESSONS).unwrap();
    assert_eq!(tour.not_shown(), None);
    for lesson in &tour.lessons {
        assert!(lesson.text.len() <= 420, "{}: {} letters are too many for a card", lesson.id, lesson.text.len());
    }
}

#[test]
fn the_raw_entries_of_a_layer_are_those_that_were_read_and_its_markers() {
    for (path, image) in IMAGES {
        let known = Known::open(path, image);
        for layer in known.union.layer_numbers() {
            let (mut entries, mut markers) = (0, 0);
            let read = known.opened.raw_entries(layer, &Quiet, &mut |entry| {
                entries += 1;
                let name = entry.member.name.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec();
                markers += usize::from(name.starts_with(b".wh."));
                true
            });
            read.unwrap();
            assert!(entries >= known.union.entries(layer).len(), "{path}: layer {layer}");
            assert_eq!(markers, known.union.markers(layer).count(), "{path}: layer {layer}");
            let mut first = 0;
            let stopped = known.opened.raw_entries(layer, &Quiet, &mut |_| {
                first += 1;
                false
            });
            assert!(stopped.is_ok() && first <= 1, "{path}");
        }
    }
}

#[test]
fn the_lesson_of_the_readme_plays() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let begin = readme.find("```toml\n[[lesson]]").unwrap() + "```toml\n".len();
    let file = readme[begin..].split("```").next().unwrap();
    let known = Known::open("assets/demo/shop.tar.zst", Some("shop:1.4"));
    let tour = tour(&known, file).unwrap();
    assert!(tour.not_shown().is_none() && tour.lessons[0].text.contains("13 layers, and 60 MB in files"), "{tour:?}");
}

#[test]
fn hostile_files_of_lessons_are_refused_or_made_safe() {
    let known = Known::open("tests/images/docker20-buildkit.tar", None);
    for (from, to, says) in [
        ("view =", "viev = 1\nview =", "line 5, column 1: unknown field `viev`"),
        ("text = \"{layers} layers\"", "text = 7", "line 4, column 8: invalid type: integer `7`"),
        ("number = \"{layers}\"", "choices = []\nright = 1", "`right` is not the number of a choice"),
        ("number = \"{layers}\"", "choices = [\"a\"]\nright = 0", "`right` is not the number of a choice"),
        ("number = \"{layers}\"", "choices = [\"a\"]\nright = -1", "line 9, column 9"),
        ("number = \"{layers}\"", "path = \"{largest.layer}\"", "is not a path"),
        ("[[lesson]]", "[[lesson", "line 1, column"),
        ("[[lesson]]", "lesson = 1", "line 6, column 2"),
    ] {
        let fault = tour(&known, &MINIMAL.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(fault.contains(says) && !fault.contains('\n'), "{to}: {fault}");
    }
    let control = MINIMAL.replacen("{layers} layers", "\\u001b[31m{layers}\\n\\u202e layers", 1);
    let text = tour(&known, &control).unwrap().lessons[0].text.clone();
    assert!(!text.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{text:?}");
    let strange = MINIMAL.replacen("\"layers\"\n[", "\"\\u001b]0;x\"\n[", 1);
    let fault = tour(&known, &strange).expect_err("an escape").to_string();
    assert!(!fault.contains('\u{1b}'), "{fault:?}");
    let many = (0..5_000).map(|at| MINIMAL.replacen("\"a\"", &format!("\"a{at}\""), 1)).collect::<String>();
    assert_eq!(tour(&known, &many).unwrap().lessons.len(), 5_000);
}

#[test]
fn no_sentence_counts_one_thing_as_many() {
    let one = Regex::new(r"(^|[ (])(all )?(1|0) (layers|steps|files|paths|entries|of them)\b").unwrap();
    for (path, image) in IMAGES {
        let known = Known::open(path, image);
        let explanation = known.explanation();
        let sentences = explanation.paragraphs.iter().flat_map(|paragraph| &paragraph.sentences);
        let tour = tour(&known, LESSONS).unwrap();
        let lessons = tour.lessons.iter().map(|lesson| &lesson.text);
        for text in explanation.introduction.iter().chain(sentences).chain(lessons) {
            assert!(!one.is_match(text), "{path}: {text}");
        }
    }
}
