//! What reading takes of memory: little for what producers write, a multiple of the data for what nobody should.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use allocation_counter::{AllocationInfo, measure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use records::compression::{Compression, compress};
use records::glue::{DataFormat, Header, NoSchemas, Schema, SchemaSet};
use records::kpl::Aggregator;
use records::layers::{Decoder, Layers, Limits, detect};
use records::{CdcFormat, DynamoDbEvent, KinesisEvent, Number};

/// An event as Lambda writes it, of records with that data.
fn event<'a>(data: impl IntoIterator<Item = &'a [u8]>) -> String {
    let records: Vec<String> = data
        .into_iter()
        .enumerate()
        .map(|(index, data)| {
            let data = STANDARD.encode(data);
            format!(
                r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"k{index}","sequenceNumber":"4959033827149025660855969253836157109592157598913{index:07}","data":"{data}","approximateArrivalTimestamp":1545084650.987}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:4959033827149025660855969253836157109592157598913{index:07}","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/s"}}"#
            )
        })
        .collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

const READING: &[u8] = br#"{"sensor_id":"sensor-1","temperature":81.4,"current_time":1700000000}"#;

fn aggregate(count: usize, data: &[u8]) -> Vec<u8> {
    let mut aggregator = Aggregator::new(10 << 20);
    for index in 0..count {
        let key = format!("k{}", index % 100);
        aggregator.push(&key, None, data).unwrap();
    }
    aggregator.finish().unwrap().data
}

fn bytes(info: &AllocationInfo) -> usize {
    usize::try_from(info.bytes_max).unwrap()
}

#[test]
fn an_event_takes_memory_twice() {
    for data in [b"".as_slice(), b"{}", READING, &READING.repeat(8)] {
        let text = event(vec![data; 5_000]);
        let info = measure(|| {
            let event = KinesisEvent::from_json(text.as_bytes()).unwrap();
            assert!(event.records().all(|record| record.user_record().is_ok()));
        });
        assert!(info.count_total <= 2, "{info:?}");
        assert!(bytes(&info) <= text.len(), "{info:?}");
    }
}

#[test]
fn ten_thousand_records_of_six_megabytes_stay_far_below_twenty() {
    let text = event(vec![READING.repeat(2).as_slice(); 10_000]);
    assert!((6 << 20..7 << 20).contains(&text.len()), "{}", text.len());
    let info = measure(|| {
        let event = KinesisEvent::from_json(text.as_bytes()).unwrap();
        let mut decoder = Decoder::new("kpl".parse().unwrap());
        let all = decoder.decode_event(&event, &NoSchemas);
        assert_eq!(all.user_records().flatten().count(), 10_000);
    });
    assert!(text.len() + bytes(&info) < 14 << 20, "{info:?}");
}

#[test]
fn a_decoder_that_has_its_buffers_takes_no_more() {
    let aggregated = aggregate(500, READING);
    let compressed = compress(Compression::Gzip, &aggregated).unwrap();
    let each = compress(Compression::Gzip, READING).unwrap();
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}"#;
    let id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse().unwrap();
    let mut schemas = SchemaSet::default();
    schemas.insert(id, Some(Schema::new(DataFormat::Avro, schema, None)));
    let avro = Header::new(id).write(b"\x06abc").unwrap();
    let avro_zlib = Header::zlib(id).write(b"\x06abc").unwrap();
    for (layers, data) in [
        ("", READING),
        ("kpl", READING),
        ("kpl", &aggregated),
        ("gzip,kpl", &compressed),
        ("gzip", &each),
        ("kpl,gzip", &aggregate(500, &each)),
        ("kpl,glue-avro", &aggregate(500, &avro)),
        ("glue", &avro_zlib),
    ] {
        let text = event([data; 20]);
        let event = KinesisEvent::from_json(text.as_bytes()).unwrap();
        let mut decoder = Decoder::new(layers.parse().unwrap());
        let mut decode = || {
            let all = decoder.decode_event(&event, &schemas);
            assert!(all.user_records().all(|user| user.is_ok()), "{layers}");
        };
        decode();
        let info = measure(decode);
        assert_eq!(info.count_total, 0, "{layers}: {info:?}");
    }
}

/// Checks that data which is as costly as can be takes no more than is said in the documentation.
fn check(layers: &str, data: &[u8], schemas: &SchemaSet) {
    let limits = Limits {
        record_bytes: 1 << 20,
        event_bytes: 2 << 20,
    };
    let layers = layers.parse::<Layers>().unwrap().with_limits(limits);
    let name = layers.to_string();
    let mut decoder = Decoder::new(layers);
    let info = measure(|| {
        decoder.decode(data, schemas).records().count();
    });
    // Buffers may be twice of what is in them; there are up to three of the limit's size. Zlib's and zstd's own
    // memory is beside that.
    let allowed = 8 * limits.record_bytes + 16 * data.len() + (1 << 20);
    assert!(
        bytes(&info) <= allowed,
        "{name}: {info:?}, allowed {allowed}"
    );
}

#[test]
fn hostile_records_take_a_multiple_of_their_bytes_and_of_the_limit() {
    let id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse().unwrap();
    let mut schemas = SchemaSet::default();
    let avro = |definition: &str| Some(Schema::new(DataFormat::Avro, definition, None));
    let zeros = vec![0; 32 << 20];
    schemas.insert(id, avro(r#"{"type":"array","items":"null"}"#));
    let endless = Header::new(id)
        .write(&[0xfe, 0xff, 0xff, 0xff, 0x0f])
        .unwrap();
    check("glue", &endless, &schemas);
    check("glue", &Header::zlib(id).write(&zeros).unwrap(), &schemas);
    schemas.insert(
        id,
        avro(r#"{"type":"map","values":{"type":"array","items":"bytes"}}"#),
    );
    check(
        "glue",
        &Header::new(id).write(&vec![2; 1 << 20]).unwrap(),
        &schemas,
    );
    for compression in Compression::ALL.into_iter().filter(|one| one.is_built_in()) {
        let bomb = compress(compression, &zeros).unwrap();
        check(compression.name(), &bomb, &schemas);
        let twice = compress(compression, &aggregate(50, &bomb)).unwrap();
        check(
            &format!("{compression},kpl,{compression}"),
            &twice,
            &schemas,
        );
    }
    let tiny = aggregate(200_000, b"");
    check("kpl", &tiny, &schemas);
    check(
        "gzip,kpl",
        &compress(Compression::Gzip, &tiny).unwrap(),
        &schemas,
    );
    let events = vec![r#"{"message":""}"#; 60_000].join(",");
    let logs = format!(r#"{{"messageType":"","logEvents":[{events}]}}"#);
    let logs = compress(Compression::Gzip, logs.as_bytes()).unwrap();
    check("cloudwatch-logs", &logs, &schemas);
    check("csv(a)", &vec![b'"'; 1 << 20], &schemas);
    #[cfg(feature = "protobuf")]
    {
        let definition = r#"syntax = "proto3"; message M { repeated M m = 1; repeated bool b = 2; map<int32, M> c = 3; string s = 4; }"#;
        schemas.insert(
            id,
            Some(Schema::new(DataFormat::Protobuf, definition, None)),
        );
        for bytes in [
            b"\x0a\x00".as_slice(),
            b"\x10\x01",
            b"\x1a\x00",
            b"\x22\x00",
            b"\x1a\x02\x08\x07",
        ] {
            let index = if definition.contains("map") {
                b"\x00"
            } else {
                b"\x01"
            };
            let payload = [index.as_slice(), &bytes.repeat(200_000)].concat();
            check("glue", &Header::new(id).write(&payload).unwrap(), &schemas);
        }
    }
}

#[test]
fn hostile_texts_take_a_multiple_of_their_bytes() {
    // Each element of an event is a record, whatever it is: 80 bytes for two, and twice that while they grow.
    for (text, multiple) in [
        (format!("{{\"Records\":[{}0]}}", "0,".repeat(100_000)), 150),
        ("[".repeat(1_000_000), 4),
        (format!("{{\"Records\":[{}]}}", "[".repeat(1_000_000)), 4),
    ] {
        let info = measure(|| drop(KinesisEvent::from_json(text.as_bytes())));
        assert!(bytes(&info) <= multiple * text.len() + 4_096, "{info:?}");
        let info = measure(|| drop(DynamoDbEvent::from_json(text.as_bytes())));
        assert!(bytes(&info) <= 300 * text.len() + 4_096, "{info:?}");
    }
    for text in [
        "[".repeat(1_000_000),
        "{\"a\":".repeat(200_000),
        format!(
            "{{\"data\":{{{}\"a\":1}},\"metadata\":{{}}}}",
            "\"b\":1,".repeat(100_000)
        ),
        "9".repeat(1_000_000),
        format!("\"{}\"", "\\u0041".repeat(100_000)),
    ] {
        let info = measure(|| {
            drop(CdcFormat::default().read(text.as_bytes()));
            drop(CdcFormat::Debezium.read(text.as_bytes()));
            drop(Number::parse(&text));
            drop(detect(text.as_bytes()));
        });
        assert!(bytes(&info) <= 32 * text.len() + 4_096, "{info:?}");
    }
}
