//! A reading is the same row, whatever producers wrap around it.

use std::time::{Duration, SystemTime};

use aws_sdk_glue::types::DataFormat;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use pipeline::{Environment, LayersConfig, RecordLayers};
use records::avro::AvroSchema;
use records::compression::{Compression, compress};
use records::glue::Header;
use records::kpl::Aggregator;
use schema_registry::{Registries, RegistryService};
use sensor_ingest::NAME;
use serde_json::{Value, json};
use testkit::{FaultPlan, KinesisEventBuilder};

use crate::support::Stack;

const TIME: Duration = Duration::from_secs(30);
const READING: &str =
    r#"{"sensor_id":"sensor-1","temperature":81.4,"current_time":1700000001,"humidity":null}"#;
const AVRO: &str = r#"{"type":"record","name":"Reading","fields":[
    {"name":"sensor_id","type":"string"},{"name":"temperature","type":"double"},
    {"name":"current_time","type":"long"},{"name":"humidity","type":["null","double"]}]}"#;
/// What a reader expects: one field less, and one more with a default.
const READER: &str = r#"{"type":"record","name":"Reading","fields":[
    {"name":"sensor_id","type":"string"},{"name":"temperature","type":"double"},
    {"name":"current_time","type":"long"},{"name":"room","type":"string","default":"none"}]}"#;
const PROTOBUF: &str = r#"syntax = "proto3"; package plant; message Other {}
    message Reading { string sensor_id = 1; double temperature = 2; int64 current_time = 3; }"#;

/// The reading as a message of that schema.
fn message() -> Vec<u8> {
    let mut message = vec![0x0a, 8];
    message.extend_from_slice(b"sensor-1");
    message.push(0x11);
    message.extend_from_slice(&81.4_f64.to_le_bytes());
    // 1,700,000,001 as a varint.
    message.extend_from_slice(&[0x18, 0x81, 0xe2, 0xcf, 0xaa, 0x06]);
    message
}

fn datum() -> Vec<u8> {
    let mut datum = Vec::new();
    let schema = AvroSchema::parse(AVRO).unwrap();
    schema.write(READING, &mut datum).unwrap();
    datum
}

fn compressed(compression: Compression, data: &[u8]) -> Vec<u8> {
    compress(compression, data).unwrap()
}

fn aggregate(data: &[u8]) -> Vec<u8> {
    let mut aggregator = Aggregator::default();
    aggregator.push("sensor-1", Some("42"), data).unwrap();
    aggregator.finish().unwrap().data
}

/// The function with layers, and a schema registry.
async fn stack(layers: &[(&str, &str)], registry: &RegistryService) -> Stack {
    let lookup = |name: &str| {
        let found = layers.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let config = LayersConfig::read(&Environment::new(&lookup)).unwrap();
    let stack = Stack::start(0, FaultPlan::none()).await;
    let http_client = registry.http_client_beside(stack.faulty.http_client());
    let sdk = stack.s3.sdk_config_with(http_client);
    stack.with_layers(RecordLayers::new(config, &sdk))
}

/// Registers a schema; the header of payloads that are written with it.
async fn register(registry: &RegistryService, format: DataFormat, definition: &str) -> Header {
    let sdk = testkit::FakeS3::with_buckets(["none"]).sdk_config_with(registry.http_client());
    let call = aws_sdk_glue::Client::new(&sdk).create_schema();
    let call = call.schema_name(format.as_str()).data_format(format);
    let made = call.schema_definition(definition).send().await.unwrap();
    Header::new(made.schema_version_id().unwrap().parse().unwrap())
}

fn new_registry() -> RegistryService {
    RegistryService::new(Registries::default(), || SystemTime::UNIX_EPOCH)
}

#[tokio::test]
async fn a_reading_is_the_same_row_whatever_is_around_it() {
    let registry = new_registry();
    let json = register(&registry, DataFormat::Json, "{}").await;
    let avro = register(&registry, DataFormat::Avro, AVRO).await;
    let protobuf = register(&registry, DataFormat::Protobuf, PROTOBUF).await;
    let plain = READING.as_bytes();
    let log = json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": READING}]});
    // Messages are counted in the order of the registry: Other is 0, Reading 1.
    let indexed = [&[1], &*message()].concat();
    let zlib = Header::zlib(avro.schema_version_id);
    let glue = |header: Header, payload: &[u8]| header.write(payload).unwrap();
    let layers = |layers| vec![("RECORD_LAYERS", layers)];
    let cases = [
        (vec![], plain.to_vec()),
        (layers("json"), plain.to_vec()),
        (layers("gzip"), compressed(Compression::Gzip, plain)),
        (layers("zlib"), compressed(Compression::Zlib, plain)),
        (layers("zstd"), compressed(Compression::Zstd, plain)),
        (layers("kpl"), aggregate(plain)),
        (layers("kpl"), plain.to_vec()),
        (
            layers("zstd,kpl,gzip"),
            compressed(
                Compression::Zstd,
                &aggregate(&compressed(Compression::Gzip, plain)),
            ),
        ),
        (
            layers("cloudwatch-logs"),
            compressed(Compression::Gzip, log.to_string().as_bytes()),
        ),
        (layers("glue"), glue(json, plain)),
        (layers("glue-avro"), glue(avro, &datum())),
        (layers("kpl,glue"), aggregate(&glue(zlib, &datum()))),
        (layers("glue-protobuf"), glue(protobuf, &indexed)),
        (
            vec![("RECORD_LAYERS", "glue"), ("RECORD_READER_SCHEMA", READER)],
            glue(avro, &datum()),
        ),
        (
            vec![("RECORD_LAYERS", "kpl,avro"), ("RECORD_SCHEMA", AVRO)],
            aggregate(&datum()),
        ),
        (
            vec![
                ("RECORD_LAYERS", "protobuf"),
                ("RECORD_SCHEMA", PROTOBUF),
                ("RECORD_MESSAGE", "plant.Reading"),
            ],
            message(),
        ),
        (
            layers("csv(sensor_id temperature:number current_time:number)"),
            b"sensor-1,81.4,1700000001".to_vec(),
        ),
    ];
    for (layers, data) in cases {
        let stack = stack(&layers, &registry).await;
        let event = KinesisEventBuilder::new().record(&data).build();
        let report = stack.invoke(&event, TIME).await.unwrap();
        assert_eq!(
            report.counts.applied,
            1,
            "{layers:?} {:?}",
            stack.quarantined()
        );
        let [row] = &stack.rows().await[..] else {
            panic!("one row")
        };
        let expected = [
            ("SensorId", "S:sensor-1"),
            ("CurrentTime", "N:1700000001"),
            ("Temperature", "N:81.4"),
        ];
        for (attribute, value) in expected {
            assert_eq!(row[attribute], value, "{layers:?}");
        }
    }
}

#[tokio::test]
async fn poison_inside_of_layers_is_kept_as_the_payload_that_was_refused() {
    let registry = new_registry();
    let json = register(&registry, DataFormat::Json, "{}").await;
    let stack = stack(&[("RECORD_LAYERS", "gzip,kpl,glue")], &registry).await;
    let wrap = |payload: &[u8]| {
        let aggregate = aggregate(&json.write(payload).unwrap());
        compressed(Compression::Gzip, &aggregate)
    };
    let poison = br#"{"sensor_id":"","temperature":1}"#;
    let event = KinesisEventBuilder::new()
        .record(wrap(READING.as_bytes()))
        .record(wrap(poison))
        .record("not compressed")
        .build();
    let report = stack.invoke(&event, TIME).await.unwrap();
    assert_eq!((report.counts.applied, report.counts.quarantined), (1, 2));
    let lines = stack.quarantined();
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let data = BASE64_STANDARD.decode(text(line, "data")).unwrap();
            (
                text(line, "function"),
                text(line, "stage"),
                text(line, "layers"),
                data,
            )
        })
        .collect();
    let line = |stage: &str, layers: &str, data: &[u8]| {
        (
            NAME.to_owned(),
            stage.to_owned(),
            layers.to_owned(),
            data.to_vec(),
        )
    };
    assert_eq!(told[1], line("gzip", "gzip,kpl,glue", b"not compressed"));
    assert_eq!((&told[0].2, &told[0].3), (&String::new(), &poison.to_vec()));
}
