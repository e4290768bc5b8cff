//! The report of the orders' demo as people read it.

use super::report::Report;
use crate::demo::columns::Columns;

/// The report as lines of name, number and remark, then what is the matter.
pub fn table(report: &Report) -> String {
    let mut table = Columns::default();
    table.row(
        "produced",
        report.produced,
        &format!("on {} shards, seed {}", report.shards, report.seed),
    );
    let remark = "the last change of a row, which is there to the last digit, or gone";
    table.row("applied", report.applied, remark);
    let remark = "a later change of the row counts, or sent again";
    table.row("superseded", report.superseded, remark);
    table.row(
        "skipped",
        report.skipped,
        "definitions and DMS's own tables",
    );
    table.row(
        "quarantined",
        report.quarantined,
        "with reason and bytes compared",
    );
    for (reason, count) in &report.quarantined_by_reason {
        table.row(&format!("  {reason}"), *count, "");
    }
    if report.crashes > 0 {
        table.row(
            "crashes",
            report.crashes,
            "of the functions and the mapping, within a batch",
        );
    }
    table.row("lost", report.lost, "");
    if report.wrong > 0 {
        table.row("wrong", report.wrong, "");
    }
    products(report, &mut table);
    if let Some(throughput) = report.throughput_per_second {
        let remark = format!("records/s, in {} batches", report.batches);
        table.text("");
        table.row("throughput", throughput, &remark);
    }
    if let Some(latency) = report.latency_ms {
        let unmeasured = match report.produced - latency.measured {
            0 => String::new(),
            some => format!(", {some} records unmeasured"),
        };
        let window = match report.batching_window_seconds {
            0 => String::new(),
            seconds => format!(", batches wait up to {seconds} s to fill"),
        };
        let remark = format!("ms from put to enriched row{window}");
        table.row("latency p50", latency.p50, &remark);
        table.row("latency p99", latency.p99, &format!("ms{unmeasured}"));
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
