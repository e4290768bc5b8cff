//! Schemas: from files, and from a registry.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;

use super::{Decoded, decode_in};

const ID: &str = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";
/// Of aws-glue-schema-registry (Apache-2.0).
const USER: &str = r#"{"namespace":"example.avro","type":"record","name":"User","fields":[{"name":"name","type":"string"},{"name":"favorite_number","type":["int","null"]},{"name":"favorite_color","type":["string","null"]}]}"#;
const AVRO: &str = "0300b7b4a7f09c964e4aa687fb5de9ef0c630a73616e736100c6010006726564";
const AVRO_ZLIB: &str =
    "0305b7b4a7f09c964e4aa687fb5de9ef0c63789ce32a4ecc2b4e6438c6c8c056949a02001faa0429";
const JSON_ZLIB: &str = "0305b7b4a7f09c964e4aa687fb5de9ef0c63789cab564acb2c2a2ef14bcc4d55b252f2cacfc853d251ca49848bb8e4a7020512d3816c23c35a00658c0e68";
const PROTOBUF: &str = "0300b7b4a7f09c964e4aa687fb5de9ef0c63010a03616263";
/// The second message in the order of names is the one of the vector.
const BASIC: &str = r#"syntax = "proto3"; package basic;
message Address { string street = 1; } message Customer { string name = 1; }"#;

/// A folder with schemas.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("user.avsc", USER);
    write("basic.proto", BASIC);
    write("any.json", "{}");
    write(
        "reader.avsc",
        r#"{"type":"record","name":"User","fields":[{"name":"name","type":"string"},{"name":"age","type":"int","default":7}]}"#,
    );
    folder
}

fn decode_hex(folder: &Path, arguments: &[&str], hex: &str) -> Decoded {
    let arguments = [&["--input", "hex"], arguments].concat();
    decode_in(folder, &arguments, hex.as_bytes())
}

fn line(layers: &str, payload: &str) -> String {
    format!(
        r#"{{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":[{layers}],"schema_version_id":"{ID}","payload":{payload}}}"#
    )
}

#[test]
fn schemas_of_the_registry_come_from_files() {
    let folder = folder();
    let sansa = r#"{"json":{"name":"sansa","favorite_number":99,"favorite_color":"red"}}"#;
    let john = r#"{"json":{"firstName":"John","lastName":"Doe","age":21}}"#;
    for (hex, layers, file, found, payload) in [
        (AVRO, "glue", "user.avsc", r#""glue","avro""#, sansa),
        (
            AVRO_ZLIB,
            "kpl,glue-avro",
            "user.avsc",
            r#""glue","zlib","avro""#,
            sansa,
        ),
        (
            JSON_ZLIB,
            "glue",
            "json:any.json",
            r#""glue","zlib","json""#,
            john,
        ),
        (
            PROTOBUF,
            "glue",
            "basic.proto",
            r#""glue","protobuf""#,
            r#"{"json":{"name":"abc"}}"#,
        ),
    ] {
        let schema = format!("{ID}={file}");
        let arguments = ["--layers", layers, "--registry-schema", &schema];
        decode_hex(folder.path(), &arguments, hex).is(0, &[&line(found, payload)]);
    }
    let schema = format!("{ID}=user.avsc");
    let arguments = [
        "--layers",
        "glue",
        "--registry-schema",
        &schema,
        "--reader-schema",
        "reader.avsc",
    ];
    let payload = r#"{"json":{"name":"sansa","age":7}}"#;
    decode_hex(folder.path(), &arguments, AVRO).is(0, &[&line(r#""glue","avro""#, payload)]);
}

#[test]
fn headers_and_payloads_that_are_wrong_say_how() {
    let folder = folder();
    let schema = format!("{ID}=user.avsc");
    for (hex, stage, reason) in [
        ("0300b7b4a7f09c964e4aa687fb5de9ef0c", "glue", "no-header"),
        (
            "0200b7b4a7f09c964e4aa687fb5de9ef0c63",
            "glue",
            "header-version",
        ),
        (
            "0301b7b4a7f09c964e4aa687fb5de9ef0c63",
            "glue",
            "header-compression",
        ),
        (&AVRO_ZLIB[..60], "zlib", "truncated"),
        (&AVRO[..60], "avro", "truncated"),
        (
            "0300b7b4a7f09c964e4aa687fb5de9ef0c64",
            "glue",
            "schema-not-loaded",
        ),
    ] {
        let arguments = ["--layers", "glue", "--registry-schema", &schema];
        let decoded = decode_hex(folder.path(), &arguments, hex);
        let expected = format!(r#""error":{{"stage":"{stage}","reason":"{reason}","#);
        assert!(decoded.stdout.contains(&expected), "{}", decoded.stdout);
        assert_eq!(decoded.code, Some(1));
        if reason == "schema-not-loaded" {
            let detail = "no region is set: give --region, or the schema with --registry-schema";
            assert!(decoded.stdout.contains(detail), "{}", decoded.stdout);
        }
    }
}

#[test]
fn payloads_of_one_schema_are_read_with_it() {
    let folder = folder();
    let line = |layer: &str, payload: &str| {
        format!(
            r#"{{"record":1,"sub":null,"sequence_number":null,"partition_key":null,"explicit_hash_key":null,"layers":["{layer}"],"schema_version_id":null,"payload":{{"json":{payload}}}}}"#
        )
    };
    let avro = ["--layers", "avro", "--schema", "user.avsc"];
    let sansa = r#"{"name":"sansa","favorite_number":99,"favorite_color":"red"}"#;
    let decoded = decode_hex(folder.path(), &avro, &AVRO[36..]);
    decoded.is(0, &[&line("avro", sansa)]);
    let read_as = [&avro[..], &["--reader-schema", "reader.avsc"]].concat();
    let decoded = decode_hex(folder.path(), &read_as, &AVRO[36..]);
    decoded.is(0, &[&line("avro", r#"{"name":"sansa","age":7}"#)]);
    let protobuf = [
        "--layers",
        "protobuf",
        "--schema",
        "basic.proto",
        "--message",
        "basic.Customer",
    ];
    let decoded = decode_hex(folder.path(), &protobuf, "0a03616263");
    decoded.is(0, &[&line("protobuf", r#"{"name":"abc"}"#)]);
}

/// Answers one call as the registry would, and gives what was asked.
fn registry(status: &'static str, answer: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let length = answer.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        )
        .unwrap();
        String::from_utf8(body).unwrap()
    });
    (address, server)
}

#[test]
fn a_schema_that_is_in_no_file_is_asked_for_once() {
    let folder = folder();
    let answer = serde_json::json!({ "SchemaVersionId": ID, "SchemaDefinition": USER, "DataFormat": "AVRO" });
    let (address, server) = registry("200 OK", answer.to_string());
    let arguments = [
        "--layers",
        "glue",
        "--endpoint-url",
        &address,
        "--region",
        "eu-west-1",
    ];
    let decoded = decode_hex(folder.path(), &arguments, &format!("{AVRO}\n{AVRO_ZLIB}"));
    assert_eq!(
        decoded.stdout.matches(r#""name":"sansa""#).count(),
        2,
        "{}",
        decoded.stdout
    );
    assert_eq!(decoded.code, Some(0));
    assert_eq!(
        server.join().unwrap(),
        format!(r#"{{"SchemaVersionId":"{ID}"}}"#)
    );
}

#[test]
fn a_schema_that_the_registry_does_not_have_is_unknown() {
    let folder = folder();
    let answer = r#"{"__type":"EntityNotFoundException","Message":"none"}"#.to_owned();
    let (address, server) = registry("400 Bad Request", answer);
    let arguments = [
        "--layers",
        "glue",
        "--endpoint-url",
        &address,
        "--region",
        "eu-west-1",
    ];
    let decoded = decode_hex(folder.path(), &arguments, &format!("{AVRO}\n{AVRO}"));
    let error = r#""error":{"stage":"glue","reason":"unknown-schema""#;
    assert_eq!(
        decoded.stdout.matches(error).count(),
        2,
        "{}",
        decoded.stdout
    );
    assert_eq!(decoded.code, Some(1));
    server.join().unwrap();
}

#[test]
fn a_registry_that_cannot_be_reached_is_an_error_with_the_reason() {
    let folder = folder();
    let arguments = [
        "--layers",
        "glue",
        "--endpoint-url",
        "http://127.0.0.1:9",
        "--region",
        "eu-west-1",
    ];
    let decoded = decode_hex(folder.path(), &arguments, &format!("7b7d\n{AVRO}\n{AVRO}"));
    let error = r#""error":{"stage":"glue","reason":"schema-not-loaded","detail":"the schema version b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63 cannot be loaded: "#;
    assert_eq!(
        decoded.stdout.matches(error).count(),
        2,
        "{}",
        decoded.stdout
    );
    assert_eq!(decoded.stdout.lines().count(), 3);
    assert_eq!(decoded.code, Some(1));
}
