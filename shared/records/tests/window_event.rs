//! Events of tumbling windows: AWS's own examples, what may be missing, and what may not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use records::{
    ChangeKind, DynamoDbEvent, KinesisEvent, StreamEvent, Timestamp, WindowError, WindowEvent,
    WindowResponse,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// "Example `KinesisTimeWindowEvent`" (Lambda developer guide, "Implementing stateful Kinesis Data Streams processing
/// in Lambda").
const KINESIS: &str = include_str!("fixtures/KinesisTimeWindowEvent.json");
/// "Example `DynamodbTimeWindowEvent`" (Lambda developer guide, "Implementing stateful DynamoDB stream processing in
/// Lambda").
const DYNAMODB: &str = include_str!("fixtures/DynamodbTimeWindowEvent.json");

fn read<E: StreamEvent, S: DeserializeOwned>(
    event: &str,
) -> Result<WindowEvent<E, S>, WindowError> {
    WindowEvent::from_json(event.as_bytes())
}

fn read_value(event: &Value) -> Result<WindowEvent<KinesisEvent, Value>, WindowError> {
    read(&event.to_string())
}

fn time(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

#[test]
fn the_documented_kinesis_event_is_read_with_its_numeric_state() {
    let event: WindowEvent<KinesisEvent, BTreeMap<String, u64>> = read(KINESIS).unwrap();
    let window = event.window;
    assert_eq!(window.start, time("2020-12-09T07:04:00Z"));
    assert_eq!(window.end, time("2020-12-09T07:06:00Z"));
    let state = window.state.unwrap();
    assert_eq!(state, [("1".to_owned(), 282), ("2".to_owned(), 715)].into());
    assert_eq!(window.shard_id, "shardId-000000000006");
    let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream";
    assert_eq!(window.stream_arn.as_deref(), Some(arn));
    assert!(!window.is_final && !window.is_terminated_early);
    let record = event.records.record(0).unwrap();
    assert_eq!(
        record.user_record().unwrap().data,
        b"Hello, this is a test."
    );
    assert_eq!(record.arrival, Some(time("2020-12-09T07:04:35Z")));
}

#[test]
fn the_documented_dynamodb_event_is_read() {
    let event: WindowEvent<DynamoDbEvent, BTreeMap<String, String>> = read(DYNAMODB).unwrap();
    assert_eq!(event.window.start, time("2020-07-30T17:00:00Z"));
    assert_eq!(event.window.state.unwrap()["1"], "state1");
    assert_eq!(event.window.shard_id, "shard123456789");
    let changes: Vec<_> = event
        .records
        .records()
        .map(|r| r.change().unwrap())
        .collect();
    let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(
        kinds,
        [ChangeKind::Insert, ChangeKind::Modify, ChangeKind::Remove]
    );
    let message = changes[1]
        .new_image
        .unwrap()
        .get("Message")
        .unwrap()
        .unwrap();
    assert_eq!(message.as_s(), Some("This item has changed"));
    assert!(changes[2].new_image.is_none());
}

#[test]
fn the_digits_of_a_state_stay_as_they_are() {
    let event = KINESIS.replace("282", "28.20000000000000000000000000000000001");
    let event: WindowEvent<KinesisEvent, BTreeMap<String, Box<RawValue>>> = read(&event).unwrap();
    let state = event.window.state.unwrap();
    assert_eq!(state["1"].get(), "28.20000000000000000000000000000000001");
}

#[test]
fn a_window_without_state_has_none() {
    let mut event: Value = serde_json::from_str(KINESIS).unwrap();
    for state in [json!(null), json!({})] {
        event["state"] = state;
        assert_eq!(read_value(&event).unwrap().window.state, None);
    }
    event.as_object_mut().unwrap().remove("state");
    assert_eq!(read_value(&event).unwrap().window.state, None);
    for state in [json!([]), json!(0), json!(""), json!({"a": null})] {
        event["state"] = state.clone();
        assert_eq!(read_value(&event).unwrap().window.state, Some(state));
    }
}

#[test]
fn a_final_event_may_have_no_records() {
    let mut event: Value = serde_json::from_str(KINESIS).unwrap();
    event["isFinalInvokeForWindow"] = json!(true);
    event["isWindowTerminatedEarly"] = json!(true);
    let is_empty = |event: &Value| {
        let event = read_value(event).unwrap();
        event.records.is_empty() && event.window.is_final && event.window.is_terminated_early
    };
    for records in [json!(null), json!([])] {
        event["Records"] = records;
        assert!(is_empty(&event), "{event}");
    }
    event.as_object_mut().unwrap().remove("Records");
    assert!(is_empty(&event), "{event}");
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    type Change = fn(&mut Value);
    let remove =
        |event: &mut Value, field: &str| drop(event.as_object_mut().unwrap().remove(field));
    let base: Value = serde_json::from_str(KINESIS).unwrap();
    for field in [
        "window",
        "shardId",
        "isFinalInvokeForWindow",
        "isWindowTerminatedEarly",
    ] {
        let mut event = base.clone();
        remove(&mut event, field);
        let error = read_value(&event).unwrap_err();
        assert!(!error.is_state());
        assert!(
            error
                .to_string()
                .starts_with(&format!("`{field}` is missing, expected ")),
            "{error}"
        );
    }
    for (change, expected) in [
        (
            (|event| event["window"] = json!(7)) as Change,
            "`window` is 7, expected an object",
        ),
        (
            |event| event["window"] = json!({"end": "2020-12-09T07:06:00Z"}),
            "`window.start` is missing, expected a time like \"2020-12-09T07:04:00Z\"",
        ),
        (
            |event| event["window"]["end"] = json!("today"),
            "`window.end` is \"today\", expected a time like \"2020-12-09T07:04:00Z\"",
        ),
        (
            |event| event["shardId"] = json!(null),
            "`shardId` is null, expected a string",
        ),
        (
            |event| event["isFinalInvokeForWindow"] = json!("false"),
            "`isFinalInvokeForWindow` is \"false\", expected true or false",
        ),
        (
            |event| event["Records"] = json!({}),
            "not an event: invalid type: map, expected an array of records or null",
        ),
    ] {
        let mut event = base.clone();
        change(&mut event);
        assert_eq!(read_value(&event).unwrap_err().to_string(), expected);
    }
    let long = KINESIS.replace("2020-12-09T07:04:00Z", &"é\\n".repeat(9_999));
    assert!(
        read::<KinesisEvent, Value>(&long)
            .unwrap_err()
            .to_string()
            .len()
            < 250
    );
    for broken in ["", "[]", "null", "{", "{\"Records\":[}", "\u{fffd}"] {
        let error = read::<KinesisEvent, Value>(broken).unwrap_err();
        assert!(
            matches!(error, WindowError::NotAnEvent(_)),
            "{broken}: {error}"
        );
    }
}

#[test]
fn a_state_of_another_kind_is_an_error_of_its_own() {
    let error = read::<KinesisEvent, BTreeMap<String, String>>(KINESIS).unwrap_err();
    assert!(error.is_state());
    assert!(
        error.to_string().starts_with("`state` cannot be read: "),
        "{error}"
    );
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let event: serde_json::Map<String, Value> = serde_json::from_str(DYNAMODB).unwrap();
    let fields: Vec<_> = event
        .iter()
        .map(|(key, value)| format!("{}: {value}", json!(key)))
        .collect();
    let expected: WindowEvent<DynamoDbEvent, Value> = read(DYNAMODB).unwrap();
    for turn in 0..fields.len() {
        let mut turned = fields.clone();
        turned.rotate_left(turn);
        let forwards = format!("{{{}}}", turned.join(" ,\n"));
        turned.reverse();
        let backwards = format!("{{{}}}", turned.join(","));
        for text in [forwards, backwards] {
            let event: WindowEvent<DynamoDbEvent, Value> = read(&text).unwrap();
            assert_eq!(event.window, expected.window);
            assert_eq!(event.records.len(), 3);
        }
    }
}

#[test]
fn an_event_is_the_payload_of_any_handler() {
    let event: WindowEvent<KinesisEvent, Value> = serde_json::from_str(KINESIS).unwrap();
    assert_eq!(event.records.len(), 1);
    let error = serde_json::from_str::<WindowEvent<KinesisEvent, Value>>("{}").unwrap_err();
    assert!(error.to_string().contains("`window` is missing"), "{error}");
}

#[test]
fn a_response_comes_back_as_the_state() {
    #[derive(Serialize)]
    struct Sum {
        sum: &'static str,
    }
    let state = |response: &WindowResponse<Sum>| {
        let response = serde_json::to_value(response).unwrap();
        let mut event: Value = serde_json::from_str(KINESIS).unwrap();
        event["state"] = response["state"].clone();
        read_value(&event).unwrap().window.state
    };
    assert_eq!(
        state(&WindowResponse::keep(Sum { sum: "0.10" })),
        Some(json!({"sum": "0.10"}))
    );
    assert_eq!(state(&WindowResponse::fresh()), None);
}

proptest! {
    #[test]
    fn any_bytes_are_an_event_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = WindowEvent::<KinesisEvent, Value>::from_json(&bytes);
        let _ = WindowEvent::<DynamoDbEvent, Value>::from_json(&bytes);
    }

    #[test]
    fn a_cut_or_changed_event_is_an_event_or_an_error(at in 0_usize..1_100, byte in any::<u8>(), cut in any::<bool>()) {
        for event in [KINESIS, DYNAMODB] {
            let mut bytes = event.as_bytes().to_vec();
            let at = at.min(bytes.len() - 1);
            bytes[at] = byte;
            bytes.truncate(if cut { at } else { bytes.len() });
            let is_json = serde_json::from_slice::<Value>(&bytes).is_ok();
            let kinesis = WindowEvent::<KinesisEvent, Value>::from_json(&bytes);
            prop_assert!(is_json || kinesis.is_err());
            if let Ok(event) = WindowEvent::<DynamoDbEvent, Value>::from_json(&bytes) {
                for record in event.records.records() {
                    let _ = format!("{record:?}");
                }
            }
        }
    }
}
