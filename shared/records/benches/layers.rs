//! Event text to user records without their layers: of 10,000 readings of a sensor, however they are wrapped. The time
//! is that of the whole way from the event's text.

mod common;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use records::KinesisEvent;
use records::avro::AvroSchema;
use records::compression::{Compression, compress};
use records::glue::{DataFormat, Header, Schema, SchemaSet};
use records::kpl::Aggregator;
use records::layers::Decoder;

use common::{event, reading};

const COUNT: usize = 10_000;
/// User records in an aggregate: about 50 KB, as producers make them.
const EACH: usize = 500;

const SCHEMA: &str = r#"{"type":"record","name":"Reading","fields":[{"name":"sensor_id","type":"string"},{"name":"temperature","type":"double"},{"name":"current_time","type":"long"},{"name":"humidity","type":["null","double"],"default":null}]}"#;

fn aggregates(data: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let aggregate = |data: &[Vec<u8>]| {
        let mut aggregator = Aggregator::new(1 << 20);
        for (index, data) in data.iter().enumerate() {
            aggregator.push(&format!("sensor-{index}"), None, data).ok();
        }
        aggregator.finish().map(|aggregated| aggregated.data)
    };
    data.chunks(EACH).filter_map(aggregate).collect()
}

fn compressed(compression: Compression, data: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let all = data.iter().map(|data| compress(compression, data));
    all.collect::<Result<_, _>>().unwrap_or_default()
}

fn read(criterion: &mut Criterion) {
    let readings: Vec<_> = (0..COUNT).map(reading).collect();
    let mut schemas = SchemaSet::default();
    let mut datums = Vec::new();
    let id = [7; 16];
    let header = Header::new(records::glue::SchemaVersionId::from_bytes(id));
    if let Ok(schema) = AvroSchema::parse(SCHEMA) {
        for reading in &readings {
            let mut datum = Vec::new();
            let text = std::str::from_utf8(reading).unwrap_or_default();
            schema.write(text, &mut datum).ok();
            datums.push(header.write(&datum).unwrap_or_default());
        }
    }
    let schema = Schema::new(DataFormat::Avro, SCHEMA, None);
    schemas.insert(header.schema_version_id, Some(schema));

    let mut group = criterion.benchmark_group("layers");
    group.throughput(Throughput::Elements(COUNT as u64));
    let aggregated = aggregates(&readings);
    let mut cases = vec![
        ("", readings.clone()),
        ("kpl", aggregated.clone()),
        ("gzip", compressed(Compression::Gzip, &readings)),
        ("gzip,kpl", compressed(Compression::Gzip, &aggregated)),
        ("glue-avro", datums.clone()),
        ("kpl,glue-avro", aggregates(&datums)),
    ];
    if Compression::Zstd.is_built_in() {
        cases.push(("zstd,kpl", compressed(Compression::Zstd, &aggregated)));
    }
    for (layers, data) in cases {
        let bytes: usize = data.iter().map(Vec::len).sum();
        let text = event(data);
        let Ok(parsed) = layers.parse() else { continue };
        let mut decoder = Decoder::new(parsed);
        let name = if layers.is_empty() { "none" } else { layers };
        let id = format!("{name} ({} KB of data)", bytes / 1_000);
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                let event = KinesisEvent::from_json(black_box(text.as_bytes())).ok()?;
                let all = decoder.decode_event(&event, &schemas);
                let lengths = all
                    .records()
                    .flat_map(|record| record.data)
                    .map(<[u8]>::len);
                Some(lengths.fold((0, 0), |(count, sum), length| (count + 1, sum + length)))
                    .filter(|(count, _)| *count == COUNT)
            });
        });
    }
    group.finish();
}

/// Aggregates on their own, as the de-aggregators of other languages are measured.
fn deaggregate(criterion: &mut Criterion) {
    let readings: Vec<_> = (0..EACH).map(reading).collect();
    let Some(data) = aggregates(&readings).pop() else {
        return;
    };
    let mut group = criterion.benchmark_group("kpl");
    group.throughput(Throughput::Bytes(data.len() as u64));
    let mut tables = records::kpl::Tables::default();
    group.bench_function(format!("{EACH} records"), |bencher| {
        bencher.iter(|| match records::kpl::read(black_box(&data), &mut tables) {
            records::kpl::Reading::Aggregate(aggregate) => aggregate
                .records()
                .flatten()
                .map(|record| record.data.len())
                .sum(),
            _ => 0,
        });
    });
    group.finish();
}

criterion_group!(benches, read, deaggregate);
criterion_main!(benches);
