//! Records that cannot be read, each between two that can.

use records::ChangeError;
use serde_json::{Value, json};

use super::{read, record};

/// Puts `change` into a record between two good ones; they must stay readable.
fn check_bad(change: impl Fn(&mut Value), expected: ChangeError) {
    let mut bad = record(2);
    change(&mut bad);
    let event = read(&json!({"Records": [record(1), bad, record(3)]}));
    assert_eq!(event.len(), 3);
    let got = event.record(1).unwrap();
    assert_eq!(got.change().unwrap_err(), expected, "{bad}");
    assert_eq!(got.bytes, bad.to_string().as_bytes());
    for good in [0, 2] {
        assert!(event.record(good).unwrap().change().is_ok());
    }
}

#[test]
fn an_unreadable_record_is_an_error_of_its_own_only() {
    for value in [json!(null), json!([1, [2]]), json!("text"), json!(-1.5e3)] {
        check_bad(|r| *r = value.clone(), ChangeError::NotAnObject);
    }
    check_bad(|r| *r = json!({}), ChangeError::NoDynamoDbObject);
    for value in [json!(null), json!("x"), json!([{}])] {
        check_bad(
            |r| r["dynamodb"] = value.clone(),
            ChangeError::NoDynamoDbObject,
        );
    }
    check_bad(|r| r["dynamodb"] = json!({}), ChangeError::NoSequenceNumber);
    for value in [json!(null), json!(12), json!(""), json!("12a"), json!("-1")] {
        check_bad(
            |r| r["dynamodb"]["SequenceNumber"] = value.clone(),
            ChangeError::NoSequenceNumber,
        );
    }
    for value in [
        json!(null),
        json!("insert"),
        json!("UPSERT"),
        json!(["INSERT"]),
    ] {
        check_bad(
            |r| r["eventName"] = value.clone(),
            ChangeError::UnknownEventName,
        );
    }
    for image in ["Keys", "NewImage", "OldImage"] {
        for value in [json!([]), json!("{}"), json!(1)] {
            check_bad(
                |r| r["dynamodb"][image] = value.clone(),
                ChangeError::ImageNotAnObject,
            );
        }
    }
}

#[test]
fn each_error_has_a_reason_of_its_own() {
    let reasons = [
        ChangeError::NotAnObject,
        ChangeError::NoDynamoDbObject,
        ChangeError::NoSequenceNumber,
        ChangeError::UnknownEventName,
        ChangeError::ImageNotAnObject,
    ]
    .map(ChangeError::reason);
    assert_eq!(
        reasons,
        [
            "not-an-object",
            "no-dynamodb-object",
            "no-sequence-number",
            "unknown-event-name",
            "image-not-an-object"
        ]
    );
}
