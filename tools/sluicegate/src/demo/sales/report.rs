//! What the sales' demo has found out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ledger::Ledger;
use super::verdict::Verdict;
use crate::demo::batch_log::BatchLine;
use crate::demo::problems::EXAMPLES;

/// All that a demo has found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing is lost, nothing is wrong.
    pub ok: bool,
    /// The seed that gives the same records again.
    pub seed: u64,
    /// What is around the payloads on the stream, as the function's configuration names it.
    pub layers: String,
    /// Records of the stream, of which each may have several in it.
    pub stream_records: u64,
    /// Shards that got records, of stream and table.
    pub shards: usize,
    /// Records put on the stream and into the table.
    pub produced: u64,
    /// Sales in totals that are right to the last digit.
    pub counted: u64,
    /// Sales that repeat one that is counted, and are not.
    pub duplicates_collapsed: u64,
    /// Changes of orders, which are no sales.
    pub skipped: u64,
    /// Poison in quarantine.
    pub quarantined: u64,
    /// The same by reason.
    pub quarantined_by_reason: BTreeMap<&'static str, u64>,
    /// Records that are nowhere.
    pub lost: u64,
    /// Rows and records in quarantine that are not as they should be.
    pub wrong: u64,
    /// Examples of what is lost or wrong, and then what the function said.
    pub problems: Vec<String>,
    /// Windows with sales, of both sources.
    pub windows: usize,
    /// Windows and groups, each a total row.
    pub totals: usize,
    /// Invocations of the function with records.
    pub batches: usize,
    /// How long a batch may wait to fill, `MaximumBatchingWindowInSeconds`.
    pub batching_window_seconds: u64,
    /// How long after its end an idle shard closes a window.
    pub idle_window_closes_after_ms: u64,
    /// How often the function and the runner of its mappings were killed.
    pub crashes: u64,
    /// Records a second, from the first put to the last record that was in a state.
    pub throughput_per_second: Option<u64>,
    /// From the end of a window to when its total was seen complete.
    pub window_latency_ms: Option<WindowLatency>,
}

/// Latencies of windows in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WindowLatency {
    /// Half of the windows took no longer.
    pub p50: u64,
    /// The longest.
    pub max: u64,
    /// Windows measured.
    pub measured: u64,
}

impl WindowLatency {
    /// Of these windows.
    pub fn of(mut latencies: Vec<u64>) -> Option<Self> {
        latencies.sort_unstable();
        Some(Self {
            p50: *latencies.get(latencies.len().saturating_sub(1) / 2)?,
            max: *latencies.last()?,
            measured: latencies.len() as u64,
        })
    }
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
        let mut problems: Vec<String> = verdict.lost.examples("lost").collect();
        problems.extend(verdict.wrong.examples("wrong"));
        if !verdict.is_good() {
            let shown = warnings.into_iter().take(EXAMPLES);
            problems.extend(shown.map(|warning| format!("the function said: {warning}")));
        }
        let shards: BTreeSet<&str> = lines.iter().map(|line| line.shard_id.as_str()).collect();
        Self {
            ok: verdict.is_good(),
            seed,
            layers: String::new(),
            stream_records: ledger.stream.count(),
            shards: shards.len(),
            produced: ledger.count(),
            counted: verdict.counted,
            duplicates_collapsed: verdict.windows.duplicates + ledger.table.model.duplicates,
            skipped: ledger.table.model.changes(),
            quarantined: verdict.quarantined.values().sum(),
            quarantined_by_reason: verdict.quarantined.clone(),
            lost: verdict.lost.records,
            wrong: verdict.wrong.records,
            problems,
            windows: verdict.windows.windows(),
            totals: verdict.windows.groups.len(),
            batches: lines.len(),
            throughput_per_second: throughput(ledger, lines),
            ..Self::default()
        }
    }
}

fn throughput(ledger: &Ledger, lines: &[BatchLine]) -> Option<u64> {
    let done = lines.iter().filter(|line| line.reported == 0);
    let last = done.map(BatchLine::done_at).max()?;
    let milliseconds = u64::try_from(last - ledger.first_put_at()?).ok()?;
    (ledger.count() * 1_000).checked_div(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::super::table::table;
    use super::*;
    use crate::demo::problems::Problems;

    #[test]
    fn half_of_the_windows_take_no_longer_than_p50() {
        let of = |latencies: &[u64]| {
            WindowLatency::of(latencies.to_vec()).map(|latency| (latency.p50, latency.max))
        };
        for (latencies, expected) in [
            (&[][..], None),
            (&[7], Some((7, 7))),
            (&[9, 1], Some((1, 9))),
            (&[300, 100, 120_000], Some((300, 120_000))),
        ] {
            assert_eq!(of(latencies), expected);
        }
    }

    #[test]
    fn what_is_lost_or_wrong_is_shown_with_what_the_function_said() {
        let problems = |count: u64| Problems {
            records: count,
            descriptions: (0..count).map(|number| format!("total {number}")).collect(),
        };
        let verdict = Verdict {
            lost: problems(12),
            wrong: problems(1),
            ..Verdict::default()
        };
        let said = "access denied".to_owned();
        let report = Report::new(1, &Ledger::default(), &verdict, &[], [&said]);
        assert!(!report.ok);
        let table = table(&report);
        for text in [
            "lost                            12",
            "wrong                            1",
            "lost: total 9",
            "lost: 2 more",
            "wrong: total 0",
            "the function said: access denied",
        ] {
            assert!(table.contains(text), "{text:?} is not in\n{table}");
        }
    }
}
