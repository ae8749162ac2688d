//! Here-documents: `RUN <<EOT`, `COPY <<-"EOT" /file`.

/// The beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    pub(super) name: String,
    /// Whether tabs at the beginning of its lines are left out (`<<-`).
    pub(super) strips_tabs: bool,
}

/// The here-documents that an instruction begins. Only these instructions have any, and lists in JSON have none.
pub(super) fn heredocs(keyword: &str, rest: &str) -> Vec<Heredoc> {
    let (keyword, rest) = match keyword {
        "ONBUILD" => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        _ => (keyword, rest),
    };
    let has_some = ["ADD", "COPY", "RUN"].iter().any(|known| keyword.eq_ignore_ascii_case(known));
    let arguments = rest.split_whitespace().find(|word| !word.starts_with("--")).unwrap_or_default();
    if !has_some || !rest.contains("<<") || (arguments.starts_with('[') && rest.trim_end().ends_with(']')) {
        return Vec::new();
    }
    words(rest).iter().filter_map(|word| heredoc(word)).collect()
}

/// The words of a command, quotes included.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut is_escaped = false;
    for letter in text.chars() {
        if letter.is_whitespace() && quote.is_none() && !is_escaped {
            words.push(String::new());
            continue;
        }
        match quote {
            _ if is_escaped => {}
            Some(begun) if begun == letter => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            _ => {}
        }
        is_escaped = letter == '\\' && !is_escaped && quote != Some('\'');
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `2<<-NAME` as a here-document; `<<<` begins none.
fn heredoc(word: &str) -> Option<Heredoc> {
    let (descriptor, rest) = word.split_once("<<")?;
    if !descriptor.bytes().all(|byte| byte.is_ascii_digit()) || rest.contains('<') {
        return None;
    }
    let (rest, strips_tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    let name: String = rest.chars().filter(|letter| !matches!(letter, '"' | '\'')).collect();
    (!name.is_empty()).then_some(Heredoc { name, strips_tabs })
}
