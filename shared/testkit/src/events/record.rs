//! One record of the event, field by field.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::fmt::Write as _;

use super::json_string;

/// One record of a Kinesis event; a later setting of a field replaces the earlier one.
#[derive(Clone, Debug)]
pub struct RecordBuilder {
    kinesis: Vec<(String, String)>,
    envelope: Vec<(String, String)>,
    shard: String,
}

impl RecordBuilder {
    pub(super) fn new() -> Self {
        let quoted = |fields: &[(&str, &str)]| {
            fields
                .iter()
                .map(|(name, text)| ((*name).to_owned(), json_string(text)))
                .collect()
        };
        Self {
            kinesis: quoted(&[("kinesisSchemaVersion", "1.0"), ("data", "")]),
            envelope: quoted(&[
                ("eventSource", "aws:kinesis"),
                ("eventVersion", "1.0"),
                ("eventName", "aws:kinesis:record"),
                (
                    "invokeIdentityArn",
                    "arn:aws:iam::123456789012:role/sensor-ingest",
                ),
            ]),
            shard: String::new(),
        }
    }

    /// The record's bytes; the event carries them in base64.
    #[must_use]
    pub fn data(self, data: impl AsRef<[u8]>) -> Self {
        let encoded = BASE64_STANDARD.encode(data.as_ref());
        self.raw_data(encoded)
    }

    /// The text of `data` as it stands, whether base64 or not.
    #[must_use]
    pub fn raw_data(self, text: impl AsRef<str>) -> Self {
        self.kinesis("data", json_string(text.as_ref()))
    }

    /// The partition key.
    #[must_use]
    pub fn partition_key(self, key: impl AsRef<str>) -> Self {
        self.kinesis("partitionKey", json_string(key.as_ref()))
    }

    /// A null partition key, as in events of streams that AWS services write.
    #[must_use]
    pub fn no_partition_key(self) -> Self {
        self.kinesis("partitionKey", "null")
    }

    /// The sequence number. `eventID` follows it unless it is set after it.
    #[must_use]
    pub fn sequence_number(self, number: impl AsRef<str>) -> Self {
        let number = number.as_ref();
        let event_id = json_string(&format!("{}:{number}", self.shard));
        self.kinesis("sequenceNumber", json_string(number))
            .envelope("eventID", event_id)
    }

    /// The arrival in seconds since the Unix epoch, as exactly this JSON text: `1545084650.98`, `1.5e9`, `"soon"`.
    #[must_use]
    pub fn arrival(self, json: impl Into<String>) -> Self {
        self.kinesis("approximateArrivalTimestamp", json)
    }

    /// Sets a field of the `kinesis` object to this JSON text.
    #[must_use]
    pub fn kinesis(mut self, name: &str, json: impl Into<String>) -> Self {
        set(&mut self.kinesis, name, json.into());
        self
    }

    /// Sets a field beside the `kinesis` object to this JSON text; `kinesis` itself too.
    #[must_use]
    pub fn envelope(mut self, name: &str, json: impl Into<String>) -> Self {
        set(&mut self.envelope, name, json.into());
        self
    }

    /// Takes a field away, wherever it is: `data`, `sequenceNumber`, `eventID`, `kinesis` (the whole object) and so on.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.kinesis.retain(|(field, _)| field != name);
        self.envelope.retain(|(field, _)| field != name);
        if name == "kinesis" {
            self.kinesis.clear();
        }
        self
    }

    pub(super) fn shard(mut self, shard: &str) -> Self {
        shard.clone_into(&mut self.shard);
        self
    }

    pub(super) fn stream_arn(self, arn: &str) -> Self {
        self.envelope("eventSourceARN", json_string(arn))
    }

    pub(super) fn current_sequence_number(&self) -> Option<String> {
        let (_, json) = self
            .kinesis
            .iter()
            .find(|(name, _)| name == "sequenceNumber")?;
        serde_json::from_str(json).ok()
    }

    pub(super) fn build(&self) -> String {
        let mut fields = self.envelope.clone();
        if !self.kinesis.is_empty() && !fields.iter().any(|(name, _)| name == "kinesis") {
            fields.insert(0, ("kinesis".to_owned(), object(&self.kinesis)));
        }
        object(&fields)
    }
}

fn set(fields: &mut Vec<(String, String)>, name: &str, json: String) {
    match fields.iter_mut().find(|(field, _)| field == name) {
        Some((_, value)) => *value = json,
        None => fields.push((name.to_owned(), json)),
    }
}

fn object(fields: &[(String, String)]) -> String {
    let mut text = String::from("{");
    for (index, (name, json)) in fields.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(text, "{comma}{}:{json}", json_string(name));
    }
    text.push('}');
    text
}
