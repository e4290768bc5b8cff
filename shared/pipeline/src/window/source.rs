//! The records of a window, of either kind of stream.

use std::time::SystemTime;

use records::{Change, DynamoDbEvent, SequenceNumber, Timestamp, UserRecord};

use crate::metrics::Summary;
use crate::outcome::{Outcome, Poison, Stage};
use crate::quarantine::KeptRecord;
use crate::user_records::UserRecords;

/// A readable record of either kind of stream.
#[derive(Clone, Copy, Debug)]
pub enum WindowRecord<'a> {
    /// A record of a Kinesis stream.
    Kinesis(UserRecord<'a>),
    /// A change of a DynamoDB item.
    DynamoDb(Change<'a>),
}

/// The records of one event.
pub(super) trait WindowSource: Sync {
    /// How many records, readable or not.
    fn count(&self) -> usize;

    /// The readable ones.
    fn readable(&self) -> Vec<WindowRecord<'_>>;

    /// The outcomes of all; `folded` are those of the readable ones.
    fn outcomes(&self, folded: Vec<Outcome>) -> Vec<Outcome>;

    /// What is kept of a record in quarantine.
    fn kept<'a>(&'a self, index: usize, shard_id: &'a str) -> Option<KeptRecord<'a>>;

    /// Records that begin like an aggregate and are none.
    fn doubtful(&self) -> usize;

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
            doubtful: self.doubtful(),
            ..Summary::default()
        }
    }
}

impl WindowSource for UserRecords<'_> {
    fn count(&self) -> usize {
        self.len()
    }

    fn readable(&self) -> Vec<WindowRecord<'_>> {
        self.readable
            .iter()
            .copied()
            .map(WindowRecord::Kinesis)
            .collect()
    }

    fn outcomes(&self, folded: Vec<Outcome>) -> Vec<Outcome> {
        UserRecords::outcomes(self, folded)
    }

    fn kept<'a>(&'a self, index: usize, shard_id: &'a str) -> Option<KeptRecord<'a>> {
        let kept = UserRecords::kept(self, index)?;
        Some(KeptRecord {
            shard_id: kept.shard_id.or(Some(shard_id)),
            ..kept
        })
    }

    fn doubtful(&self) -> usize {
        self.doubtful
    }
}

impl WindowSource for DynamoDbEvent {
    fn count(&self) -> usize {
        self.len()
    }

    fn readable(&self) -> Vec<WindowRecord<'_>> {
        let changes = self.records().flat_map(|record| record.change());
        changes.map(WindowRecord::DynamoDb).collect()
    }

    fn outcomes(&self, folded: Vec<Outcome>) -> Vec<Outcome> {
        if folded.len() == self.len() {
            return folded;
        }
        let mut folded = folded.into_iter();
        let outcome = |record: records::DynamoDbRecord<'_>| match record.change() {
            Ok(_) => folded.next(),
            Err(error) => Some(Outcome::Poison(Poison {
                stage: Stage::Envelope,
                reason: error.reason(),
                detail: error.to_string().into(),
            })),
        };
        self.records().filter_map(outcome).collect()
    }

    fn kept<'a>(&'a self, index: usize, shard_id: &'a str) -> Option<KeptRecord<'a>> {
        Some(KeptRecord {
            shard_id: Some(shard_id),
            ..self.record(index)?.into()
        })
    }

    fn doubtful(&self) -> usize {
        0
    }
}
