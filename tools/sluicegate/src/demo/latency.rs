//! How long records take, and how many a second go through.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::receipts::{Finished, Receipts};

/// Latencies in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// Half of the records took no longer.
    pub p50: u64,
    /// 99 of 100 took no longer.
    pub p99: u64,
    /// The longest.
    pub max: u64,
    /// Records measured: all whose batch has left its line in the log.
    pub measured: u64,
}

impl Latency {
    /// Of these records.
    pub fn of(finished: &[Finished]) -> Option<Self> {
        let mut histogram = Histogram::<u64>::new(3).ok()?;
        for record in finished {
            let taken = u64::try_from(record.done_at - record.put_at).unwrap_or(0);
            // Not `saturating_record`: that does not let the histogram grow.
            histogram.record(taken).ok()?;
        }
        (!histogram.is_empty()).then(|| Self {
            p50: histogram.value_at_quantile(0.50),
            p99: histogram.value_at_quantile(0.99),
            max: histogram.max(),
            measured: histogram.len(),
        })
    }
}

/// Records a second, from the first put to the last record done.
pub fn throughput(receipts: &Receipts, finished: &[Finished]) -> Option<u64> {
    let last = finished.iter().map(|record| record.done_at).max()?;
    let milliseconds = u64::try_from(last - receipts.first_put_at()?).ok()?;
    let records = finished.len() as u64;
    (records * 1_000).checked_div(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_latencies_count_as_what_they_are() {
        let finished: Vec<Finished> = (1..=100)
            .map(|seconds| Finished {
                put_at: 5,
                done_at: 5 + seconds * 1_000,
            })
            .collect();
        let latency = Latency::of(&finished).unwrap();
        for (found, expected) in [
            (latency.p50, 50_000),
            (latency.p99, 99_000),
            (latency.max, 100_000),
        ] {
            assert!(found.abs_diff(expected) <= expected / 1_000, "{latency:?}");
        }
        assert_eq!(latency.measured, 100);
    }
}
