use super::*;
use crate::sequence::SequenceNumber;

fn json(name: &str, dynamodb: &str, identity: &str) -> String {
    format!(
        r#"{{"awsRegion":"us-east-1","eventID":"e","eventName":"{name}","userIdentity":{identity},"recordFormat":"application/json","tableName":"t","dynamodb":{dynamodb},"eventSource":"aws:dynamodb"}}"#
    )
}

fn check(dynamodb: &str, expected: Result<i64, &str>) {
    let json = json("MODIFY", dynamodb, "null");
    let got = TableChange::from_json(json.as_bytes());
    let got = got.map(|change| change.time.as_micros());
    assert_eq!(
        got.map_err(TableChangeError::reason),
        expected,
        "{dynamodb}"
    );
}

#[test]
fn times_are_of_the_records_own_precision() {
    check(
        r#"{"ApproximateCreationDateTime":1719347890250647,"ApproximateCreationDateTimePrecision":"MICROSECOND"}"#,
        Ok(1_719_347_890_250_647),
    );
    let millis = Ok(1_720_740_233_012_000);
    check(
        r#"{"ApproximateCreationDateTimePrecision":"MILLISECOND","ApproximateCreationDateTime":1720740233012}"#,
        millis,
    );
    check(r#"{"ApproximateCreationDateTime":1720740233012}"#, millis);
    check(
        r#"{"ApproximateCreationDateTime":1,"ApproximateCreationDateTimePrecision":"NANOSECOND"}"#,
        Err("unknown-precision"),
    );
    for none in [
        "{}",
        r#"{"ApproximateCreationDateTime":"1"}"#,
        r#"{"ApproximateCreationDateTime":1.5}"#,
        r#"{"ApproximateCreationDateTime":9223372036854775807}"#,
    ] {
        check(none, Err("no-time"));
    }
    check("null", Err("no-dynamodb-object"));
    check(
        r#"{"ApproximateCreationDateTime":1,"Keys":[]}"#,
        Err("image-not-an-object"),
    );
}

#[test]
fn images_and_the_deleter_are_read() {
    let ttl = r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#;
    let change = r#"{"ApproximateCreationDateTime":1,"Keys":{"id":{"S":"test"}},"OldImage":{"id":{"S":"test"},"raw":{"B":"MTMyMQ=="}},"SizeBytes":12}"#;
    let text = json("REMOVE", change, ttl);
    let change = TableChange::from_json(text.as_bytes()).unwrap();
    assert!(change.is_ttl_delete && change.new_image.is_none());
    assert_eq!(
        (change.size_bytes, change.event_id.as_deref()),
        (Some(12), Some("e"))
    );
    let raw = change.old_image.unwrap().get("raw").unwrap();
    assert_eq!(raw, Some(crate::AttributeValue::B(b"1321".to_vec())));
    assert!(change.keys.unwrap().get("id").unwrap().is_some());
    for bad in ["", "[]", "{", "\u{feff}{}", "{} {}"] {
        assert!(TableChange::from_json(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(TableChange::from_json(b"\xff").is_err());
    let unknown = json("UPSERT", "{}", "null");
    let error = TableChange::from_json(unknown.as_bytes()).unwrap_err();
    assert_eq!(error, TableChangeError::UnknownEventName);
}

#[test]
fn the_later_change_has_the_later_time_whatever_came_first() {
    let at = |micros: i64, number| {
        let position = Position {
            sequence_number: SequenceNumber::new(number).unwrap(),
            subsequence_number: 0,
        };
        ChangeOrder {
            time: Timestamp::from_micros(micros),
            position,
        }
    };
    assert!(at(2, "5") > at(1, "9"));
    assert!(at(1, "10") > at(1, "9"));
}
