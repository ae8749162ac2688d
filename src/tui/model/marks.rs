//! Marked paths and layers: the basket, and what removing them would save.

use std::sync::Arc;

use crate::analysis::{Loss, Marked};
use crate::tui::work::Job;
use crate::union::Union;

/// What removing everything marked saves, as it was requested.
pub(in crate::tui) struct MarksLoss {
    revision: u32,
    loss: Loss,
}

/// The basket.
#[derive(Default)]
pub(in crate::tui) struct Marks {
    /// In the order in which they were marked.
    list: Vec<Marked>,
    /// Changes whenever the list changes.
    revision: u32,
    loss: Option<Loss>,
}

impl Marks {
    pub fn list(&self) -> &[Marked] {
        &self.list
    }

    pub fn contains(&self, mark: Marked) -> bool {
        self.list.contains(&mark)
    }

    /// What removing them would save; `None` while that is computed.
    pub fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    pub fn toggle(&mut self, mark: Marked) {
        match self.list.iter().position(|&known| known == mark) {
            Some(at) => drop(self.list.remove(at)),
            None => self.list.push(mark),
        }
        self.changed();
    }

    pub fn clear(&mut self) {
        self.list.clear();
        self.changed();
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.loss = None;
    }

    /// The job that computes the loss of the current list.
    pub fn job(&self, union: &Arc<Union>) -> Option<Job> {
        let (marked, revision) = (self.list.clone(), self.revision);
        let union = Arc::clone(union);
        (!marked.is_empty())
            .then(|| Job::latest(move |_| Some(MarksLoss { revision, loss: Loss::new(&union, &marked) })))
    }

    /// Takes the result, unless the list has changed since.
    pub fn set_loss(&mut self, MarksLoss { revision, loss }: MarksLoss) {
        if revision == self.revision {
            self.loss = Some(loss);
        }
    }
}
