//! Records of a Kinesis stream as Lambda hands them over.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::function::decimal;

/// A record with any data, of the stream and shard; `sequence` counts them, `arrival` is in microseconds since 1970.
pub(crate) fn record(
    stream: &str,
    shard: &str,
    key: &str,
    data: &[u8],
    sequence: u64,
    arrival: u64,
) -> String {
    let sequence = sequence_number(sequence);
    let data = BASE64_STANDARD.encode(data);
    let arrival = decimal(arrival / 1000, 3);
    let mut record = String::with_capacity(2048);
    // Writing to a string does not fail.
    write!(
        record,
        "{{\"kinesis\":{{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"{key}\",\
         \"sequenceNumber\":\"{sequence}\",\"data\":\"{data}\",\"approximateArrivalTimestamp\":{arrival}}},\
         \"eventSource\":\"aws:kinesis\",\"eventVersion\":\"1.0\",\
         \"eventID\":\"{shard}:{sequence}\",\"eventName\":\"aws:kinesis:record\",\
         \"invokeIdentityArn\":\"arn:aws:iam::123456789012:role/measured\",\
         \"awsRegion\":\"eu-central-1\",\"eventSourceARN\":\"arn:aws:kinesis:eu-central-1:123456789012:stream/{stream}\"}}"
    )
    .ok();
    record
}

/// The sequence number of the record that is counted with this number.
pub(crate) fn sequence_number(sequence: u64) -> String {
    format!("4959033827149025660855969253836157109592157598{sequence:010}")
}
