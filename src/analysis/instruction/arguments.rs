//! The build arguments that builders write before a command: `|2 A=b C=d /bin/sh -c make`.
//!
//! Values are written without quotes, so they may contain anything: blanks, `;`, quotes, `-c`, even something like a
//! shell. Only their number is certain, and that a shell follows the last one. If there are more possible names than
//! arguments, a value has a shortest and a longest reading.

use std::ops::Range;

/// Names of shells, in any folder.
const SHELLS: [&str; 12] =
    ["sh", "bash", "ash", "dash", "zsh", "ksh", "fish", "tcsh", "csh", "pwsh", "powershell", "cmd"];
/// The limit on words between a shell and the option that takes the command; `/bin/bash -e -o pipefail -u -c` has four.
const OPTIONS: usize = 8;

/// A command with its build arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WithArguments<'a> {
    /// The number of arguments.
    pub(crate) count: usize,
    /// All arguments, as written.
    pub(crate) arguments: &'a str,
    /// What the shell runs.
    pub(crate) command: &'a str,
}

/// One build argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Argument<'a> {
    pub(crate) name: &'a str,
    /// The value up to the next possible name.
    pub(crate) shortest: &'a str,
    /// The value if as many of the later names as possible are part of it.
    pub(crate) longest: &'a str,
}

impl<'a> WithArguments<'a> {
    /// Reads a command that begins with `|N `. `shell` is the shell in the image's configuration, its words joined.
    pub(crate) fn read(text: &'a str, shell: Option<&str>) -> Option<Self> {
        let (number, rest) = text.strip_prefix('|')?.split_once(' ')?;
        let count = number.parse::<usize>().ok()?;
        let names = names(rest);
        let from = match count.checked_sub(1) {
            None => 0,
            Some(last) => names.get(last).or(names.last())?.end,
        };
        // A shell that is longer than the command is skipped: with thousands of steps, the search would be slow.
        let of_image = shell.filter(|shell| shell.len() < rest.len()).and_then(|shell| {
            let at = rest.get(from..)?.find(&format!(" {shell} "))? + from;
            Some(at..at + shell.len() + 1)
        });
        let shell = of_image.or_else(|| any_shell(rest, from));
        let parts = shell.or_else(|| exec_form(rest, count, &names)).unwrap_or(rest.len()..rest.len());
        Some(Self { count, arguments: rest.get(..parts.start)?.trim(), command: rest.get(parts.end..)?.trim() })
    }

    /// The arguments one by one.
    pub(crate) fn each(&self) -> Vec<Argument<'a>> {
        let names = names(self.arguments);
        let surplus = names.len().saturating_sub(self.count);
        let start = |at: usize| names.get(at).map_or(self.arguments.len(), |name| name.start);
        let value = |from: usize, next: usize| self.arguments.get(from..start(next)).unwrap_or_default().trim_end();
        let argument = |(at, name): (usize, &Range<usize>)| {
            Some(Argument {
                name: self.arguments.get(name.start..name.end - 1)?,
                shortest: value(name.end, at + 1),
                longest: value(name.end, at + 1 + surplus),
            })
        };
        names.iter().enumerate().filter_map(argument).collect()
    }
}

/// Every `NAME=` at the beginning of a word.
fn names(text: &str) -> Vec<Range<usize>> {
    let is_part = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let name = |word: Range<usize>| {
        let len = text.get(word.clone())?.find(|letter| !is_part(letter))?;
        (len > 0 && text.get(word.start + len..)?.starts_with('=')).then_some(word.start..word.start + len + 1)
    };
    words(text).filter_map(name).collect()
}

fn words(text: &str) -> impl DoubleEndedIterator<Item = Range<usize>> {
    let base = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| {
        let at = word.as_ptr() as usize - base;
        at..at + word.len()
    })
}

/// A shell with its options, as found in a text.
struct Shell {
    range: Range<usize>,
    is_path: bool,
    is_known: bool,
    /// A quote follows: it is part of a command, since builders do not add quotes.
    is_quoted: bool,
}

/// The shell that most probably ends the arguments: the last one with an absolute path, which a command rarely contains
/// unquoted; otherwise the first word that is a shell; otherwise the word before the last ` -c ` or ` -Command `.
fn any_shell(text: &str, from: usize) -> Option<Range<usize>> {
    let words: Vec<_> = words(text).collect();
    let first = words.partition_point(|word| word.start < from);
    let word = |at: usize| words.get(at).and_then(|word| text.get(word.clone())).unwrap_or_default();
    let options = (first.max(1)..words.len()).filter(|&at| takes_command(word(at)));
    let shells: Vec<Shell> = options
        .map(|option| {
            let mut program = option - 1;
            while program > first && option - program < OPTIONS && is_option(word(program), word(program - 1)) {
                program -= 1;
            }
            let name = word(program);
            let end = words[option].end;
            Shell {
                range: words[program].start.max(from)..end,
                is_path: name.starts_with('/') || name.get(1..3) == Some(":\\"),
                is_known: is_shell(name),
                is_quoted: text.get(end..).is_some_and(|rest| rest.trim_start().starts_with(['"', '\''])),
            }
        })
        .collect();
    let by_path = shells.iter().rev().find(|shell| shell.is_path && shell.is_known && !shell.is_quoted);
    let likely = || shells.iter().find(|shell| shell.is_path || shell.is_known);
    by_path.or_else(likely).or(shells.last()).map(|shell| shell.range.clone())
}

/// Whether a word is the option after which a shell takes its command.
fn takes_command(word: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|letters| letters.len() <= 6 && letters.ends_with('c'));
    letters.is_some_and(|letters| letters.bytes().all(|byte| byte.is_ascii_lowercase()))
        || word.eq_ignore_ascii_case("-command")
        || word.eq_ignore_ascii_case("/c")
}

/// Whether a word is an option of a shell, or the value of one; `before` is the word before it.
fn is_option(word: &str, before: &str) -> bool {
    let is_switch = |word: &str| word.starts_with('-') || (word.len() == 2 && word.starts_with('/'));
    is_switch(word) || (is_switch(before) && !is_shell(word) && !word.contains('='))
}

fn is_shell(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    SHELLS.contains(&name)
}

/// Where a command without a shell begins: at a path after as many words as there are arguments.
fn exec_form(text: &str, count: usize, names: &[Range<usize>]) -> Option<Range<usize>> {
    let mut words = words(text);
    let are_single = names.iter().take(count).all(|name| words.next().is_some_and(|word| word.start == name.start));
    let program = words.next().filter(|_| are_single && names.len() >= count)?;
    text.get(program.clone())?.starts_with('/').then_some(program.start..program.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, shell: Option<&str>) -> (Vec<String>, String) {
        let read = WithArguments::read(text, shell).expect("arguments");
        let each = read.each();
        let shown = each.iter().map(|one| {
            let more = if one.shortest == one.longest { String::new() } else { format!("|{}", one.longest) };
            format!("{}={}{more}", one.name, one.shortest)
        });
        (shown.collect(), read.command.to_owned())
    }

    #[test]
    fn a_value_may_hold_anything_and_the_shell_may_be_any() {
        let shells = [
            "/bin/sh -c",
            "/bin/bash -eo pipefail -c",
            "/bin/bash -e -o pipefail -u -c",
            "/busybox/sh -c",
            "/usr/bin/fish -c",
            "/bin/bash -ec",
            "pwsh -Command",
            "powershell -NoProfile -ExecutionPolicy Bypass -Command",
            "cmd /S /C",
            "C:\\tools\\bash.exe -c",
            "/my/own -c",
        ];
        for shell in shells {
            for value in [
                "plain",
                "two words",
                "a;b",
                "a&b",
                "a|b",
                "a(b)",
                "a,b",
                "it's",
                "a\"b",
                "a$b",
                "a`b",
                "a\\b",
                "a\nb",
                "a\tb",
                "a#b",
                "a<b",
                "a=b",
                "a -c b",
                "a /bin/sh -c b",
                "",
                "&& x",
            ] {
                let text = format!("|2 A={value} Z=1 {shell} make all");
                assert_eq!(read(&text, None), (vec![format!("A={value}"), "Z=1".to_owned()], "make all".to_owned()));
            }
        }
    }

    #[test]
    fn the_last_value_ends_at_the_shell_that_the_image_names_or_the_last_one() {
        let one = |value: &str| vec![format!("A={value}")];
        let text = "|1 A=a /bin/sh -c b /bin/bash -c make";
        assert_eq!(read(text, None), (one("a /bin/sh -c b"), "make".to_owned()));
        assert_eq!(read(text, Some("/bin/sh -c")), (one("a"), "b /bin/bash -c make".to_owned()));
        let own = "|1 A=a -c b /opt/own --run make -c x";
        assert_eq!(read(own, Some("/opt/own --run")), (one("a -c b"), "make -c x".to_owned()));
        let typed = "|1 A=b /bin/sh -c make && /bin/bash -c 'x' && sh -c y && su app -c z";
        assert_eq!(read(typed, None).0, one("b"));
        assert_eq!(read("|1 A=b bash -c make && su app -c z", None).0, one("b"));
    }

    #[test]
    fn a_value_that_looks_like_two_arguments_has_two_readings() {
        let (arguments, _) = read("|1 A=b C=d /bin/sh -c make", None);
        assert_eq!(arguments, ["A=b|b C=d", "C=d"]);
        let (arguments, _) = read("|2 A=b C=d E=f /bin/sh -c make", None);
        assert_eq!(arguments, ["A=b|b C=d", "C=d|d E=f", "E=f"]);
    }

    #[test]
    fn a_command_without_a_shell_follows_the_arguments() {
        assert_eq!(read("|1 A=b /t mv a b", None), (vec!["A=b".to_owned()], "/t mv a b".to_owned()));
        assert_eq!(read("|1 A=b c make", None), (vec!["A=b c make".to_owned()], String::new()));
        assert_eq!(read("|0 /bin/sh -c make", None), (vec![], "make".to_owned()));
        assert_eq!(WithArguments::read("|x A=b", None), None);
        assert_eq!(WithArguments::read("|1 make", None), None);
    }
}
