//! Event text to borrowed payloads, beside `aws_lambda_events` with `serde_json` doing the same work.

use std::hint::black_box;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use records::KinesisEvent;

/// An event as Lambda writes it, with `count` records of `payload`'s text.
fn event(count: usize, payload: impl Fn(usize) -> Vec<u8>) -> String {
    let records: Vec<String> = (0..count)
        .map(|index| {
            let data = STANDARD.encode(payload(index));
            let sequence = 49_590_338_271_490_256_608_559_692_538_361_571_095_u128 + index as u128;
            format!(
                r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"sensor-{index}","sequenceNumber":"{sequence}921575989136588898","data":"{data}","approximateArrivalTimestamp":1545084650.987}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:{sequence}921575989136588898","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-role","awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}}"#
            )
        })
        .collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn reading(index: usize) -> Vec<u8> {
    format!(
        r#"{{"sensor_id":"sensor-{index}","temperature":81.4,"current_time":1700000000,"humidity":40.5}}"#
    )
    .into_bytes()
}

/// Half a kilobyte of JSON.
fn order(index: usize) -> Vec<u8> {
    format!(
        r#"{{"order_id":"{index}","customer":"{}","items":[{}]}}"#,
        "name of somebody ".repeat(4),
        vec![r#"{"sku":"A-1234567","quantity":3,"price":"19.90"}"#; 8].join(",")
    )
    .into_bytes()
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event");
    for (kind, payload) in [
        ("reading", reading as fn(usize) -> Vec<u8>),
        ("order", order),
    ] {
        for count in [500, 2_000, 10_000] {
            let text = event(count, payload);
            group.throughput(Throughput::Bytes(text.len() as u64));
            let id = |who| BenchmarkId::new(format!("{kind}/{who}"), count);
            group.bench_function(id("records"), |bencher| {
                bencher.iter(|| ours(black_box(&text)));
            });
            group.bench_function(id("aws_lambda_events"), |bencher| {
                bencher.iter(|| theirs(black_box(&text)));
            });
        }
    }
    group.finish();
}

/// The sum of the payloads' lengths, so that nothing is left out.
fn ours(text: &str) -> Option<usize> {
    let event = KinesisEvent::from_json(text.as_bytes()).ok()?;
    let mut sum = 0;
    for record in event.records() {
        sum += record.user_record().ok()?.data.len();
    }
    Some(sum)
}

fn theirs(text: &str) -> Option<usize> {
    use aws_lambda_events::kinesis::KinesisEvent;
    let event: KinesisEvent = serde_json::from_slice(text.as_bytes()).ok()?;
    Some(
        event
            .records
            .iter()
            .map(|record| record.kinesis.data.len())
            .sum(),
    )
}

criterion_group!(benches, read);
criterion_main!(benches);
