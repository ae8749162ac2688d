//! Questions, and which answers to them are right.

use crate::format::{bytes, parse_size};
use crate::image::LayerNumber;
use crate::union::NodeId;

/// What a question asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A layer, selected on the screen or typed.
    Layer(LayerNumber),
    /// A path, selected on the screen.
    Path(NodeId),
    /// A number, typed.
    Number(String),
    /// One of several, by its number from 1.
    Choice(usize),
}

/// A question about what is on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The choices, if there are any.
    pub choices: Vec<String>,
    /// The right answer.
    pub answer: Answer,
    /// What helps after a wrong answer.
    pub hint: String,
    /// The right answer in words.
    pub solution: String,
}

impl Question {
    /// Whether typed text answers it, however people write it: `2`, `#2`, `L2` and `Layer 2` are one layer, `60kB`,
    /// `60 KB` and `60` one size, `1024` and `1,024` one number. A choice is typed as its number or its words.
    #[must_use]
    pub fn is_answered_by(&self, typed: &str) -> bool {
        let typed = plain(typed);
        match &self.answer {
            Answer::Number(right) => is_number(&typed, &plain(right)),
            Answer::Layer(right) => whole(&typed) == Some(right.get()),
            Answer::Choice(right) => {
                let words = right.checked_sub(1).and_then(|at| self.choices.get(at)).map(|choice| plain(choice));
                whole(&typed) == Some(*right) || !typed.is_empty() && words == Some(typed)
            }
            Answer::Path(_) => false,
        }
    }
}

/// In lower case, without quotes, single blanks between words, and nothing that ends a sentence.
fn plain(text: &str) -> String {
    let is_quote = |letter: char| matches!(letter, '`' | '"' | '\'' | '“' | '”' | '‘' | '’' | '(' | ')');
    let text = text.to_lowercase().replace(is_quote, "");
    let text = text.trim().trim_end_matches(['.', ',', ';', ':', '!']);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A whole number with what people write before it.
fn whole(text: &str) -> Option<usize> {
    const BEFORE: [&str; 6] = ["layers", "layer", "no", "nr", "l", "#"];
    let rest = BEFORE.iter().find_map(|before| text.strip_prefix(before)).unwrap_or(text);
    let rest = rest.trim_start_matches(['.', ' ', '#']);
    let is_written = rest.starts_with(|letter: char| letter.is_ascii_digit());
    rest.replace([',', ' '], "").parse().ok().filter(|_| is_written)
}

/// Whether two plain texts are the same number; the unit of the right one may be left out.
fn is_number(typed: &str, right: &str) -> bool {
    let (number, unit) = parts(right);
    let (typed_number, typed_unit) = parts(typed.strip_prefix("about ").unwrap_or(typed));
    if typed.is_empty() {
        return false;
    }
    let is_of_unit = typed_unit == unit || typed_unit.is_empty();
    if typed == right || is_of_unit && typed_number == number && !number.is_empty() {
        return true;
    }
    match unit.as_str() {
        // A number of something: `8` is `8 steps` and `layer 8`.
        "" if !number.is_empty() => {
            let is_of_something = parse_size(&typed.replace(' ', "")).is_none() && typed_number == number;
            is_of_something || whole(typed).is_some_and(|whole| whole.to_string() == number)
        }
        _ => {
            // As many bytes in another unit.
            let size = parse_size(&typed.replace(' ', ""));
            size.is_some_and(|size| plain(&bytes(size)) == right)
        }
    }
}

/// A number without its commas, and what comes after it.
fn parts(text: &str) -> (String, String) {
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | ','))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number.replace(',', ""), unit.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(answer: Answer) -> Question {
        let choices = vec!["the file".to_owned(), "an entry without content".to_owned()];
        Question { text: String::new(), choices, answer, hint: String::new(), solution: String::new() }
    }

    fn check(answer: Answer, right: &[&str], wrong: &[&str]) {
        let question = question(answer);
        for typed in right {
            assert!(question.is_answered_by(typed), "{typed} is {:?}", question.answer);
        }
        for typed in wrong {
            assert!(!question.is_answered_by(typed), "{typed} is not {:?}", question.answer);
        }
    }

    #[test]
    fn a_layer_is_its_number_however_it_is_written() {
        let layer = LayerNumber::new(2).expect("a layer");
        let wrong = ["", "layer", "3", "22", "-2", "2.5", "layer 3", "#", "two layers", "2 kB", "l"];
        check(
            Answer::Layer(layer),
            &["2", " 2 ", "#2", "L2", "l 2", "layer 2", "Layer #2", "`2`", "no. 2", "2."],
            &wrong,
        );
        check(
            Answer::Number("2".to_owned()),
            &["2", "#2", "L2", "layer 2", "“2”", "2 layers"],
            &["", "3", "12", "2 kB"],
        );
    }

    #[test]
    fn a_size_is_right_in_any_case_with_its_unit_in_another_one_and_without() {
        let right = ["60 kB", "60kB", "60 KB", "60", "60.", "60,000", "60000 B", "0.06 MB", "'60 kB'", "about 60 kB"];
        let wrong = ["", "6", "61 kB", "60 MB", "60 kiB", "kB", "600", "60 files", "6e1"];
        check(Answer::Number("60 kB".to_owned()), &right, &wrong);
        check(Answer::Number("2.3 MB".to_owned()), &["2.3", "2.3mb", "2,300,000", "2.31 MB"], &["2.4 MB", "23", "3"]);
        check(Answer::Number("0 B".to_owned()), &["0", "0 B", "0b", "0 kB"], &["", "1", "B"]);
        check(Answer::Number("47.3 %".to_owned()), &["47.3", "47.3%", "47.3 %"], &["47", "47.3 kB", "%"]);
    }

    #[test]
    fn a_number_of_something_may_have_commas_and_a_word_after_it() {
        let right = ["1024", "1,024", "1,024 files", "1024 steps"];
        check(Answer::Number("1,024".to_owned()), &right, &["1", "1.024", "24", "1,024 kB", "1025 files"]);
        check(Answer::Number("many".to_owned()), &["many", "Many"], &["", "few", "3"]);
    }

    #[test]
    fn a_choice_is_its_number_or_its_words() {
        let right = ["2", "#2", "2)", "(2)", "2.", "An entry without content", "\"an entry without content\""];
        check(Answer::Choice(2), &right, &["", "1", "the file", "an entry", "22"]);
    }
}
