//! What is done with any bytes, and what has to hold then. The fuzz targets call one of these each; so does a test of
//! `records` on a stable toolchain, with the seeds and with changed ones.

#![allow(dead_code, reason = "each target is a program of its own")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise has to show"
)]

use std::sync::LazyLock;

use records::cdc::{CdcFormat, CdcRecord};
use records::cloudwatch_logs::LogBatch;
use records::dynamodb::TableChange;
use records::glue::{DataFormat, Header, Lookup, Schema, SchemaVersionId, Schemas};
use records::kpl::{Aggregator, Reading, Tables};
use records::layers::{Decoder, Layers, Limits, detect};
use records::{DynamoDbEvent, KinesisEvent, Number, Position, SequenceNumber, Timestamp};
use serde_json::value::RawValue;

const LIMITS: Limits = Limits {
    record_bytes: 1 << 16,
    event_bytes: 1 << 18,
};

/// What is JSON is read, what is not is refused; every record is a record or an error.
pub(crate) fn event(data: &[u8]) {
    let is_json = serde_json::from_slice::<&RawValue>(data).is_ok();
    if let Ok(event) = KinesisEvent::from_json(data) {
        assert!(is_json);
        for record in event.records() {
            let _ = record.user_record();
        }
        let layers: Layers = "kpl,gzip".parse().unwrap();
        let mut decoder = Decoder::new(layers.with_limits(LIMITS));
        let all = decoder.decode_event(&event, &Known);
        assert!(all.records().count() + all.skipped().count() >= event.len());
    }
    if let Ok(event) = DynamoDbEvent::from_json(data) {
        assert!(is_json);
        for record in event.records() {
            let Ok(change) = record.change() else {
                continue;
            };
            for image in [change.keys, change.new_image, change.old_image]
                .into_iter()
                .flatten()
            {
                image.attributes().for_each(drop);
            }
        }
    }
}

/// The records of an aggregate are in it, and come out of an aggregate of our own again.
pub(crate) fn kpl(data: &[u8]) {
    let mut tables = Tables::default();
    let whole = [&records::kpl::MAGIC, data, &records_digest(data)].concat();
    for data in [data, &whole] {
        let Reading::Aggregate(aggregate) = records::kpl::read(data, &mut tables) else {
            continue;
        };
        let mut aggregator = Aggregator::new(usize::MAX);
        let records: Vec<_> = aggregate.records().flatten().collect();
        assert!(aggregate.records().count() == aggregate.len() && records.len() <= aggregate.len());
        for record in &records {
            aggregator
                .push(record.partition_key, record.explicit_hash_key, record.data)
                .unwrap();
        }
        let Some(again) = aggregator.finish() else {
            continue;
        };
        let mut tables = Tables::default();
        let Reading::Aggregate(again) = records::kpl::read(&again.data, &mut tables) else {
            panic!("not an aggregate")
        };
        let again = again.records().flatten();
        assert!(
            again
                .map(|one| (one.partition_key, one.explicit_hash_key, one.data))
                .eq(records
                    .iter()
                    .map(|one| (one.partition_key, one.explicit_hash_key, one.data)))
        );
    }
}

/// The digest of an aggregate, so that messages are reached at all.
fn records_digest(message: &[u8]) -> Vec<u8> {
    records::kpl::digest(message).to_vec()
}

/// A payload becomes JSON or an error, within its limit.
pub(crate) fn registry(data: &[u8]) {
    let Some((first, payload)) = data.split_first() else {
        return;
    };
    let id = SchemaVersionId::from_bytes([first % 8; 16]);
    for header in [Header::new(id), Header::zlib(id)] {
        let data = header.write(payload).unwrap();
        one("glue", &data);
    }
    one("glue", data);
    one("kpl,glue-avro", payload);
    let schema = std::str::from_utf8(data).map(|text| Schema::new(DataFormat::Avro, text, None));
    if let Ok(Ok(schema)) = schema {
        let _ = schema.read(b"\0\x02\x04\x06aaaaaaaa", 1_000, &mut Vec::new());
    }
}

/// A change of a database: columns are read as all that they may be.
pub(crate) fn dms(data: &[u8]) {
    for format in [CdcFormat::default(), CdcFormat::Debezium] {
        let Ok(CdcRecord::Row(change)) = format.read(data) else {
            continue;
        };
        let position = Position {
            sequence_number: SequenceNumber::new("1").unwrap(),
            subsequence_number: 0,
        };
        let _ = change.version(position).to_string();
        let _ = change.is_key_changed(&["id"]);
        for name in ["id", "orderId", "orderAmount", "orderDateTime"] {
            let Some(column) = change.row.present(name) else {
                continue;
            };
            let _ = column.integer::<u64>();
            let _ = column.number();
            let _ = column.text();
        }
    }
    let _ = TableChange::from_json(data);
    let _ = LogBatch::from_json(data);
    let _ = detect(data);
}

/// A number is what it says, and so is its text.
pub(crate) fn number(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(number) = Number::parse(text) {
        let again = number.to_string();
        assert_eq!(Number::parse(&again).unwrap().to_string(), again);
        assert!(number.significant_digits() <= 38);
    }
    let _ = Timestamp::from_seconds_text(text);
    let _ = Timestamp::from_rfc3339(text);
    let _ = Timestamp::from_civil(text);
    let _ = text.parse::<Layers>();
}

/// All layers there are, and what a record looks like.
pub(crate) fn layers(data: &[u8]) {
    for layers in [
        "gzip,kpl,zlib,glue",
        "zlib,kpl,gzip",
        "zstd,kpl,zstd",
        "cloudwatch-logs",
        "kpl,csv(a b:number)",
    ] {
        one(layers, data);
    }
    let _ = detect(data);
}

fn one(layers: &str, data: &[u8]) {
    let Ok(layers) = layers.parse::<Layers>() else {
        return;
    };
    let mut decoder = Decoder::new(layers.with_limits(LIMITS));
    let all = decoder.decode(data, &Known);
    for record in all.records() {
        if let Ok(payload) = record.data {
            assert!(payload.len() <= data.len().max(LIMITS.record_bytes));
            if record
                .layers
                .iter()
                .any(|layer| layer.name() == "avro" || layer.name() == "protobuf")
            {
                serde_json::from_slice::<&RawValue>(payload).unwrap();
            }
        }
    }
    assert!(all.records().next().is_some() || all.skipped().is_some());
}

/// Schemas for the ids whose bytes are all 0, all 1 and so on.
struct Known;

impl Schemas for Known {
    fn look_up(&self, id: SchemaVersionId) -> Lookup<'_> {
        let [number, ..] = *id.as_bytes();
        match SCHEMAS.get(usize::from(number)) {
            Some(Ok(schema)) => Lookup::Found(schema),
            Some(Err(error)) => Lookup::Unusable(error),
            None => Lookup::Unknown,
        }
    }
}

static SCHEMAS: LazyLock<Vec<Result<Schema, records::glue::SchemaError>>> = LazyLock::new(|| {
    [
        (DataFormat::Avro, r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":["null","long","R"]},{"name":"c","type":{"type":"array","items":["double","float","boolean"]}},{"name":"d","type":{"type":"map","values":{"type":"bytes","logicalType":"decimal","scale":3}}}]}"#),
        (DataFormat::Avro, r#"{"type":"array","items":"null"}"#),
        (DataFormat::Avro, r#"[{"type":"enum","name":"E","symbols":["A","B"]},{"type":"fixed","name":"F","size":16,"logicalType":"uuid"},{"type":"fixed","name":"G","size":40,"logicalType":"decimal","scale":30},"bytes","int"]"#),
        (DataFormat::Protobuf, r#"syntax = "proto3"; enum E { A = 0; B = 1; } message M { string a = 1; repeated M b = 2; map<int32, M> c = 3; oneof o { bytes d = 4; M e = 5; double f = 6; } repeated sint64 g = 7; E h = 8; repeated float i = 9; bool j = 10; }"#),
        (DataFormat::Protobuf, r#"syntax = "proto2"; message N { required int32 a = 1; optional group G = 2 { optional N n = 1; } repeated fixed64 f = 3; }"#),
        (DataFormat::Json, ""),
        (DataFormat::Avro, "no"),
    ]
    .into_iter()
    .map(|(format, definition)| Schema::new(format, definition, None))
    .collect()
});
