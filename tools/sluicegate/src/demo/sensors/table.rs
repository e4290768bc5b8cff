//! A demo's report as people read it.

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
    table.row("stored", report.stored, "rows, each attribute compared");
    table.row(
        "duplicates collapsed",
        report.duplicates_collapsed,
        &format!("{} of them within a batch", report.collapsed_within_a_batch),
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
            "of the function and its mapping, within a batch",
        );
    }
    table.row("lost", report.lost, "");
    if report.wrong > 0 {
        table.row("wrong", report.wrong, "");
    }
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
        let remark = format!("ms from put to stored{window}");
        table.row("latency p50", latency.p50, &remark);
        table.row("latency p99", latency.p99, &format!("ms{unmeasured}"));
    }
    table.problems(&report.problems);
    table.into_text()
}
