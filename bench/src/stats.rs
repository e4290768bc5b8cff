//! Medians, percentiles and ratios of samples.

/// The middle of the samples, or the mean of the two in the middle; 0 without samples.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let sorted = sorted(samples);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// The smallest sample that `percent` of all do not exceed (nearest rank); 0 without samples.
pub(crate) fn percentile(samples: &[f64], percent: usize) -> f64 {
    let sorted = sorted(samples);
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

/// How many times `ours` `theirs` is: the median of the ratios of samples taken side by side.
pub(crate) fn ratio(theirs: &[f64], ours: &[f64]) -> f64 {
    let ratios: Vec<f64> = theirs
        .iter()
        .zip(ours)
        .map(|(theirs, ours)| theirs / ours)
        .collect();
    median(&ratios)
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn the_median_does_not_follow_an_outlier() {
        close(median(&[3.0, 1.0, 1000.0]), 3.0);
        close(median(&[4.0, 1.0, 1000.0, 2.0]), 3.0);
        close(median(&[]), 0.0);
    }

    #[test]
    fn percentiles_are_samples() {
        let samples: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        close(percentile(&samples, 50), 100.0);
        close(percentile(&samples, 99), 198.0);
        close(percentile(&[7.0], 99), 7.0);
        close(percentile(&[], 99), 0.0);
    }

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        // A round in which everything was three times slower leaves the ratio alone.
        close(ratio(&[10.0, 30.0, 10.0], &[2.0, 6.0, 2.0]), 5.0);
    }
}
