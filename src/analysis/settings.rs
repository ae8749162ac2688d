//! Whether a setting of the configuration came with the base image.
//!
//! With the base at hand (`--base`), its own settings tell. Otherwise the history does, as far as its steps name what they
//! set: a step above the base makes a setting one's own, one of the base makes it inherited. Of what no step sets, such as
//! the default `PATH`, nothing is known.

use crate::image::{Config, Image, LayerNumber, Step};

use super::{Base, Instruction};

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    /// The base image.
    Inherited,
    /// A step above it.
    Yours,
}

impl SettingOrigin {
    /// Words for people, before the instruction that sets it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Inherited => "inherited from the base",
            Self::Yours => "set above the base",
        }
    }
}

/// The origins of the settings of an image.
#[derive(Debug)]
pub struct SettingOrigins<'a> {
    image: &'a Image,
    /// How many steps, from the oldest, are the base's; none where no base is known.
    base_steps: Option<usize>,
}

impl<'a> SettingOrigins<'a> {
    /// Those of an image.
    #[must_use]
    pub fn new(image: &'a Image) -> Self {
        let base = Base::detect(image);
        let is_known = base.layers > 0 || base.describe().is_some() && base.name.is_none();
        Self { image, base_steps: is_known.then(|| base_steps(image, &base)) }
    }

    /// The last step of the history that sets it.
    #[must_use]
    pub fn step(&self, keyword: &str, name: &str) -> Option<&'a Step> {
        self.image.steps.iter().rfind(|step| sets(step, keyword, name))
    }

    /// Whether there are steps that could say who sets something.
    #[must_use]
    pub fn has_history(&self) -> bool {
        self.image.steps.iter().any(|step| !step.created_by.is_empty())
    }

    /// The origin of what an instruction sets: its keyword, the name of the variable or label if it has one, and what of
    /// the configuration it is. `None` if nothing shows it.
    #[must_use]
    pub fn of(&self, keyword: &str, name: &str, value: impl Fn(&Config) -> Option<String>) -> Option<SettingOrigin> {
        if let Some(given) = &self.image.given_base {
            let is_same = value(&given.config) == value(&self.image.config);
            return Some(if is_same { SettingOrigin::Inherited } else { SettingOrigin::Yours });
        }
        let base_steps = self.base_steps?;
        let last = self.image.steps.iter().rposition(|step| sets(step, keyword, name))?;
        Some(if last < base_steps { SettingOrigin::Inherited } else { SettingOrigin::Yours })
    }
}

/// How many steps, from the first one, are of the base: up to its last layer, and what it sets after that; 0 if no base is
/// known. Where the lines of a Dockerfile are known, its first step with lines is the first own one; otherwise, a command
/// that more is built on is the last of the base.
#[must_use]
pub fn base_steps(image: &Image, base: &Base<'_>) -> usize {
    let steps = &image.steps;
    let is_of_base = |step: &Step| step.layer.is_some_and(|layer: LayerNumber| base.has(layer));
    let until_layer = steps.iter().rposition(is_of_base).map_or(0, |last| last + 1);
    if base.layers == 0 {
        return 0;
    }
    let first_own_layer = steps.iter().position(|step| step.layer.is_some_and(|layer| !base.has(layer)));
    let between = until_layer..first_own_layer.unwrap_or(steps.len());
    // Where only steps with a layer have lines, they say nothing about the settings before the first of them.
    let first = steps.iter().position(|step| step.source.is_some());
    if let Some(first) = first.filter(|&first| first < between.end) {
        return first.max(between.start);
    }
    let is_command = |step: &Step| {
        matches!(Instruction::read(&step.created_by), Instruction::Written { keyword: "CMD" | "ENTRYPOINT", .. })
    };
    let range = steps.get(between).unwrap_or_default();
    // Without a layer above, one cannot tell whose command it is.
    let commands = first_own_layer.and_then(|_| range.iter().rposition(is_command));
    until_layer + commands.map_or(0, |last| last + 1)
}

/// The later step that replaces what a step sets: of several `CMD`, `ENTRYPOINT`, `USER` or `WORKDIR`, the last one counts,
/// and an `ENTRYPOINT` without a `CMD` after it ends the `CMD` of the base.
#[must_use]
pub fn replaced_by<'a>(image: &'a Image, step: &Step) -> Option<&'a Step> {
    let keyword_of = |step: &'a Step| match Instruction::read(&step.created_by) {
        Instruction::Written { keyword, .. } => keyword,
        _ => "",
    };
    let own = keyword_of(image.step(step.number)?);
    if !["CMD", "ENTRYPOINT", "USER", "WORKDIR"].contains(&own) {
        return None;
    }
    let later = || image.steps.iter().skip(step.number);
    let same = later().rfind(|later| keyword_of(later) == own);
    let ended = || {
        let is_cmd = own == "CMD" && image.config.cmd.is_empty();
        later().rfind(|later| is_cmd && keyword_of(later) == "ENTRYPOINT")
    };
    same.or_else(ended)
}

/// Whether a step sets something.
fn sets(step: &Step, wanted: &str, name: &str) -> bool {
    let Instruction::Written { keyword, rest } = Instruction::read(&step.created_by) else { return false };
    if keyword != wanted {
        return false;
    }
    if name.is_empty() {
        return true;
    }
    let mut words = rest.split_whitespace();
    let is_named = |word: &str| {
        let word = word.trim_matches(['"', '\'', '[', ']', ',']);
        let rest = word.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', '"', '\'', ':']))
    };
    words.any(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{HistoryEntry, Layer, pair_history};

    fn image(history: &[&str]) -> Image {
        let is_empty = |text: &str| !["ADD", "RUN", "COPY"].iter().any(|word| text.contains(word));
        let layers = history.iter().filter(|text| !is_empty(text)).count();
        let mut image = Image { layers: vec![Layer::default(); layers], ..Image::default() };
        let entry = |text: &&str| HistoryEntry {
            created_by: (*text).to_owned(),
            empty_layer: is_empty(text),
            ..HistoryEntry::default()
        };
        (image.steps, _) = pair_history(history.iter().map(entry).collect(), &mut image.layers);
        image
    }

    const HISTORY: [&str; 9] = [
        "/bin/sh -c #(nop) ADD file:1234567890123456789012345678901234567890123456789012345678901234 in / ",
        "ENV LANG=C A=1",
        "EXPOSE map[80/tcp:{}]",
        "CMD [\"bash\"]",
        "USER app",
        "ENV A=2 B=3",
        "COPY x /",
        "LABEL team=a",
        "CMD [\"app\"]",
    ];

    fn of(image: &Image, keyword: &str, name: &str) -> Option<SettingOrigin> {
        SettingOrigins::new(image).of(keyword, name, |_| None)
    }

    #[test]
    fn the_last_step_that_sets_something_tells_whose_it_is() {
        let image = image(&HISTORY);
        let inherited = Some(SettingOrigin::Inherited);
        let yours = Some(SettingOrigin::Yours);
        assert_eq!([of(&image, "ENV", "LANG"), of(&image, "EXPOSE", "")], [inherited, inherited]);
        for (keyword, name) in [("ENV", "A"), ("ENV", "B"), ("USER", ""), ("CMD", ""), ("LABEL", "team")] {
            assert_eq!(of(&image, keyword, name), yours, "{keyword} {name}");
        }
        assert_eq!(of(&image, "ENV", "PATH"), None);
        assert_eq!(of(&image, "ENV", "LAN"), None);
    }

    #[test]
    fn nothing_is_said_where_no_base_is_known_and_the_base_itself_tells_best() {
        assert_eq!(of(&image(&["COPY x /", "ENV A=1"]), "ENV", "A"), None);
        let mut image = image(&HISTORY);
        let config = Config { user: "app".to_owned(), ..Config::default() };
        image.config = Config { env: vec!["A=2".to_owned()], ..config.clone() };
        image.given_base =
            Some(crate::image::GivenBase { name: "base".to_owned(), layers: 1, config: Box::new(config) });
        let origins = SettingOrigins::new(&image);
        assert_eq!(origins.of("USER", "", |config| Some(config.user.clone())), Some(SettingOrigin::Inherited));
        let variable = |config: &Config| config.env.iter().find(|text| text.starts_with("A=")).cloned();
        assert_eq!(origins.of("ENV", "A", variable), Some(SettingOrigin::Yours));
    }
}
