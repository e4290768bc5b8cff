//! Reading the event: one pass over the JSON, lenient in every type, strict only in JSON's syntax.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
        // Base64 is most of an event's text and shrinks by a quarter.
        self.data.reserve(json.len() / 2);
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
                KinesisKey::Data => {
                    let base64 = value.string();
                    has_data = base64.is_some();
                    if let Some(base64) = base64 {
                        self.decode(&base64, record);
                    }
                }
            }
            Ok(())
        })?;
        if is_object && !has_data {
            record.fault = Some(Fault::NoData);
        }
        Ok(())
    }

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
