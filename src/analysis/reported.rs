//! The history as engines report it. Unlike the history of a configuration, it does not mark the steps that made no layer.

use super::Instruction;

/// Instructions that may make a layer; all others only change the configuration. `WORKDIR` may create its folder.
const WITH_LAYER: [&str; 4] = ["ADD", "COPY", "RUN", "WORKDIR"];

/// A step as an engine reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportedStep {
    /// The instruction; hostile.
    pub created_by: String,
    /// The comment of the builder; hostile.
    pub comment: String,
    /// Its size, as the engine counts: not 0 only if it made a layer.
    pub size: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Makes {
    Layer,
    Nothing,
    /// A layer that holds no bytes, such as one that only removes files, or none.
    Either,
}

impl ReportedStep {
    /// Whether it made a layer, or may have made one.
    #[must_use]
    pub fn may_make_layer(&self) -> bool {
        self.makes() != Makes::Nothing
    }

    fn makes(&self) -> Makes {
        match Instruction::read(&self.created_by) {
            _ if self.size > 0 => Makes::Layer,
            Instruction::Written { keyword, .. } if !WITH_LAYER.contains(&keyword) => Makes::Nothing,
            _ => Makes::Either,
        }
    }
}

/// The index of the step that made each layer, lowest first; `None` where several steps may have made it. The steps are in
/// the order of the build.
#[must_use]
pub fn steps_of_layers(steps: &[ReportedStep], layers: usize) -> Vec<Option<usize>> {
    let mut made_by = vec![None; layers];
    let makes: Vec<Makes> = steps.iter().map(ReportedStep::makes).collect();
    let counted = |kind| makes.iter().filter(|makes| **makes == kind).count();
    let (sure, unsure) = (counted(Makes::Layer), counted(Makes::Either));
    // So many of the unsure steps made a layer.
    let Some(empty) = layers.checked_sub(sure).filter(|empty| *empty <= unsure) else { return made_by };
    let (mut sure_below, mut unsure_below) = (0, 0);
    for (at, makes) in makes.into_iter().enumerate() {
        match makes {
            Makes::Nothing => {}
            Makes::Layer => {
                let lowest = empty.saturating_sub(unsure - unsure_below);
                if lowest == empty.min(unsure_below) {
                    made_by[sure_below + lowest] = Some(at);
                }
                sure_below += 1;
            }
            Makes::Either => {
                if empty == unsure {
                    made_by[sure_below + unsure_below] = Some(at);
                }
                unsure_below += 1;
            }
        }
    }
    made_by
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_by(steps: &[(&str, u64)], layers: usize) -> Vec<Option<usize>> {
        let step =
            |&(text, size): &(&str, u64)| ReportedStep { created_by: text.to_owned(), size, ..ReportedStep::default() };
        steps_of_layers(&steps.iter().map(step).collect::<Vec<_>>(), layers)
    }

    #[test]
    fn steps_with_bytes_make_layers_and_settings_make_none() {
        let steps =
            [("ADD a in /", 9), ("/bin/sh -c #(nop)  ENV A=b", 0), ("RUN make # buildkit", 5), ("VOLUME [/data]", 0)];
        assert_eq!(made_by(&steps, 2), [Some(0), Some(2)]);
    }

    #[test]
    fn steps_without_bytes_make_layers_if_all_of_them_are_needed() {
        let steps = [("", 9), ("/bin/sh -c #(nop) WORKDIR /app", 0), ("/bin/sh -c find / -delete", 0), ("CMD x", 0)];
        assert_eq!(made_by(&steps, 3), [Some(0), Some(1), Some(2)]);
        assert_eq!(made_by(&steps, 1), [Some(0)]);
    }

    #[test]
    fn a_layer_that_several_steps_may_have_made_is_unknown_and_those_around_it_are_not() {
        let steps = [("ADD a in /", 9), ("WORKDIR /app", 0), ("RUN rm x", 0), ("RUN make", 5)];
        assert_eq!(made_by(&steps, 3), [Some(0), None, Some(3)]);
        let between = [("WORKDIR /app", 0), ("ADD a in /", 9), ("RUN rm x", 0)];
        assert_eq!(made_by(&between, 2), [None, None]);
    }

    #[test]
    fn a_history_of_other_layers_says_nothing() {
        assert_eq!(made_by(&[("ADD a in /", 9), ("RUN make", 5)], 1), [None]);
        assert_eq!(made_by(&[("ADD a in /", 9)], 3), [None; 3]);
        assert_eq!(made_by(&[], 0), []);
    }
}
