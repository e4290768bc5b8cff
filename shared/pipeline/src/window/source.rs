//! The records of a window, of either kind of stream.

use std::time::SystemTime;

use records::{
    Change, DynamoDbEvent, KinesisEvent, SequenceNumber, StreamEvent, Timestamp, UserRecord,
};

use crate::metrics::Summary;
use crate::outcome::{Poison, Stage};
use crate::quarantine::KeptRecord;

/// A readable record of either kind of stream.
#[derive(Clone, Copy, Debug)]
pub enum WindowRecord<'a> {
    /// A record of a Kinesis stream.
    Kinesis(UserRecord<'a>),
    /// A change of a DynamoDB item.
    DynamoDb(Change<'a>),
}

/// The records of one event.
pub(super) trait WindowSource: StreamEvent + Sync {
    /// How many records, readable or not.
    fn count(&self) -> usize;

    /// Each record, or why it cannot be read.
    fn window_records(&self) -> impl Iterator<Item = Result<WindowRecord<'_>, Poison>>;

    /// What is kept of a record in quarantine.
    fn kept<'a>(&'a self, index: usize, shard_id: &'a str) -> Option<KeptRecord<'a>>;

    /// Which records they are, and how old.
    fn summary(&self, shard_id: &str, now: SystemTime) -> Summary {
        let number = |index: Option<usize>| {
            let number = self.kept(index?, shard_id)?.sequence_number?;
            Some(SequenceNumber::as_str(number).to_owned())
        };
        let arrivals = (0..self.count()).filter_map(|index| self.kept(index, shard_id)?.arrival);
        let oldest = arrivals.min().map(Timestamp::to_system_time);
        Summary {
            shard_id: Some(shard_id.to_owned()),
            first_sequence_number: number(Some(0)),
            last_sequence_number: number(self.count().checked_sub(1)),
            record_age: oldest.map(|oldest| now.duration_since(oldest).unwrap_or_default()),
            ..Summary::default()
        }
    }
}

impl WindowSource for KinesisEvent {
    fn count(&self) -> usize {
        self.len()
    }

    fn window_records(&self) -> impl Iterator<Item = Result<WindowRecord<'_>, Poison>> {
        self.records().map(|record| {
            let user = record.user_record();
            user.map(WindowRecord::Kinesis)
                .map_err(|error| envelope(error.reason(), error.to_string()))
        })
    }

    fn kept<'a>(&'a self, index: usize, shard_id: &'a str) -> Option<KeptRecord<'a>> {
        let record = self.record(index)?;
        Some(KeptRecord {
            shard_id: record.shard_id.or(Some(shard_id)),
            ..record.into()
        })
    }
}

impl WindowSource for DynamoDbEvent {
    fn count(&self) -> usize {
        self.len()
    }

    fn window_records(&self) -> impl Iterator<Item = Result<WindowRecord<'_>, Poison>> {
        self.records().map(|record| {
            let change = record.change();
            change
                .map(WindowRecord::DynamoDb)
                .map_err(|error| envelope(error.reason(), error.to_string()))
        })
    }

    fn kept<'a>(&'a self, index: usize, shard_id: &'a str) -> Option<KeptRecord<'a>> {
        Some(KeptRecord {
            shard_id: Some(shard_id),
            ..self.record(index)?.into()
        })
    }
}

fn envelope(reason: &'static str, detail: String) -> Poison {
    Poison {
        stage: Stage::Envelope,
        reason,
        detail: detail.into(),
    }
}
