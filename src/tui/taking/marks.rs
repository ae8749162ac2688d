//! What a person marked: a basket of paths and layers, and what the image would lose without them.

use std::sync::Arc;

use crate::analysis::{Loss, Marked};
use crate::tui::work::Job;
use crate::union::Union;

/// The basket.
#[derive(Default)]
pub(in crate::tui) struct Marks {
    /// In the order in which they were marked.
    list: Vec<Marked>,
    /// Moves whenever the list changes.
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

    /// What the image would lose; nothing while that is worked out.
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

    /// What is to be worked out for the list as it is.
    pub fn job(&self, union: &Arc<Union>) -> Option<Job> {
        let (marked, revision) = (self.list.clone(), self.revision);
        (!marked.is_empty()).then(|| Job::Loss { union: Arc::clone(union), marked, revision })
    }

    /// Takes what was worked out, unless the list has changed since.
    pub fn take(&mut self, revision: u32, loss: Loss) {
        if revision == self.revision {
            self.loss = Some(loss);
        }
    }
}
