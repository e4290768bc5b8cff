//! Reports as lines of name, number and remark.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::latency::Latency;

#[derive(Default)]
pub(super) struct Columns(String);

impl Columns {
    pub(super) fn row(&mut self, name: &str, number: u64, remark: &str) {
        let number = grouped(number);
        let line = format!("  {name:<24}{number:>10}  {remark}");
        self.text(line.trim_end());
    }

    pub(super) fn text(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}");
    }

    pub(super) fn produced(&mut self, records: u64, shards: usize, seed: u64) {
        self.row(
            "produced",
            records,
            &format!("on {shards} shards, seed {seed}"),
        );
    }

    /// How many records of the stream those that were produced are in.
    pub(super) fn layers(&mut self, stream_records: u64, layers: &str) {
        if !layers.is_empty() {
            let remark = format!("records of the stream, layers {layers}");
            self.row("  in", stream_records, &remark);
        }
    }

    pub(super) fn quarantined(&mut self, records: u64, by_reason: &BTreeMap<&'static str, u64>) {
        self.row("quarantined", records, "with reason and bytes compared");
        for (reason, count) in by_reason {
            self.row(&format!("  {reason}"), *count, "");
        }
    }

    /// `victims` are those that crashed.
    pub(super) fn crashes(&mut self, crashes: u64, victims: &str) {
        if crashes > 0 {
            let remark = format!("of {victims}, within a batch");
            self.row("crashes", crashes, &remark);
        }
    }

    pub(super) fn lost_and_wrong(&mut self, lost: u64, wrong: u64) {
        self.row("lost", lost, "");
        if wrong > 0 {
            self.row("wrong", wrong, "");
        }
    }

    pub(super) fn throughput(&mut self, per_second: Option<u64>, batches: usize) {
        if let Some(throughput) = per_second {
            let remark = format!("records/s, in {batches} batches");
            self.text("");
            self.row("throughput", throughput, &remark);
        }
    }

    /// From the put of a record until it is `done`; of the records `produced`, in batches that wait so many seconds to
    /// fill.
    pub(super) fn latency(&mut self, latency: Latency, done: &str, produced: u64, waits: u64) {
        let unmeasured = match produced - latency.measured {
            0 => String::new(),
            some => format!(", {some} records unmeasured"),
        };
        let window = match waits {
            0 => String::new(),
            seconds => format!(", batches wait up to {seconds} s to fill"),
        };
        let remark = format!("ms from put to {done}{window}");
        self.row("latency p50", latency.p50, &remark);
        self.row("latency p99", latency.p99, &format!("ms{unmeasured}"));
    }

    /// What is the matter, if anything is.
    pub(super) fn problems(&mut self, problems: &[String]) {
        if !problems.is_empty() {
            self.text("");
            for problem in problems {
                self.text(problem);
            }
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A number with its thousands apart: `10,000`.
pub(super) fn grouped(number: u64) -> String {
    grouped_text(&number.to_string())
}

/// The same of the text of its digits.
pub(super) fn grouped_text(digits: &str) -> String {
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
