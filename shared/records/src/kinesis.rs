//! The event that Lambda makes of a batch of Kinesis records.
//!
//! Differences to the types of `aws_lambda_events`: one unreadable record is an error of that record, not of
//! the event; the partition key may be null (streams with service-managed record distribution); arrival times
//! are exact; `Records` may be missing or null.

mod deserialize;
mod record;

pub use record::{KinesisRecord, RecordError, UserRecord};

use std::ops::Range;

use record::Fault;

use crate::sequence::SequenceNumber;
use crate::span::Span;
use crate::timestamp::Timestamp;

/// A batch of records of one shard as Lambda delivers it.
///
/// Holds one buffer of all decoded data and all text (sequence numbers, keys), from which the records borrow: reading an
/// event as Lambda writes it takes memory twice, for the buffer and for the records' places in it.
///
/// ```
/// let event = records::KinesisEvent::from_json(br#"{"Records":[
///     {"kinesis":{"sequenceNumber":"495903","data":"eyJhIjoxfQ==","partitionKey":"k"}},
///     {"kinesis":{"sequenceNumber":"495904","data":"not base64"}}]}"#)?;
/// let data: Vec<_> = event.records().map(|record| record.user_record().map(|user| user.data)).collect();
/// assert_eq!(data, [Ok(br#"{"a":1}"#.as_slice()), Err(records::RecordError::NotBase64)]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KinesisEvent {
    bytes: Vec<u8>,
    stream_arn: Option<Span>,
    records: Vec<Parts>,
    /// Where the event's JSON has what stands behind the event id of the last record, up to its closing bracket: the
    /// next one ends alike, as a rule.
    tail: Range<usize>,
}

/// One record's places in the buffer.
#[derive(Clone, Copy, Debug)]
struct Parts {
    data: Span,
    /// Of text that is a sequence number.
    sequence_number: Option<Span>,
    partition_key: Option<Span>,
    shard_id: Option<Span>,
    arrival: Option<Timestamp>,
    fault: Option<Fault>,
}

impl KinesisEvent {
    /// Number of records, readable or not.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records at all.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The ARN of the stream: the first one named by a record, as a batch never mixes streams.
    pub fn stream_arn(&self) -> Option<&str> {
        self.text_at(self.stream_arn)
    }

    /// The record at `index`, in the order of the shard.
    pub fn record(&self, index: usize) -> Option<KinesisRecord<'_>> {
        self.records.get(index).map(|parts| self.view(parts))
    }

    /// All records in the order of the shard.
    pub fn records(
        &self,
    ) -> impl ExactSizeIterator<Item = KinesisRecord<'_>> + DoubleEndedIterator {
        self.records.iter().map(|parts| self.view(parts))
    }

    fn view(&self, parts: &Parts) -> KinesisRecord<'_> {
        KinesisRecord {
            sequence_number: self
                .text_at(parts.sequence_number)
                .map(SequenceNumber::accepted),
            partition_key: self.text_at(parts.partition_key),
            shard_id: self.text_at(parts.shard_id),
            arrival: parts.arrival,
            bytes: self.bytes.get(parts.data.range()).unwrap_or_default(),
            fault: parts.fault,
        }
    }

    fn text_at(&self, span: Option<Span>) -> Option<&str> {
        let text = self.bytes.get(span?.range())?;
        std::str::from_utf8(text).ok()
    }
}
