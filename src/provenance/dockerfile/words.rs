//! The words of a command as `BuildKit` splits them to find here-documents: quotes and `${…}` count, and no variable has
//! a value. What its lexer does oddly is done the same way, because it decides where an instruction ends.

/// `${a:-${b:-…}}` in more levels is not read.
const NESTED_MOST: usize = 50;

/// The words with their quotes and escapes; none if a quote or a brace is not closed.
pub(super) fn raw_words(text: &str) -> Option<Vec<String>> {
    Lexer::new(text, true).words(None)
}

/// The words without quotes and escapes.
pub(super) fn plain_words(text: &str) -> Option<Vec<String>> {
    Lexer::new(text, false).words(None)
}

struct Lexer<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    keeps_quotes: bool,
    keeps_escapes: bool,
    /// The word that is read. There is one for all levels, so what is before `${a:-b}` is lost.
    word: String,
    nested: usize,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, is_raw: bool) -> Self {
        let letters = text.chars().peekable();
        Self { letters, keeps_quotes: is_raw, keeps_escapes: is_raw, word: String::new(), nested: 0 }
    }

    fn words(&mut self, stop: Option<char>) -> Option<Vec<String>> {
        let mut words = Vec::new();
        self.read(stop, &mut words)?;
        if !self.word.is_empty() {
            words.push(std::mem::take(&mut self.word));
        }
        Some(words)
    }

    /// Reads up to a letter, or to the end, and returns it as one text.
    fn read(&mut self, stop: Option<char>, words: &mut Vec<String>) -> Option<String> {
        let mut whole = String::new();
        self.word.clear();
        while let Some(&letter) = self.letters.peek() {
            if stop == Some(letter) {
                self.letters.next();
                return Some(whole);
            }
            match letter {
                '\'' | '"' => {
                    let quoted = if letter == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    self.word.push_str(&quoted);
                    whole.push_str(&quoted);
                }
                '$' => {
                    let variable = self.variable()?;
                    variable.chars().for_each(|letter| self.add(letter, words));
                    whole.push_str(&variable);
                }
                '\\' => {
                    self.letters.next();
                    let escaped = self.letters.next();
                    for letter in self.keeps_escapes.then_some('\\').into_iter().chain(escaped) {
                        self.word.push(letter);
                        whole.push(letter);
                    }
                }
                _ => {
                    self.letters.next();
                    self.add(letter, words);
                    whole.push(letter);
                }
            }
        }
        if stop.is_some() { None } else { Some(whole) }
    }

    fn add(&mut self, letter: char, words: &mut Vec<String>) {
        if !letter.is_whitespace() {
            self.word.push(letter);
        } else if !self.word.is_empty() {
            words.push(std::mem::take(&mut self.word));
        }
    }

    fn quote(&mut self) -> String {
        let quote = self.letters.next();
        quote.filter(|_| self.keeps_quotes).map(String::from).unwrap_or_default()
    }

    fn single_quoted(&mut self) -> Option<String> {
        let mut text = self.quote();
        while *self.letters.peek()? != '\'' {
            text.extend(self.letters.next());
        }
        text.push_str(&self.quote());
        Some(text)
    }

    fn double_quoted(&mut self) -> Option<String> {
        let mut text = self.quote();
        loop {
            match *self.letters.peek()? {
                '"' => {
                    text.push_str(&self.quote());
                    return Some(text);
                }
                '$' => text.push_str(&self.variable()?),
                letter => {
                    self.letters.next();
                    let mut literal = letter;
                    if letter == '\\' {
                        if self.keeps_escapes {
                            text.push('\\');
                        }
                        if let '"' | '$' | '\\' = *self.letters.peek()? {
                            literal = self.letters.next()?;
                        }
                    }
                    text.push(literal);
                }
            }
        }
    }

    /// `$name` or `${name…}`, which stands for itself.
    fn variable(&mut self) -> Option<String> {
        self.letters.next();
        if self.letters.peek() != Some(&'{') {
            return Some(format!("${}", self.name()));
        }
        self.letters.next();
        if matches!(*self.letters.peek()?, '{' | '}' | ':') {
            return None;
        }
        let name = self.name();
        match self.letters.next()? {
            '}' => Some(format!("${{{name}}}")),
            ':' => {
                let modifier = self.letters.next()?;
                if matches!(modifier, '#' | '%') {
                    return None;
                }
                let word = self.within('}', false)?;
                Some(format!("${{{name}:{modifier}{word}}}"))
            }
            modifier @ ('+' | '-' | '?' | '#' | '%') => {
                let word = self.within('}', matches!(modifier, '#' | '%'))?;
                Some(format!("${{{name}{modifier}{word}}}"))
            }
            '/' => {
                if self.letters.peek() == Some(&'/') {
                    self.letters.next();
                }
                let pattern = self.within('/', true)?;
                let replacement = self.within('}', true)?;
                Some(format!("${{{name}/{pattern}/{replacement}}}"))
            }
            _ => None,
        }
    }

    fn within(&mut self, stop: char, keeps_escapes: bool) -> Option<String> {
        if self.nested == NESTED_MOST {
            return None;
        }
        self.nested += 1;
        let before = std::mem::replace(&mut self.keeps_escapes, keeps_escapes);
        let read = self.read(Some(stop), &mut Vec::new());
        self.keeps_escapes = before;
        self.nested -= 1;
        self.word.clear();
        read
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(&letter) = self.letters.peek() {
            let is_first = name.is_empty();
            if is_first && letter.is_numeric() {
                while let Some(digit) = self.letters.next_if(|letter| letter.is_numeric()) {
                    name.push(digit);
                }
                return name;
            }
            if is_first && "@*#?-$!".contains(letter) {
                self.letters.next();
                return letter.into();
            }
            if !letter.is_alphanumeric() && letter != '_' {
                break;
            }
            self.letters.next();
            name.push(letter);
        }
        name
    }
}
