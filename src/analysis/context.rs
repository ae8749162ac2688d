//! Where a file of the image comes from in the build context, for `.dockerignore`.

use super::Instruction;
use crate::image::{EntryPath, Image, LayerNumber};

/// The line of `.dockerignore` that keeps a path out of the `COPY` or `ADD` that stored it in a layer. `None` where that
/// cannot be known: after `--from`, for a link, a pattern or a variable, and for names that such a file cannot contain.
#[must_use]
pub fn context_pattern(image: &Image, layer: LayerNumber, path: &EntryPath) -> Option<String> {
    let step = image.step_of(layer)?;
    let Instruction::Written { keyword: "COPY" | "ADD", rest } = Instruction::read(&step.created_by) else {
        return None;
    };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let flags = words.iter().take_while(|word| word.starts_with("--")).count();
    if words[..flags].iter().any(|flag| flag.starts_with("--from")) {
        return None;
    }
    let is_known = |word: &&str| {
        // A classic builder writes `dir:5b1a… in /app`.
        !word.contains(['$', '*', '?', '[', '"', '<', '\\']) && !word.contains("://") && *word != "in"
    };
    let words = words.get(flags..).filter(|words| words.iter().all(is_known))?;
    let (to, sources) = words.split_last()?;
    let text = std::str::from_utf8(path.as_bytes()).ok()?;
    let folder = normal(&absolute(image, layer, to)?);
    let inside = below(text, &folder)?;
    let from = match sources {
        [] => return None,
        ["." | "./" | "/"] => inside.to_owned(),
        [one] => of_source(one, inside, to.ends_with('/'))?,
        several => {
            let first = inside.split('/').next()?;
            let source = several.iter().map(|source| normal(source)).find(|source| last(source) == first)?;
            joined(&source, inside.split_once('/').map_or("", |(_, rest)| rest))
        }
    };
    line(&from)
}

/// The path in the context of what a single source brought to a place below the target.
fn of_source(source: &str, inside: &str, to_folder: bool) -> Option<String> {
    let source = normal(source);
    // A file goes into the folder, and of a folder only what is in it.
    let is_file = inside == last(&source) && (to_folder || source.contains('.'));
    (!source.is_empty()).then(|| if is_file { source.clone() } else { joined(&source, inside) })
}

fn joined(folder: &str, rest: &str) -> String {
    if rest.is_empty() { folder.to_owned() } else { format!("{folder}/{rest}") }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Without `.`, and without slashes at the ends.
fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

/// The rest of a path below a folder; nothing for the folder itself.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    if folder.is_empty() || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A target of a copy, in the working directory that the steps before it have set.
fn absolute(image: &Image, layer: LayerNumber, to: &str) -> Option<String> {
    if to.starts_with('/') {
        return Some(to.to_owned());
    }
    let mut folder: Option<String> = None;
    let mut is_set = false;
    for step in &image.steps {
        if step.layer == Some(layer) {
            break;
        }
        if let Instruction::Written { keyword: "WORKDIR", rest } = Instruction::read(&step.created_by) {
            is_set = true;
            let rest = rest.trim();
            folder = match folder {
                _ if rest.contains('$') => None,
                _ if rest.starts_with('/') => Some(rest.to_owned()),
                Some(folder) => Some(format!("{folder}/{rest}")),
                None => None,
            };
        }
    }
    let folder = if is_set { folder? } else { image.config.working_dir.clone() };
    Some(format!("{folder}/{to}"))
}

/// A path as a line of `.dockerignore`.
fn line(path: &str) -> Option<String> {
    let is_plain = !path.chars().any(crate::format::is_unsafe) && path.trim() == path && !path.contains("..");
    if path.is_empty() || !is_plain {
        return None;
    }
    let mut line = String::new();
    for (at, letter) in path.char_indices() {
        if matches!(letter, '*' | '?' | '[' | '\\') || at == 0 && matches!(letter, '#' | '!') {
            line.push('\\');
        }
        line.push(letter);
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Step;

    fn pattern(before: &str, copy: &str, path: &str) -> Option<String> {
        let step = |number, created_by: &str, layer| Step {
            number,
            created: None,
            created_by: created_by.to_owned(),
            author: String::new(),
            comment: String::new(),
            layer,
            inconsistent: false,
            source: None,
        };
        let steps = vec![step(1, before, None), step(2, copy, Some(LayerNumber::FIRST))];
        let layers = vec![crate::image::Layer { step: Some(2), ..Default::default() }];
        let image = Image { layers, steps, ..Image::default() };
        context_pattern(&image, LayerNumber::FIRST, &EntryPath::normalise(path.as_bytes()).path)
    }

    #[test]
    fn a_path_of_the_image_leads_back_to_the_build_context() {
        for (before, copy, path, wanted) in [
            ("WORKDIR /srv/app", "COPY . . # buildkit", "srv/app/.git", ".git"),
            ("WORKDIR /srv/app", "COPY --chown=1:1 . .", "srv/app/a/b.map", "a/b.map"),
            ("", "COPY . /", "o/key", "o/key"),
            ("", "COPY src /m", "m/a.map", "src/a.map"),
            ("", "COPY src /m", "m", "src"),
            ("", "COPY ./web/package.json /app/", "app/package.json", "web/package.json"),
            ("", "COPY key.pem /etc/key", "etc/key", "key.pem"),
            ("", "COPY a.txt b.txt /x/", "x/b.txt", "b.txt"),
            ("", "ADD . /", "#a*", "\\#a\\*"),
        ] {
            assert_eq!(pattern(before, copy, path).as_deref(), Some(wanted), "{copy}: {path}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_not_guessed() {
        for (before, copy, path) in [
            ("", "COPY --from=build /o /o", "o/x"),
            ("WORKDIR $HOME", "COPY . .", "x"),
            ("", "COPY $SRC /o", "o/x"),
            ("", "COPY *.txt /o/", "o/x.txt"),
            ("", "COPY dir:5b1a9c in /app", "app/x"),
            ("", "COPY . /app", "usr/x"),
            ("", "COPY . /app", "app"),
            ("", "ADD https://example.com/x /x", "x"),
            ("", "COPY . /", "a\nb"),
            ("", "RUN make", "o"),
        ] {
            assert_eq!(pattern(before, copy, path), None, "{copy}: {path}");
        }
    }
}
