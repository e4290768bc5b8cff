//! Reading the event: one pass over the JSON, lenient in every type, strict only in JSON's syntax.

use std::ops::Range;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::record::Fault;
use super::{ChangeKind, DynamoDbEvent, Parts, StreamViewType};
use crate::json::{Malformed, Reader, Value};
use crate::sequence::SequenceNumber;
use crate::span::Span;
use crate::timestamp::Timestamp;

/// What stands between a head that comes again and the object `dynamodb`.
const BEHIND_HEAD: &str = ",\"dynamodb\":";

/// Bytes of a small record's JSON, for a guess at how many there are: they start at about 400.
const SMALL_RECORD: usize = 512;

impl DynamoDbEvent {
    /// Reads the JSON of an event.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        crate::event::from_json(json)
    }
}

impl<'de> Deserialize<'de> for DynamoDbEvent {
    /// Through the raw JSON text, as [`KinesisEvent`](crate::KinesisEvent) is.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get().as_bytes()).map_err(D::Error::custom)
    }
}

#[derive(Clone, Copy)]
enum RecordKey {
    EventId,
    EventName,
    DynamoDb,
    UserIdentity,
    StreamArn,
}

/// As Lambda orders them.
const RECORD_KEYS: [(&str, Option<RecordKey>); 8] = [
    ("eventID", Some(RecordKey::EventId)),
    ("eventName", Some(RecordKey::EventName)),
    ("eventVersion", None),
    ("eventSource", None),
    ("awsRegion", None),
    ("dynamodb", Some(RecordKey::DynamoDb)),
    ("userIdentity", Some(RecordKey::UserIdentity)),
    ("eventSourceARN", Some(RecordKey::StreamArn)),
];

#[derive(Clone, Copy)]
enum DynamoDbKey {
    Arrival,
    Keys,
    NewImage,
    OldImage,
    SequenceNumber,
    SizeBytes,
    ViewType,
}

/// As Lambda orders them.
const DYNAMODB_KEYS: [(&str, Option<DynamoDbKey>); 7] = [
    ("ApproximateCreationDateTime", Some(DynamoDbKey::Arrival)),
    ("Keys", Some(DynamoDbKey::Keys)),
    ("NewImage", Some(DynamoDbKey::NewImage)),
    ("OldImage", Some(DynamoDbKey::OldImage)),
    ("SequenceNumber", Some(DynamoDbKey::SequenceNumber)),
    ("SizeBytes", Some(DynamoDbKey::SizeBytes)),
    ("StreamViewType", Some(DynamoDbKey::ViewType)),
];

impl crate::event::ReadRecords for DynamoDbEvent {
    fn begin(&mut self, json: &str) {
        json.clone_into(&mut self.text);
        self.records.reserve(json.len() / SMALL_RECORD);
    }

    fn read_record(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let start = reader.position();
        let mut record = Parts {
            fault: Some(Fault::DynamoDb),
            ..Parts::default()
        };
        // Where head and tail start, and whether what matters in the head is its name and nothing else.
        let (mut head, mut tail, mut has_name) = (None, None, false);
        let is_object = reader.object(&RECORD_KEYS, |reader, key| {
            match key {
                RecordKey::DynamoDb => {
                    let is_head = |head: &Range<usize>| {
                        has_name && reader.ends_with(head.clone(), BEHIND_HEAD)
                    };
                    let head = head.take().map(|start| start..reader.place());
                    self.repeated.head = head.filter(is_head).unwrap_or_default();
                    self.repeated.kind = record.kind;
                    self.read_dynamodb(reader, &mut record)?;
                    tail = Some(reader.place());
                    reader.pass_again(self.repeated.tail.clone(), 1);
                }
                RecordKey::EventId => {
                    record.event_id = self.string(reader.value()?);
                    (head, tail) = (Some(reader.place()), None);
                    has_name = reader.pass_again(self.repeated.head.clone(), BEHIND_HEAD.len());
                    if has_name {
                        record.kind = self.repeated.kind;
                    }
                }
                RecordKey::EventName => {
                    let name = reader.value()?.string();
                    record.kind = name.and_then(|name| ChangeKind::from_name(&name));
                    (has_name, tail) = (true, None);
                }
                RecordKey::UserIdentity => {
                    record.is_by_ttl = is_ttl(reader)?;
                    (head, tail) = (None, None);
                }
                // The first one counts: later ones do not matter.
                RecordKey::StreamArn => {
                    let arn = reader.value()?;
                    if self.stream_arn.is_none() {
                        self.stream_arn = self.string(arn);
                    }
                }
            }
            Ok(())
        })?;
        if !is_object {
            record.fault = Some(Fault::Record);
        }
        self.repeated.tail = tail.map_or(0..0, |start| start..reader.place());
        record.json = Span::new(start, reader.position()).unwrap_or_default();
        self.records.push(record);
        Ok(())
    }
}

impl DynamoDbEvent {
    /// Reads the object `dynamodb` of a record.
    fn read_dynamodb(
        &mut self,
        reader: &mut Reader<'_>,
        record: &mut Parts,
    ) -> Result<(), Malformed> {
        let mut images = [None; 3];
        let is_object = reader.object(&DYNAMODB_KEYS, |reader, key| {
            let value = reader.value()?;
            match key {
                DynamoDbKey::Arrival => {
                    record.arrival = Timestamp::from_seconds_text(value.text());
                }
                DynamoDbKey::Keys => images[0] = Some(value),
                DynamoDbKey::NewImage => images[1] = Some(value),
                DynamoDbKey::OldImage => images[2] = Some(value),
                DynamoDbKey::SequenceNumber => {
                    let is_number = |text: &str| SequenceNumber::new(text).is_some();
                    record.sequence_number = value
                        .string()
                        .filter(|text| is_number(text))
                        .and_then(|_| self.string(value));
                }
                DynamoDbKey::SizeBytes => record.size_bytes = value.text().parse().ok(),
                DynamoDbKey::ViewType => {
                    let name = value.string();
                    record.view_type = name.and_then(|name| StreamViewType::from_name(&name));
                }
            }
            Ok(())
        })?;
        if !is_object {
            return Ok(());
        }
        let is_image = |value: &Value<'_>| value.is_object() || value.is_null();
        let are_images = images.iter().flatten().all(is_image);
        record.fault = (!are_images).then_some(Fault::Image);
        let object = |value: Option<Value<'_>>| {
            let value = value.filter(Value::is_object)?;
            Span::new(value.start(), value.start() + value.text().len())
        };
        [record.keys, record.new_image, record.old_image] = images.map(object);
        Ok(())
    }

    /// The place of a string's content, which is put behind the event if it was written with escapes.
    fn string(&mut self, value: Value<'_>) -> Option<Span> {
        let content = value.string()?;
        if let std::borrow::Cow::Borrowed(content) = content {
            let start = value.start() + 1;
            return Span::new(start, start + content.len());
        }
        let start = self.text.len();
        self.text.push_str(&content);
        Span::new(start, self.text.len())
    }
}

#[derive(Clone, Copy)]
enum IdentityKey {
    Type,
    PrincipalId,
}

const IDENTITY_KEYS: [(&str, Option<IdentityKey>); 2] = [
    ("type", Some(IdentityKey::Type)),
    ("principalId", Some(IdentityKey::PrincipalId)),
];

/// Whether `userIdentity` is DynamoDB itself, which removes items whose time to live is over.
pub(super) fn is_ttl(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let (mut is_service, mut is_dynamodb) = (false, false);
    reader.object(&IDENTITY_KEYS, |reader, key| {
        let value = reader.value()?.string();
        let is = |text| value.as_deref() == Some(text);
        match key {
            IdentityKey::Type => is_service = is("Service"),
            IdentityKey::PrincipalId => is_dynamodb = is("dynamodb.amazonaws.com"),
        }
        Ok(())
    })?;
    Ok(is_service && is_dynamodb)
}
