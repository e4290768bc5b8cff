//! One record of a Kinesis event.

use crate::sequence::{Position, SequenceNumber};
use crate::timestamp::Timestamp;

/// A stream record as delivered: what is known of it even if it cannot be read.
///
/// ```
/// let event = records::KinesisEvent::from_json(br#"{"Records":[{"kinesis":{"sequenceNumber":"495903","data":"?"},
///     "eventID":"shardId-000000000006:495903"}]}"#)?;
/// let record = event.record(0).ok_or("no such record")?;
/// // It is reported by its number, or quarantined with its bytes.
/// assert!(record.user_record().is_err());
/// assert_eq!((record.shard_id, record.bytes), (Some("shardId-000000000006"), b"?".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KinesisRecord<'a> {
    /// The sequence number; `None` if missing or malformed.
    pub sequence_number: Option<SequenceNumber<'a>>,
    /// The producer's partition key; `None` on streams whose record distribution Kinesis manages.
    pub partition_key: Option<&'a str>,
    /// The shard, taken from the event id (`shardId-000000000006:4959…`).
    pub shard_id: Option<&'a str>,
    /// When the stream took the record.
    pub arrival: Option<Timestamp>,
    /// The record's data; where [`KinesisRecord::user_record`] fails, what there is of it: the undecoded text.
    pub bytes: &'a [u8],
    pub(super) fault: Option<Fault>,
}

impl<'a> KinesisRecord<'a> {
    /// The record as functions work on it, or why it cannot be read.
    pub fn user_record(&self) -> Result<UserRecord<'a>, RecordError> {
        match (self.fault, self.sequence_number) {
            (None, Some(sequence_number)) => Ok(UserRecord {
                position: Position {
                    sequence_number,
                    subsequence_number: 0,
                },
                partition_key: self.partition_key,
                arrival: self.arrival,
                data: self.bytes,
            }),
            (Some(Fault::NotAnObject), _) => Err(RecordError::NotAnObject),
            (Some(Fault::NoKinesisObject), _) => Err(RecordError::NoKinesisObject),
            (_, None) => Err(RecordError::NoSequenceNumber),
            (Some(Fault::NoData), _) => Err(RecordError::NoData),
            (Some(Fault::NotBase64), _) => Err(RecordError::NotBase64),
        }
    }
}

/// A readable record: its position and its data.
///
/// ```
/// let event = records::KinesisEvent::from_json(br#"{"Records":[{"kinesis":{"sequenceNumber":"495903",
///     "partitionKey":"sensor-1","data":"eyJhIjoxfQ==","approximateArrivalTimestamp":1545084650.5}}]}"#)?;
/// let user = event.record(0).ok_or("no such record")?.user_record()?;
/// assert_eq!((user.partition_key, user.data), (Some("sensor-1"), br#"{"a":1}"#.as_slice()));
/// assert_eq!(user.arrival.map(|at| at.as_millis()), Some(1_545_084_650_500));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UserRecord<'a> {
    /// Where it stands in its shard.
    pub position: Position<'a>,
    /// The producer's partition key, if the stream has them.
    pub partition_key: Option<&'a str>,
    /// When the stream took the record.
    pub arrival: Option<Timestamp>,
    /// The data as the producer put it.
    pub data: &'a [u8],
}

/// Why a record of an event cannot be read. Always poison: it would come again just the same.
///
/// ```
/// let event = records::KinesisEvent::from_json(br#"{"Records":[null]}"#)?;
/// let error = event.record(0).and_then(|record| record.user_record().err());
/// assert_eq!(error, Some(records::RecordError::NotAnObject));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The element of `Records` is not a JSON object.
    #[error("the record is not a JSON object")]
    NotAnObject,
    /// The record has no `kinesis` object.
    #[error("the record has no object `kinesis`")]
    NoKinesisObject,
    /// There is no `sequenceNumber` of 1 to 129 digits.
    #[error("the record has no `sequenceNumber` of 1 to 129 digits")]
    NoSequenceNumber,
    /// There is no string `data`.
    #[error("the record has no string `data`")]
    NoData,
    /// `data` is not base64 (RFC 4648, standard alphabet, padded).
    #[error("`data` is not base64")]
    NotBase64,
}

impl RecordError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotAnObject => "not-an-object",
            Self::NoKinesisObject => "no-kinesis-object",
            Self::NoSequenceNumber => "no-sequence-number",
            Self::NoData => "no-data",
            Self::NotBase64 => "not-base64",
        }
    }
}

/// What was found wrong while reading the event; a missing sequence number shows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NotAnObject,
    NoKinesisObject,
    NoData,
    NotBase64,
}
