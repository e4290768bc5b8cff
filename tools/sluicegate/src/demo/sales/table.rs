//! The report of the sales' demo as people read it.

use super::report::Report;
use crate::demo::columns::Columns;

/// The report as lines of name, number and remark, then what is the matter.
pub fn table(report: &Report) -> String {
    let mut table = Columns::default();
    table.produced(report.produced, report.shards, report.seed);
    table.layers(report.stream_records, &report.layers);
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
    table.quarantined(report.quarantined, &report.quarantined_by_reason);
    table.crashes(report.crashes, "the function and its mappings");
    table.lost_and_wrong(report.lost, report.wrong);
    table.throughput(report.throughput_per_second, report.batches);
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
