//! Marked paths and layers: the basket, and what removing them would save.

use std::sync::Arc;

use super::{ModelUpdate, Received};
use crate::analysis::{Loss, Marked};
use crate::tui::work::Job;
use crate::union::Union;

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
        let work = move |_: &mut _| {
            let loss = Loss::new(&union, &marked);
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
        assert!(marks.job(&union).is_none());
        marks.toggle(Marked::Layer(LayerNumber::FIRST));
        let waiting = marks.job(&union).expect("something is marked");
        assert!(waiting.is_replaced_by(&marks.job(&union).expect("it still is")));
        assert!(!waiting.is_replaced_by(&Job::latest(|_| Some(ModelUpdate::new(|_| Received::Nothing)))));
    }
}
