//! The keys that the README tells people to type, typed on a real terminal, each to see what it promises.

use crate::terminal::Terminal;

const README: &str = include_str!("../../../README.md");

/// Cells of a table's row, without the marks of code.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inner.split(" | ").collect())
}

/// What stands between marks of code.
fn words(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// A word of the table as a terminal sends it.
fn keys(word: &str) -> String {
    match word {
        "enter" => "\r".to_owned(),
        "down" => "\x1b[B".to_owned(),
        "ctrl-p" => "\x10".to_owned(),
        text => text.to_owned(),
    }
}

#[test]
fn whoever_types_what_the_readme_says_sees_what_it_says() {
    let table = README.split("| to see | type | and read |").nth(1).expect("a table");
    let rows: Vec<_> = table.lines().skip(2).map_while(cells).collect();
    assert!(rows.len() >= 8, "{rows:?}");
    for row in rows {
        let [_, typed, seen] = row[..] else { unreachable!("three cells: {row:?}") };
        let mut terminal = Terminal::run(&["demo"], 120, 40);
        terminal.wait_for("wasted 29 MB");
        let before = terminal.text();
        for word in words(typed) {
            terminal.wait_still();
            terminal.keys(&keys(word));
        }
        for text in words(seen) {
            assert!(!before.contains(text), "`{text}` is seen without {typed}");
            terminal.wait_for(text);
        }
    }
}
