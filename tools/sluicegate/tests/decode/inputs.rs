//! What can be read, and what is said of anything else.

use std::io::Write as _;

use flate2::write::GzEncoder;
use serde_json::json;

use super::layers::{LINES, TWO_RECORDS};
use super::{decode, decode_in, event};

#[test]
fn a_line_that_cannot_be_read_is_an_error_among_the_others() {
    let decoded = decode(&["--input", "base64"], "e30=\n\n  \n?\r\ne30\r\n");
    decoded.is(
        1,
        &[
            r#"{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":[],"schema_version_id":null,"payload":{"json":{}}}"#,
            r#"{"record":2,"sub":null,"error":{"stage":"input","reason":"not-base64","detail":"not base64: invalid symbol 63, offset 0"}}"#,
            r#"{"record":3,"sub":null,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":[],"schema_version_id":null,"payload":{"json":{}}}"#,
        ],
    );
    assert_eq!(decoded.stderr, "errors: 1 of 3 lines\n");
}

#[test]
fn what_the_input_looks_like_is_said() {
    for (input, says, payload) in [
        (
            "7b7d",
            "reading standard input as hex: one record a line",
            "{\"json\":{",
        ),
        (
            "e30=",
            "reading standard input as base64: one record a line",
            "{\"json\":{",
        ),
        (
            "what?",
            "reading standard input as raw: all of it is one record",
            "{\"text\":\"what?\"",
        ),
        (
            r#"{"Records":[{"SequenceNumber":"1","Data":"e30="}]}"#,
            "as get-records: an answer",
            "{\"json\":{",
        ),
        (
            r#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":"e30="}}]}"#,
            "as event: a Lambda event",
            "{\"json\":{",
        ),
    ] {
        for arguments in [&[][..], &["-"]] {
            let decoded = decode(arguments, input);
            decoded.ends(0, r#""payload":"#, &[payload]);
            decoded.says(says);
        }
    }
    let decoded = decode(&[], "\n");
    decoded.is(0, &[]);
    decoded.says("standard input is empty: there are no records");
}

#[test]
fn broken_records_of_an_event_stand_among_the_others() {
    let decoded = decode(&[&event("sensor-ingest-broken-envelopes.json")], "");
    assert_eq!(decoded.code, Some(1));
    let of_interest = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = line["record"].as_u64().unwrap();
        let what = line["error"]["reason"]
            .as_str()
            .unwrap_or("payload")
            .to_owned();
        assert_eq!(line["error"].is_null(), !line["payload"].is_null());
        (number, what)
    };
    let found: Vec<_> = decoded.stdout.lines().map(of_interest).collect();
    let expected = [
        "payload",
        "no-sequence-number",
        "no-data",
        "not-an-object",
        "no-kinesis-object",
        "not-base64",
        "payload",
        "payload",
    ];
    let expected: Vec<_> = (1..).zip(expected.map(str::to_owned)).collect();
    assert_eq!(found, expected);
    decoded.says("errors: 5 of 8 lines");
}

#[test]
fn events_of_windows_are_read() {
    let decoded = decode(
        &[
            "--input",
            "event",
            &event("sales-aggregator-kinesis-first.json"),
        ],
        "",
    );
    assert_eq!(decoded.code, Some(0), "{}", decoded.stderr);
    assert!(decoded.stdout.lines().count() > 1, "{}", decoded.stdout);
}

#[test]
fn what_is_no_event_of_kinesis_is_named() {
    let found =
        "found an event of DynamoDB Streams, which has no layers, expected an event of Kinesis";
    let decoded = decode(&[&event("sales-aggregator-dynamodb-first.json")], "");
    decoded.is(1, &[]);
    decoded.says(found);

    let kinesis = r#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":"e30="}}]}"#;
    let decoded = decode(&["--input", "event"], format!("{kinesis}\n[]"));
    decoded.ends(1, r#""payload":"#, &[r#"{"json":{"#]);
    decoded.says("error: standard input: found an array, expected an event of Kinesis");
}

#[test]
fn an_answer_of_get_records_is_read_with_its_positions() {
    let answer = json!({
        "Records": [
            {
                "SequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                "ApproximateArrivalTimestamp": "2026-11-21T10:00:00.101000+00:00",
                "Data": LINES,
                "PartitionKey": "outer",
            },
            { "SequenceNumber": "7", "Data": null, "PartitionKey": "k" },
        ],
        "NextShardIterator": "AAA", "MillisBehindLatest": 0,
    });
    decode(&["--layers", "kpl"], serde_json::to_string_pretty(&answer).unwrap()).is(
        1,
        &[
            r#"{"record":1,"sub":0,"sequence_number":"49590338271490256608559692538361571095921575989136588898","partition_key":"pk-0","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"json":{"msg":"line0"}}}"#,
            r#"{"record":1,"sub":1,"sequence_number":"49590338271490256608559692538361571095921575989136588898","partition_key":"pk-1","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"json":{"msg":"line1"}}}"#,
            r#"{"record":1,"sub":2,"sequence_number":"49590338271490256608559692538361571095921575989136588898","partition_key":"pk-2","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"json":{"msg":"line2"}}}"#,
            r#"{"record":2,"sub":null,"sequence_number":"7","partition_key":"k","error":{"stage":"input","reason":"no-data","detail":"the record has no string `Data`"}}"#,
        ],
    );
}

#[test]
fn lines_of_quarantine_say_what_is_around_their_data() {
    let line = |number: &str, sub: u64, layers: serde_json::Value, data: &str| {
        json!({
            "function": "sensor-ingest", "sequence_number": number, "subsequence_number": sub,
            "partition_key": "k", "stage": "parse", "reason": "r", "layers": layers, "data": data,
        })
    };
    let lines = [
        line("1", 0, json!("kpl"), LINES),
        line("2", 5, json!(""), "e30="),
        line("3", 0, json!(null), "e30="),
        line("4", 0, json!(["brotli"]), "e30="),
    ];
    let text = lines.each_ref().map(ToString::to_string).join("\n") + "\n{}\n";
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let compressed = gzip.finish().unwrap();
    for input in [text.as_bytes(), &compressed] {
        for arguments in [&[][..], &["--input", "quarantine"]] {
            decode(arguments, input).is(
                1,
                &[
                    r#"{"record":1,"sub":0,"sequence_number":"1","partition_key":"pk-0","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"json":{"msg":"line0"}}}"#,
                    r#"{"record":1,"sub":1,"sequence_number":"1","partition_key":"pk-1","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"json":{"msg":"line1"}}}"#,
                    r#"{"record":1,"sub":2,"sequence_number":"1","partition_key":"pk-2","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"json":{"msg":"line2"}}}"#,
                    r#"{"record":2,"sub":5,"sequence_number":"2","partition_key":"k","explicit_hash_key":null,"layers":[],"schema_version_id":null,"payload":{"json":{}}}"#,
                    r#"{"record":3,"sub":null,"sequence_number":"3","partition_key":"k","explicit_hash_key":null,"layers":[],"schema_version_id":null,"payload":{"json":{}}}"#,
                    r#"{"record":4,"sub":null,"sequence_number":"4","partition_key":"k","error":{"stage":"input","reason":"unknown-layers","detail":"layer 1 is `brotli`, expected gzip, zlib, zstd, kpl, cloudwatch-logs, glue, glue-avro, glue-json, glue-protobuf, avro, protobuf, json or csv(column …)"}}"#,
                    r#"{"record":5,"sub":null,"error":{"stage":"input","reason":"not-a-quarantine-line","detail":"not a line of a quarantine object: missing field `data` at line 1 column 2"}}"#,
                ],
            );
        }
    }
    // What the user says goes before what the lines say.
    let decoded = decode(&["--layers", "json"], lines[0].to_string());
    assert_eq!(decoded.stdout.lines().count(), 1, "{}", decoded.stdout);
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.avsc"), "{").unwrap();
    std::fs::write(
        folder.path().join("a.proto"),
        "syntax = \"proto3\"; message A {}",
    )
    .unwrap();
    let id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";
    for (arguments, says) in [
        (
            &["--layers", "kpl,foo"][..],
            "layer 2 is `foo`, expected gzip",
        ),
        (
            &["--layers", "kpl,gzip,kpl"],
            "layer 3 is `kpl`, which cannot stand there",
        ),
        (
            &["--input", "text"],
            "possible values: hex, base64, raw, event, get-records, quarantine",
        ),
        (&["--layers", "avro"], "--layers avro needs --schema FILE"),
        (
            &["--layers", "protobuf"],
            "--layers protobuf needs --schema FILE --message NAME",
        ),
        (
            &["--layers", "protobuf", "--schema", "a.proto"],
            "needs --message NAME",
        ),
        (
            &[
                "--layers",
                "protobuf",
                "--schema",
                "a.proto",
                "--message",
                "B",
            ],
            "the schema a.proto: it has no message B",
        ),
        (
            &["--layers", "glue", "--schema", "a.proto"],
            "has no use for --schema",
        ),
        (
            &["--layers", "avro", "--schema", "bad.avsc"],
            "the schema bad.avsc: ",
        ),
        (&["--schema", "bad.avsc"], "schemas need --layers"),
        (
            &["--layers", "glue", "--registry-schema", "user.avsc"],
            "expected ID=FILE",
        ),
        (
            &[
                "--layers",
                "glue",
                "--registry-schema",
                &format!("{id}=bad.avsc"),
            ],
            "the schema bad.avsc: ",
        ),
        (&["--detect", "--layers", "kpl"], "cannot be used with"),
        (&["--max-record-bytes", "0"], "for '--max-record-bytes <N>'"),
        (&["no-such-file"], "no-such-file: No such file"),
        (&["."], ".: is a directory"),
    ] {
        let decoded = decode_in(folder.path(), arguments, TWO_RECORDS.as_bytes());
        decoded.is(2, &[]);
        decoded.says(says);
    }
}

#[test]
fn help_shows_examples() {
    let decoded = decode(&["--help"], "");
    assert!(
        decoded
            .stdout
            .contains("sluicegate decode --detect event.json")
    );
    assert_eq!(decoded.code, Some(0));
}
