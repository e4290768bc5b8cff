//! Ids of orders.

/// Id of the first order, as in the walk-through.
const FIRST: u64 = 10_000_001;
/// Ids of orders that have moved lie that far behind those they had.
const MOVED: u64 = 10_000_000_000;
/// How often an order may get a new id.
pub(super) const MOVES: u32 = 99;
/// Ids of another seed lie that far behind.
const SEED: u64 = 1_000_000_000_000;
/// How many seeds have ids of their own.
const SEEDS: u64 = 1_000;
/// Every so manyth order has an id of so many digits that DMS writes it as a float.
const LARGE: u64 = 64;
const FIRST_LARGE: u64 = 100_000_000_000_000_000;
/// Large ids are so far apart that a float of 64 bits is one of them, and its shortest text has its digits.
const LARGE_STEP: u64 = 400;
/// Large ids of another seed lie that far behind: all of them are below 2^57.
const LARGE_SEED: u64 = 40_000_000_000_000;

/// Id of the `number`th order, from 0, after so many moves: for the first seed 10000001 and those that follow.
pub(super) fn order_id(seed: u64, number: u64, moves: u32) -> u64 {
    let seed = seed.wrapping_sub(1) % SEEDS;
    let moves = u64::from(moves);
    if number % LARGE == LARGE - 1 {
        let step = (number * u64::from(MOVES + 1) + moves) * LARGE_STEP;
        return FIRST_LARGE + seed * LARGE_SEED + step;
    }
    FIRST + number + moves * MOVED + seed * SEED
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_of_one_order_of_one_seed() {
        assert_eq!(order_id(1, 0, 0), 10_000_001);
        assert_eq!(order_id(1, 63, 0), 100_000_000_002_520_000);
        let mut ids = HashSet::new();
        for seed in [1, 2, 3, 1_000] {
            for number in (0..2_000).chain(900_000_000..900_000_200) {
                for moves in [0, 1, 2, MOVES] {
                    let id = order_id(seed, number, moves);
                    assert!(ids.insert(id), "{seed} {number} {moves}");
                    assert!(id < 1 << 57);
                    assert!(id < 10_000_000_000_000_000 || id.is_multiple_of(LARGE_STEP));
                }
            }
        }
    }
}
