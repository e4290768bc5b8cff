//! Reading the event: one pass over the JSON, lenient in every type, strict only in JSON's syntax.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::record::{Fault, Span};
use super::{KinesisEvent, Parts};
use crate::sequence::SequenceNumber;
use crate::timestamp::Timestamp;

impl KinesisEvent {
    /// Reads the JSON of an event.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let text = std::str::from_utf8(json).map_err(serde_json::Error::custom)?;
        let mut event = KinesisEvent::default();
        // Base64 is most of an event's text and shrinks by a quarter.
        event.data.reserve(text.len() / 2);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        EventSeed(&mut event).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(event)
    }
}

impl<'de> Deserialize<'de> for KinesisEvent {
    /// Through the raw JSON text, whatever wraps `deserializer`: what the Lambda runtime wraps around it to
    /// name the path of an error would cost an allocation for each key of each record.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get().as_bytes()).map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum EventKey {
    Records,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum RecordKey {
    #[serde(rename = "kinesis")]
    Kinesis,
    #[serde(rename = "eventID")]
    EventId,
    #[serde(rename = "eventSourceARN")]
    EventSourceArn,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum KinesisKey {
    PartitionKey,
    SequenceNumber,
    Data,
    ApproximateArrivalTimestamp,
    #[serde(other)]
    Other,
}

/// Reads the object of the whole event.
struct EventSeed<'e>(&'e mut KinesisEvent);

impl<'de> DeserializeSeed<'de> for EventSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EventSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `Records`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                EventKey::Records => map.next_value_seed(RecordsSeed(self.0))?,
                EventKey::Other => skip(&mut map)?,
            }
        }
        Ok(())
    }
}

/// Reads the array of records; null is an empty one.
struct RecordsSeed<'e>(&'e mut KinesisEvent);

impl<'de> DeserializeSeed<'de> for RecordsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RecordsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq
            .next_element_seed(ObjectSeed(RecordVisitor(self.0)))?
            .is_some()
        {}
        Ok(())
    }
}

/// Visits one kind of object, told also when there is something else in its place.
trait ObjectVisitor<'de>: Sized {
    fn object<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error>;
    fn not_an_object(self);
}

/// One element of `Records`.
struct RecordVisitor<'e>(&'e mut KinesisEvent);

impl<'de> ObjectVisitor<'de> for RecordVisitor<'_> {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let event = self.0;
        let mut record = Parts::faulty(Fault::NoKinesisObject);
        while let Some(key) = map.next_key()? {
            match key {
                RecordKey::Kinesis => {
                    map.next_value_seed(ObjectSeed(KinesisVisitor {
                        event,
                        record: &mut record,
                    }))?;
                }
                RecordKey::EventId => {
                    let before = event.records.last().and_then(|last| last.shard_id);
                    record.shard_id = string(map.next_value()?).and_then(|id| {
                        id.split_once(':')
                            .and_then(|(shard, _)| event.push_text(shard, before))
                    });
                }
                RecordKey::EventSourceArn if event.stream_arn.is_none() => {
                    event.stream_arn =
                        string(map.next_value()?).and_then(|arn| event.push_text(&arn, None));
                }
                RecordKey::EventSourceArn | RecordKey::Other => skip(&mut map)?,
            }
        }
        event.records.push(record);
        Ok(())
    }

    fn not_an_object(self) {
        self.0.records.push(Parts::faulty(Fault::NotAnObject));
    }
}

/// The object `kinesis` of a record.
struct KinesisVisitor<'e, 'r> {
    event: &'e mut KinesisEvent,
    record: &'r mut Parts,
}

impl<'de> ObjectVisitor<'de> for KinesisVisitor<'_, '_> {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { event, record } = self;
        record.fault = Some(Fault::NoData);
        while let Some(key) = map.next_key()? {
            match key {
                KinesisKey::PartitionKey => {
                    record.partition_key =
                        string(map.next_value()?).and_then(|key| event.push_text(&key, None));
                }
                KinesisKey::SequenceNumber => {
                    record.sequence_number = string(map.next_value()?)
                        .filter(|text| SequenceNumber::new(text).is_some())
                        .and_then(|text| event.push_text(&text, None));
                }
                KinesisKey::ApproximateArrivalTimestamp => {
                    record.arrival =
                        Timestamp::from_seconds_text(map.next_value::<&RawValue>()?.get());
                }
                KinesisKey::Data => match string(map.next_value()?) {
                    Some(base64) => event.decode(&base64, record),
                    None => record.fault = Some(Fault::NoData),
                },
                KinesisKey::Other => skip(&mut map)?,
            }
        }
        Ok(())
    }

    fn not_an_object(self) {}
}

impl Parts {
    fn faulty(fault: Fault) -> Self {
        Self {
            data: Span::default(),
            sequence_number: None,
            partition_key: None,
            shard_id: None,
            arrival: None,
            fault: Some(fault),
        }
    }
}

impl KinesisEvent {
    /// Keeps `text`; where it equals the text at `before`, that place is used again.
    fn push_text(&mut self, text: &str, before: Option<Span>) -> Option<Span> {
        if before.is_some() && self.text_at(before) == Some(text) {
            return before;
        }
        let start = self.text.len();
        self.text.push_str(text);
        Span::new(start, self.text.len())
    }

    /// Decodes `base64` to the end of the data buffer, or keeps it as it is if it cannot be decoded.
    fn decode(&mut self, base64: &str, record: &mut Parts) {
        let start = self.data.len();
        let decoded = STANDARD.decode_vec(base64, &mut self.data);
        record.fault = decoded.is_err().then_some(Fault::NotBase64);
        if decoded.is_err() {
            self.data.truncate(start);
            self.data.extend_from_slice(base64.as_bytes());
        }
        match Span::new(start, self.data.len()) {
            Some(span) => record.data = span,
            None => record.fault = Some(Fault::NoData),
        }
    }
}

/// The content of a JSON string, borrowed unless it has escapes; `None` for any other JSON value.
fn string(json: &RawValue) -> Option<std::borrow::Cow<'_, str>> {
    let quoted = json.get();
    let content = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if content.contains('\\') {
        return serde_json::from_str::<String>(quoted).ok().map(Into::into);
    }
    Some(content.into())
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Hands an object to its visitor and anything else, read to its end, to `not_an_object`.
struct ObjectSeed<V>(V);

impl<'de, V: ObjectVisitor<'de>> DeserializeSeed<'de> for ObjectSeed<V> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, V: ObjectVisitor<'de>> Visitor<'de> for ObjectSeed<V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.object(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.0.not_an_object();
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.not_an_object();
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.visit_unit()
    }
}
