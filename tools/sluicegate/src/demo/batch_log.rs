//! The line that a function leaves in its log for each batch.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context, Result};
use aws_sdk_cloudwatchlogs::Client;
use serde::Deserialize;

/// How far back the log is read again, in milliseconds: lines of one moment do not come in one piece.
const OVERLAP: i64 = 2_000;

/// What a batch's line says, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BatchLine {
    /// Lambda's id of the invocation.
    pub request_id: String,
    /// The shard.
    pub shard_id: String,
    /// Sequence number of the batch's first record.
    pub first_sequence_number: String,
    /// Sequence number of the batch's last record.
    pub last_sequence_number: String,
    /// Records in the batch.
    #[serde(rename = "RecordsReceived")]
    pub received: u64,
    /// Records replaced by a later one of the same batch.
    #[serde(rename = "RecordsCollapsed")]
    pub collapsed: u64,
    /// Records at the end of the batch that are to be delivered again.
    #[serde(rename = "RecordsReported")]
    pub reported: u64,
    #[serde(rename = "_aws")]
    emf: Emf,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Emf {
    #[serde(rename = "Timestamp")]
    timestamp: i64,
}

impl BatchLine {
    /// Reads a line of the log; all others than those of batches give `None`.
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// When the batch was done, in milliseconds since 1970.
    pub fn done_at(&self) -> i64 {
        self.emf.timestamp
    }
}

/// A warning or an error, as far as people need it.
#[derive(Deserialize)]
struct Warning {
    level: String,
    message: String,
    #[serde(alias = "failure", alias = "error")]
    reason: Option<String>,
}

/// What a warning or an error in the log says, without what differs from batch to batch.
fn warning(line: &str) -> Option<String> {
    let warning: Warning = serde_json::from_str(line).ok()?;
    if !["WARN", "ERROR"].contains(&warning.level.as_str()) {
        return None;
    }
    let parts = [Some(warning.message), warning.reason];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

/// Reads the lines of batches from a function's log group, each once.
#[derive(Debug)]
pub struct BatchLog {
    client: Client,
    group: String,
    from: i64,
    seen: HashSet<String>,
    warnings: BTreeSet<String>,
}

impl BatchLog {
    /// The log of `group`, from `from` on (milliseconds since 1970).
    pub fn new(client: Client, group: String, from: i64) -> Self {
        Self {
            client,
            group,
            from,
            seen: HashSet::new(),
            warnings: BTreeSet::new(),
        }
    }

    /// Warnings and errors that have come so far, each once.
    pub fn warnings(&self) -> impl Iterator<Item = &String> {
        self.warnings.iter()
    }

    /// The lines that have come since the last call.
    pub async fn new_lines(&mut self) -> Result<Vec<BatchLine>> {
        let mut lines = Vec::new();
        let mut pages = self
            .client
            .filter_log_events()
            .log_group_name(&self.group)
            .start_time(self.from - OVERLAP)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("log group {} cannot be read", self.group))?;
            for event in page.events() {
                self.from = self.from.max(event.timestamp().unwrap_or_default());
                self.warnings.extend(event.message().and_then(warning));
                let line = event.message().and_then(BatchLine::parse);
                lines.extend(line.filter(|line| self.seen.insert(line.request_id.clone())));
            }
        }
        Ok(lines)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// A line as shared/pipeline writes it.
    pub(crate) fn line(
        shard: &str,
        first: u64,
        last: u64,
        reported: u64,
        done_at: i64,
    ) -> BatchLine {
        let text = json!({
            "_aws": {"CloudWatchMetrics": [], "Timestamp": done_at},
            "RecordsReceived": last - first + 1, "RecordsApplied": 1, "RecordsCollapsed": 0,
            "RecordsSkipped": 0, "RecordsQuarantined": 0, "RecordsReported": reported,
            "RecordAge": 12.5, "BatchDuration": 3.25, "InvocationFailures": 0,
            "Function": "sensor-ingest", "level": "INFO", "message": "batch",
            "request_id": format!("{shard}-{first}-{last}-{done_at}"), "shard_id": shard,
            "first_sequence_number": first.to_string(), "last_sequence_number": last.to_string(),
        });
        BatchLine::parse(&text.to_string()).unwrap()
    }

    #[test]
    fn lines_of_batches_are_told_from_all_others() {
        let parsed = line("shardId-0", 10, 19, 3, 1_700_000_000_123);
        assert_eq!(parsed.done_at(), 1_700_000_000_123);
        assert_eq!((parsed.received, parsed.reported), (10, 3));
        for other in [
            "",
            "START RequestId: 1 Version: $LATEST",
            r#"{"level":"WARN","message":"records to be delivered again"}"#,
        ] {
            assert_eq!(BatchLine::parse(other), None, "{other}");
        }
    }

    #[test]
    fn warnings_are_told_without_what_differs_from_batch_to_batch() {
        for (line, expected) in [
            (
                r#"{"timestamp":"t","level":"WARN","message":"records to be delivered again","request_id":"1","reason":"403 denied"}"#,
                Some("records to be delivered again: 403 denied"),
            ),
            (
                r#"{"_aws":{},"level":"WARN","message":"invocation failed","failure":"no time"}"#,
                Some("invocation failed: no time"),
            ),
            (
                r#"{"level":"ERROR","message":"panicked"}"#,
                Some("panicked"),
            ),
            (r#"{"level":"INFO","message":"batch"}"#, None),
            ("REPORT RequestId: 1", None),
        ] {
            assert_eq!(warning(line).as_deref(), expected, "{line}");
        }
    }
}
