//! Files that a copy takes from another stage, an image, or a build context of its own.

use crate::image::{Image, Step};

/// What `COPY --from` names in the lines of a step: builders leave it out of the history.
#[must_use]
pub fn from_flag<'a>(image: &'a Image, step: &Step) -> Option<&'a str> {
    let (source, file) = (step.source.as_ref()?, image.dockerfile.as_ref()?);
    let line = file.text.lines().nth(source.lines.first().checked_sub(1)?)?;
    let mut words = line.split_whitespace();
    words.next().filter(|word| word.eq_ignore_ascii_case("COPY"))?;
    let mut flags = words.take_while(|word| word.starts_with("--"));
    flags.find_map(|word| word.strip_prefix("--from=")).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Dockerfile, LineEvidence, Lines, StepSource};

    fn flag(line: &str) -> Option<String> {
        let dockerfile =
            Dockerfile { name: "Dockerfile".to_owned(), text: format!("FROM a\n{line}\n"), is_given: true };
        let (mut steps, _) = crate::image::pair_history(vec![crate::image::HistoryEntry::default()], &mut []);
        let lines = Lines::new(2, 2).expect("lines");
        let (file, evidence) = ("Dockerfile".to_owned(), LineEvidence::Digests);
        steps[0].source = Some(StepSource { file, lines, evidence, copied_from: None });
        let image = Image { dockerfile: Some(dockerfile), ..Image::default() };
        from_flag(&image, &steps[0]).map(str::to_owned)
    }

    #[test]
    fn the_flag_is_read_from_the_line_of_a_copy_alone() {
        assert_eq!(flag("COPY --from=keys id /root/").as_deref(), Some("keys"));
        assert_eq!(flag("copy --link --chown=1 --from=0 a b").as_deref(), Some("0"));
        for line in ["COPY a --from=b c", "RUN x --from=b", "COPY --from= a b", "COPY a b", "COPY", ""] {
            assert_eq!(flag(line), None, "{line}");
        }
    }
}
