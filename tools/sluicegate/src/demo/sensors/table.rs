//! A demo's report as people read it.

use super::report::Report;
use crate::demo::columns::Columns;

/// The report as lines of name, number and remark, then what is the matter.
pub fn table(report: &Report) -> String {
    let mut table = Columns::default();
    table.produced(report.produced, report.shards, report.seed);
    table.layers(report.stream_records, &report.layers);
    table.row("stored", report.stored, "rows, each attribute compared");
    table.row(
        "duplicates collapsed",
        report.duplicates_collapsed,
        &format!("{} of them within a batch", report.collapsed_within_a_batch),
    );
    table.quarantined(report.quarantined, &report.quarantined_by_reason);
    table.crashes(report.crashes, "the function and its mapping");
    table.lost_and_wrong(report.lost, report.wrong);
    table.throughput(report.throughput_per_second, report.batches);
    if let Some(latency) = report.latency_ms {
        let waits = report.batching_window_seconds;
        table.latency(latency, "stored", report.produced, waits);
    }
    table.problems(&report.problems);
    table.into_text()
}
