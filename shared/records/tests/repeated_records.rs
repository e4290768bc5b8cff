//! Records of a batch mostly repeat each other, and what is repeated is not read twice: that must not show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use proptest::sample::select;
use records::{DynamoDbEvent, KinesisEvent};

/// Members that stand before, between and behind those that are read, or come twice.
const MEMBERS: &[&str] = &[
    r#""kinesis":{"partitionKey":"a","sequenceNumber":"1","data":"YQ==","approximateArrivalTimestamp":1.5}"#,
    r#""kinesis":{"partitionKey":"b","sequenceNumber":"2","data":"Yg=="}"#,
    r#""kinesis":7"#,
    r#""dynamodb":{"SequenceNumber":"1","SizeBytes":7,"NewImage":{"a":{"S":"x"}}}"#,
    r#""dynamodb":{"SequenceNumber":"2","Keys":{"b":{"N":"1"}}}"#,
    r#""dynamodb": {"SequenceNumber":"3"}"#,
    r#""dynamodb":null"#,
    r#""eventID":"shardId-1:1""#,
    r#""eventID":"shardId-2:2""#,
    r#""eventName":"INSERT""#,
    r#""eventName":"MODIFY""#,
    r#""eventName" : "REMOVE""#,
    r#""userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#,
    r#""eventSourceARN":"arn:1""#,
    r#""eventSourceARN":"arn:2""#,
    r#""more":1"#,
    r#""more":12"#,
    r#""more":"}""#,
    r#""more":1 "#,
];

/// Few kinds of records, so that some are alike in part.
fn batch() -> impl Strategy<Value = Vec<String>> {
    let kind = proptest::collection::vec(select(MEMBERS), 0..7);
    let kinds = proptest::collection::vec(kind, 1..4);
    let usual = Just(vec![
        MEMBERS[7],
        MEMBERS[9],
        MEMBERS[15],
        MEMBERS[3],
        MEMBERS[0],
        MEMBERS[7],
        MEMBERS[13],
    ]);
    let changes = proptest::collection::vec((any::<usize>(), any::<usize>()), 0..3);
    (
        kinds,
        usual,
        proptest::collection::vec((any::<usize>(), changes), 1..8),
    )
        .prop_map(|(mut kinds, usual, picks)| {
            kinds.push(usual);
            let record = |(kind, changes): (usize, Vec<(usize, usize)>)| {
                let mut members = kinds[kind % kinds.len()].clone();
                for (place, member) in changes {
                    if !members.is_empty() {
                        let place = place % members.len();
                        members[place] = MEMBERS[member % MEMBERS.len()];
                    }
                }
                format!("{{{}}}", members.join(","))
            };
            picks.into_iter().map(record).collect()
        })
}

fn event(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_record_is_read_in_a_batch_as_it_is_read_alone(records in batch()) {
        let kinesis = KinesisEvent::from_json(&event(&records)).unwrap();
        let dynamodb = DynamoDbEvent::from_json(&event(&records)).unwrap();
        prop_assert_eq!((kinesis.len(), dynamodb.len()), (records.len(), records.len()));
        for (index, record) in records.iter().enumerate() {
            let alone = event(std::slice::from_ref(record));
            let one = KinesisEvent::from_json(&alone).unwrap();
            prop_assert_eq!(format!("{:?}", kinesis.record(index)), format!("{:?}", one.record(0)));
            let one = DynamoDbEvent::from_json(&alone).unwrap();
            prop_assert_eq!(format!("{:?}", dynamodb.record(index)), format!("{:?}", one.record(0)));
        }
    }

    #[test]
    fn what_is_no_json_is_found_in_any_record(records in batch(), at in any::<usize>(), broken in select(&[",", "}", "2", "\"", "x"][..])) {
        let mut text = event(&records);
        let at = at % text.len();
        text.splice(at..at, broken.bytes());
        let expected = serde_json::from_slice::<serde_json::Value>(&text).is_ok();
        prop_assert_eq!(KinesisEvent::from_json(&text).is_ok(), expected);
        prop_assert_eq!(DynamoDbEvent::from_json(&text).is_ok(), expected);
    }
}
