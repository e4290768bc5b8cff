//! What goes over the wire between a mapping and the world: events and failure records.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dynamodb_event;
mod failure_record;
mod kinesis_event;
mod size;

use mapping::event::{EventWindow, KinesisSource};
use mapping::{BatchRange, Condition, Edge, Failure, Record, ResponseContext, WindowCall};
use records::Timestamp;

const STREAM_ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream";
const SHARD_ID: &str = "shardId-000000000006";
const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-kinesis-role";

fn kinesis_source() -> KinesisSource {
    KinesisSource {
        stream_arn: STREAM_ARN.to_owned(),
        region: "us-east-1".to_owned(),
        shard_id: SHARD_ID.to_owned(),
        invoke_identity_arn: ROLE.to_owned(),
    }
}

fn millis(millis: i64) -> Timestamp {
    Timestamp::from_micros(millis * 1_000)
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// The window of AWS's own example, 2020-12-09 07:04 to 07:06.
fn window(state: &str) -> EventWindow<'_> {
    EventWindow {
        call: WindowCall {
            start: seconds(1_607_497_440),
            end: seconds(1_607_497_560),
            state,
            is_final: false,
            terminated_early: false,
        },
        shard_id: SHARD_ID,
        source_arn: STREAM_ARN,
    }
}

/// Two records that were given up after the function has thrown.
fn failure() -> Failure<String> {
    let record = |number: &str, arrival: Timestamp, json: &str| Record {
        sequence_number: number.to_owned(),
        arrival,
        partition_key: None,
        event_bytes: json.len(),
        payload: json.to_owned(),
    };
    let (first, last) = (millis(1_573_691_884_835), millis(1_573_691_885_580));
    Failure {
        condition: Condition::RetryAttemptsExhausted,
        records: vec![
            record("101", first, r#"{"eventID":"1"}"#),
            record("102", last, r#"{"eventID":"2"}"#),
        ],
        range: BatchRange {
            first: Edge {
                sequence_number: "101".to_owned(),
                arrival: first,
            },
            last: Edge {
                sequence_number: "102".to_owned(),
                arrival: last,
            },
            count: 2,
        },
        invocations: 3,
        response: Some(ResponseContext {
            function_error: Some("Unhandled"),
        }),
        window: None,
    }
}

/// The text with a line for each member: snapshots that can be read, and hide nothing.
fn lines(json: &str) -> String {
    json.replace(",\"", ",\n\"")
}
