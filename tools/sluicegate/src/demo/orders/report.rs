//! What the orders' demo has found out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ledger::Ledger;
use super::products::Completions;
use super::stack::Settled;
use super::verdict::Verdict;
use crate::demo::batch_log::BatchLine;
use crate::demo::latency::{Latency, throughput};
use crate::demo::problems::EXAMPLES;

/// What was published of the architecture that this one replaces: milliseconds from stream to table on average, with
/// 100,000 items.
pub const PUBLISHED_MS: u64 = 900;

/// All that a demo has found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing is lost, nothing is wrong, no row lacks a product that there is.
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
    /// Records that have decided about a row which is as it must be: there or gone.
    pub applied: u64,
    /// Records whose rows a later one has changed, and those that were sent again.
    pub superseded: u64,
    /// Records of no row: definitions, tables that DMS keeps for itself.
    pub skipped: u64,
    /// Poison in quarantine.
    pub quarantined: u64,
    /// The same by reason.
    pub quarantined_by_reason: BTreeMap<&'static str, u64>,
    /// Live rows of `OrderEnriched`, right in every attribute.
    pub rows: u64,
    /// Those of them whose product came with the full list, half way.
    pub completed_rows: u64,
    /// Those of them whose product is in no list.
    pub rows_without_product: u64,
    /// Rows that product-completion has completed, as its log says; the others found the full list themselves.
    pub completed_by_function: u64,
    /// Runs of product-completion, by an event of the bucket or by its schedule.
    pub completion_runs: u64,
    /// Its runs in place of the schedule, which the demo does not wait for.
    pub completion_sweeps: u64,
    /// Rows that lack a product that is in the list.
    pub lacking: u64,
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
    /// From the `PutRecords` call to the batch that has written what follows from the record.
    pub latency_ms: Option<Latency>,
    /// What was published of the architecture that this one replaces, on average.
    pub published_latency_ms: u64,
}

impl Report {
    /// Puts together what was produced, what was found, and what the log says.
    pub fn new<'a>(
        seed: u64,
        ledger: &Ledger,
        verdict: &Verdict,
        settled: Settled,
        completions: Completions,
        lines: &[BatchLine],
        warnings: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let finished = ledger.receipts.finished(lines);
        let ok = verdict.is_good() && settled.lacking == 0;
        let mut problems: Vec<String> = verdict.findings.lost.examples("lost").collect();
        problems.extend(verdict.findings.wrong.examples("wrong"));
        if !ok {
            let shown = warnings.into_iter().take(EXAMPLES);
            problems.extend(shown.map(|warning| format!("the function said: {warning}")));
        }
        Self {
            ok,
            seed,
            layers: String::new(),
            stream_records: ledger.receipts.stream_count(),
            shards: ledger.receipts.shard_count(),
            produced: ledger.receipts.count(),
            applied: verdict.applied,
            superseded: ledger.superseded(),
            skipped: ledger.model.tally.skipped(),
            quarantined: verdict.quarantined.values().sum(),
            quarantined_by_reason: verdict.quarantined.clone(),
            rows: verdict.rows,
            completed_rows: verdict.completed,
            rows_without_product: verdict.without_product,
            completed_by_function: completions.rows,
            completion_runs: completions.runs.saturating_sub(settled.sweeps),
            completion_sweeps: settled.sweeps,
            lacking: settled.lacking,
            lost: verdict.findings.lost.records,
            wrong: verdict.findings.wrong.records,
            problems,
            batches: lines.len(),
            throughput_per_second: throughput(&ledger.receipts, &finished),
            latency_ms: Latency::of(&finished),
            published_latency_ms: PUBLISHED_MS,
            ..Self::default()
        }
    }
}
