use mapping::event::{KinesisRecord, event_json};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use records::{KinesisEvent, Timestamp};

use super::{kinesis_source, lines, millis, window};

fn hello() -> KinesisRecord<'static> {
    KinesisRecord {
        sequence_number: "49590338271490256608559692538361571095921575989136588898",
        partition_key: Some("1"),
        arrival: millis(1_545_084_650_987),
        data: b"Hello, this is a test.",
        encryption_type: None,
    }
}

#[test]
fn a_record_has_the_shape_of_aws() {
    insta::assert_snapshot!(lines(&kinesis_source().record_json(&hello())), @r#"
    {"kinesis":{"kinesisSchemaVersion":"1.0",
    "partitionKey":"1",
    "sequenceNumber":"49590338271490256608559692538361571095921575989136588898",
    "data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
    "approximateArrivalTimestamp":1545084650.987},
    "eventSource":"aws:kinesis",
    "eventVersion":"1.0",
    "eventID":"shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
    "eventName":"aws:kinesis:record",
    "invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-kinesis-role",
    "awsRegion":"us-east-1",
    "eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"}
    "#);
}

#[test]
fn a_record_of_an_encrypted_stream_without_partition_key() {
    let record = KinesisRecord {
        partition_key: None,
        encryption_type: Some("KMS"),
        ..hello()
    };
    insta::assert_snapshot!(lines(&kinesis_source().record_json(&record)), @r#"
    {"kinesis":{"kinesisSchemaVersion":"1.0",
    "partitionKey":null,
    "sequenceNumber":"49590338271490256608559692538361571095921575989136588898",
    "data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
    "approximateArrivalTimestamp":1545084650.987,
    "encryptionType":"KMS"},
    "eventSource":"aws:kinesis",
    "eventVersion":"1.0",
    "eventID":"shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
    "eventName":"aws:kinesis:record",
    "invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-kinesis-role",
    "awsRegion":"us-east-1",
    "eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"}
    "#);
}

#[test]
fn a_windowed_event_has_the_shape_of_aws() {
    let event = event_json(["1", "2"], Some(&window(r#"{"1":282,"2":715}"#)));
    insta::assert_snapshot!(lines(&event), @r#"
    {"Records":[1,2],
    "window":{"start":"2020-12-09T07:04:00Z",
    "end":"2020-12-09T07:06:00Z"},
    "state":{"1":282,
    "2":715},
    "shardId":"shardId-000000000006",
    "eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream",
    "isFinalInvokeForWindow":false,
    "isWindowTerminatedEarly":false}
    "#);
}

#[test]
fn a_final_invocation_without_records() {
    let mut last = window("{}");
    last.call.is_final = true;
    last.call.terminated_early = true;
    insta::assert_snapshot!(lines(&event_json([], Some(&last))), @r#"
    {"Records":[],
    "window":{"start":"2020-12-09T07:04:00Z",
    "end":"2020-12-09T07:06:00Z"},
    "state":{},
    "shardId":"shardId-000000000006",
    "eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream",
    "isFinalInvokeForWindow":true,
    "isWindowTerminatedEarly":true}
    "#);
}

#[test]
fn events_without_window_are_records_only() {
    assert_eq!(event_json([], None), r#"{"Records":[]}"#);
    assert_eq!(event_json(["1"], None), r#"{"Records":[1]}"#);
    assert_eq!(event_json(["1", "2"], None), r#"{"Records":[1,2]}"#);
}

#[test]
fn the_state_passes_through_byte_for_byte() {
    for state in [
        r#"{ "b" : 1.50 ,"a":1e400, "a": 12345678901234567890123456789 }"#,
        r#""\u00e9\/ü""#,
        "null",
        "[\n]",
        "0.1000",
    ] {
        let event = event_json([], Some(&window(state)));
        assert!(
            event.contains(&format!(r#","state":{state},"shardId":"#)),
            "{event}"
        );
    }
}

#[test]
fn arrival_times_keep_their_milliseconds_and_no_more() {
    for (arrival, text) in [
        (millis(1_545_084_650_987), "1545084650.987"),
        (millis(1_545_084_650_980), "1545084650.98"),
        (millis(1_681_552_724_500), "1681552724.5"),
        (millis(1_545_084_650_007), "1545084650.007"),
        (millis(1_545_084_650_000), "1545084650"),
        (Timestamp::from_micros(1_999_999), "1.999"),
        (millis(0), "0"),
        (millis(-1_500), "-1.5"),
        (millis(-5), "-0.005"),
    ] {
        let json = kinesis_source().record_json(&KinesisRecord { arrival, ..hello() });
        let wanted = format!(r#""approximateArrivalTimestamp":{text}}}"#);
        assert!(json.contains(&wanted), "{wanted} is not in {json}");
    }
}

proptest! {
    /// What we send is what a function of this project reads.
    #[test]
    fn rendered_records_are_read_back_as_they_were(
        batch in vec(
            ("[0-9]{1,129}", option::of(any::<String>()), 0..253_402_300_799_999_i64, vec(any::<u8>(), 0..200)),
            0..20,
        ),
        shard in "[a-zA-Z0-9_.-]{1,128}",
        windowed: bool,
    ) {
        let source = mapping::event::KinesisSource { shard_id: shard, ..kinesis_source() };
        let json: Vec<String> = batch
            .iter()
            .map(|(sequence_number, key, arrival, data)| {
                source.record_json(&KinesisRecord {
                    sequence_number,
                    partition_key: key.as_deref(),
                    arrival: millis(*arrival),
                    data,
                    encryption_type: None,
                })
            })
            .collect();
        let window = windowed.then(|| window(r#"{"Records":[{}]}"#));
        let event = event_json(json.iter().map(String::as_str), window.as_ref());
        let event = KinesisEvent::from_json(event.as_bytes()).unwrap();

        prop_assert_eq!(event.len(), batch.len());
        for (read, (sequence_number, key, arrival, data)) in event.records().zip(&batch) {
            prop_assert_eq!(read.sequence_number.unwrap().as_str(), sequence_number);
            prop_assert_eq!(read.partition_key, key.as_deref());
            prop_assert_eq!(read.shard_id, Some(source.shard_id.as_str()));
            prop_assert_eq!(read.arrival, Some(millis(*arrival)));
            prop_assert_eq!(read.user_record().unwrap().data, data.as_slice());
        }
        if !batch.is_empty() {
            prop_assert_eq!(event.stream_arn(), Some(source.stream_arn.as_str()));
        }
    }
}
