//! Reading the event: one pass over the JSON, lenient in every type, strict only in JSON's syntax.

use base64_simd::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::record::Fault;
use super::{KinesisEvent, Parts};
use crate::json::{Malformed, Reader};
use crate::sequence::SequenceNumber;
use crate::span::Span;
use crate::timestamp::Timestamp;

impl KinesisEvent {
    /// Reads the JSON of an event.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        crate::event::from_json(json)
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

/// Bytes of a small record's JSON as Lambda writes it, for a guess at how many there are: names and numbers of fixed
/// length alone are 390.
const SMALL_RECORD: usize = 400;

#[derive(Clone, Copy)]
enum RecordKey {
    Kinesis,
    EventId,
    StreamArn,
}

/// As Lambda orders them.
const RECORD_KEYS: [(&str, Option<RecordKey>); 8] = [
    ("kinesis", Some(RecordKey::Kinesis)),
    ("eventSource", None),
    ("eventVersion", None),
    ("eventID", Some(RecordKey::EventId)),
    ("eventName", None),
    ("invokeIdentityArn", None),
    ("awsRegion", None),
    ("eventSourceARN", Some(RecordKey::StreamArn)),
];

#[derive(Clone, Copy)]
enum KinesisKey {
    PartitionKey,
    SequenceNumber,
    Data,
    Arrival,
}

/// As Lambda orders them.
const KINESIS_KEYS: [(&str, Option<KinesisKey>); 5] = [
    ("kinesisSchemaVersion", None),
    ("partitionKey", Some(KinesisKey::PartitionKey)),
    ("sequenceNumber", Some(KinesisKey::SequenceNumber)),
    ("data", Some(KinesisKey::Data)),
    ("approximateArrivalTimestamp", Some(KinesisKey::Arrival)),
];

impl crate::event::ReadRecords for KinesisEvent {
    fn begin(&mut self, json: &str) {
        // What is kept of a record is less than three quarters of its JSON, however long its data is: that shrinks by
        // a quarter, and most of the rest is not kept.
        self.bytes.reserve(json.len() / 4 * 3);
        self.records.reserve(json.len() / SMALL_RECORD);
    }

    fn read_record(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let mut record = Parts::faulty(Fault::NoKinesisObject);
        // Where the tail starts, if nothing in it matters.
        let mut behind_id = None;
        let is_object = reader.object(&RECORD_KEYS, |reader, key| {
            match key {
                RecordKey::Kinesis => {
                    self.read_kinesis(reader, &mut record)?;
                    behind_id = None;
                }
                RecordKey::EventId => {
                    let before = self.records.last().and_then(|last| last.shard_id);
                    record.shard_id = reader.value()?.string().and_then(|id| {
                        id.split_once(':')
                            .and_then(|(shard, _)| self.push_text(shard, before))
                    });
                    behind_id = Some(reader.place());
                    reader.pass_again(self.tail.clone(), 1);
                }
                // The first one counts: later ones do not matter.
                RecordKey::StreamArn => {
                    let arn = reader.value()?;
                    if self.stream_arn.is_none() {
                        self.stream_arn = arn.string().and_then(|arn| self.push_text(&arn, None));
                    }
                }
            }
            Ok(())
        })?;
        if !is_object {
            record = Parts::faulty(Fault::NotAnObject);
        }
        self.tail = behind_id.map_or(0..0, |start| start..reader.place());
        self.records.push(record);
        Ok(())
    }
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
    /// Reads the object `kinesis` of a record.
    fn read_kinesis(
        &mut self,
        reader: &mut Reader<'_>,
        record: &mut Parts,
    ) -> Result<(), Malformed> {
        let mut has_data = false;
        let is_object = reader.object(&KINESIS_KEYS, |reader, key| {
            if let KinesisKey::Data = key {
                has_data = self.read_data(reader, record)?;
                return Ok(());
            }
            let value = reader.value()?;
            match key {
                KinesisKey::PartitionKey => {
                    let key = value.string();
                    record.partition_key = key.and_then(|key| self.push_text(&key, None));
                }
                KinesisKey::SequenceNumber => {
                    record.sequence_number = value
                        .string()
                        .filter(|text| SequenceNumber::new(text).is_some())
                        .and_then(|text| self.push_text(&text, None));
                }
                KinesisKey::Arrival => {
                    record.arrival = Timestamp::from_seconds_text(value.text());
                }
                KinesisKey::Data => {}
            }
            Ok(())
        })?;
        if is_object && !has_data {
            record.fault = Some(Fault::NoData);
        }
        Ok(())
    }

    /// Decodes a string to the end of the buffer, or keeps it as it is if it is not base64. `false` if there is none.
    fn read_data(
        &mut self,
        reader: &mut Reader<'_>,
        record: &mut Parts,
    ) -> Result<bool, Malformed> {
        let start = self.bytes.len();
        let is_decoded = if reader.pass_string_if(|base64| decode(base64, &mut self.bytes)) {
            true
        } else {
            // Base64 with escapes, or none at all.
            let Some(text) = reader.value()?.string() else {
                return Ok(false);
            };
            let is_decoded = decode(&text, &mut self.bytes);
            if !is_decoded {
                self.bytes.extend_from_slice(text.as_bytes());
            }
            is_decoded
        };
        record.fault = (!is_decoded).then_some(Fault::NotBase64);
        match Span::new(start, self.bytes.len()) {
            Some(span) => record.data = span,
            None => record.fault = Some(Fault::NoData),
        }
        Ok(true)
    }

    /// Keeps `text`; where it equals the text at `before`, that place is used again.
    fn push_text(&mut self, text: &str, before: Option<Span>) -> Option<Span> {
        let is_known = |before: Span| self.bytes.get(before.range()) == Some(text.as_bytes());
        if let Some(before) = before.filter(|before| is_known(*before)) {
            return Some(before);
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        Span::new(start, self.bytes.len())
    }
}

/// Appends what `base64` is of; nothing if it is not base64.
fn decode(base64: &str, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let is_decoded = STANDARD.decode_append(base64, out).is_ok();
    if !is_decoded {
        out.truncate(start);
    }
    is_decoded
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn base64_is_that_of_the_rfc(text in "[A-Za-z0-9+/]{0,70}[A-Za-z0-9+/=\\\\ ~_-]{0,3}={0,3}") {
            let mut out = b"before".to_vec();
            let is_decoded = decode(&text, &mut out);
            let expected = base64::engine::general_purpose::STANDARD.decode(&text);
            prop_assert_eq!(is_decoded, expected.is_ok(), "{}", text);
            prop_assert_eq!(&out[6..], expected.unwrap_or_default());
        }
    }
}
