//! The Kinesis event: what is read, and that no record can spoil its neighbours.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use records::{KinesisEvent, RecordError};
use serde_json::{Value, json};

fn record(number: u32, data: &str) -> Value {
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": format!("sensor-{number}"),
            "sequenceNumber": format!("4959033827149025660855969253836157109592157598913658{number:04}"),
            "data": data,
            "approximateArrivalTimestamp": 1_545_084_650,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("shardId-000000000006:4959033827149025660855969253836157109592157598913658{number:04}"),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
        "awsRegion": "us-east-2",
        "eventSourceARN": "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
    })
}

fn read(event: &Value) -> KinesisEvent {
    serde_json::from_str(&event.to_string()).unwrap()
}

#[test]
fn a_record_is_read_with_everything_known_of_it() {
    let event = read(&json!({"Records": [record(1, "SGVsbG8="), record(2, "")]}));
    assert_eq!(
        event.stream_arn(),
        Some("arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream")
    );
    let first = event.record(0).unwrap();
    assert_eq!(first.shard_id, Some("shardId-000000000006"));
    assert_eq!(first.partition_key, Some("sensor-1"));
    assert_eq!(first.arrival.unwrap().as_micros(), 1_545_084_650_000_000);
    let user = first.user_record().unwrap();
    assert_eq!(user.data, b"Hello");
    assert!(user.position.sequence_number.as_str().ends_with("36580001"));
    assert_eq!(user.position.subsequence_number, 0);
    assert_eq!(event.record(1).unwrap().user_record().unwrap().data, b"");
    assert!(event.record(2).is_none());
}

#[test]
fn missing_null_and_empty_records_are_an_empty_batch() {
    for event in [
        json!({}),
        json!({"Records": null}),
        json!({"Records": []}),
        json!({"window": {"start": 1}}),
    ] {
        assert!(read(&event).is_empty(), "{event}");
    }
}

#[test]
fn an_event_that_is_none_is_an_error_not_an_empty_batch() {
    for text in [
        "[]",
        "null",
        "5",
        "\"Records\"",
        "{\"Records\":{}}",
        "{\"Records\":7}",
        "{\"Records\":[",
        "",
    ] {
        assert!(
            serde_json::from_str::<KinesisEvent>(text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn arrival_times_keep_their_fraction() {
    for (text, micros) in [
        ("1545084650.98", 980_000),
        ("1545084650.5", 500_000),
        ("1.545084650087E9", 87_000),
    ] {
        let event = json!({"Records": [record(1, "")]})
            .to_string()
            .replace("1545084650,", &format!("{text},"));
        let event = event.replace(":1545084650}", &format!(":{text}}}"));
        let event: KinesisEvent = serde_json::from_str(&event).unwrap();
        assert_eq!(
            event.record(0).unwrap().arrival.unwrap().as_micros(),
            1_545_084_650_000_000 + micros,
            "{text}"
        );
    }
}

/// Puts `change` into a record between two good ones; they must stay readable.
fn check_bad(change: impl Fn(&mut Value), expected: RecordError, bytes: &[u8]) {
    let mut bad = record(2, "SGVsbG8=");
    change(&mut bad);
    let event = read(&json!({"Records": [record(1, "MQ=="), bad, record(3, "Mw==")]}));
    assert_eq!(event.len(), 3);
    let got = event.record(1).unwrap();
    assert_eq!(got.user_record().unwrap_err(), expected);
    assert_eq!(got.bytes, bytes, "{expected}");
    assert_eq!(event.record(0).unwrap().user_record().unwrap().data, b"1");
    assert_eq!(event.record(2).unwrap().user_record().unwrap().data, b"3");
}

#[test]
fn an_unreadable_record_is_an_error_of_its_own_only() {
    check_bad(|r| *r = json!(null), RecordError::NotAnObject, b"");
    check_bad(|r| *r = json!([1, [2]]), RecordError::NotAnObject, b"");
    check_bad(|r| *r = json!("text"), RecordError::NotAnObject, b"");
    check_bad(|r| *r = json!({}), RecordError::NoKinesisObject, b"");
    check_bad(
        |r| r["kinesis"] = json!(null),
        RecordError::NoKinesisObject,
        b"",
    );
    check_bad(
        |r| r["kinesis"] = json!("x"),
        RecordError::NoKinesisObject,
        b"",
    );
    check_bad(
        |r| r["kinesis"] = json!({"data": "SGVsbG8="}),
        RecordError::NoSequenceNumber,
        b"Hello",
    );
    check_bad(
        |r| r["kinesis"]["sequenceNumber"] = json!(null),
        RecordError::NoSequenceNumber,
        b"Hello",
    );
    check_bad(
        |r| r["kinesis"]["sequenceNumber"] = json!(12),
        RecordError::NoSequenceNumber,
        b"Hello",
    );
    check_bad(
        |r| r["kinesis"]["sequenceNumber"] = json!(""),
        RecordError::NoSequenceNumber,
        b"Hello",
    );
    check_bad(
        |r| r["kinesis"]["data"] = json!(null),
        RecordError::NoData,
        b"",
    );
    check_bad(
        |r| r["kinesis"]["data"] = json!({"a": 1}),
        RecordError::NoData,
        b"",
    );
    check_bad(
        |r| r["kinesis"]["data"] = json!("SGVsbG8"),
        RecordError::NotBase64,
        b"SGVsbG8",
    );
    check_bad(
        |r| r["kinesis"]["data"] = json!("not base64!"),
        RecordError::NotBase64,
        b"not base64!",
    );
    check_bad(
        |r| r["kinesis"]["data"] = json!("SGVs\nbG8="),
        RecordError::NotBase64,
        b"SGVs\nbG8=",
    );
}

#[test]
fn what_is_odd_but_readable_is_read() {
    let odd = |change: fn(&mut Value)| {
        let mut value = record(1, "SGVsbG8=");
        change(&mut value);
        read(&json!({"Records": [value]}))
    };
    let event = odd(|r| r["kinesis"]["partitionKey"] = json!(null));
    assert_eq!(event.record(0).unwrap().partition_key, None);
    assert_eq!(
        event.record(0).unwrap().user_record().unwrap().data,
        b"Hello"
    );
    let event = odd(|r| r["kinesis"]["approximateArrivalTimestamp"] = json!("yesterday"));
    assert_eq!(event.record(0).unwrap().arrival, None);
    assert!(event.record(0).unwrap().user_record().is_ok());
    let event = odd(|r| r["eventID"] = json!(7));
    assert_eq!(event.record(0).unwrap().shard_id, None);
    assert!(event.record(0).unwrap().user_record().is_ok());
    let escaped = json!({"Records": [record(1, "+/+/")]})
        .to_string()
        .replace("+/+/", "+\\/+\\/");
    let event: KinesisEvent = serde_json::from_str(&escaped).unwrap();
    assert_eq!(
        event.record(0).unwrap().user_record().unwrap().data,
        [0xfb, 0xff, 0xbf]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[A-Za-z0-9+/=]{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("kinesis"),
        Just("data"),
        Just("sequenceNumber"),
        Just("partitionKey"),
        Just("eventID"),
        Just("x"),
        Just("eventSourceARN"),
        Just("approximateArrivalTimestamp"),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn every_element_of_records_is_a_record_or_an_error(elements in proptest::collection::vec(any_json(), 0..8)) {
        let event = read(&json!({"Records": elements}));
        prop_assert_eq!(event.len(), elements.len());
        for record in event.records() {
            let _ = record.user_record();
        }
    }

    #[test]
    fn any_bytes_are_an_event_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = serde_json::from_slice::<KinesisEvent>(&bytes);
    }
}
