//! Moves from one matching row to the next, wrapping around at the ends.

/// The next or previous matching row, and whether the search wrapped around.
pub(in crate::tui) fn next_match(
    rows: usize,
    from: usize,
    forward: bool,
    holds: impl Fn(usize) -> bool,
) -> Option<(usize, bool)> {
    let (holds, from) = (|at: &usize| holds(*at), from.min(rows));
    if forward {
        let ahead = (from + 1..rows).find(holds).map(|at| (at, false));
        ahead.or_else(|| (0..rows).find(holds).map(|at| (at, true)))
    } else {
        let behind = (0..from).rev().find(holds).map(|at| (at, false));
        behind.or_else(|| (0..rows).rev().find(holds).map(|at| (at, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_goes_round_both_ends_and_comes_back_to_where_it_began() {
        let next = |from, forward| next_match(6, from, forward, |at| at == 1 || at == 4);
        assert_eq!(
            [next(0, true), next(1, true), next(4, true)],
            [Some((1, false)), Some((4, false)), Some((1, true))]
        );
        assert_eq!(
            [next(5, false), next(4, false), next(1, false)],
            [Some((4, false)), Some((1, false)), Some((4, true))]
        );
        assert_eq!(next_match(3, 2, true, |at| at == 2), Some((2, true)), "the only one");
        assert_eq!([next_match(0, 0, true, |_| true), next_match(3, 0, false, |_| false)], [None, None]);
        assert_eq!(next_match(2, 9, true, |_| true), Some((0, true)), "from after the end");
    }
}
