//! One layer, and several.

use records::avro::{AvroReader, AvroSchema};
use records::glue::NoSchemas;
use records::kpl::Doubt;
use records::layers::{Decoder, FixedSchema, Kind, Layer, Skip, detect};

use super::{Expected, aggregate, gzip, hex, layers};

/// Checks data that needs no registry, and what it looks like.
fn check(of: &str, data: &[u8], expected: &[Expected<'_>]) {
    super::check(layers(of), data, &NoSchemas, expected);
}

fn check_detected(data: &[u8], layers: &str, kind: Kind) {
    let detected = detect(data);
    assert_eq!(
        (detected.layers.to_string().as_str(), detected.kind),
        (layers, kind)
    );
}

#[test]
fn records_without_layers_are_themselves() {
    check("", b"{}", &[(None, Ok("{}"))]);
    check("", b"", &[(None, Ok(""))]);
    check("kpl", b"{}", &[(None, Ok("{}"))]);
    check_detected(b"", "", Kind::Tombstone);
    check_detected(b" {\"a\":1}", "", Kind::JsonObject);
    check_detected(b"[1] ", "", Kind::Json);
    check_detected(b"{\"a\":1} x", "", Kind::Text);
    check_detected(b"hello", "", Kind::Text);
    check_detected(b"\xff\xfe", "", Kind::Binary);
}

#[test]
fn all_layers_come_off_in_their_order() {
    let inner = [gzip(b"{\"a\":1}"), b"not gzip".to_vec(), gzip(b"")];
    let aggregated = aggregate(&[("k0", &inner[0]), ("k1", &inner[1]), ("k2", &inner[2])]);
    let expected = [
        (Some("k0"), Ok("{\"a\":1}")),
        (Some("k1"), Err(("gzip", "not-compressed"))),
        (Some("k2"), Ok("")),
    ];
    check("kpl,gzip", &aggregated, &expected);
    check("gzip,kpl,gzip", &gzip(&aggregated), &expected);
    check(
        "gzip,kpl",
        &aggregated,
        &[(None, Err(("gzip", "not-compressed")))],
    );
    check_detected(&gzip(&aggregated), "gzip,kpl,gzip", Kind::JsonObject);

    let mut decoder = Decoder::new(layers("gzip,kpl,gzip"));
    let data = gzip(&aggregated);
    let all = decoder.decode(&data, &NoSchemas);
    let names: Vec<_> = all
        .records()
        .map(|one| one.layers.iter().map(Layer::name).collect::<Vec<_>>())
        .collect();
    assert_eq!(
        names,
        [
            vec!["gzip", "kpl", "gzip"],
            vec!["gzip", "kpl"],
            vec!["gzip", "kpl", "gzip"]
        ]
    );
}

#[test]
fn aggregates_are_odd_in_their_own_ways() {
    let doubtful =
        hex("f3899ac20a026b300a026b311a0508001a01611a0508011a016200000000000000000000000000000000");
    let mut decoder = Decoder::new(layers("kpl"));
    let all = decoder.decode(&doubtful, &NoSchemas);
    let record = all.records().next().unwrap();
    assert_eq!(
        (record.data, record.doubt),
        (Ok(doubtful.as_slice()), Some(Doubt::Digest))
    );
    assert!(record.layers.is_empty());

    let empty = hex("f3899ac20a026b3002ee12dcdfba8a9d16b3b136a918c118");
    let all = decoder.decode(&empty, &NoSchemas);
    assert_eq!(
        (all.records().count(), all.skipped()),
        (0, Some(Skip::EmptyAggregate))
    );

    let bad_key = hex(
        "f3899ac20a026b301a0508001a01611a0508071a01621a0508001a016344c6b49694c4091460065b11bd48a5b5",
    );
    check(
        "kpl",
        &bad_key,
        &[
            (Some("k0"), Ok("a")),
            (None, Err(("kpl", "no-partition-key"))),
            (Some("k0"), Ok("c")),
        ],
    );
    let hash_keys = hex(
        "f3899ac20a03666f6f0a036261721203666f6f12036261721a0b080010011a0564617461311a0b080010011a0564617461326338f174dbbf14506cacdddc9314ee37",
    );
    let all = decoder.decode(&hash_keys, &NoSchemas);
    assert!(
        all.records()
            .all(|record| record.explicit_hash_key == Some("bar"))
    );
}

#[test]
fn log_events_are_records() {
    let of = |kind: &str, events: &str| {
        gzip(format!(r#"{{"messageType":"{kind}","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{events}]}}"#).as_bytes())
    };
    let two = of(
        "DATA_MESSAGE",
        r#"{"id":"1","timestamp":1668093027015,"message":"START"},{"id":"2","timestamp":1668093027024,"message":"{\"a\":1}\n","extractedFields":{"x":"y"}}"#,
    );
    check(
        "cloudwatch-logs",
        &two,
        &[(None, Ok("START")), (None, Ok("{\"a\":1}\n"))],
    );
    check(
        "cloudwatch-logs,csv(word)",
        &two,
        &[
            (None, Ok(r#"{"word":"START"}"#)),
            (None, Ok(r#"{"word":"{\"a\":1}"}"#)),
        ],
    );
    check_detected(&two, "cloudwatch-logs", Kind::CloudWatchLogs);
    let mut decoder = Decoder::new(layers("cloudwatch-logs"));
    for (data, skip) in [
        (
            of(
                "CONTROL_MESSAGE",
                r#"{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE"}"#,
            ),
            Skip::ControlMessage,
        ),
        (of("DATA_MESSAGE", ""), Skip::NoLogEvents),
    ] {
        let all = decoder.decode(&data, &NoSchemas);
        assert_eq!((all.records().count(), all.skipped()), (0, Some(skip)));
    }
    check(
        "cloudwatch-logs",
        b"{}",
        &[(None, Err(("gzip", "not-compressed")))],
    );
    check(
        "cloudwatch-logs",
        &gzip(b"[]"),
        &[(None, Err(("cloudwatch-logs", "wrong-shape")))],
    );
    check(
        "cloudwatch-logs",
        &gzip(b"x"),
        &[(None, Err(("cloudwatch-logs", "not-json")))],
    );
}

#[test]
fn payloads_of_one_schema_become_json() {
    let schema =
        AvroSchema::parse(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}"#)
            .unwrap();
    let fixed = FixedSchema::Avro(AvroReader::new(&schema).unwrap());
    let aggregated = aggregate(&[("k", b"\x54"), ("l", b"")]);
    super::check(
        layers("kpl,avro").with_schema(fixed),
        &aggregated,
        &NoSchemas,
        &[
            (Some("k"), Ok(r#"{"a":42}"#)),
            (Some("l"), Err(("avro", "truncated"))),
        ],
    );
}

#[test]
fn changes_of_databases_are_told_apart() {
    let dms = include_bytes!("../fixtures/cdc/dms-mysql-insert.json");
    let debezium = include_bytes!("../fixtures/cdc/debezium-postgresql-create.json");
    let with_schema = include_bytes!("../fixtures/cdc/debezium-mysql-update-with-schema.json");
    check_detected(dms, "", Kind::Dms);
    check_detected(debezium, "", Kind::Debezium);
    check_detected(with_schema, "", Kind::Debezium);
    check_detected(
        br#"{"recordFormat":"application/json","tableName":"t","dynamodb":{}}"#,
        "",
        Kind::DynamoDb,
    );
    check_detected(br#"{"op":"add","value":1}"#, "", Kind::JsonObject);
}
