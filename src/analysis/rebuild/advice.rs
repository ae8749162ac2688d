//! What a better order of steps would save, and which cached steps may be out of date.

use crate::analysis::{Analysis, Instruction};
use crate::image::{Image, InputRole, LayerNumber};
use crate::union::Union;

use super::{BuildPlan, StepKind};

/// An install step that runs again at every edit of a file that it does not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAdvice {
    /// The copy, by its index in the plan.
    pub copy: usize,
    /// The install step.
    pub install: usize,
    /// The files that the install step needs, as one would copy them first.
    pub manifests: String,
    /// Bytes that the install step stores again.
    pub saved: u64,
}

/// A tool that installs packages: the commands, the manifests that it needs, and the folders it installs into.
struct Installer {
    commands: &'static [&'static str],
    manifests: &'static [&'static str],
    written: &'static str,
    folders: &'static [&'static str],
}

const INSTALLERS: [Installer; 9] = [
    Installer {
        commands: &["npm ci", "npm install", "npm i ", "yarn install", "pnpm install", "pnpm i "],
        manifests: &["package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"],
        written: "package*.json",
        folders: &["node_modules", ".npm", ".cache", ".yarn", ".pnpm-store"],
    },
    Installer {
        commands: &[
            "pip install -r",
            "pip3 install -r",
            "pip install --no-cache-dir -r",
            "pip3 install --no-cache-dir -r",
        ],
        manifests: &["requirements.txt"],
        written: "requirements.txt",
        folders: &["site-packages", "dist-packages", ".cache", "bin"],
    },
    Installer {
        commands: &["poetry install", "uv sync", "pipenv install"],
        manifests: &["pyproject.toml", "poetry.lock", "uv.lock", "Pipfile"],
        written: "pyproject.toml *.lock",
        folders: &["site-packages", "dist-packages", ".cache", ".venv", "bin"],
    },
    Installer {
        commands: &["go mod download"],
        manifests: &["go.mod"],
        written: "go.mod go.sum",
        folders: &["mod", ".cache"],
    },
    Installer {
        commands: &["cargo fetch"],
        manifests: &["Cargo.toml"],
        written: "Cargo.toml Cargo.lock",
        folders: &[".cargo", "cargo"],
    },
    Installer {
        commands: &["bundle install"],
        manifests: &["Gemfile"],
        written: "Gemfile Gemfile.lock",
        folders: &["bundle", "gems", "vendor"],
    },
    Installer {
        commands: &["composer install"],
        manifests: &["composer.json"],
        written: "composer.json composer.lock",
        folders: &["vendor", ".composer"],
    },
    Installer { commands: &["mvn dependency:"], manifests: &["pom.xml"], written: "pom.xml", folders: &[".m2"] },
    Installer {
        commands: &["gradle dependencies", "gradlew dependencies"],
        manifests: &["build.gradle", "build.gradle.kts"],
        written: "*.gradle*",
        folders: &[".gradle"],
    },
];

/// Words of a command that does more than install: what it builds may need every file.
const BUILDS: [&str; 6] = [" build", " compile", " test", " package", "make", "webpack"];
/// The install step's files must be in its folders to this share of its bytes, in percent.
const IN_FOLDERS: u64 = 95;

/// Every copy of a whole folder before an install step that needs only its manifests, as far as the image shows it: the
/// manifest is among the copied files, and the step stored its files in the folders of the installer.
#[must_use]
pub fn order_advice(plan: &BuildPlan, image: &Image, union: &Union, analysis: &Analysis) -> Vec<OrderAdvice> {
    let mut advice = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let (StepKind::Run, Some(layer)) = (step.kind, step.layer) else { continue };
        let text = Instruction::read(image.instruction_of(layer)).line();
        let Some(installer) = INSTALLERS.iter().find(|tool| tool.commands.iter().any(|command| text.contains(command)))
        else {
            continue;
        };
        let installs = installer.commands.iter().find(|command| text.contains(*command)).map_or("", |command| *command);
        let rest = text.replacen(installs, "", 1);
        if BUILDS.iter().any(|word| rest.contains(word)) || !is_in_folders(union, layer, installer) {
            continue;
        }
        let Some((copy, copied)) = copy_below(plan, at, union, installer) else { continue };
        // Nothing to gain if it already copies the manifests first, and nothing else.
        let is_wide = paths(union, copied).any(|path| !is_manifest(&path, installer));
        if is_wide {
            let saved = analysis.layer(layer).accounts.total();
            advice.push(OrderAdvice { copy, install: at, manifests: installer.written.to_owned(), saved });
        }
    }
    advice.sort_by_key(|one| std::cmp::Reverse(one.saved));
    advice
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

fn is_manifest(path: &[u8], installer: &Installer) -> bool {
    let written = installer.written.split_whitespace();
    let mut known = installer.manifests.iter().copied().chain(written);
    known.any(|manifest| manifest.as_bytes() == name(path)) || name(path).ends_with(b".lock")
}

/// The files of a layer.
fn paths(union: &Union, layer: LayerNumber) -> impl Iterator<Item = Vec<u8>> + '_ {
    let files = union.all_versions().map(|id| union.version(id)).filter(move |version| version.layer() == layer);
    files.filter(|version| version.stored() > 0).map(|version| version.path().as_bytes().to_vec())
}

fn is_in_folders(union: &Union, layer: LayerNumber, installer: &Installer) -> bool {
    let (mut inside, mut all) = (0_u64, 0_u64);
    for version in union.all_versions().map(|id| union.version(id)).filter(|version| version.layer() == layer) {
        let path = version.path();
        let mut folders = path.as_bytes().split(|&byte| byte == b'/');
        let is_inside = folders.any(|folder| installer.folders.iter().any(|known| known.as_bytes() == folder))
            || is_manifest(path.as_bytes(), installer);
        all = all.saturating_add(version.stored());
        inside = inside.saturating_add(if is_inside { version.stored() } else { 0 });
    }
    all > 0 && u128::from(inside) * 100 >= u128::from(all) * u128::from(IN_FOLDERS)
}

/// The nearest copy from the build context below a step whose layer has a manifest, and its layer. If the manifest is
/// copied alone, there is nothing to change.
fn copy_below(plan: &BuildPlan, at: usize, union: &Union, installer: &Installer) -> Option<(usize, LayerNumber)> {
    let below = |at: &usize| {
        let inputs = &plan.steps[*at].inputs;
        inputs.iter().find(|(input, role)| *role == InputRole::Below && input < at).map(|(input, _)| *input)
    };
    std::iter::successors(Some(at), below).skip(1).find_map(|at| {
        let step = &plan.steps[at];
        let layer = step.layer.filter(|_| step.kind == StepKind::Copy && !step.context.is_empty())?;
        let has_manifest =
            paths(union, layer).any(|path| installer.manifests.iter().any(|one| one.as_bytes() == name(&path)));
        has_manifest.then_some((at, layer))
    })
}

/// A cached step whose result depends on the world outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleStep {
    /// Its index in the plan.
    pub at: usize,
    /// What it fetches with.
    pub fetches: &'static str,
    /// When it ran, as written in the history.
    pub since: Option<String>,
}

/// Commands that fetch what is newest.
const FETCHES: [&str; 14] = [
    "apt-get update",
    "apt update",
    "apk update",
    "apk add",
    "apk upgrade",
    "dnf install",
    "yum install",
    "microdnf install",
    "zypper install",
    "git clone",
    "curl ",
    "wget ",
    "go install",
    "npm install -g",
];

/// The commands that fetch something without naming a version of it.
#[must_use]
pub fn stale_steps(plan: &BuildPlan, image: &Image) -> Vec<StaleStep> {
    let stale = plan.shown().into_iter().filter_map(|at| {
        let step = &plan.steps[at];
        if step.kind != StepKind::Run {
            return None;
        }
        let of_image = step.step.and_then(|number| image.step(number));
        let text = of_image.map_or_else(|| step.instruction.clone(), |step| Instruction::read(&step.created_by).line());
        let known = FETCHES.iter().copied().find(|command| text.contains(command));
        let fetches = known.or_else(|| is_unpinned_pip(&text).then_some("pip install"))?;
        Some(StaleStep { at, fetches: fetches.trim_end(), since: of_image.and_then(|step| step.created.clone()) })
    });
    stale.collect()
}

/// Whether pip installs something by its name alone.
fn is_unpinned_pip(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("pip install").or_else(|| text.split_once("pip3 install")) else {
        return false;
    };
    let command = rest.split(['&', ';', '|']).next().unwrap_or_default();
    let mut words = command.split_whitespace();
    let mut has_unpinned = false;
    while let Some(word) = words.next() {
        match word {
            "-r" | "--requirement" | "-c" | "-e" | "--index-url" | "-i" | "-t" | "--target" => drop(words.next()),
            _ if word.starts_with('-') || word.starts_with('.') || word.starts_with('/') => {}
            _ => has_unpinned |= !word.contains("==") && !word.contains("://"),
        }
    }
    has_unpinned
}
