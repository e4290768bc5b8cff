//! What the consent demo has found out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ledger::Ledger;
use super::verdict::Verdict;
use crate::demo::batch_log::BatchLine;
use crate::demo::latency::{Latency, throughput};
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
    /// Rows of users, right in every attribute.
    pub rows: u64,
    /// Numbers whose row agrees with the opt-out list.
    pub numbers: u64,
    /// Those of them that are opted out, and on the list.
    pub opted_out: u64,
    /// Those of them that are opted in, have left the list within 30 days once already, and say so.
    pub pending: u64,
    /// Numbers that may be written to, by country.
    pub audience: BTreeMap<String, u64>,
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
    /// From the `PutRecords` call to the batch that has kept table and list in step.
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
        let ok = verdict.is_good();
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
            numbers: verdict.numbers,
            opted_out: verdict.opted_out,
            pending: verdict.pending,
            audience: verdict.audience.clone(),
            lost: verdict.findings.lost.records,
            wrong: verdict.findings.wrong.records,
            problems,
            batches: lines.len(),
            throughput_per_second: throughput(&ledger.receipts, &finished),
            latency_ms: Latency::of(&finished),
            ..Self::default()
        }
    }
}
