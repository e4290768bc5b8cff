//! The report of the orders' demo as people read it.

use super::report::Report;
use crate::demo::columns::Columns;

/// The report as lines of name, number and remark, then what is the matter.
pub fn table(report: &Report) -> String {
    let mut table = Columns::default();
    table.produced(report.produced, report.shards, report.seed);
    table.layers(report.stream_records, &report.layers);
    let remark = "the last change of a row, which is there to the last digit, or gone";
    table.row("applied", report.applied, remark);
    let remark = "a later change of the row counts, or sent again";
    table.row("superseded", report.superseded, remark);
    table.row(
        "skipped",
        report.skipped,
        "definitions and DMS's own tables",
    );
    table.quarantined(report.quarantined, &report.quarantined_by_reason);
    table.crashes(report.crashes, "the functions and the mapping");
    table.lost_and_wrong(report.lost, report.wrong);
    products(report, &mut table);
    table.throughput(report.throughput_per_second, report.batches);
    if let Some(latency) = report.latency_ms {
        let waits = report.batching_window_seconds;
        table.latency(latency, "enriched row", report.produced, waits);
        let remark = "ms on average, of what this replaces, on AWS";
        table.row("  published", report.published_latency_ms, remark);
    }
    table.problems(&report.problems);
    table.into_text()
}

fn products(report: &Report, table: &mut Columns) {
    table.text("");
    table.row("rows", report.rows, "enriched, each attribute compared");
    let remark = "their product came half way";
    table.row("  completed", report.completed_rows, remark);
    let sweeps = match report.completion_sweeps {
        0 => String::new(),
        some => format!(", {some} more by the demo in place of its schedule"),
    };
    let remark = format!(
        "by product-completion: {} runs by event or schedule{sweeps}",
        report.completion_runs
    );
    table.row("    of them", report.completed_by_function, &remark);
    let remark = "of a product in no list, and marked so";
    table.row("  missing", report.rows_without_product, remark);
    if report.lacking > 0 {
        table.row("  lacking", report.lacking, "of a product that is there");
    }
}
