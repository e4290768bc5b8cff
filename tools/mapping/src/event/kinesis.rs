//! A Kinesis record inside the event.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use records::Timestamp;

use super::text::push_string;

/// A shard of a Kinesis stream as the event names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KinesisSource {
    /// ARN of the stream.
    pub stream_arn: String,
    /// Region of the stream, for instance `us-east-1`.
    pub region: String,
    /// The shard, for instance `shardId-000000000006`.
    pub shard_id: String,
    /// ARN of the function's role.
    pub invoke_identity_arn: String,
}

/// A record as `GetRecords` answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KinesisRecord<'a> {
    /// The record's sequence number.
    pub sequence_number: &'a str,
    /// `None` on streams whose distribution is managed by the service: `null` in the event.
    pub partition_key: Option<&'a str>,
    /// `ApproximateArrivalTimestamp`; what is finer than milliseconds is cut off.
    pub arrival: Timestamp,
    /// The data, decoded.
    pub data: &'a [u8],
    /// `KMS` on an encrypted stream. `None` leaves the field out, as Lambda does on others.
    pub encryption_type: Option<&'a str>,
}

impl KinesisSource {
    /// The element of `Records` for one record.
    pub fn record_json(&self, record: &KinesisRecord<'_>) -> String {
        let mut json = String::with_capacity(record.data.len() / 3 * 4 + 700);
        json.push_str(r#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"#);
        match record.partition_key {
            Some(key) => push_string(&mut json, key),
            None => json.push_str("null"),
        }
        json.push_str(r#","sequenceNumber":"#);
        push_string(&mut json, record.sequence_number);
        json.push_str(r#","data":""#);
        BASE64_STANDARD.encode_string(record.data, &mut json);
        json.push_str(r#"","approximateArrivalTimestamp":"#);
        push_seconds(&mut json, record.arrival);
        if let Some(encryption_type) = record.encryption_type {
            json.push_str(r#","encryptionType":"#);
            push_string(&mut json, encryption_type);
        }
        json.push_str(r#"},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"#);
        let event_id = format!("{}:{}", self.shard_id, record.sequence_number);
        push_string(&mut json, &event_id);
        json.push_str(r#","eventName":"aws:kinesis:record","invokeIdentityArn":"#);
        push_string(&mut json, &self.invoke_identity_arn);
        json.push_str(r#","awsRegion":"#);
        push_string(&mut json, &self.region);
        json.push_str(r#","eventSourceARN":"#);
        push_string(&mut json, &self.stream_arn);
        json.push('}');
        json
    }
}

/// Appends seconds since the epoch with as many digits of the milliseconds as are needed: `1545084650.98`.
fn push_seconds(json: &mut String, time: Timestamp) {
    let millis = time.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    let (seconds, millis) = (millis.unsigned_abs() / 1_000, millis.unsigned_abs() % 1_000);
    let _ = write!(json, "{sign}{seconds}");
    if millis > 0 {
        let fraction = format!("{millis:03}");
        json.push('.');
        json.push_str(fraction.trim_end_matches('0'));
    }
}
