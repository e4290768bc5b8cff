//! The one line that each batch leaves in the log: its summary and its metrics, in CloudWatch's embedded metric
//! format. All names and units are here; docs/METRICS.md explains them.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use metrique_writer::core::format::Format;
use metrique_writer::unit::{Count, Millisecond, WithUnit};
use metrique_writer::{Entry, EntryWriter};
use metrique_writer_format_emf::Emf;

use crate::outcome::Counts;

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "Sluicegate";
/// The one dimension of all metrics: the function's logical name.
pub const DIMENSION: &str = "Function";

/// What is told of one invocation.
#[derive(Clone, Debug)]
pub struct BatchLine<'a> {
    /// The function's logical name.
    pub function: &'a str,
    /// When the batch was done.
    pub done_at: SystemTime,
    /// Lambda's request id.
    pub request_id: &'a str,
    /// What became of the records, and which they were.
    pub summary: &'a Summary,
    /// From the event's arrival to the answer.
    pub duration: Duration,
    /// The whole invocation failed: why.
    pub failure: Option<String>,
}

/// What became of the records of an invocation, and which they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The shard, if the event says.
    pub shard_id: Option<String>,
    /// Sequence number of the first record.
    pub first_sequence_number: Option<String>,
    /// Sequence number of the last record.
    pub last_sequence_number: Option<String>,
    /// What became of the records.
    pub counts: Counts,
    /// How many were quarantined, by reason.
    pub quarantined: BTreeMap<&'static str, usize>,
    /// Key of the quarantine object, if one was written.
    pub quarantine_key: Option<String>,
    /// Records that begin like an aggregate of the Kinesis Producer Library and were taken as they are.
    pub doubtful: usize,
    /// Age of the oldest record when the batch was done.
    pub record_age: Option<Duration>,
}

impl Entry for BatchLine<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let count = |number: usize| WithUnit::<u64, Count>::from(number as u64);
        let milliseconds = |time: Duration| WithUnit::<Duration, Millisecond>::from(time);
        let summary = self.summary;
        writer.timestamp(self.done_at);
        writer.value(DIMENSION, self.function);
        writer.value("RecordsReceived", &count(summary.counts.total()));
        writer.value("RecordsApplied", &count(summary.counts.applied));
        writer.value("RecordsCollapsed", &count(summary.counts.collapsed));
        writer.value("RecordsSkipped", &count(summary.counts.skipped));
        writer.value("RecordsQuarantined", &count(summary.counts.quarantined));
        writer.value("RecordsReported", &count(summary.counts.reported));
        // Streams without aggregates have none: no metric is paid for.
        let doubtful = Some(summary.doubtful).filter(|doubtful| *doubtful > 0);
        writer.value("RecordsDoubtful", &doubtful.map(count));
        writer.value("RecordAge", &summary.record_age.map(milliseconds));
        writer.value("BatchDuration", &milliseconds(self.duration));
        writer.value(
            "InvocationFailures",
            &count(usize::from(self.failure.is_some())),
        );
        writer.value(
            "level",
            if self.failure.is_some() {
                "WARN"
            } else {
                "INFO"
            },
        );
        writer.value(
            "message",
            if self.failure.is_some() {
                "invocation failed"
            } else {
                "batch"
            },
        );
        writer.value("request_id", self.request_id);
        writer.value("shard_id", &summary.shard_id.as_deref());
        writer.value(
            "first_sequence_number",
            &summary.first_sequence_number.as_deref(),
        );
        writer.value(
            "last_sequence_number",
            &summary.last_sequence_number.as_deref(),
        );
        writer.value("quarantine_key", &summary.quarantine_key.as_deref());
        writer.value("quarantined_by_reason", &by_reason(&summary.quarantined));
        writer.value("failure", &self.failure);
    }
}

/// What a function counts of its own, on a line beside that of the batch.
#[derive(Clone, Copy, Debug)]
pub struct CountsLine<'a> {
    /// The function's logical name.
    pub function: &'a str,
    /// When it was counted.
    pub done_at: SystemTime,
    /// Names of metrics, and how many.
    pub counts: &'a [(&'static str, u64)],
}

impl Entry for CountsLine<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(self.done_at);
        writer.value(DIMENSION, self.function);
        for (name, count) in self.counts {
            writer.value(*name, &WithUnit::<u64, Count>::from(*count));
        }
        writer.value("level", "INFO");
        writer.value("message", "counts");
    }
}

/// `not-json:3 not-utf8:1`, nothing of nothing.
fn by_reason(quarantined: &BTreeMap<&'static str, usize>) -> Option<String> {
    let counts: Vec<String> = quarantined
        .iter()
        .map(|(reason, count)| format!("{reason}:{count}"))
        .collect();
    (!counts.is_empty()).then(|| counts.join(" "))
}

/// Writes batch lines to the log.
pub struct MetricsLog(Mutex<Sink>);

struct Sink {
    format: Emf,
    out: Box<dyn Write + Send>,
    line: Vec<u8>,
}

impl MetricsLog {
    /// Lines go to `out`: standard output in Lambda.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        let format = Emf::builder(NAMESPACE.to_owned(), vec![vec![DIMENSION.to_owned()]]).build();
        Self(Mutex::new(Sink {
            format,
            out,
            line: Vec::with_capacity(1024),
        }))
    }

    /// Writes one line. A log that cannot be written must not fail records that were: errors are only told.
    pub fn write(&self, entry: &BatchLine<'_>) {
        self.write_entry(entry);
    }

    /// Writes a line of a function's own counts, in the same way.
    pub fn write_counts(&self, entry: &CountsLine<'_>) {
        self.write_entry(entry);
    }

    fn write_entry(&self, entry: &impl Entry) {
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Sink { format, out, line } = &mut *sink;
        line.clear();
        let formatted = format
            .format(entry, line)
            .map_err(|error| error.to_string());
        let written =
            formatted.and_then(|()| out.write_all(line).map_err(|error| error.to_string()));
        if let Err(error) = written {
            tracing::warn!(error, "the metrics of a batch could not be written");
        }
    }
}

impl std::fmt::Debug for MetricsLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MetricsLog")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A place to write to that the test can read.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_batch_is_one_line_of_summary_and_metrics() {
        let out = Shared::default();
        let log = MetricsLog::new(Box::new(out.clone()));
        let summary = Summary {
            shard_id: Some("shardId-000000000000".to_owned()),
            first_sequence_number: Some("1".to_owned()),
            last_sequence_number: Some("9".to_owned()),
            counts: Counts {
                applied: 6,
                collapsed: 1,
                skipped: 0,
                quarantined: 2,
                reported: 0,
            },
            quarantined: BTreeMap::from([("not-json", 2)]),
            quarantine_key: None,
            doubtful: 0,
            record_age: Some(Duration::from_millis(250)),
        };
        let line = BatchLine {
            function: "sensor-ingest",
            done_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            request_id: "r-1",
            summary: &summary,
            duration: Duration::from_micros(7_500),
            failure: None,
        };
        log.write(&line);
        log.write(&BatchLine {
            failure: Some("panicked".to_owned()),
            summary: &Summary {
                shard_id: None,
                ..summary.clone()
            },
            ..line
        });
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        insta::assert_json_snapshot!(lines);
    }

    #[test]
    fn what_a_function_counts_of_its_own_are_metrics_with_its_name() {
        let out = Shared::default();
        MetricsLog::new(Box::new(out.clone())).write_counts(&CountsLine {
            function: "opt-in-updater",
            done_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            counts: &[("ChannelOptOuts", 3)],
        });
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["ChannelOptOuts"], 3);
        assert_eq!(
            (&line["Function"], &line["level"]),
            (&"opt-in-updater".into(), &"INFO".into())
        );
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], NAMESPACE);
        assert_eq!(metrics["Dimensions"], serde_json::json!([[DIMENSION]]));
        let expected = serde_json::json!([{"Name": "ChannelOptOuts", "Unit": "Count"}]);
        assert_eq!(metrics["Metrics"], expected);
    }
}
