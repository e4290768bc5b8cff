//! The report of the sales' demo as people read it.

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
    table.row(
        "counted",
        report.counted,
        &format!(
            "sales in {} totals of {} windows, compared to the last digit",
            report.totals, report.windows
        ),
    );
    table.row(
        "duplicates collapsed",
        report.duplicates_collapsed,
        "repeats of a sale, not counted again",
    );
    table.row("skipped", report.skipped, "changes of orders");
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
            "of the function and its mappings, within a batch",
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
    if let Some(latency) = report.window_latency_ms {
        let remark = "ms from a window's end to its complete total";
        table.row("latency p50", latency.p50, remark);
        let idle = report.idle_window_closes_after_ms / 1_000;
        let remark = format!("ms; an idle shard closes its last window {idle} s after its end");
        table.row("latency max", latency.max, &remark);
    }
    table.problems(&report.problems);
    table.into_text()
}
