//! Which group a sale is of.

use fastrand::Rng;

use super::settings::Skew;

/// Weight of the first group: large, so that the weights of ten thousand groups are exact enough as integers.
const FIRST_WEIGHT: u64 = 1_000_000_000;

/// Draws groups, by number from 0.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    /// Sum of the weights of each group and all before it.
    up_to: Vec<u64>,
}

impl Groups {
    pub(super) fn new(count: u32, skew: Skew) -> Self {
        let mut sum = 0;
        let weight = |number: u64| match skew {
            Skew::None => FIRST_WEIGHT,
            Skew::Zipf => FIRST_WEIGHT / number,
        };
        let up_to = (1..=u64::from(count.max(1))).map(|number| {
            sum += weight(number);
            sum
        });
        Self {
            up_to: up_to.collect(),
        }
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> usize {
        let all = self.up_to.last().copied().unwrap_or(1);
        let drawn = rng.u64(0..all);
        self.up_to.partition_point(|up_to| *up_to <= drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(groups: u32, skew: Skew) -> Vec<u32> {
        let drawing = Groups::new(groups, skew);
        let rng = &mut Rng::with_seed(7);
        let mut counts = vec![0; groups as usize];
        for _ in 0..60_000 {
            counts[drawing.draw(rng)] += 1;
        }
        counts
    }

    #[test]
    fn groups_are_as_uneven_as_asked_for() {
        for (skew, expected) in [
            (Skew::None, [20_000, 20_000, 20_000]),
            (Skew::Zipf, [32_727, 16_364, 10_909]),
        ] {
            let counts = counts(3, skew);
            for (count, expected) in counts.iter().zip(expected) {
                assert!(count.abs_diff(expected) < 600, "{skew:?}: {counts:?}");
            }
        }
    }

    #[test]
    fn one_group_gets_everything() {
        assert_eq!(counts(1, Skew::Zipf), [60_000]);
    }
}
