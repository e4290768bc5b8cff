//! The event of a DynamoDB stream: what is read, and that no record can spoil its neighbours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use records::dynamodb::StreamViewType;
use records::{ChangeKind, DynamoDbEvent};
use serde_json::{Value, json};

mod any;
mod broken;

const STREAM: &str =
    "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2023-06-10T19:26:16.525";

fn record(number: u32) -> Value {
    json!({
        "eventID": format!("c4ca4238a0b923820dcc509a6f75{number:04}"),
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-2",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_480_642_020,
            "Keys": {"Id": {"N": number.to_string()}},
            "NewImage": {"Id": {"N": number.to_string()}, "sales": {"N": "42.50"}},
            "OldImage": {"Id": {"N": number.to_string()}},
            "SequenceNumber": format!("11100000000000000000{number:05}"),
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": STREAM,
    })
}

fn read(event: &Value) -> DynamoDbEvent {
    DynamoDbEvent::from_json(event.to_string().as_bytes()).unwrap()
}

#[test]
fn a_record_is_read_with_everything_known_of_it() {
    let event = read(&json!({"Records": [record(1), record(2)]}));
    assert_eq!(event.len(), 2);
    assert_eq!(event.stream_arn(), Some(STREAM));
    let first = event.record(0).unwrap();
    assert_eq!(first.event_id, Some("c4ca4238a0b923820dcc509a6f750001"));
    assert_eq!(
        serde_json::from_slice::<Value>(first.bytes).unwrap(),
        record(1)
    );
    let change = first.change().unwrap();
    assert_eq!(
        change.position.sequence_number.as_str(),
        "1110000000000000000000001"
    );
    assert_eq!(change.position.subsequence_number, 0);
    assert_eq!(change.kind, ChangeKind::Modify);
    assert_eq!(change.arrival.unwrap().as_micros(), 1_480_642_020_000_000);
    assert_eq!(change.size_bytes, Some(26));
    assert_eq!(change.view_type, Some(StreamViewType::NewAndOldImages));
    assert!(!change.is_ttl_delete);
    let sales = change.new_image.unwrap().get("sales").unwrap().unwrap();
    assert_eq!(sales.as_n(), Some("42.50"));
    assert_eq!(change.old_image.unwrap().get("sales"), Ok(None));
    assert_eq!(change.keys, change.old_image);
    assert!(event.record(2).is_none());
}

#[test]
fn missing_null_and_empty_records_are_an_empty_batch() {
    for event in [json!({}), json!({"Records": null}), json!({"Records": []})] {
        assert!(read(&event).is_empty(), "{event}");
    }
}

#[test]
fn an_event_that_is_none_is_an_error_not_an_empty_batch() {
    for text in [
        "[]",
        "null",
        "5",
        "{\"Records\":{}}",
        "{\"Records\":[",
        "",
        "{} x",
    ] {
        assert!(DynamoDbEvent::from_json(text.as_bytes()).is_err(), "{text}");
        assert!(
            serde_json::from_str::<DynamoDbEvent>(text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn times_keep_their_fraction() {
    for (text, micros) in [
        ("1480642020", Some(1_480_642_020_000_000)),
        ("1480642020.0", Some(1_480_642_020_000_000)),
        ("1480642020.5", Some(1_480_642_020_500_000)),
        ("1480642020.980", Some(1_480_642_020_980_000)),
        ("1.48064202005E9", Some(1_480_642_020_050_000)),
        ("\"1480642020\"", None),
        ("null", None),
    ] {
        let event = json!({"Records": [record(1)]}).to_string();
        let event = event.replace(":1480642020,", &format!(":{text},"));
        let event = DynamoDbEvent::from_json(event.as_bytes()).unwrap();
        let arrival = event.record(0).unwrap().change().unwrap().arrival;
        assert_eq!(arrival.map(records::Timestamp::as_micros), micros, "{text}");
    }
}

#[test]
fn only_what_dynamodb_itself_removes_is_a_ttl_delete() {
    let service = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    for (identity, name, expected) in [
        (service.clone(), "REMOVE", true),
        (service, "MODIFY", false),
        (
            json!({"type": "Service", "principalId": "replication.dynamodb.amazonaws.com"}),
            "REMOVE",
            false,
        ),
        (
            json!({"type": "IAMUser", "principalId": "dynamodb.amazonaws.com"}),
            "REMOVE",
            false,
        ),
        (
            json!({"principalId": "dynamodb.amazonaws.com"}),
            "REMOVE",
            false,
        ),
        (json!(null), "REMOVE", false),
        (json!("Service"), "REMOVE", false),
    ] {
        let mut value = record(1);
        value["userIdentity"] = identity;
        value["eventName"] = json!(name);
        let event = read(&json!({"Records": [value.clone()]}));
        assert_eq!(
            event.record(0).unwrap().change().unwrap().is_ttl_delete,
            expected,
            "{value}"
        );
    }
}

#[test]
fn what_is_odd_but_readable_is_read() {
    let odd = |change: fn(&mut Value)| {
        let mut value = record(1);
        change(&mut value);
        let event = read(&json!({"Records": [value]}));
        assert!(event.record(0).unwrap().change().is_ok());
        event
    };
    let event = odd(|r| r["eventID"] = json!("a\"b\u{e4}"));
    assert_eq!(event.record(0).unwrap().event_id, Some("a\"bä"));
    let event = odd(|r| r["eventSourceARN"] = json!(7));
    assert_eq!(event.stream_arn(), None);
    let event = odd(|r| r["dynamodb"]["NewImage"] = json!(null));
    assert!(
        event
            .record(0)
            .unwrap()
            .change()
            .unwrap()
            .new_image
            .is_none()
    );
    let event = odd(|r| r["dynamodb"]["SizeBytes"] = json!(-1));
    assert_eq!(event.record(0).unwrap().change().unwrap().size_bytes, None);
    odd(|r| r["dynamodb"]["StreamViewType"] = json!("ALL"));
    odd(|r| r["new"] = json!({"deep": [[[{}]]]}));

    // Escapes where nobody writes any.
    let escaped = json!({"Records": [record(1)]})
        .to_string()
        .replace("eventName", "event\\u004eame")
        .replace("MODIFY", "\\u004dODIFY")
        .replace("\"111", "\"\\u0031\\u0031\\u0031")
        .replace("sales", "s\\u0061les")
        .replace("42.50", "42.5\\u0030");
    let event = DynamoDbEvent::from_json(escaped.as_bytes()).unwrap();
    let change = event.record(0).unwrap().change().unwrap();
    assert_eq!(
        change.position.sequence_number.as_str(),
        "1110000000000000000000001"
    );
    let sales = change.new_image.unwrap().get("sales").unwrap().unwrap();
    assert_eq!(sales.as_n(), Some("42.50"));
}
