//! Marked paths and layers: the basket, and what removing them would save.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ModelUpdate, Received};
use crate::analysis::{Analysis, Loss, Marked};
use crate::tui::work::Job;
use crate::union::Union;

/// The basket.
#[derive(Default)]
pub(in crate::tui) struct Marks {
    /// In the order in which they were marked.
    list: Vec<Marked>,
    /// The same: a finding can mark a hundred thousand files.
    set: HashSet<Marked>,
    /// Changes whenever the list changes.
    revision: u32,
    loss: Option<Loss>,
}

impl Marks {
    pub fn list(&self) -> &[Marked] {
        &self.list
    }

    pub fn contains(&self, mark: Marked) -> bool {
        self.set.contains(&mark)
    }

    /// Whether all of these are marked, and there are any.
    pub fn contains_all(&self, marks: &[Marked]) -> bool {
        !marks.is_empty() && marks.iter().all(|&mark| self.contains(mark))
    }

    /// What removing them would save; `None` while that is computed.
    pub fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    /// Marks all of these, or unmarks them if all are marked.
    pub fn toggle_all(&mut self, marks: &[Marked]) {
        if self.contains_all(marks) {
            for mark in marks {
                self.set.remove(mark);
            }
            self.list.retain(|mark| self.set.contains(mark));
        } else {
            self.list.extend(marks.iter().filter(|&&mark| self.set.insert(mark)));
        }
        self.changed();
    }

    pub fn clear(&mut self) {
        self.list.clear();
        self.set.clear();
        self.changed();
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.loss = None;
    }

    /// The job that computes the loss of the current list.
    pub fn job(&self, union: &Arc<Union>, analysis: Option<&Arc<Analysis>>) -> Option<Job> {
        let (marked, revision) = (self.list.clone(), self.revision);
        let (union, analysis) = (Arc::clone(union), analysis.map(Arc::clone));
        let work = move |_: &mut _| {
            let waste = analysis.as_ref().map_or(&[][..], |analysis| &analysis.waste);
            let loss = Loss::new(&union, waste, &marked);
            Some(ModelUpdate::new(move |model| model.marks.set_loss(revision, loss)))
        };
        (!self.list.is_empty()).then(|| Job::latest(work))
    }

    /// Takes the result, unless the list has changed since.
    fn set_loss(&mut self, revision: u32, loss: Loss) -> Received {
        if revision == self.revision {
            self.loss = Some(loss);
        }
        Received::News(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::LayerNumber;
    use crate::union::testing::files;

    #[test]
    fn a_newer_list_replaces_the_one_that_waits_and_nothing_else() {
        let union = Arc::new(Union::build(vec![files(&[("a", 1)])]));
        let mut marks = Marks::default();
        assert!(marks.job(&union, None).is_none());
        marks.toggle_all(&[Marked::Layer(LayerNumber::FIRST)]);
        let waiting = marks.job(&union, None).expect("something is marked");
        assert!(waiting.is_replaced_by(&marks.job(&union, None).expect("it still is")));
        assert!(!waiting.is_replaced_by(&Job::latest(|_| Some(ModelUpdate::new(|_| Received::Nothing)))));
    }
}
