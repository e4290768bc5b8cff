//! Any order of fields, any JSON, any bytes.

use proptest::prelude::*;
use records::DynamoDbEvent;
use serde_json::{Value, json};

use super::{read, record};

/// Writes objects with their members turned by `turn` and with white space, which no order of keys may depend on.
fn shuffled(value: &Value, turn: usize) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(key, value)| format!(" {} :\t{}", json!(key), shuffled(value, turn)))
                .collect();
            let by = turn % members.len().max(1);
            members.rotate_left(by);
            if turn.is_multiple_of(2) {
                members.reverse();
            }
            format!("{{{}\r\n}}", members.join(" ,"))
        }
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(|value| shuffled(value, turn)).collect();
            format!("[ {} ]", elements.join(" , "))
        }
        value => value.to_string(),
    }
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let value = json!({"Records": [record(1), record(2)], "more": [1, {"Records": []}]});
    let expected = read(&value);
    for turn in 0..20 {
        let text = shuffled(&value, turn);
        let event = DynamoDbEvent::from_json(text.as_bytes()).unwrap();
        assert_eq!(event.stream_arn(), expected.stream_arn());
        for (got, expected) in event.records().zip(expected.records()) {
            assert_eq!(got.event_id, expected.event_id);
            let (got, expected) = (got.change().unwrap(), expected.change().unwrap());
            assert_eq!(got.position, expected.position);
            assert_eq!((got.kind, got.arrival), (expected.kind, expected.arrival));
            assert_eq!(
                (got.size_bytes, got.view_type),
                (expected.size_bytes, expected.view_type)
            );
            assert_eq!(
                (got.keys, got.old_image),
                (expected.keys, expected.old_image)
            );
            let sales = |change: records::Change<'_>| {
                format!("{:?}", change.new_image.unwrap().get("sales"))
            };
            assert_eq!(sales(got), sales(expected));
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[A-Za-z0-9+/=\"\\\\]{0,8}".prop_map(Value::from),
        prop_oneof![Just("INSERT"), Just("111"), Just("Service")].prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("dynamodb"),
        Just("eventID"),
        Just("eventName"),
        Just("eventSourceARN"),
        Just("userIdentity"),
        Just("Keys"),
        Just("NewImage"),
        Just("OldImage"),
        Just("SequenceNumber"),
        Just("SizeBytes"),
        Just("ApproximateCreationDateTime"),
        Just("S"),
        Just("N"),
        Just("L"),
        Just("M"),
        Just("BS"),
        Just("x"),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
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
        for (record, element) in event.records().zip(&elements) {
            prop_assert_eq!(std::str::from_utf8(record.bytes), Ok(&*element.to_string()));
            // Debug reads all images to their ends.
            let _ = format!("{record:?} {:?}", record.change());
        }
    }

    #[test]
    fn any_bytes_are_an_event_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = DynamoDbEvent::from_json(&bytes);
        let _ = serde_json::from_slice::<DynamoDbEvent>(&bytes);
    }
}
