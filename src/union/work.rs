//! A count of work for tests: how often nodes and versions are looked at. Unlike a time it says the same on every machine.

use std::cell::Cell;

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn look() {
    LOOKS.with(|looks| looks.set(looks.get() + 1));
}

/// Counts work on something else: so many bytes that were looked at.
pub(crate) fn look_at(bytes: usize) {
    LOOKS.with(|looks| looks.set(looks.get() + bytes as u64));
}

/// Checks that work grows no faster than its input: that twice as much of it takes about twice as many looks.
pub(crate) fn assert_linear<I>(input: impl Fn(usize) -> I, work: impl Fn(&I)) {
    let of = |size| looks(|| work(&input(size))).1;
    let (once, twice) = (of(500), of(1000));
    assert!(twice < once * 5 / 2 + 1000, "{once} looks at nodes and versions for one half, {twice} for the whole");
}

/// How many looks at nodes and versions something takes on this thread.
fn looks<T>(of: impl FnOnce() -> T) -> (T, u64) {
    let before = LOOKS.with(Cell::get);
    let result = of();
    (result, LOOKS.with(Cell::get) - before)
}
