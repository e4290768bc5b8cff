//! Vectors of the Kinesis Producer Library and what else is around payloads.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use records::compression::{Compression, compress};

use super::decode;

/// Of awslabs/kinesis-aggregation (Apache-2.0).
const WITH_HASH_KEYS: &str = "84mawgokZmMwM2RkODgtM2U3OS00NDhhLWIwMWEtN2NmMWJkNDdiNzg0CiRjYWU0MWIxYy1lYTYxLTQzZjItOTBiZS1iODc1NWViZjg4ZTIKJGQ0OTA2OTBjLWU3NGQtNGRiMi1hM2M4LWQ4ZjJmMTg0ZmQyMwokYzkyNGJjMDktYjg1ZS00N2YxLWIzMmUtMzM2NTIyZWU1M2M4EiYzODQ4NjQ5NTg2NzUwODM5OTA3ODE1OTcyMzg0NjA1MTgwNzAyMBInMTkzNzg3NjAwMDM3NjgxNzA2OTUyMTQzMzU3MDcxOTE2MzUyNjA0EicyNjY4ODA0MzY5NjQ5MzI0MjQyNjU0NjY5MTY3MzQwNjg2ODQ0MzkSJzMzOTYwNjYwMDk0Mjk2NzM5MTg1NDYwMzU1MjQwMjAyMTg0NzI5MhomCAAQABogUkVDT1JEIDIyIHBlZW9iaGN6YnpkbXNrYm91cGd5cQoaJggBEAEaIFJFQ09SRCAyMyB1c3dreGZ0eHJvZXVzc2N4c2pobm8KGiYIAhACGiBSRUNPUkQgMjQgY2FzZWhkZ2l2ZmF4ZXVzdGx5c3p5ChomCAMQAxogUkVDT1JEIDI1IG52ZmZ2cG11b2dkb3BqaGFtZXZyawpRwVPQ3go0yp4Y6kvM0q3V";
pub(super) const LINES: &str = "84mawgoEcGstMAoEcGstMQoEcGstMhoTCAAaD3sibXNnIjoibGluZTAifRoTCAEaD3sibXNnIjoibGluZTEifRoTCAIaD3sibXNnIjoibGluZTIifZ8hyadI+v2KZPZrUGim6cQ=";
pub(super) const TWO_RECORDS: &str =
    "f3899ac20a026b300a026b311a0508001a01611a0508011a0162aebcbee45c9b361585e70406a9746b03";
pub(super) const BAD_DIGEST: &str =
    "f3899ac20a026b300a026b311a0508001a01611a0508011a016200000000000000000000000000000000";

#[test]
fn an_aggregate_becomes_a_line_for_each_of_its_records() {
    let decoded = decode(&["--layers", "kpl", "--input", "base64"], WITH_HASH_KEYS);
    decoded.is(
        0,
        &[
            r#"{"record":1,"sub":0,"sequence_number":null,"partition_key":"fc03dd88-3e79-448a-b01a-7cf1bd47b784","explicit_hash_key":"38486495867508399078159723846051807020","layers":["kpl"],"schema_version_id":null,"payload":{"text":"RECORD 22 peeobhczbzdmskboupgyq\n"}}"#,
            r#"{"record":1,"sub":1,"sequence_number":null,"partition_key":"cae41b1c-ea61-43f2-90be-b8755ebf88e2","explicit_hash_key":"193787600037681706952143357071916352604","layers":["kpl"],"schema_version_id":null,"payload":{"text":"RECORD 23 uswkxftxroeusscxsjhno\n"}}"#,
            r#"{"record":1,"sub":2,"sequence_number":null,"partition_key":"d490690c-e74d-4db2-a3c8-d8f2f184fd23","explicit_hash_key":"266880436964932424265466916734068684439","layers":["kpl"],"schema_version_id":null,"payload":{"text":"RECORD 24 casehdgivfaxeustlyszy\n"}}"#,
            r#"{"record":1,"sub":3,"sequence_number":null,"partition_key":"c924bc09-b85e-47f1-b32e-336522ee53c8","explicit_hash_key":"339606600942967391854603552402021847292","layers":["kpl"],"schema_version_id":null,"payload":{"text":"RECORD 25 nvffvpmuogdopjhamevrk\n"}}"#,
        ],
    );
    assert_eq!(decoded.stderr, "", "nothing is to be said");
}

#[test]
fn odd_aggregates_lose_nothing_and_say_so() {
    for (hex, code, lines) in [
        (
            // Tags, an empty payload.
            "f3899ac20a01610a02626212033132331a13080010001a0568656c6c6f22060a016b1201761a0408011a00d395eabbdbe3417d0d03fcff2c342a1d",
            0,
            &[
                r#"{"record":1,"sub":0,"sequence_number":null,"partition_key":"a","explicit_hash_key":"123","layers":["kpl"],"schema_version_id":null,"payload":{"text":"hello"}}"#,
                r#"{"record":1,"sub":1,"sequence_number":null,"partition_key":"bb","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"text":""}}"#,
            ][..],
        ),
        (
            // The second record's key is not in the table.
            "f3899ac20a026b301a0508001a01611a0508071a01621a0508001a016344c6b49694c4091460065b11bd48a5b5",
            1,
            &[
                r#"{"record":1,"sub":0,"sequence_number":null,"partition_key":"k0","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"text":"a"}}"#,
                r#"{"record":1,"sub":1,"layers":["kpl"],"error":{"stage":"kpl","reason":"no-partition-key","detail":"the partition key's index is 7, the table's length is 1"}}"#,
                r#"{"record":1,"sub":2,"sequence_number":null,"partition_key":"k0","explicit_hash_key":null,"layers":["kpl"],"schema_version_id":null,"payload":{"text":"c"}}"#,
            ],
        ),
        (
            BAD_DIGEST,
            0,
            &[
                r#"{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":[],"schema_version_id":null,"doubt":"kpl-bad-digest","payload":{"base64":"84mawgoCazAKAmsxGgUIABoBYRoFCAEaAWIAAAAAAAAAAAAAAAAAAAAA"}}"#,
            ],
        ),
        (
            "f3899ac20a026b3002ee12dcdfba8a9d16b3b136a918c118",
            0,
            &[r#"{"record":1,"skipped":"empty-aggregate"}"#],
        ),
        (
            "f3899ac2",
            0,
            &[
                r#"{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":[],"schema_version_id":null,"payload":{"base64":"84mawg=="}}"#,
            ],
        ),
    ] {
        decode(&["--layers", "kpl", "--input", "hex"], hex).is(code, lines);
    }
}

#[test]
fn compression_comes_off() {
    let aggregate = STANDARD.decode(LINES).unwrap();
    for (compression, layers) in [
        (Compression::Gzip, "gzip,kpl"),
        (Compression::Zlib, "zlib,kpl"),
        (Compression::Zstd, "zstd,kpl"),
    ] {
        let name = compression.name();
        let data = compress(compression, &aggregate).unwrap();
        let lines = [0, 1, 2].map(|number| {
            format!(
                r#"{{"record":1,"sub":{number},"sequence_number":null,"partition_key":"pk-{number}","explicit_hash_key":null,"layers":["{name}","kpl"],"schema_version_id":null,"payload":{{"json":{{"msg":"line{number}"}}}}}}"#
            )
        });
        let arguments = ["--layers", layers, "--input", "raw"];
        decode(&arguments, &data).is(0, &lines.each_ref().map(String::as_str));

        let decoded = decode(&arguments, &data[..data.len() - 5]);
        let error =
            format!(r#"{{"record":1,"sub":null,"error":{{"stage":"{name}","reason":"truncated","#);
        assert!(decoded.stdout.starts_with(&error), "{}", decoded.stdout);
        assert_eq!(decoded.code, Some(1));
    }
}

#[test]
fn what_inflates_too_much_is_an_error_of_its_record() {
    let data = compress(Compression::Gzip, &vec![b' '; 100_000]).unwrap();
    let line = STANDARD.encode(data);
    let input = format!("{line}\n{line}\n");
    let limited = [
        "--layers",
        "gzip",
        "--input",
        "base64",
        "--max-record-bytes",
        "99999",
    ];
    let error = r#""error":{"stage":"gzip","reason":"inflates-too-large""#;
    let decoded = decode(&limited, &input);
    assert_eq!(
        decoded.stdout.matches(error).count(),
        2,
        "{}",
        decoded.stdout
    );
    assert_eq!(decoded.code, Some(1));
    let decoded = decode(&["--layers", "gzip", "--input", "base64"], &input);
    assert_eq!(decoded.code, Some(0), "{}", decoded.stdout);
}

#[test]
fn messages_of_a_log_subscription_are_lines() {
    let batch = |kind: &str, events: &str| {
        let text = format!(
            r#"{{"messageType":"{kind}","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":[],"logEvents":[{events}]}}"#
        );
        STANDARD.encode(compress(Compression::Gzip, text.as_bytes()).unwrap())
    };
    let events = r#"{"id":"1","timestamp":1,"message":"{\"a\": 1}"},{"id":"2","timestamp":2,"message":"two\nlines"}"#;
    let control = r#"{"id":"","timestamp":1,"message":"checking"}"#;
    let input = format!(
        "{}\n{}\n{}",
        batch("DATA_MESSAGE", events),
        batch("CONTROL_MESSAGE", control),
        batch("DATA_MESSAGE", "")
    );
    decode(&["--layers", "cloudwatch-logs", "--input", "base64"], input).is(
        0,
        &[
            r#"{"record":1,"sub":0,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":["gzip","cloudwatch-logs"],"schema_version_id":null,"payload":{"json":{"a":1}}}"#,
            r#"{"record":1,"sub":1,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":["gzip","cloudwatch-logs"],"schema_version_id":null,"payload":{"text":"two\nlines"}}"#,
            r#"{"record":2,"skipped":"control-message"}"#,
            r#"{"record":3,"skipped":"no-log-events"}"#,
        ],
    );
}

#[test]
fn numbers_keep_their_digits() {
    let payload = "{ \"n\": 123456789012345678901234567890.10,\n \"e\": 1E+2 }";
    decode(&["--input", "raw"], payload).ends(
        0,
        r#""payload":"#,
        &[r#"{"json":{"n":123456789012345678901234567890.10,"e":1E+2"#],
    );
}

#[test]
fn layers_that_are_not_named_are_hinted_at() {
    let decoded = decode(
        &["--input", "hex"],
        format!("6869\n{TWO_RECORDS}\n{TWO_RECORDS}"),
    );
    assert_eq!(decoded.stderr, "record 2 looks like kpl: --layers kpl\n");
    assert_eq!(decoded.code, Some(0));
    for layers in ["", "json"] {
        let decoded = decode(&["--input", "hex", "--layers", layers], TWO_RECORDS);
        assert_eq!(decoded.stderr, "", "the user has said so");
    }
}

#[test]
fn detect_says_what_records_look_like() {
    let detect = ["--detect", "--input", "hex"];
    let decoded = decode(&detect, format!("{TWO_RECORDS}\n7b7d\n"));
    decoded.is(
        0,
        &[
            r#"{"record":1,"sub":null,"sequence_number":null,"partition_key":"k0","layers":["kpl"],"kind":"text","user_records":2,"schema_version_id":null,"payload":{"text":"a"}}"#,
            r#"{"record":2,"sub":null,"sequence_number":null,"partition_key":null,"layers":[],"kind":"json-object","user_records":1,"schema_version_id":null,"payload":{"json":{}}}"#,
        ],
    );
    decoded.says("all 2 records look like kpl: --layers kpl here, RECORD_LAYERS=kpl in a function");

    let avro = "0300b7b4a7f09c964e4aa687fb5de9ef0c630a73616e736100c6010006726564";
    let decoded = decode(&detect, format!("{avro}\n{BAD_DIGEST}\n\n"));
    decoded.is(
        0,
        &[
            r#"{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"layers":["glue"],"kind":"registry","user_records":1,"schema_version_id":"b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63","payload":{"base64":"AwC3tKfwnJZOSqaH+13p7wxjCnNhbnNhAMYBAAZyZWQ="}}"#,
            r#"{"record":2,"sub":null,"sequence_number":null,"partition_key":null,"layers":[],"kind":"binary","user_records":1,"schema_version_id":null,"doubt":"kpl-bad-digest","payload":{"base64":"84mawgoCazAKAmsxGgUIABoBYRoFCAEaAWIAAAAAAAAAAAAAAAAAAAAA"}}"#,
        ],
    );
    decoded.says("the records differ: record 1 looks like glue; record 2 looks like no layers");

    let decoded = decode(
        &detect,
        "f3899ac20a026b3002ee12dcdfba8a9d16b3b136a918c118\nx\n",
    );
    decoded.is(
        1,
        &[
            r#"{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"layers":["kpl"],"kind":"tombstone","user_records":0,"schema_version_id":null,"payload":null}"#,
            r#"{"record":2,"sub":null,"error":{"stage":"input","reason":"not-hex","detail":"the line has characters that are no hex digits, expected pairs of hex digits, as in f3899ac2"}}"#,
        ],
    );
}
