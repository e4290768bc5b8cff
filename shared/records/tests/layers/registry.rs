//! Payloads with the schema registry's header: the vectors of its own tests' schemas.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use records::compression::{Compression, Inflater};
use records::glue::{
    DataFormat, Header, NoSchemas, Schema, SchemaSet, SchemaVersionId, split_message_index,
};
use records::layers::{Decoder, Kind, detect};

use super::{aggregate, check, gzip, hex, layers};

const ID: &str = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";
const AVRO: &str = "0300b7b4a7f09c964e4aa687fb5de9ef0c630a73616e736100c6010006726564";
const AVRO_ZLIB: &str =
    "0305b7b4a7f09c964e4aa687fb5de9ef0c63789ce32a4ecc2b4e6438c6c8c056949a02001faa0429";
const JSON: &str =
    "AwC3tKfwnJZOSqaH+13p7wxjeyJmaXJzdE5hbWUiOiJKb2huIiwibGFzdE5hbWUiOiJEb2UiLCJhZ2UiOjIxfQ==";
const JSON_ZLIB: &str = "0305b7b4a7f09c964e4aa687fb5de9ef0c63789cab564acb2c2a2ef14bcc4d55b252f2cacfc853d251ca49848bb8e4a7020512d3816c23c35a00658c0e68";
const USER: &str = r#"{"namespace":"example.avro","type":"record","name":"User","fields":[{"name":"name","type":"string"},{"name":"favorite_number","type":["int","null"]},{"name":"favorite_color","type":["string","null"]}]}"#;
const SANSA: &str = r#"{"name":"sansa","favorite_number":99,"favorite_color":"red"}"#;

fn id() -> SchemaVersionId {
    ID.parse().unwrap()
}

fn schemas(format: DataFormat, definition: &str) -> SchemaSet {
    let mut schemas = SchemaSet::default();
    schemas.insert(id(), Some(Schema::new(format, definition, None)));
    schemas
}

/// Checks one record.
fn check_one(of: &str, data: &[u8], known: &SchemaSet, expected: Result<&str, &str>) {
    let expected = expected.map_err(|reason| {
        let stage = match reason {
            "truncated" | "trailing-bytes" | "corrupt" | "not-compressed" => "zlib",
            _ => "glue",
        };
        (stage, reason)
    });
    check(layers(of), data, known, &[(None, expected)]);
}

#[test]
fn avro_is_read_with_the_schema_it_was_written_with() {
    let known = schemas(DataFormat::Avro, USER);
    for data in [hex(AVRO), hex(AVRO_ZLIB)] {
        check_one("glue", &data, &known, Ok(SANSA));
        check_one("glue-avro", &data, &known, Ok(SANSA));
        check_one("glue-json", &data, &known, Err("schema-of-other-format"));
        check_one("gzip,glue", &gzip(&data), &known, Ok(SANSA));
        let detected = detect(&data);
        assert_eq!(
            (detected.layers.to_string().as_str(), detected.kind),
            ("glue", Kind::Registry)
        );
    }
    let aggregated = aggregate(&[("k", &hex(AVRO)), ("l", b"{}"), ("m", &hex(AVRO_ZLIB))]);
    let expected = [
        (Some("k"), Ok(SANSA)),
        (Some("l"), Err(("glue", "no-header"))),
        (Some("m"), Ok(SANSA)),
    ];
    check(layers("kpl,glue-avro"), &aggregated, &known, &expected);

    let mut decoder = Decoder::new(layers("kpl,glue"));
    let all = decoder.decode(&aggregated, &known);
    let first = all.records().next().unwrap();
    assert_eq!(first.schema_version_id, Some(id()));
    let found: Vec<_> = first
        .layers
        .iter()
        .map(records::layers::Layer::name)
        .collect();
    assert_eq!(found, ["kpl", "glue", "avro"]);
}

#[test]
fn json_is_taken_as_it_is() {
    let known = schemas(DataFormat::Json, "{}");
    let text = Ok(r#"{"firstName":"John","lastName":"Doe","age":21}"#);
    check_one("glue-json", &STANDARD.decode(JSON).unwrap(), &known, text);
    check_one("glue", &hex(JSON_ZLIB), &known, text);
}

#[cfg(feature = "protobuf")]
#[test]
fn protobuf_has_the_index_of_its_message_in_front() {
    let definition =
        r#"syntax = "proto2"; message Customer { required string name = 1; } message Address {}"#;
    let known = schemas(DataFormat::Protobuf, definition);
    let data = hex("0300b7b4a7f09c964e4aa687fb5de9ef0c63010a03616263");
    check_one("glue-protobuf", &data, &known, Ok(r#"{"name":"abc"}"#));
    for (payload, reason) in [
        (b"".as_slice(), "no-message-index"),
        (b"\x02\x0a\x03abc", "no-message-index"),
        (b"\xff\xff\xff\xff\xff\xff\x01", "no-message-index"),
        (b"\x01\x0a", "not-a-message"),
    ] {
        let data = Header::new(id()).write(payload).unwrap();
        check(
            layers("glue"),
            &data,
            &known,
            &[(None, Err(("protobuf", reason)))],
        );
    }
}

#[test]
fn a_message_index_is_no_zigzag() {
    assert_eq!(
        split_message_index(b"\x01abc"),
        Some((1, b"abc".as_slice()))
    );
    assert_eq!(
        split_message_index(b"\xac\x02"),
        Some((300, b"".as_slice()))
    );
    assert_eq!(split_message_index(b""), None);
    assert_eq!(split_message_index(&[0xff; 10]), None);
}

#[test]
fn what_has_no_header_says_why() {
    let known = schemas(DataFormat::Avro, USER);
    let good = hex(AVRO);
    check_one("glue", &good[..17], &known, Err("no-header"));
    let with = |at: usize, byte| {
        let mut data = good.clone();
        data[at] = byte;
        data
    };
    check_one("glue", &with(0, 2), &known, Err("header-version"));
    check_one("glue", &with(1, 1), &known, Err("header-compression"));
    check_one("glue", &with(1, 5), &known, Err("not-compressed"));
    let compressed = hex(AVRO_ZLIB);
    for length in 20..compressed.len() {
        check_one("glue", &compressed[..length], &known, Err("truncated"));
    }
    check_one(
        "glue",
        &[compressed, vec![0]].concat(),
        &known,
        Err("trailing-bytes"),
    );
    check_one("glue", &with(2, 0), &known, Err("schema-not-loaded"));
}

#[test]
fn schemas_are_told_that_are_to_be_loaded() {
    let mut decoder = Decoder::new(layers("glue"));
    let data = hex(AVRO);
    let all = decoder.decode(&data, &NoSchemas);
    assert!(
        all.records()
            .all(|record| record.data.unwrap_err().is_retryable())
    );
    assert_eq!(
        all.missing_schemas().into_iter().collect::<Vec<_>>(),
        [id()]
    );

    let mut known = SchemaSet::default();
    known.insert(id(), None);
    let all = decoder.decode(&data, &known);
    assert!(all.missing_schemas().is_empty());
    let error = all.records().next().unwrap().data.unwrap_err();
    assert_eq!(
        (error.reason(), error.is_retryable()),
        ("unknown-schema", false)
    );

    check_one(
        "glue",
        &data,
        &schemas(DataFormat::Avro, "5"),
        Err("unusable-schema"),
    );
}

#[test]
fn headers_come_back() {
    for header in [Header::new(id()), Header::zlib(id())] {
        let data = header.write(b"payload").unwrap();
        let (read, payload) = Header::read(&data).unwrap();
        assert_eq!(read, header);
        let mut text = Vec::new();
        match read.compression {
            None => text.extend_from_slice(payload),
            Some(_) => Inflater::default()
                .inflate(Compression::Zlib, payload, 100, &mut text)
                .unwrap(),
        }
        assert_eq!(text, b"payload");
    }
    assert_eq!(id().to_string(), ID);
    for bad in [
        "",
        "b7b4a7f0",
        "b7b4a7f09-c96-4e4a-a687-fb5de9ef0c63",
        "+7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63",
    ] {
        assert!(bad.parse::<SchemaVersionId>().is_err(), "{bad}");
    }
}
