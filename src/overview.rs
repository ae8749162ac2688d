//! The answer about an image, in one look: where its bytes are, which changes save most, and which secrets and junk it
//! holds. It says what, not how it is shown, so the screen and the reports cannot disagree.

mod savings;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::analysis::{Account, Accounts, Analysis, Cause, Severity};
use crate::format::count;
use crate::image::{EntryPath, Image, LayerNumber};
use crate::lint::Junk;
use crate::secrets::{Secret, SecretLocation, Secrets};
use crate::union::Union;

/// The accounts, in the order of a bar: what is used first, then what is wasted.
pub const ACCOUNTS: [Account; 4] = [Account::Live, Account::Rewritten, Account::Overwritten, Account::Removed];
/// The number of secrets that are listed.
const SECRETS: usize = 3;

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// Where all stored bytes have ended up.
    pub totals: Accounts,
    /// What can be saved, the most bytes first; what only another base image avoids comes last. `None` until the causes
    /// of waste are known.
    pub savings: Option<Vec<Saving>>,
    /// `None` until they have been searched for.
    pub secrets: Option<SecretsFound>,
    /// `None` until it has been searched for.
    pub junk: Option<JunkFound>,
}

/// Why bytes need not be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavingReason {
    /// A layer wastes what it or a lower one stores.
    Wasted(Account),
    /// The container sees it, but a rule says that it has no place in an image: what it is.
    Junk(String),
}

/// A change of one instruction, and what it saves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// Bytes.
    pub bytes: u64,
    /// Files that contain them.
    pub files: usize,
    /// Whether they are all stored under one path: a single file, or copies of it.
    pub is_one_path: bool,
    /// Why they need not be stored.
    pub reason: SavingReason,
    /// The innermost folder of them all, or the one file.
    pub path: EntryPath,
    /// The layer to blame: the one that wasted them, or that brought junk; of several that replace one path, the one
    /// that wasted most.
    pub caused_by: LayerNumber,
    /// The layers that store them, the most bytes first.
    pub stored_by: Vec<LayerNumber>,
    /// Whether it belongs to the base image, so that no own instruction can avoid it.
    pub of_base: bool,
    /// What to change, as a sentence without a full stop. It quotes the image: hostile.
    pub fix: String,
    /// The junk that is saved, by its index among all hits, the largest first: what the final image shows of it.
    pub junk: Vec<usize>,
    /// How many of the bytes are in older copies of this junk, by the layer that stores them.
    pub copies: Vec<(LayerNumber, u64)>,
    /// Junk that is only stored, by its index, and how many of its bytes are such copies.
    pub hidden_junk: Vec<(usize, u64)>,
    /// Junk, by its index, of which the same cause wastes older copies. Their bytes are in the saving of the junk.
    pub without: Vec<usize>,
}

/// Secrets in one look. What is stored in several places is one secret to replace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretsFound {
    /// How many there are.
    pub count: usize,
    /// In how many places they are; at least as many.
    pub places: usize,
    /// How many of them a container sees; the others are in files that were removed, and are still stored.
    pub visible: usize,
    /// How many of them may be none: only a name suggests them, or they came with a package or with tests.
    pub possible: usize,
    /// The most certain ones, each of another kind or place.
    pub worst: Vec<ListedSecret>,
}

/// A secret that stands for all its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedSecret {
    /// Its index among the secrets; one that a container sees, if there is one.
    pub index: usize,
    /// In how many places it is.
    pub places: usize,
}

/// Junk in one look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JunkFound {
    /// Bytes.
    pub bytes: u64,
    /// Bytes in the final image.
    pub live: u64,
    /// Places.
    pub places: usize,
}

impl Overview {
    /// Gathers what is known. Causes are those of the analysis, once contents are compared.
    #[must_use]
    pub fn new(
        image: &Image,
        union: &Union,
        analysis: &Analysis,
        causes: Option<&[Cause]>,
        junk: Option<&Junk>,
        secrets: Option<&Secrets>,
    ) -> Self {
        Self {
            totals: analysis.totals,
            savings: causes.map(|causes| savings::find(image, union, analysis, causes, junk)),
            secrets: secrets.map(|secrets| SecretsFound::new(secrets, union)),
            junk: junk.map(JunkFound::new),
        }
    }

    /// The saving of a junk hit that the final image shows.
    #[must_use]
    pub fn saving_of_junk(&self, hit: usize) -> Option<&Saving> {
        self.savings.iter().flatten().find(|saving| saving.junk.contains(&hit))
    }

    /// The savings of the junk of which a hit that is only stored has older copies, each with their bytes.
    pub fn savings_of_hidden_junk(&self, hit: usize) -> impl Iterator<Item = (&Saving, u64)> {
        let bytes =
            move |saving: &Saving| saving.hidden_junk.iter().find_map(|&(of, bytes)| (of == hit).then_some(bytes));
        self.savings.iter().flatten().filter_map(move |saving| Some((saving, bytes(saving)?)))
    }

    /// The saving of what one layer stores and another wastes, unless it is joined with others.
    #[must_use]
    pub fn saving_of_cause(&self, account: Account, stored_by: LayerNumber, by: LayerNumber) -> Option<&Saving> {
        let is_of_account = |saving: &Saving| saving.reason == SavingReason::Wasted(account);
        let is_of_cause = |saving: &&Saving| saving.caused_by == by && saving.stored_by == [stored_by];
        self.savings.iter().flatten().find(|saving| is_of_account(saving) && is_of_cause(saving))
    }

    /// The accounts in whole per cent. They add up to 100, or are all 0 where nothing is stored.
    #[must_use]
    pub fn shares(&self) -> [(Account, u64); 4] {
        let total = u128::from(self.totals.total());
        let mut shares = ACCOUNTS.map(|account| (account, 0, 0));
        if total == 0 {
            return shares.map(|(account, share, _)| (account, share));
        }
        for (account, share, rest) in &mut shares {
            let hundred = u128::from(self.totals.bytes_in(*account)) * 100;
            (*share, *rest) = (u64::try_from(hundred / total).unwrap_or(100), hundred % total);
        }
        let missing = 100_u64.saturating_sub(shares.iter().map(|(_, share, _)| share).sum());
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by_key(|&at| Reverse(shares[at].2));
        for &at in order.iter().take(usize::try_from(missing).unwrap_or(0)) {
            shares[at].1 += 1;
        }
        shares.map(|(account, share, _)| (account, share))
    }
}

impl SecretsFound {
    /// `2 secrets in 3 places`: what every screen, report and check says.
    #[must_use]
    pub fn in_words(&self) -> String {
        let secrets = format!("{} {}", count(self.count), if self.count == 1 { "secret" } else { "secrets" });
        if self.places == self.count { secrets } else { format!("{secrets} in {} places", count(self.places)) }
    }

    /// Counts what was found.
    #[must_use]
    pub fn new(secrets: &Secrets, union: &Union) -> Self {
        let mut known: HashMap<SecretIdentity<'_>, usize> = HashMap::new();
        let mut distinct: Vec<ListedSecret> = Vec::new();
        for (index, secret) in secrets.found.iter().enumerate() {
            let at = *known.entry(SecretIdentity::new(secret, union)).or_insert(distinct.len());
            match distinct.get_mut(at) {
                None => distinct.push(ListedSecret { index, places: 1 }),
                Some(listed) => {
                    listed.places += 1;
                    if secret.is_live() && !secrets.found[listed.index].is_live() {
                        listed.index = index;
                    }
                }
            }
        }
        let visible = distinct.iter().filter(|listed| secrets.found[listed.index].is_live()).count();
        let is_possible = |listed: &&ListedSecret| secrets.found[listed.index].severity != Severity::High;
        let possible = distinct.iter().filter(is_possible).count();
        let count = distinct.len() + secrets.more;
        let mut listed = HashSet::new();
        distinct.retain(|one| {
            let secret = &secrets.found[one.index];
            listed.insert((secret.kind, place(secret)))
        });
        distinct.truncate(SECRETS);
        Self { count, places: secrets.found.len() + secrets.more, visible, possible, worst: distinct }
    }
}

/// What two copies of one secret have in common.
#[derive(PartialEq, Eq, Hash)]
enum SecretIdentity<'a> {
    Value(&'a str),
    /// A file that is a secret as a whole, by its content.
    Content(u128),
    /// The same, if its content has no hash.
    Place(&'static str, String),
}

impl<'a> SecretIdentity<'a> {
    fn new(secret: &'a Secret, union: &Union) -> Self {
        if !secret.value.is_empty() {
            return Self::Value(&secret.value);
        }
        let content = match &secret.location {
            SecretLocation::File { path, layer, .. } => {
                let versions = union.node_at(path).into_iter().flat_map(|node| union.versions(node));
                let mut stored = versions.map(|id| union.version(id)).filter(|version| version.layer() == *layer);
                stored.find_map(|version| version.entry()?.content_hash())
            }
            _ => None,
        };
        content.map_or_else(|| Self::Place(secret.kind, place(secret)), Self::Content)
    }
}

fn place(secret: &Secret) -> String {
    match &secret.location {
        SecretLocation::File { path, .. } => String::from_utf8_lossy(path.as_bytes()).into_owned(),
        other => format!("{other:?}"),
    }
}

impl JunkFound {
    fn new(junk: &Junk) -> Self {
        let sum = |live: bool| {
            let hits = junk.hits.iter().filter(|hit| !live || hit.place.is_live());
            hits.fold(0, |sum: u64, hit| sum.saturating_add(hit.bytes))
        };
        Self { bytes: sum(false), live: sum(true), places: junk.hits.len() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analysis::test_union::BySize;
    use crate::analysis::{Identities, pairs};
    use crate::image::{HistoryEntry, Layer, NewEntry, Quiet, pair_history};
    use crate::lint::{JunkHit, JunkPlace, JunkRule, JunkText};
    use crate::union::testing::{entry, layer, layer_number};

    /// A file of a layer: name, bytes, owner. The name of a whiteout has no bytes.
    type File = (&'static str, u64, i64);

    /// An image of layers, each with its instruction; without history if the instruction is empty.
    fn overview(layers: &[(&str, &[File])], junk: Option<&Junk>, secrets: Option<&Secrets>) -> Overview {
        let scans = layers.iter().map(|(_, files)| {
            layer(files.iter().map(|&(name, size, owner)| NewEntry { uid: owner, gid: owner, ..entry(name, size) }))
        });
        let union = Union::build(scans.collect());
        let mut image = Image { layers: vec![Layer::default(); layers.len()], ..Image::default() };
        let history = layers.iter().filter(|(step, _)| !step.is_empty());
        let history =
            history.map(|(step, _)| HistoryEntry { created_by: (*step).to_owned(), ..HistoryEntry::default() });
        (image.steps, _) = pair_history(history.collect(), &mut image.layers);
        let identities = Identities::compare(&union, &BySize, &pairs(&union), &Quiet);
        let analysis = Analysis::new(&union, Some(&identities));
        let junk = junk.map(|junk| with_versions(junk, &union));
        Overview::new(&image, &union, &analysis, Some(&analysis.causes(&image, &union)), junk.as_ref(), secrets)
    }

    /// Junk with the versions of its samples.
    fn with_versions(junk: &Junk, union: &Union) -> Junk {
        let mut junk = junk.clone();
        for hit in &mut junk.hits {
            let nodes = hit.samples.iter().filter_map(|path| union.node_at(path));
            let versions = nodes.flat_map(|node| union.versions(node));
            hit.versions = versions.filter(|&id| Some(union.version(id).layer()) == hit.place.layer()).collect();
        }
        junk
    }

    /// Bytes, the path, who is to blame, who stores it.
    fn said(saving: &Saving) -> String {
        let stored: Vec<_> = saving.stored_by.iter().map(ToString::to_string).collect();
        let path = String::from_utf8_lossy(saving.path.as_bytes());
        let reason = match &saving.reason {
            SavingReason::Wasted(account) => account.name(),
            SavingReason::Junk(what) => what,
        };
        format!("{} B {reason} {path} by {} in {}", saving.bytes, saving.caused_by, stored.join("+"))
    }

    fn savings(overview: &Overview) -> &[Saving] {
        overview.savings.as_deref().expect("contents are compared")
    }

    const BASE: (&str, &[File]) = ("ADD rootfs.tar /", &[("etc/os", 5, 0), ("bin/sh", 7, 0)]);

    #[test]
    fn each_instruction_to_change_is_a_saving_of_its_own() {
        let overview = overview(
            &[
                BASE,
                ("COPY . /app", &[("app/a", 20, 0), ("app/.git/pack", 60, 0)]),
                ("RUN npm ci", &[("app/node_modules/x", 100, 0)]),
                (
                    "RUN chown -R node /app",
                    &[("app/a", 20, 9), ("app/node_modules/x", 100, 9), ("app/.git/pack", 60, 9)],
                ),
                ("RUN rm -rf /app/.git", &[("app/.wh..git", 0, 0)]),
            ],
            None,
            None,
        );
        let listed: Vec<_> = savings(&overview).iter().map(said).collect();
        assert_eq!(
            listed,
            [
                "100 B rewritten app/node_modules/x by 4 in 3",
                "80 B rewritten app by 4 in 2",
                "60 B removed app/.git/pack by 5 in 4"
            ]
        );
        assert!(savings(&overview)[0].fix.contains("npm ci"), "{:?}", savings(&overview)[0].fix);
        assert_eq!(overview.totals.wasted(), 240);
        assert_eq!(savings(&overview).iter().map(|saving| saving.bytes).sum::<u64>(), overview.totals.wasted());
        assert_eq!((overview.secrets, overview.junk), (None, None), "nobody has searched yet");
    }

    #[test]
    fn old_copies_of_one_path_are_one_saving() {
        let append = |size| [("data/log", size, 0)];
        let (a, b, c) = (append(10), append(20), append(30));
        let overview = overview(
            &[BASE, ("RUN a", &a), ("RUN b", &b), ("RUN c", &c), ("RUN d", &[("data/log", 31, 0), ("x", 1, 0)])],
            None,
            None,
        );
        assert_eq!(
            savings(&overview).iter().map(said).collect::<Vec<_>>(),
            ["60 B overwritten data/log by 5 in 4+3+2"]
        );
        let saving = &savings(&overview)[0];
        assert_eq!((saving.files, saving.is_one_path, saving.bytes), (3, true, overview.totals.wasted()));
        assert!(saving.fix.starts_with("3 old copies of `/data/log` are stored"), "{}", saving.fix);
    }

    #[test]
    fn what_only_another_base_avoids_comes_last() {
        let overview = overview(
            &[
                BASE,
                ("RUN edit", &[("etc/os", 6, 0)]),
                ("RUN fetch", &[("t", 2, 0)]),
                ("RUN rm /t", &[(".wh.t", 0, 0)]),
            ],
            None,
            None,
        );
        let listed: Vec<_> = savings(&overview).iter().map(said).collect();
        assert_eq!(listed, ["2 B removed t by 4 in 3", "5 B overwritten etc/os by 2 in 1"]);
        assert_eq!(savings(&overview).iter().map(|saving| saving.of_base).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn junk_that_is_stored_again_is_one_saving_of_the_layer_that_brought_it() {
        let rule = JunkRule::new(
            JunkText { what: "a repository".to_owned(), fix: "ignore it".to_owned(), ..JunkText::default() },
            Severity::Medium,
        );
        let path = |text: &str| EntryPath::normalise(text.as_bytes()).path;
        let hit = |live| JunkHit {
            rule: Arc::new(rule.clone().expect("no patterns")),
            place: JunkPlace::Layer { layer: layer_number(if live { 3 } else { 2 }), live },
            bytes: 60,
            files: 2,
            versions: Vec::new(),
            folder: path("app/.git"),
            samples: vec![path("app/.git/pack"), path("app/.git/HEAD")],
            note: String::new(),
        };
        let junk = Junk { hits: vec![hit(true), hit(false)], findings: Vec::new() };
        let layers: &[(&str, &[File])] = &[
            BASE,
            ("COPY . /app", &[("app/.git/pack", 50, 0), ("app/.git/HEAD", 10, 0), ("app/main.js", 7, 0)]),
            ("RUN chown -R node /app", &[("app/.git/pack", 50, 9), ("app/.git/HEAD", 10, 9), ("app/main.js", 7, 9)]),
        ];
        let overview = overview(layers, Some(&junk), None);
        let listed: Vec<_> = savings(&overview).iter().map(said).collect();
        assert_eq!(listed, ["120 B a repository app/.git by 2 in 3+2", "7 B rewritten app/main.js by 3 in 2"]);
        assert_eq!(savings(&overview)[0].fix, "ignore it");
        let of_junk = overview.saving_of_junk(0).expect("the hit is a saving");
        assert_eq!((of_junk.bytes, of_junk.copies.as_slice()), (120, [(layer_number(2), 60)].as_slice()));
        assert_eq!(overview.saving_of_junk(1), None, "the other hit is only stored");
        let hidden: Vec<_> = overview.savings_of_hidden_junk(1).map(|(saving, bytes)| (saving.bytes, bytes)).collect();
        assert_eq!((hidden, overview.savings_of_hidden_junk(0).count()), (vec![(120, 60)], 0));
        let rest = overview.saving_of_cause(Account::Rewritten, layer_number(2), layer_number(3)).expect("a cause");
        assert_eq!((rest.bytes, rest.without.as_slice()), (7, [0].as_slice()));
        assert_eq!(overview.junk, Some(JunkFound { bytes: 120, live: 60, places: 2 }));
    }

    #[test]
    fn fault_junk_of_the_base_is_not_for_the_dockerfile_to_fix() {
        let rule =
            JunkText { what: "package lists".to_owned(), fix: "end the `RUN`".to_owned(), ..JunkText::default() };
        let path = |text: &str| EntryPath::normalise(text.as_bytes()).path;
        let hit = JunkHit {
            rule: Arc::new(JunkRule::new(rule, Severity::Medium).expect("no patterns")),
            place: JunkPlace::Layer { layer: layer_number(1), live: true },
            bytes: 5,
            files: 1,
            versions: Vec::new(),
            folder: path("etc"),
            samples: vec![path("etc/os")],
            note: String::new(),
        };
        let junk = Junk { hits: vec![hit], findings: Vec::new() };
        let overview = overview(&[BASE, ("RUN make", &[("x", 1, 0)])], Some(&junk), None);
        let saving = &savings(&overview)[0];
        assert_eq!((saving.of_base, saving.bytes), (true, 5));
        assert_eq!(saving.fix, "it belongs to the base image: only another base avoids it");
    }

    #[test]
    fn fault_a_secret_in_several_places_counts_once() {
        let secret = |path: &str, layer, hidden_by, value: &str| Secret {
            kind: "private-key",
            severity: Severity::High,
            location: SecretLocation::File {
                layer: layer_number(layer),
                path: EntryPath::normalise(path.as_bytes()).path,
                account: Account::Live,
                hidden_by,
                world_readable: false,
            },
            value: value.to_owned(),
        };
        let removed = Some(layer_number(3));
        let found = vec![
            secret("a", 1, removed, "hunter2"),
            secret("a", 2, removed, "hunter2"),
            secret("a", 2, removed, "another of the same file"),
            secret("b", 1, None, "hunter2"),
            secret("key", 1, removed, ""),
            secret("key", 2, removed, ""),
        ];
        let secrets = Secrets { found, more: 2, ..Secrets::default() };
        let overview = overview(&[BASE], None, Some(&secrets));
        let listed = |index, places| ListedSecret { index, places };
        let worst = vec![listed(3, 3), listed(2, 1), listed(4, 2)];
        let found = SecretsFound { count: 5, places: 8, visible: 1, possible: 0, worst };
        assert_eq!(found.in_words(), "5 secrets in 8 places");
        assert_eq!(SecretsFound { count: 1, places: 1, ..found.clone() }.in_words(), "1 secret");
        assert_eq!(overview.secrets, Some(found));
    }

    #[test]
    fn an_image_that_wastes_nothing_has_nothing_to_save() {
        let overview = overview(&[("", &[("a", 3, 0)])], Some(&Junk::default()), Some(&Secrets::default()));
        assert_eq!((savings(&overview).len(), overview.shares()[0]), (0, (Account::Live, 100)));
        assert_eq!(overview.secrets, Some(SecretsFound::default()));
        let nothing = self::overview(&[("", &[])], None, None);
        assert_eq!(nothing.shares().map(|(_, share)| share), [0; 4]);
    }

    #[test]
    fn shares_add_up_to_a_hundred() {
        for (live, rewritten, overwritten, removed) in [(1, 1, 1, 0), (1, 1, 1, 3), (997, 1, 1, 1), (0, 0, 0, u64::MAX)]
        {
            let totals = Accounts { live, overwritten, rewritten, removed };
            let overview = Overview { totals, ..Overview::default() };
            assert_eq!(overview.shares().iter().map(|(_, share)| share).sum::<u64>(), 100, "{totals:?}");
        }
    }
}
