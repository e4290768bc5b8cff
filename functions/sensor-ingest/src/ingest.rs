//! Batches of readings into the table.

use dynamo::{BatchWriter, Transport, TransportError, WriteOutcome};
use pipeline::{Deadline, Outcome, Poison, Stage, StreamFunction};
use records::UserRecord;

use crate::config::Config;
use crate::reading::{KEY, Reading};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// The function: every reading of a batch into the table, the last one of each sensor and time.
#[derive(Debug)]
pub struct SensorIngest {
    writer: BatchWriter,
    retention_days: u32,
}

impl SensorIngest {
    /// The function with the SDK's configuration.
    pub fn new(config: Config, sdk: &aws_config::SdkConfig) -> Result<Self, TransportError> {
        Ok(Self::with_transport(config, Transport::new(sdk)?))
    }

    /// The function over a transport of one's own.
    pub fn with_transport(config: Config, transport: Transport) -> Self {
        let Config {
            table,
            retention_days,
            write_concurrency,
        } = config;
        Self {
            writer: BatchWriter::new(transport, &table, KEY, write_concurrency),
            retention_days,
        }
    }

    /// When a reading expires. Counted from its arrival, not from now, so that a redelivery writes the same row;
    /// a record without an arrival time is kept.
    fn expires_at(&self, record: &UserRecord<'_>) -> Option<i64> {
        let days = Some(i64::from(self.retention_days)).filter(|days| *days > 0)?;
        Some(record.arrival?.as_seconds() + days * DAY)
    }
}

impl StreamFunction for SensorIngest {
    async fn apply(&self, records: &[UserRecord<'_>], deadline: Deadline) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(records.len());
        let mut items = Vec::with_capacity(records.len());
        for record in records {
            match Reading::parse(record.data) {
                Ok(reading) => {
                    items.push(reading.into_item(self.expires_at(record)));
                    outcomes.push(None);
                }
                Err(error) => outcomes.push(Some(Outcome::Poison(error.into()))),
            }
        }
        let mut written = self
            .writer
            .write(&items, deadline.work())
            .await
            .into_iter()
            .map(outcome);
        outcomes
            .into_iter()
            .filter_map(|poison| poison.or_else(|| written.next()))
            .collect()
    }
}

fn outcome(write: WriteOutcome) -> Outcome {
    match write {
        WriteOutcome::Written => Outcome::Applied,
        WriteOutcome::Collapsed => Outcome::Collapsed,
        WriteOutcome::Rejected { reason, detail } => Outcome::Poison(Poison {
            stage: Stage::Write,
            reason,
            detail: detail.into(),
        }),
        WriteOutcome::Unfinished { detail } => Outcome::Retry(detail),
    }
}
