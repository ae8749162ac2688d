//! Which step of the build made which layer of the image, and where it is in the Dockerfile.

use std::collections::HashMap;

use serde_json::Value;

use crate::image::{
    CopiedFrom, Digest, Dockerfile, InputRole, LayerNumber, LineEvidence, Lines, Operation, Provenance, StatedBase,
    Step, StepSource,
};

use super::dockerfile::{Instructions, Item};
use super::graph::{Graph, below};
use super::statement::Statement;

/// Lines of a stage that are listed for a copy from it.
const STAGE_LINES_MOST: usize = 100;

/// The image that a statement should be about.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The digest of its manifest.
    pub(crate) manifest: Option<&'a Digest>,
    /// The digests of its layers as stored, lowest first.
    pub(crate) layers: &'a [Option<Digest>],
    /// Its history.
    pub(crate) steps: &'a [Step],
}

/// What a statement says about an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attested {
    pub(crate) provenance: Provenance,
    pub(crate) dockerfile: Option<Dockerfile>,
    /// Where the step of each layer is, lowest layer first.
    pub(crate) sources: Vec<Option<StepSource>>,
    /// What is wrong with it, each as a verb phrase about the provenance.
    pub(crate) faults: Vec<String>,
    /// Whether some of its texts were left out.
    pub(crate) left_out: bool,
}

/// The chains of layers that each step ended with, by digest.
type Chains<'a> = Vec<Vec<Vec<&'a str>>>;

/// Reads a statement. Its texts are kept even if nothing else in it can be used, since anyone can read them.
pub(crate) fn read(value: &Value, subject: Subject<'_>) -> Attested {
    let statement = Statement::new(value);
    let (texts, left_out) = statement.texts();
    let dockerfile = statement.dockerfile();
    let predicate = statement.predicate().chars().take(255).collect();
    let mut attested = Attested {
        provenance: Provenance { predicate, texts, ..Provenance::default() },
        dockerfile: dockerfile.as_ref().map(|(_, file)| file.clone()),
        left_out,
        ..Attested::default()
    };
    if let Err(fault) = resolve(statement, subject, dockerfile.as_ref(), &mut attested) {
        attested.provenance.steps.clear();
        attested.provenance.base = None;
        attested.sources.clear();
        attested.faults.push(fault);
    }
    attested
}

fn resolve(
    statement: Statement<'_>,
    subject: Subject<'_>,
    dockerfile: Option<&(u64, Dockerfile)>,
    attested: &mut Attested,
) -> Result<(), String> {
    let mut graph = Graph::read(statement.steps()).map_err(|fault| format!("{fault}: it is not used"))?;
    let is_subject = subject.manifest.is_some_and(|manifest| statement.is_about(manifest));
    if graph.steps.is_empty() {
        // `mode=min` lists no steps.
        if !is_subject {
            return Err("is about another image: it is not used".to_owned());
        }
        attested.provenance.base = statement.only_image();
        return Ok(());
    }
    let mut listed = statement.chains();
    let chains: Chains<'_> = graph.ids.iter().map(|id| listed.remove(id).unwrap_or_default()).collect();
    let mut places = Places::new(&graph, statement, dockerfile);
    let matched = match by_digest(&graph, &chains, subject, is_subject) {
        Some(made_by) => Some((made_by, LineEvidence::Digests)),
        None => by_position(&graph, &chains, subject, &mut places).map(|made_by| (made_by, LineEvidence::Position)),
    };
    let Some((made_by, evidence)) = matched else {
        let fault = if is_subject { "lists other layers than the image has" } else { "is about another image" };
        return Err(format!("{fault}: it is not used"));
    };
    for (layer, step) in made_by.iter().enumerate() {
        if let Some(step) = step {
            graph.steps[*step].layer = Some(LayerNumber::from_index(layer));
        }
    }
    attested.provenance.base = base(&graph, &chains, subject, evidence);
    let lines: Result<Vec<Option<Lines>>, String> = (0..graph.steps.len()).map(|step| places.lines(step)).collect();
    match lines {
        Ok(lines) => {
            for (step, lines) in graph.steps.iter_mut().zip(lines) {
                step.lines = lines;
            }
            let file = dockerfile.map_or_else(String::new, |(_, file)| file.name.clone());
            let source = |step: &Option<usize>| {
                let step = (*step)?;
                let of_base = matches!(graph.steps[step].operation, Operation::Image(_));
                let lines = graph.steps[step].lines.filter(|_| !of_base)?;
                Some(StepSource {
                    file: file.clone(),
                    lines,
                    evidence,
                    copied_from: copied_from(&graph, step, &places),
                })
            };
            attested.sources = made_by.iter().map(source).collect();
        }
        Err(fault) => attested.faults.push(format!("{fault}: its lines are not used")),
    }
    attested.provenance.steps = graph.steps;
    Ok(())
}

/// The step that made each layer, if the chains of digests show it. What another image has in common with this one may
/// be at other lines there, so the statement must be about this image, by its digest or by all of its layers.
fn by_digest(
    graph: &Graph<'_>,
    chains: &Chains<'_>,
    subject: Subject<'_>,
    is_subject: bool,
) -> Option<Vec<Option<usize>>> {
    let layers: Option<Vec<&str>> = subject.layers.iter().map(|digest| digest.as_ref().map(Digest::as_str)).collect();
    let layers = layers.filter(|layers| !layers.is_empty())?;
    let made_by = assign(graph, chains, layers.len(), &|chain| layers.starts_with(chain));
    let is_whole = made_by.last().is_some_and(Option::is_some);
    (is_whole || is_subject && made_by.iter().any(Option::is_some)).then_some(made_by)
}

/// The step that ended with each number of layers. Several steps may end with the same chain; one on which the result
/// was built is preferred.
fn assign(graph: &Graph<'_>, chains: &Chains<'_>, layers: usize, fits: &dyn Fn(&[&str]) -> bool) -> Vec<Option<usize>> {
    let mut made_by = vec![None; layers];
    let path: Vec<usize> = graph.last.into_iter().flat_map(|last| graph.below(last)).collect();
    let mut on_path = vec![false; graph.steps.len()];
    for &step in &path {
        on_path[step] = true;
    }
    let others = (0..graph.steps.len()).filter(|&step| !on_path[step]);
    // The upper ones first, so that the lowest of several with the same chain remains: it made the layer.
    for step in path.iter().copied().chain(others) {
        let is_on_path = on_path[step];
        for chain in &chains[step] {
            let Some(place) = chain.len().checked_sub(1).and_then(|at| made_by.get_mut(at)) else { continue };
            if (is_on_path || place.is_none()) && fits(chain) {
                *place = Some(step);
            }
        }
    }
    // An image that is used as a whole made all of its layers.
    let bases = made_by.iter().flatten().filter(|&&step| matches!(graph.steps[step].operation, Operation::Image(_)));
    if let Some(&base) = bases.max_by_key(|&&step| chains[step].iter().map(Vec::len).max()) {
        let end = chains[base].iter().filter(|chain| fits(chain)).map(Vec::len).max().unwrap_or(0);
        made_by.iter_mut().take(end).for_each(|place| *place = Some(base));
    }
    made_by
}

/// The same by the number of layers alone, for a copy with another compression. As many layers as the image has must
/// come from the statement, and every instruction of its own must be the one in the history.
fn by_position(
    graph: &Graph<'_>,
    chains: &Chains<'_>,
    subject: Subject<'_>,
    places: &mut Places<'_, '_>,
) -> Option<Vec<Option<usize>>> {
    let count = subject.layers.len();
    let last = graph.last?;
    let longest = chains[last].iter().map(Vec::len).max()?;
    if longest != count || count == 0 {
        return None;
    }
    let mut only_path: Chains<'_> = vec![Vec::new(); chains.len()];
    for step in graph.below(last) {
        only_path[step].clone_from(&chains[step]);
    }
    let made_by = assign(graph, &only_path, count, &|_| true);
    for (layer, step) in made_by.iter().enumerate() {
        let step = (*step)?;
        if matches!(graph.steps[step].operation, Operation::Image(_)) {
            continue;
        }
        let number = Some(LayerNumber::from_index(layer));
        let created_by = &subject.steps.iter().find(|step| step.layer == number)?.created_by;
        let lines = places.lines(step).ok()??;
        let item = places.instructions.as_ref()?.at(lines.first())?;
        if !is_same_instruction(item, created_by) {
            return None;
        }
    }
    Some(made_by)
}

/// Whether a history entry of `BuildKit` has the keyword of an instruction, and at least half of its words.
fn is_same_instruction(item: &Item, created_by: &str) -> bool {
    let (keyword, rest) = created_by.trim().split_once(' ').unwrap_or((created_by.trim(), ""));
    let is_word = |letter: char| !letter.is_whitespace() && !"\"',[]".contains(letter);
    let words = |text: &str| {
        let words = text.split(move |letter| !is_word(letter)).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let (own, theirs) = (words(&item.whole()), words(rest));
    let own = &own[1.min(own.len())..];
    let shared = own.iter().filter(|word| theirs.contains(word)).count();
    keyword == item.keyword && shared * 2 >= own.len()
}

fn base(graph: &Graph<'_>, chains: &Chains<'_>, subject: Subject<'_>, evidence: LineEvidence) -> Option<StatedBase> {
    let last = graph.last?;
    let root = graph.below(last).last()?;
    let is_exact = evidence == LineEvidence::Digests;
    let Operation::Image(reference) = &graph.steps[root].operation else {
        // Nothing below the first step: `FROM scratch`. A result that is not made of layers says nothing.
        let is_whole = chains[last].iter().any(|chain| chain.len() == subject.layers.len());
        return is_whole.then(|| StatedBase { name: "scratch".to_owned(), digest: None, layers: Some(0), is_exact });
    };
    let (name, digest) =
        reference.rsplit_once('@').map_or((reference.as_str(), None), |(name, digest)| (name, Some(digest)));
    let layers = chains[root].iter().map(Vec::len).max().filter(|&layers| layers <= subject.layers.len());
    let digest = digest.and_then(|digest| digest.parse().ok());
    Some(StatedBase { name: name.to_owned(), digest, layers, is_exact })
}

/// The lines of steps.
struct Places<'a, 'b> {
    statement: Statement<'a>,
    ids: Vec<&'a str>,
    dockerfile: Option<&'b (u64, Dockerfile)>,
    instructions: Option<Instructions>,
    /// The stages that the result was built on.
    stages: Vec<usize>,
    line_count: usize,
    known: HashMap<usize, Result<Option<Lines>, String>>,
}

impl<'a, 'b> Places<'a, 'b> {
    fn new(graph: &Graph<'a>, statement: Statement<'a>, dockerfile: Option<&'b (u64, Dockerfile)>) -> Self {
        let instructions = dockerfile.and_then(|(_, file)| Instructions::parse(&file.text).ok());
        let stages = instructions.as_ref().and_then(|parsed| {
            let target = match statement.target() {
                Some(target) => parsed.target(target),
                None => parsed.stages.len().checked_sub(1),
            };
            Some(parsed.ancestry(target?).collect())
        });
        Self {
            statement,
            ids: graph.ids.clone(),
            line_count: dockerfile.map_or(0, |(_, file)| file.text.lines().count()),
            dockerfile,
            instructions,
            stages: stages.unwrap_or_default(),
            known: HashMap::new(),
        }
    }

    /// The lines of a step. An error is a verb phrase about the provenance.
    fn lines(&mut self, step: usize) -> Result<Option<Lines>, String> {
        if let Some(known) = self.known.get(&step) {
            return known.clone();
        }
        let lines = self.find_lines(step);
        self.known.insert(step, lines.clone());
        lines
    }

    fn find_lines(&self, step: usize) -> Result<Option<Lines>, String> {
        let Some((index, file)) = self.dockerfile else { return Ok(None) };
        let mut places = Vec::new();
        for (source, lines) in self.statement.locations(self.ids[step]) {
            let (Some(&first), Some(&last)) = (lines.iter().min(), lines.iter().max()) else { continue };
            if source != *index {
                continue;
            }
            let lines = Lines::new(usize::try_from(first).unwrap_or(0), usize::try_from(last).unwrap_or(0));
            let lines = lines.filter(|lines| lines.last() <= self.line_count).ok_or_else(|| {
                format!("names line {last} of `{}`, which has {} lines", file.name.escape_debug(), self.line_count)
            })?;
            let item = self.instructions.as_ref().map(|parsed| parsed.at(lines.first()));
            match item {
                None => places.push((lines, None)),
                Some(Some(item)) => places.push((item.lines, item.stage)),
                Some(None) => {
                    return Err(format!(
                        "names line {first} of `{}`, where no instruction is",
                        file.name.escape_debug()
                    ));
                }
            }
        }
        places.dedup();
        // Equal steps of several stages are one step with several places.
        if places.len() > 1 {
            places.retain(|(_, stage)| stage.is_some_and(|stage| self.stages.contains(&stage)));
        }
        Ok(match places.as_slice() {
            [(lines, _)] => Some(*lines),
            _ => None,
        })
    }

    fn stage_at(&self, lines: Lines) -> Option<usize> {
        self.instructions.as_ref()?.at(lines.first())?.stage
    }
}

/// What a step copies that is not of the build context.
fn copied_from(graph: &Graph<'_>, step: usize, places: &Places<'_, '_>) -> Option<CopiedFrom> {
    let steps = &graph.steps;
    // A copy with `--link` is a step that copies, and one that puts the result on top.
    let of_role =
        |step: usize, role| steps[step].inputs.iter().find(move |input| input.role == role).map(|input| input.step);
    let step = of_role(step, InputRole::Top).unwrap_or(step);
    if !matches!(steps[step].operation, Operation::Copy(_)) {
        return None;
    }
    let from = of_role(step, InputRole::Content)?;
    match &steps[from].operation {
        Operation::Context(_) => None,
        Operation::Image(name) | Operation::Remote(name) => {
            Some(CopiedFrom { name: name.clone(), is_stage: false, lines: Vec::new() })
        }
        _ => {
            let parsed = places.instructions.as_ref()?;
            let stage = places.stage_at(steps[from].lines?)?;
            let mut lines: Vec<Lines> = std::iter::successors(Some(from), |&step| below(&steps[step]))
                .filter_map(|step| steps[step].lines)
                .filter(|&lines| places.stage_at(lines) == Some(stage))
                .take(STAGE_LINES_MOST)
                .collect();
            lines.sort_unstable();
            lines.dedup();
            Some(CopiedFrom { name: parsed.stages.get(stage)?.label(stage), is_stage: true, lines })
        }
    }
}
