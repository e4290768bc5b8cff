//! What a demo has found out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ledger::Ledger;
use super::verdict::Verdict;
use crate::demo::batch_log::BatchLine;
use crate::demo::latency::{Latency, throughput};
use crate::demo::problems::EXAMPLES;

/// All that a demo has found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing is lost, nothing is wrong.
    pub ok: bool,
    /// The seed that gives the same records again.
    pub seed: u64,
    /// What is around the payloads on the stream, as the function's configuration names it.
    pub layers: String,
    /// Records of the stream, of which each may have several in it.
    pub stream_records: u64,
    /// Shards that got records.
    pub shards: usize,
    /// Records put on the stream.
    pub produced: u64,
    /// Rows in the table, right in every attribute.
    pub stored: u64,
    /// Readings replaced by a later one of the same key.
    pub duplicates_collapsed: u64,
    /// Those of them that were replaced within one batch, before any write.
    pub collapsed_within_a_batch: u64,
    /// Poison in quarantine.
    pub quarantined: u64,
    /// The same by reason.
    pub quarantined_by_reason: BTreeMap<&'static str, u64>,
    /// Records that are nowhere.
    pub lost: u64,
    /// Records that are somewhere, but not as they should be.
    pub wrong: u64,
    /// Examples of what is lost or wrong, and then what the function said.
    pub problems: Vec<String>,
    /// Invocations of the function.
    pub batches: usize,
    /// How long a batch may wait to fill, `MaximumBatchingWindowInSeconds`.
    pub batching_window_seconds: u64,
    /// How often the function and the runner of its mapping were killed.
    pub crashes: u64,
    /// Records a second, from the first put to the last record done.
    pub throughput_per_second: Option<u64>,
    /// From the `PutRecords` call to the batch that stored or quarantined the record.
    pub latency_ms: Option<Latency>,
}

impl Report {
    /// Puts together what was produced, what was found, and what the log says.
    pub fn new<'a>(
        seed: u64,
        ledger: &Ledger,
        verdict: &Verdict,
        lines: &[BatchLine],
        warnings: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let finished = ledger.receipts.finished(lines);
        let mut problems = Vec::new();
        problems.extend(verdict.lost.examples("lost"));
        problems.extend(verdict.wrong.examples("wrong"));
        if !verdict.is_good() {
            let shown = warnings.into_iter().take(EXAMPLES);
            problems.extend(shown.map(|warning| format!("the function said: {warning}")));
            let reported: u64 = lines.iter().map(|line| line.reported).sum();
            if reported > 0 {
                problems.push(format!(
                    "{reported} records were reported for another delivery"
                ));
            }
        }
        Self {
            ok: verdict.is_good(),
            seed,
            layers: String::new(),
            stream_records: ledger.receipts.stream_count(),
            shards: ledger.receipts.shard_count(),
            produced: ledger.receipts.count(),
            stored: verdict.stored,
            duplicates_collapsed: verdict.replaced,
            collapsed_within_a_batch: lines.iter().map(|line| line.collapsed).sum(),
            quarantined: verdict.quarantined.values().sum(),
            quarantined_by_reason: verdict.quarantined.clone(),
            lost: verdict.lost.records,
            wrong: verdict.wrong.records,
            problems,
            batches: lines.len(),
            batching_window_seconds: 0,
            crashes: 0,
            throughput_per_second: throughput(&ledger.receipts, &finished),
            latency_ms: Latency::of(&finished),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::table;
    use super::*;
    use crate::demo::batch_log::tests::line;
    use crate::demo::problems::Problems;
    use crate::produce::put_records::Receipt;

    /// 1,000 records of one shard, one put each millisecond, done in ten batches.
    fn ledger() -> (Ledger, Vec<BatchLine>) {
        let mut ledger = Ledger::default();
        ledger.receipts.put(
            (0..1_000)
                .map(|index: i64| Receipt {
                    index: index.unsigned_abs(),
                    shard_id: "a".to_owned(),
                    sequence_number: (1_000 + index).to_string(),
                    subsequence_number: 0,
                    put_at: index,
                })
                .collect(),
        );
        let lines = (0..10)
            .map(|batch: u64| {
                let first = 1_000 + batch * 100;
                let done_at = i64::try_from(batch * 100 + 110).unwrap();
                line("a", first, first + 99, 0, done_at)
            })
            .collect();
        (ledger, lines)
    }

    #[test]
    fn latency_and_throughput_are_counted_by_record() {
        let (ledger, lines) = ledger();
        let report = Report::new(1, &ledger, &Verdict::default(), &lines, []);
        // Each batch's records have waited for 11 to 110 ms.
        let expected = Latency {
            p50: 60,
            p99: 109,
            max: 110,
            measured: 1_000,
        };
        assert_eq!(report.latency_ms, Some(expected));
        assert_eq!(report.throughput_per_second, Some(990), "1,000 in 1,010 ms");
        assert_eq!(report.batches, 10);
    }

    #[test]
    fn records_without_a_line_are_said_to_be_unmeasured() {
        let (ledger, mut lines) = ledger();
        lines.truncate(4);
        let report = Report::new(1, &ledger, &Verdict::default(), &lines, []);
        assert_eq!(report.latency_ms.map(|latency| latency.measured), Some(400));
        assert!(table(&report).contains("600 records unmeasured"));
    }

    #[test]
    fn a_loss_is_shown_with_examples_and_what_the_function_said() {
        let (ledger, mut lines) = ledger();
        lines[9].reported = 7;
        let verdict = Verdict {
            lost: Problems {
                records: 12,
                descriptions: (0..12)
                    .map(|number| format!("sensor-{number} at 1"))
                    .collect(),
            },
            ..Verdict::default()
        };
        let report = Report::new(1, &ledger, &verdict, &lines, [&"access denied".to_owned()]);
        assert!(!report.ok);
        let table = table(&report);
        for text in [
            "lost                            12",
            "lost: sensor-0 at 1",
            "lost: 2 more",
            "the function said: access denied",
            "7 records were reported",
        ] {
            assert!(table.contains(text), "{text:?} is not in\n{table}");
        }
    }
}
