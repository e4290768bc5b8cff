//! Changes that Kinesis Data Streams for DynamoDB writes to a stream (DynamoDB developer guide, "Using Kinesis Data
//! Streams to capture changes to DynamoDB").

use std::borrow::Cow;

use super::deserialize::is_ttl;
use super::{ChangeKind, Image};
use crate::json::{Malformed, Reader, Value};
use crate::sequence::Position;
use crate::timestamp::Timestamp;

/// What happened to one item: the data of a Kinesis record.
///
/// Unlike a DynamoDB stream, such a stream may have changes out of their order, and more than once: what is applied has
/// to be kept with its [`ChangeOrder`], and an older one that comes later is to be left out. Binary values are base64
/// twice, once as all data of a Kinesis record; reading the event takes one off, reading the attribute the other.
///
/// ```
/// use records::dynamodb::{ChangeKind, TableChange};
///
/// let change = TableChange::from_json(br#"{"eventID":"5a88419c","eventName":"INSERT","tableName":"orders",
///     "recordFormat":"application/json","userIdentity":null,"awsRegion":"us-east-1","eventSource":"aws:dynamodb",
///     "dynamodb":{"ApproximateCreationDateTime":1719347890250647,"ApproximateCreationDateTimePrecision":"MICROSECOND",
///     "Keys":{"id":{"S":"o-1"}},"NewImage":{"id":{"S":"o-1"},"total":{"N":"10.50"}},"SizeBytes":26}}"#)?;
/// assert_eq!((change.kind, change.table.as_deref()), (ChangeKind::Insert, Some("orders")));
/// assert_eq!(change.time.as_micros(), 1_719_347_890_250_647);
/// let total = change.new_image.and_then(|image| image.get("total").ok()?);
/// assert_eq!(total.as_ref().and_then(|total| total.as_n()), Some("10.50"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableChange<'a> {
    /// `eventID`, unique to the change: the same again is a duplicate.
    pub event_id: Option<Cow<'a, str>>,
    /// The table's name.
    pub table: Option<Cow<'a, str>>,
    /// What happened to the item.
    pub kind: ChangeKind,
    /// When, as exactly as the stream is set to tell it: to the microsecond or the millisecond.
    pub time: Timestamp,
    /// The item's primary key.
    pub keys: Option<Image<'a>>,
    /// The item after the change, if there is one.
    pub new_image: Option<Image<'a>>,
    /// The item before the change, if there was one.
    pub old_image: Option<Image<'a>>,
    /// Size of the change, in bytes.
    pub size_bytes: Option<u64>,
    /// Whether DynamoDB removed the item because its time to live was over.
    pub is_ttl_delete: bool,
}

/// Which of two changes of an item is the later one: by their time, and at the same time by their place in the stream.
///
/// The place says something of changes of one shard only; where the time is told to the millisecond, two changes of one
/// are not rare. Set the stream to microseconds.
///
/// ```
/// use records::dynamodb::ChangeOrder;
/// use records::{Position, SequenceNumber, Timestamp};
///
/// let order = |micros, number| ChangeOrder {
///     time: Timestamp::from_micros(micros),
///     position: Position { sequence_number: number, subsequence_number: 0 },
/// };
/// let (nine, ten) = (SequenceNumber::new("9"), SequenceNumber::new("10"));
/// let (nine, ten) = (nine.ok_or("no number")?, ten.ok_or("no number")?);
/// assert!(order(5, nine) < order(5, ten) && order(5, ten) < order(6, nine));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeOrder<'a> {
    /// When the item was changed.
    pub time: Timestamp,
    /// Where the record is in the stream.
    pub position: Position<'a>,
}

/// Why data is not such a change. Always poison.
///
/// ```
/// let error = records::dynamodb::TableChange::from_json(br#"{"eventName":"INSERT"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "the change has no object `dynamodb`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableChangeError {
    /// It is not JSON text.
    #[error("the change is not JSON")]
    NotJson,
    /// It is not an object with an object `dynamodb`.
    #[error("the change has no object `dynamodb`")]
    NoDynamoDbObject,
    /// `eventName` is not one of the three there are.
    #[error("`eventName` is not INSERT, MODIFY or REMOVE")]
    UnknownEventName,
    /// `ApproximateCreationDateTime` is not a whole number in the range of times.
    #[error("`ApproximateCreationDateTime` is not a time")]
    NoTime,
    /// `ApproximateCreationDateTimePrecision` is not one of the two there are.
    #[error("`ApproximateCreationDateTimePrecision` is not MILLISECOND or MICROSECOND")]
    UnknownPrecision,
    /// `Keys`, `NewImage` or `OldImage` is there but is not a JSON object.
    #[error("`Keys`, `NewImage` or `OldImage` is not a JSON object")]
    ImageNotAnObject,
}

impl TableChangeError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::NoDynamoDbObject => "no-dynamodb-object",
            Self::UnknownEventName => "unknown-event-name",
            Self::NoTime => "no-time",
            Self::UnknownPrecision => "unknown-precision",
            Self::ImageNotAnObject => "image-not-an-object",
        }
    }
}

impl From<Malformed> for TableChangeError {
    fn from(_: Malformed) -> Self {
        Self::NotJson
    }
}

impl<'a> TableChange<'a> {
    /// Reads the data of a record.
    pub fn from_json(json: &'a [u8]) -> Result<Self, TableChangeError> {
        let text = std::str::from_utf8(json).map_err(|_| TableChangeError::NotJson)?;
        let mut reader = Reader::new(text);
        let mut read = Read::default();
        let mut is_ttl_delete = false;
        reader.object(&KEYS, |reader, key| {
            match key {
                Key::EventId => read.event_id = reader.value()?.string(),
                Key::Table => read.table = reader.value()?.string(),
                Key::EventName => {
                    let name = reader.value()?.string();
                    read.kind = name.and_then(|name| ChangeKind::from_name(&name));
                }
                Key::UserIdentity => is_ttl_delete = is_ttl(reader)?,
                Key::DynamoDb => read.change(reader)?,
            }
            Ok(())
        })?;
        reader.end()?;
        read.finish(text, is_ttl_delete)
    }

    /// Where the change stands among those of its item, given where its record is in the stream.
    pub fn order<'p>(&self, position: Position<'p>) -> ChangeOrder<'p> {
        ChangeOrder {
            time: self.time,
            position,
        }
    }
}

#[derive(Clone, Copy)]
enum Key {
    EventId,
    EventName,
    UserIdentity,
    Table,
    DynamoDb,
}

/// As DynamoDB orders them.
const KEYS: [(&str, Option<Key>); 8] = [
    ("awsRegion", None),
    ("eventID", Some(Key::EventId)),
    ("eventName", Some(Key::EventName)),
    ("userIdentity", Some(Key::UserIdentity)),
    ("recordFormat", None),
    ("tableName", Some(Key::Table)),
    ("dynamodb", Some(Key::DynamoDb)),
    ("eventSource", None),
];

#[derive(Clone, Copy)]
enum ChangeKey {
    Time,
    Keys,
    NewImage,
    OldImage,
    SizeBytes,
    Precision,
}

/// As DynamoDB orders them.
const CHANGE_KEYS: [(&str, Option<ChangeKey>); 6] = [
    ("ApproximateCreationDateTime", Some(ChangeKey::Time)),
    ("Keys", Some(ChangeKey::Keys)),
    ("NewImage", Some(ChangeKey::NewImage)),
    ("OldImage", Some(ChangeKey::OldImage)),
    ("SizeBytes", Some(ChangeKey::SizeBytes)),
    (
        "ApproximateCreationDateTimePrecision",
        Some(ChangeKey::Precision),
    ),
];

/// What is read so far.
#[derive(Default)]
struct Read<'a> {
    event_id: Option<Cow<'a, str>>,
    table: Option<Cow<'a, str>>,
    kind: Option<ChangeKind>,
    has_change: bool,
    time: Option<i64>,
    precision: Option<Value<'a>>,
    images: [Option<Value<'a>>; 3],
    size_bytes: Option<u64>,
}

impl<'a> Read<'a> {
    fn change(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        self.has_change = reader.object(&CHANGE_KEYS, |reader, key| {
            let value = reader.value()?;
            match key {
                ChangeKey::Time => self.time = value.text().parse().ok(),
                ChangeKey::Precision => self.precision = Some(value),
                ChangeKey::SizeBytes => self.size_bytes = value.text().parse().ok(),
                ChangeKey::Keys => self.images[0] = Some(value),
                ChangeKey::NewImage => self.images[1] = Some(value),
                ChangeKey::OldImage => self.images[2] = Some(value),
            }
            Ok(())
        })?;
        Ok(())
    }

    fn finish(
        self,
        text: &'a str,
        is_ttl_delete: bool,
    ) -> Result<TableChange<'a>, TableChangeError> {
        if !self.has_change {
            return Err(TableChangeError::NoDynamoDbObject);
        }
        let kind = self.kind.ok_or(TableChangeError::UnknownEventName)?;
        let is_image = |value: &Value<'_>| value.is_object() || value.is_null();
        if !self.images.iter().flatten().all(is_image) {
            return Err(TableChangeError::ImageNotAnObject);
        }
        let image = |value: Option<Value<'a>>| {
            let start = value.filter(Value::is_object)?.start();
            Some(Image::new(text.get(start..)?))
        };
        let micros_each = match self.precision.map(|precision| precision.text()) {
            Some("\"MICROSECOND\"") => 1,
            // Records from before there was a choice.
            Some("\"MILLISECOND\"" | "null") | None => 1_000,
            Some(_) => return Err(TableChangeError::UnknownPrecision),
        };
        let micros = self.time.and_then(|time| time.checked_mul(micros_each));
        let [keys, new_image, old_image] = self.images.map(image);
        Ok(TableChange {
            event_id: self.event_id,
            table: self.table,
            kind,
            time: Timestamp::from_micros(micros.ok_or(TableChangeError::NoTime)?),
            keys,
            new_image,
            old_image,
            size_bytes: self.size_bytes,
            is_ttl_delete: is_ttl_delete && kind == ChangeKind::Remove,
        })
    }
}

#[cfg(test)]
mod tests;
