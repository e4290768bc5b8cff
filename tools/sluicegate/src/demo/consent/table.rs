//! The report of the consent demo as people read it.

use super::report::Report;
use crate::demo::columns::Columns;

/// The report as lines of name, number and remark, then what is the matter.
pub fn table(report: &Report) -> String {
    let mut table = Columns::default();
    table.produced(report.produced, report.shards, report.seed);
    table.layers(report.stream_records, &report.layers);
    let remark = "the last change of a row, which is there in every attribute, or gone";
    table.row("applied", report.applied, remark);
    let remark = "a later change of the row counts, or sent again";
    table.row("superseded", report.superseded, remark);
    let remark = "definitions and DMS's own tables";
    table.row("skipped", report.skipped, remark);
    table.quarantined(report.quarantined, &report.quarantined_by_reason);
    table.crashes(report.crashes, "the function and the mapping");
    table.lost_and_wrong(report.lost, report.wrong);
    table.text("");
    table.row("rows", report.rows, "of users, each attribute compared");
    let remark = "in step with the opt-out list, or waiting for it";
    table.row("numbers", report.numbers, remark);
    let remark = "and on the opt-out list";
    table.row("  opted out", report.opted_out, remark);
    let remark = "opted in again, which the list takes once in 30 days";
    table.row("  pending", report.pending, remark);
    let audience = report.audience.values().sum();
    table.row("audience", audience, "numbers that may be written to");
    for (country, count) in &report.audience {
        table.row(&format!("  {country}"), *count, "");
    }
    table.throughput(report.throughput_per_second, report.batches);
    if let Some(latency) = report.latency_ms {
        let waits = report.batching_window_seconds;
        table.latency(latency, "table and list", report.produced, waits);
    }
    table.problems(&report.problems);
    table.into_text()
}
