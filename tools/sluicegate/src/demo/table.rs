//! A demo's report as people read it.

use std::fmt::Write as _;

use super::report::Report;

/// The report as lines of name, number and remark, then what is the matter.
pub fn table(report: &Report) -> String {
    let mut table = Table::default();
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
    if !report.problems.is_empty() {
        table.text("");
        for problem in &report.problems {
            table.text(problem);
        }
    }
    table.0
}

#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, name: &str, number: u64, remark: &str) {
        let number = grouped(number);
        let line = format!("  {name:<24}{number:>10}  {remark}");
        self.text(line.trim_end());
    }

    fn text(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}");
    }
}

/// A number with its thousands apart: `10,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (10_000, "10,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }
}
