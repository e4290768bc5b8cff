//! One record of a DynamoDB stream event.

use super::Image;
use crate::sequence::{Position, SequenceNumber};
use crate::timestamp::Timestamp;

/// A stream record as delivered: what is known of it even if it cannot be read.
///
/// ```
/// let event = records::DynamoDbEvent::from_json(br#"{"Records":[{"eventID":"1","eventName":"PURGE","dynamodb":{
///     "SequenceNumber":"111"}}]}"#)?;
/// let record = event.record(0).ok_or("no such record")?;
/// // It is reported by its number, or quarantined with its bytes.
/// assert!(record.change().is_err());
/// assert_eq!(record.sequence_number.map(|number| number.as_str()), Some("111"));
/// assert!(record.bytes.starts_with(br#"{"eventID""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DynamoDbRecord<'a> {
    /// `eventID`, unique to the change.
    pub event_id: Option<&'a str>,
    /// The sequence number; `None` if missing or malformed.
    pub sequence_number: Option<SequenceNumber<'a>>,
    /// When the item was changed: `ApproximateCreationDateTime`.
    pub arrival: Option<Timestamp>,
    /// The record's JSON as it came.
    pub bytes: &'a [u8],
    pub(super) kind: Option<ChangeKind>,
    pub(super) keys: Option<Image<'a>>,
    pub(super) new_image: Option<Image<'a>>,
    pub(super) old_image: Option<Image<'a>>,
    pub(super) size_bytes: Option<u64>,
    pub(super) view_type: Option<StreamViewType>,
    pub(super) is_by_ttl: bool,
    pub(super) fault: Option<Fault>,
}

impl<'a> DynamoDbRecord<'a> {
    /// The record as functions work on it, or why it cannot be read.
    pub fn change(&self) -> Result<Change<'a>, ChangeError> {
        match self.fault {
            Some(Fault::Record) => return Err(ChangeError::NotAnObject),
            Some(Fault::DynamoDb) => return Err(ChangeError::NoDynamoDbObject),
            Some(Fault::Image) | None => {}
        }
        let sequence_number = self.sequence_number.ok_or(ChangeError::NoSequenceNumber)?;
        let kind = self.kind.ok_or(ChangeError::UnknownEventName)?;
        if self.fault.is_some() {
            return Err(ChangeError::ImageNotAnObject);
        }
        Ok(Change {
            position: Position {
                sequence_number,
                subsequence_number: 0,
            },
            kind,
            arrival: self.arrival,
            keys: self.keys,
            new_image: self.new_image,
            old_image: self.old_image,
            size_bytes: self.size_bytes,
            view_type: self.view_type,
            is_ttl_delete: self.is_by_ttl && kind == ChangeKind::Remove,
        })
    }
}

/// A readable record: what happened to one item.
///
/// ```
/// let event = records::DynamoDbEvent::from_json(br#"{"Records":[{"eventName":"REMOVE","dynamodb":{
///     "SequenceNumber":"111","Keys":{"ID":{"S":"a"}}},
///     "userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}}]}"#)?;
/// let change = event.record(0).ok_or("no such record")?.change()?;
/// assert!(change.is_ttl_delete && change.new_image.is_none());
/// assert_eq!(change.position.sequence_number.as_str(), "111");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Where it stands in its shard.
    pub position: Position<'a>,
    /// What happened to the item.
    pub kind: ChangeKind,
    /// When the item was changed: `ApproximateCreationDateTime`.
    pub arrival: Option<Timestamp>,
    /// The item's primary key.
    pub keys: Option<Image<'a>>,
    /// The item after the change, where the stream's view type includes it and there is one.
    pub new_image: Option<Image<'a>>,
    /// The item before the change, where the stream's view type includes it and there was one.
    pub old_image: Option<Image<'a>>,
    /// Size of the stream record, in bytes.
    pub size_bytes: Option<u64>,
    /// Which of the images the stream has.
    pub view_type: Option<StreamViewType>,
    /// Whether DynamoDB removed the item because its time to live was over: `userIdentity` is the service
    /// (DynamoDB developer guide, "DynamoDB Streams and Time to Live").
    pub is_ttl_delete: bool,
}

/// What happened to an item: `eventName`.
///
/// ```
/// let event = records::DynamoDbEvent::from_json(br#"{"Records":[{"eventName":"MODIFY","dynamodb":{"SequenceNumber":"1"}}]}"#)?;
/// let change = event.record(0).ok_or("no such record")?.change()?;
/// assert_eq!(change.kind, records::ChangeKind::Modify);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// `INSERT`: there was none of this key before.
    Insert,
    /// `MODIFY`: an attribute was changed.
    Modify,
    /// `REMOVE`: it was deleted.
    Remove,
}

impl ChangeKind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "INSERT" => Some(Self::Insert),
            "MODIFY" => Some(Self::Modify),
            "REMOVE" => Some(Self::Remove),
            _ => None,
        }
    }
}

/// What a stream tells of each change: `StreamViewType` (DynamoDB API reference, `StreamSpecification`).
///
/// ```
/// use records::dynamodb::StreamViewType;
///
/// let event = records::DynamoDbEvent::from_json(br#"{"Records":[{"eventName":"INSERT","dynamodb":{
///     "SequenceNumber":"1","StreamViewType":"NEW_IMAGE"}}]}"#)?;
/// let change = event.record(0).ok_or("no such record")?.change()?;
/// assert_eq!(change.view_type, Some(StreamViewType::NewImage));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamViewType {
    /// The key only.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
}

impl StreamViewType {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "KEYS_ONLY" => Some(Self::KeysOnly),
            "NEW_IMAGE" => Some(Self::NewImage),
            "OLD_IMAGE" => Some(Self::OldImage),
            "NEW_AND_OLD_IMAGES" => Some(Self::NewAndOldImages),
            _ => None,
        }
    }
}

/// Why a record of an event cannot be read. Always poison: it would come again just the same.
///
/// ```
/// let event = records::DynamoDbEvent::from_json(br#"{"Records":[{"eventName":"INSERT"}]}"#)?;
/// let error = event.record(0).and_then(|record| record.change().err());
/// assert_eq!(error.map(|error| error.to_string()).as_deref(), Some("the record has no object `dynamodb`"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The element of `Records` is not a JSON object.
    #[error("the record is not a JSON object")]
    NotAnObject,
    /// The record has no `dynamodb` object.
    #[error("the record has no object `dynamodb`")]
    NoDynamoDbObject,
    /// There is no `SequenceNumber` of 1 to 129 digits.
    #[error("the record has no `SequenceNumber` of 1 to 129 digits")]
    NoSequenceNumber,
    /// `eventName` is not one of the three there are.
    #[error("`eventName` is not INSERT, MODIFY or REMOVE")]
    UnknownEventName,
    /// `Keys`, `NewImage` or `OldImage` is there but is not a JSON object.
    #[error("`Keys`, `NewImage` or `OldImage` is not a JSON object")]
    ImageNotAnObject,
}

impl ChangeError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotAnObject => "not-an-object",
            Self::NoDynamoDbObject => "no-dynamodb-object",
            Self::NoSequenceNumber => "no-sequence-number",
            Self::UnknownEventName => "unknown-event-name",
            Self::ImageNotAnObject => "image-not-an-object",
        }
    }
}

/// What is not an object though it should be; what else is missing shows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Record,
    DynamoDb,
    Image,
}
