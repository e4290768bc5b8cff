//! Event text to borrowed payloads, beside `aws_lambda_events` with `serde_json` doing the same work.

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use records::KinesisEvent;

use common::{event, order, reading};

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event");
    for (kind, payload) in [
        ("reading", reading as fn(usize) -> Vec<u8>),
        ("order", order),
    ] {
        for count in [500, 2_000, 10_000] {
            let text = event((0..count).map(payload));
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
