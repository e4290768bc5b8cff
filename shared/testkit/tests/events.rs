//! The Kinesis event, read back.

#![allow(clippy::unwrap_used)]

use serde_json::value::RawValue;
use serde_json::{Value, json};
use testkit::KinesisEventBuilder;
use testkit::events::sequence_number;

const SHARD: &str = "shardId-000000000000";

fn read(builder: &KinesisEventBuilder) -> Value {
    serde_json::from_str(&builder.build()).unwrap()
}

#[test]
fn a_default_record_has_every_field_of_a_real_one() {
    let event = read(&KinesisEventBuilder::new().record("Hello"));
    let number = sequence_number(SHARD, 1);
    assert_eq!(
        event,
        json!({"Records": [{
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "key-1",
                "sequenceNumber": number,
                "data": "SGVsbG8=",
                "approximateArrivalTimestamp": 1_700_000_000,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("{SHARD}:{number}"),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/sensor-ingest",
            "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/sensors",
        }]})
    );
}

#[test]
fn arrival_text_is_kept_to_the_character() {
    #[derive(serde::Deserialize)]
    struct Kinesis<'a> {
        #[serde(borrow, rename = "approximateArrivalTimestamp")]
        arrival: &'a RawValue,
    }
    #[derive(serde::Deserialize)]
    struct Record<'a> {
        #[serde(borrow)]
        kinesis: Kinesis<'a>,
    }
    #[derive(serde::Deserialize)]
    struct Event<'a> {
        #[serde(borrow, rename = "Records")]
        records: Vec<Record<'a>>,
    }
    let texts = [
        "1545084650.98",
        "1545084650.980",
        "1.5e9",
        "\"soon\"",
        "null",
    ];
    let builder = texts
        .iter()
        .fold(KinesisEventBuilder::new(), |event, text| {
            event.record_with(|record| record.arrival(*text))
        });
    let builder = builder
        .arrival_millis(1_545_084_650_100)
        .records(["a", "b"]);
    let text = builder.build();
    let event: Event<'_> = serde_json::from_str(&text).unwrap();
    let arrivals: Vec<&str> = event
        .records
        .iter()
        .map(|record| record.kinesis.arrival.get())
        .collect();
    assert_eq!(arrivals[..5], texts);
    assert_eq!(arrivals[5..], ["1545084650.1", "1545084650.101"]);
}

#[test]
fn records_can_be_broken_in_every_field() {
    let builder = KinesisEventBuilder::new()
        .record_with(|record| record.no_partition_key().raw_data("%%%"))
        .record_with(|record| record.without("data").without("eventID"))
        .record_with(|record| record.without("sequenceNumber"))
        .record_with(|record| record.without("kinesis"))
        .record_with(|record| record.envelope("kinesis", "7"))
        .record_with(|record| record.kinesis("encryptionType", "\"KMS\""))
        .record_with(|record| record.sequence_number("12"))
        .raw_record("null");
    let event = read(&builder);
    assert_eq!(event["Records"][0]["kinesis"]["partitionKey"], Value::Null);
    assert_eq!(event["Records"][0]["kinesis"]["data"], "%%%");
    assert_eq!(event["Records"][1]["kinesis"].get("data"), None);
    assert_eq!(event["Records"][1].get("eventID"), None);
    assert_eq!(event["Records"][3].get("kinesis"), None);
    assert_eq!(event["Records"][3]["eventSource"], "aws:kinesis");
    assert_eq!(event["Records"][4]["kinesis"], 7);
    assert_eq!(event["Records"][5]["kinesis"]["encryptionType"], "KMS");
    assert_eq!(event["Records"][6]["eventID"], format!("{SHARD}:12"));
    assert_eq!(event["Records"][7], Value::Null);
    let numbers = builder.sequence_numbers();
    assert_eq!(numbers[0], Some(sequence_number(SHARD, 1)));
    assert_eq!(numbers[2], None);
    assert_eq!(numbers[6], Some("12".to_owned()));
    assert_eq!(numbers.len(), 8);
}

#[test]
fn shard_stream_numbers_and_further_fields_are_free() {
    let event = read(
        &KinesisEventBuilder::new()
            .shard("shardId-000000000007")
            .stream_arn("arn:aws:kinesis:eu-west-1:1:stream/other")
            .starting_at(41)
            .records(["a", "b"])
            .field("isFinalInvokeForWindow", "false"),
    );
    let record = &event["Records"][1];
    let number = sequence_number("shardId-000000000007", 42);
    assert_eq!(record["eventID"], format!("shardId-000000000007:{number}"));
    assert_eq!(
        record["eventSourceARN"],
        "arn:aws:kinesis:eu-west-1:1:stream/other"
    );
    assert_eq!(record["kinesis"]["partitionKey"], "key-42");
    assert_eq!(event["isFinalInvokeForWindow"], false);
}
