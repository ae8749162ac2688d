//! The longest common subsequence of two sequences.

use std::collections::HashMap;
use std::hash::Hash;

/// The limit on pairs of equal elements that are considered: 1,000 × 1,000 equal ones. Beyond it, only the first pair with
/// the first, the second with the second, and so on of each element: shorter than the longest, but in bounded memory.
const MOST_PAIRS: usize = 1 << 20;

/// A pair of equal elements, and the one before it in the longest sequence that ends with it.
struct Link {
    pair: (usize, usize),
    before: Option<u32>,
}

/// The places of a longest common subsequence, ascending in both (Hunt and Szymanski: `n` pairs of equal elements take
/// `n log n` steps).
pub(super) fn common<T: Eq + Hash>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[head..], &b[head..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (inner_a, inner_b) = (&rest_a[..rest_a.len() - tail], &rest_b[..rest_b.len() - tail]);
    let mut found: Vec<_> = (0..head).map(|at| (at, at)).collect();
    found.extend(longest(inner_a, inner_b).into_iter().map(|(a, b)| (head + a, head + b)));
    found.extend((0..tail).map(|at| (a.len() - tail + at, b.len() - tail + at)));
    found
}

fn longest<T: Eq + Hash>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&T, Vec<usize>> = HashMap::new();
    for (at, element) in b.iter().enumerate() {
        places.entry(element).or_default().push(at);
    }
    let all = a.iter().filter_map(|element| places.get(element)).fold(0_usize, |sum, at| sum.saturating_add(at.len()));
    let mut seen: HashMap<&T, usize> = HashMap::new();
    let mut links: Vec<Link> = Vec::new();
    // For each length, the link whose place in `b` is the lowest of all sequences of that length.
    let mut ends: Vec<u32> = Vec::new();
    for (at_a, element) in a.iter().enumerate() {
        let Some(places) = places.get(element) else { continue };
        let candidates = if all <= MOST_PAIRS {
            &places[..]
        } else {
            let nth = seen.entry(element).or_default();
            *nth += 1;
            places.get(*nth - 1..*nth).unwrap_or_default()
        };
        // From the last to the first, so that no two of them are in one sequence.
        for &at_b in candidates.iter().rev() {
            let len = ends.partition_point(|&end| links[end as usize].pair.1 < at_b);
            let is_lower = ends.get(len).is_none_or(|&end| at_b < links[end as usize].pair.1);
            if !is_lower {
                continue;
            }
            let Ok(number) = u32::try_from(links.len()) else { continue };
            links.push(Link { pair: (at_a, at_b), before: len.checked_sub(1).map(|shorter| ends[shorter]) });
            match ends.get_mut(len) {
                Some(end) => *end = number,
                None => ends.push(number),
            }
        }
    }
    let mut found = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(number) = next {
        let link = &links[number as usize];
        found.push(link.pair);
        next = link.before;
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The length by the table of all prefixes.
    fn naive(a: &[u8], b: &[u8]) -> usize {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for (i, one) in a.iter().enumerate() {
            for (j, other) in b.iter().enumerate() {
                table[i + 1][j + 1] = if one == other { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn it_is_as_long_as_the_table_of_all_prefixes_says(
            a in prop::collection::vec(0_u8..6, 0..30), b in prop::collection::vec(0_u8..6, 0..30)
        ) {
            let found = common(&a, &b);
            prop_assert_eq!(found.len(), naive(&a, &b));
            prop_assert!(found.iter().all(|&(i, j)| a[i] == b[j]));
            prop_assert!(found.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
        }
    }

    #[test]
    fn hostile_sequences_are_bounded() {
        let many: Vec<u32> = (0..10_000).collect();
        let backwards: Vec<u32> = many.iter().rev().copied().collect();
        assert_eq!(common(&many, &backwards).len(), 1);
        // Nearly all elements are equal, and neither end is.
        let mut a = vec![7; 10_000];
        let mut b = a.clone();
        (a[0], b[9_999]) = (1, 2);
        assert_eq!(common(&a, &b).len(), 9_999);
    }
}
