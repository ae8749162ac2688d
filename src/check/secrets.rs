//! The rule about secrets. A judgement never contains one, only its kind and location.

use std::collections::HashSet;

use crate::analysis::step_in_sentence;
use crate::image::Image;
use crate::overview::SecretsFound;
use crate::secrets::{Secret, SecretLocation, Secrets};

use crate::union::Union;

use super::judge::at_places;
use super::{Globs, Measure, RuleResult, Violation};

pub(super) fn forbidden(image: (&Image, &Union), secrets: &Secrets, allowed: &Globs) -> RuleResult {
    let asks = "anyone who can pull the image can read no secret in it, removed or not";
    judge("forbid-secrets", asks, image, secrets, allowed)
}

/// The same about the secrets that a baseline does not have.
pub(super) fn forbidden_new(image: (&Image, &Union), new: &Secrets, allowed: &Globs) -> RuleResult {
    let asks = "the image has no secret, removed or not, that the baseline does not have in the same place";
    judge("forbid-new-secrets", asks, image, new, allowed)
}

fn judge(
    rule: &'static str,
    asks: &'static str,
    (image, union): (&Image, &Union),
    secrets: &Secrets,
    allowed: &Globs,
) -> RuleResult {
    // Reports quote the instruction of a layer, but not one that contains a secret.
    let telling: HashSet<_> = secrets
        .found
        .iter()
        .filter_map(|secret| match &secret.location {
            SecretLocation::Step { layer, .. } => *layer,
            _ => None,
        })
        .collect();
    let mut places: Vec<_> =
        secrets.found.iter().map(|secret| place(image, secret)).filter(|place| !is_allowed(place, allowed)).collect();
    for place in &mut places {
        if let Some(layer) = place.layer.filter(|layer| telling.contains(layer)) {
            place.layer = None;
            place.what = format!("{}; stored by layer {layer}", place.what);
        }
    }
    // What could not be searched may contain a secret, so it does not pass.
    places.extend(secrets.findings.iter().map(|finding| Violation {
        layer: finding.layer.filter(|layer| !telling.contains(layer)),
        step: None,
        path: finding.path.clone(),
        bytes: None,
        what: finding.message.clone(),
    }));
    let limit = match allowed.texts() {
        [] => "none".to_owned(),
        globs => format!("none but in {}", globs.join(", ")),
    };
    let mut judged = at_places(rule, asks, Measure::Words(limit), places);
    judged.more_places += secrets.more;
    let mut counted = secrets.clone();
    counted.found.retain(|secret| !is_allowed(&place(image, secret), allowed));
    let counted = SecretsFound::new(&counted, union);
    let said = (counted.count > 0).then(|| counted.in_words());
    judged.note = said.into_iter().chain(secrets.searched_by_names()).collect::<Vec<_>>().join("; ");
    judged
}

fn is_allowed(place: &Violation, allowed: &Globs) -> bool {
    place.path.as_ref().is_some_and(|path| allowed.matches(path))
}

fn place(image: &Image, secret: &Secret) -> Violation {
    let kind = format!("{} ({})", secret.kind, secret.severity.name());
    let (layer, path, what) = match &secret.location {
        SecretLocation::File { layer, path, hidden_by, account, .. } => {
            let state = match hidden_by {
                None => "in the final image".to_owned(),
                Some(by) => format!("{} by layer {by}, but still stored", account.name()),
            };
            (Some(*layer), Some(path.clone()), format!("{kind}, {state}"))
        }
        SecretLocation::Env(name) => (None, None, format!("{kind} in the environment: {name}")),
        SecretLocation::Label(name) => (None, None, format!("{kind} in a label: {name}")),
        SecretLocation::Document(place) => (None, None, format!("{kind} in the documents: {place}")),
        SecretLocation::Step { number, .. } => {
            let step = image.step(*number).map_or_else(String::new, |step| format!(": {}", step_in_sentence(step)));
            (None, None, format!("{kind} in the history{step}"))
        }
    };
    let step = match &secret.location {
        SecretLocation::Step { number, .. } => Some(*number),
        _ => layer.and_then(|layer| Some(image.step_of(layer)?.number)),
    };
    Violation { layer, step, path, bytes: None, what }
}
