//! What a decoder has found.

use std::collections::BTreeSet;

use super::buffers::{Buffers, Content, Entry, Place};
use super::{Found, LayerError};
use crate::glue::SchemaVersionId;
use crate::kinesis::{KinesisEvent, KinesisRecord, RecordError, UserRecord};
use crate::kpl::Doubt;
use crate::sequence::Position;

/// The user records of one record's data.
///
/// ```
/// use records::glue::NoSchemas;
/// use records::layers::Decoder;
///
/// let mut decoder = Decoder::new("glue".parse()?);
/// let data = records::glue::Header::new("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse()?).write(b"payload")?;
/// // To be loaded, and the record decoded again.
/// assert_eq!(decoder.decode(&data, &NoSchemas).missing_schemas().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a> {
    buffers: &'a Buffers,
    data: &'a [u8],
}

/// The user records of an event.
///
/// ```
/// use records::glue::NoSchemas;
/// use records::layers::Decoder;
///
/// let event = records::KinesisEvent::from_json(br#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":"aGVsbG8="}},
///     {"kinesis":{"sequenceNumber":"2","data":"?"}}]}"#)?;
/// let mut decoder = Decoder::new("kpl".parse()?);
/// let mut users = decoder.decode_event(&event, &NoSchemas).user_records();
/// assert!(matches!(users.next(), Some(Ok(user)) if user.data == b"hello"));
/// assert!(matches!(users.next(), Some(Err((record, error))) if record.bytes == b"?" && error.reason() == "not-base64"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DecodedEvent<'a> {
    buffers: &'a Buffers,
    event: &'a KinesisEvent,
}

/// A user record without its layers.
///
/// ```
/// use records::glue::NoSchemas;
/// use records::layers::Decoder;
///
/// let mut aggregator = records::kpl::Aggregator::default();
/// aggregator.push("sensor-1", Some("42"), b"one")?;
/// let data = aggregator.finish().ok_or("nothing was pushed")?.data;
/// let mut decoder = Decoder::new("kpl".parse()?);
/// let record = decoder.decode(&data, &NoSchemas).records().next().ok_or("no records")?;
/// assert_eq!((record.partition_key, record.explicit_hash_key), (Some("sensor-1"), Some("42")));
/// assert_eq!((record.subsequence_number, record.data), (0, Ok(b"one".as_slice())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayeredRecord<'a> {
    /// Index of the stream's record in the event, from 0.
    pub record: usize,
    /// Its index in the stream's record, from 0.
    pub subsequence_number: u64,
    /// The key that its producer gave, if it was aggregated.
    pub partition_key: Option<&'a str>,
    /// What takes the place of the key's hash, if it was aggregated and has one.
    pub explicit_hash_key: Option<&'a str>,
    /// The schema it was written with, if it has the schema registry's header.
    pub schema_version_id: Option<SchemaVersionId>,
    /// The layers that were taken off, those before an error included.
    pub layers: Found,
    /// Its data with its own layers still around, if the stream's record held several: what
    /// [`Layers::inside`](super::Layers::inside) takes off.
    pub wrapped: Option<&'a [u8]>,
    /// Set if it begins like an aggregate and is none: to be counted.
    pub doubt: Option<Doubt>,
    /// The payload, or why there is none.
    ///
    /// An error that the stream's record becomes too large stands for this user record and all behind it.
    pub data: Result<&'a [u8], &'a LayerError>,
}

/// A record of the stream without user records.
///
/// ```
/// use records::kpl::{MAGIC, digest};
/// use records::layers::{Decoder, Skip, Skipped};
/// # use base64::Engine;
///
/// // A key, and no records.
/// let message = b"\x0a\x02k0";
/// let data = [&MAGIC, message.as_slice(), &digest(message)].concat();
/// let data = base64::engine::general_purpose::STANDARD.encode(data);
/// let event = format!(r#"{{"Records":[{{"kinesis":{{"sequenceNumber":"1","data":"{data}"}}}}]}}"#);
/// let event = records::KinesisEvent::from_json(event.as_bytes())?;
/// let mut decoder = Decoder::new("kpl".parse()?);
/// let skipped = decoder.decode_event(&event, &records::glue::NoSchemas).skipped().next();
/// assert_eq!(skipped, Some(Skipped { record: 0, reason: Skip::EmptyAggregate }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its index in the event, from 0.
    pub record: usize,
    /// Why it has none.
    pub reason: Skip,
}

/// Why a record of the stream has no user records. Always by rule: there is nothing to lose.
///
/// ```
/// assert_eq!(records::layers::Skip::ControlMessage.reason(), "control-message");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Skip {
    /// An aggregate without records.
    EmptyAggregate,
    /// CloudWatch Logs says that the stream can be written to.
    ControlMessage,
    /// A message of CloudWatch Logs without log events.
    NoLogEvents,
}

impl Skip {
    /// A short fixed name, for metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::EmptyAggregate => "empty-aggregate",
            Self::ControlMessage => "control-message",
            Self::NoLogEvents => "no-log-events",
        }
    }
}

impl<'a> LayeredRecord<'a> {
    /// The user record as functions work on it; `record` is the stream's record that it is of.
    pub fn user_record(
        &self,
        record: &KinesisRecord<'a>,
    ) -> Result<UserRecord<'a>, &'a LayerError> {
        let data = self.data?;
        let user = record.user_record().map_err(|_| &UNREADABLE)?;
        Ok(UserRecord {
            position: Position {
                subsequence_number: self.subsequence_number,
                ..user.position
            },
            partition_key: self.partition_key.or(user.partition_key),
            data,
            ..user
        })
    }
}

impl<'a> Decoded<'a> {
    pub(super) fn new(buffers: &'a Buffers, data: &'a [u8]) -> Self {
        Self { buffers, data }
    }

    /// The user records, in their order.
    pub fn records(&self) -> impl Iterator<Item = LayeredRecord<'a>> + use<'a> {
        let Self { buffers, data } = *self;
        let view = move |entry| view(buffers, data, entry);
        buffers.entries.iter().map(view).filter_map(Result::ok)
    }

    /// Why there are no user records, if there are none.
    pub fn skipped(&self) -> Option<Skip> {
        skipped(self.buffers).next().map(|skipped| skipped.reason)
    }

    /// Schemas that are to be loaded for the records to be decoded again, see [`Schemas`](crate::glue::Schemas).
    pub fn missing_schemas(&self) -> BTreeSet<SchemaVersionId> {
        missing_schemas(self.buffers)
    }
}

impl<'a> DecodedEvent<'a> {
    pub(super) fn new(buffers: &'a Buffers, event: &'a KinesisEvent) -> Self {
        Self { buffers, event }
    }

    /// The user records, in the order of the shard, and those records that cannot be read.
    pub fn records(&self) -> impl Iterator<Item = LayeredRecord<'a>> + use<'a> {
        self.all().filter_map(|(_, found)| found.ok())
    }

    /// The user records as functions work on them. An error comes with the stream's record: that is what is reported
    /// or quarantined.
    pub fn user_records(
        &self,
    ) -> impl Iterator<Item = Result<UserRecord<'a>, (KinesisRecord<'a>, &'a LayerError)>> + use<'a>
    {
        self.all().filter_map(|(record, found)| {
            let user = found.ok()?.user_record(&record);
            Some(user.map_err(|error| (record, error)))
        })
    }

    /// Whatever there is, in the order of the shard, with the stream's record that it is of: user records, records that
    /// cannot be read, and those without user records.
    pub fn all(
        &self,
    ) -> impl Iterator<Item = (KinesisRecord<'a>, Result<LayeredRecord<'a>, Skipped>)> + use<'a>
    {
        let Self { buffers, event } = *self;
        // Looked up once for all of an aggregate: that takes as long as reading them.
        let mut last = None;
        buffers.entries.iter().filter_map(move |entry| {
            let record = match last {
                Some((number, record)) if number == entry.record => record,
                _ => event.record(entry.record as usize)?,
            };
            last = Some((entry.record, record));
            Some((record, view(buffers, record.bytes, entry)))
        })
    }

    /// Records of the stream without user records.
    pub fn skipped(&self) -> impl Iterator<Item = Skipped> + use<'a> {
        skipped(self.buffers)
    }

    /// Schemas that are to be loaded for the event to be decoded again, see [`Schemas`](crate::glue::Schemas).
    pub fn missing_schemas(&self) -> BTreeSet<SchemaVersionId> {
        missing_schemas(self.buffers)
    }
}

/// Records that have no user record are errors already.
static UNREADABLE: LayerError = LayerError::Record(RecordError::NoSequenceNumber);

fn view<'a>(
    buffers: &'a Buffers,
    input: &'a [u8],
    entry: &'a Entry,
) -> Result<LayeredRecord<'a>, Skipped> {
    let record = entry.record as usize;
    let text = |place: Place| std::str::from_utf8(buffers.bytes(input, place)).ok();
    let data = match entry.content {
        Content::Data(place) => Ok(buffers.bytes(input, place)),
        Content::Error(index) => Err(buffers.errors.get(index as usize).unwrap_or(&UNREADABLE)),
        Content::Skipped(reason) => return Err(Skipped { record, reason }),
    };
    Ok(LayeredRecord {
        record,
        subsequence_number: entry.subsequence_number.into(),
        partition_key: entry.partition_key.and_then(text),
        explicit_hash_key: entry.explicit_hash_key.and_then(text),
        schema_version_id: entry
            .schema
            .and_then(|index| buffers.schema_ids.get(index as usize).copied()),
        layers: entry.found,
        wrapped: entry.wrapped.map(|place| buffers.bytes(input, place)),
        doubt: entry.doubt,
        data,
    })
}

fn skipped(buffers: &Buffers) -> impl Iterator<Item = Skipped> {
    buffers
        .entries
        .iter()
        .filter_map(|entry| match entry.content {
            Content::Skipped(reason) => Some(Skipped {
                record: entry.record as usize,
                reason,
            }),
            Content::Data(_) | Content::Error(_) => None,
        })
}

fn missing_schemas(buffers: &Buffers) -> BTreeSet<SchemaVersionId> {
    let errors = buffers.errors.iter();
    let missing = errors.filter_map(|error| match error {
        LayerError::SchemaNotLoaded(id) => Some(*id),
        _ => None,
    });
    missing.collect()
}
