//! How long it takes to read a change of a database, with the columns that a function takes from it.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use records::cdc::{CdcFormat, CdcRecord};
use records::{Position, SequenceNumber};

/// An order's change with all that DMS can tell of it.
const DMS: &[u8] = br#"{"data":{"orderId":10000001,"orderAmount":300.00,"orderStatus":"New","orderDateTime":"2020-05-01T17:11:49.973Z","shipToName":"Shaina Rippin Jr.","shipToAddress":"9578 Shanahan Extensions","shipToCity":"North Vladimirside","shipToState":"Rhode Island","shipToZip":"97050-6756"},"before-image":{"orderId":10000001},"metadata":{"timestamp":"2019-10-31T22:53:59.721201Z","record-type":"data","operation":"update","partition-key-type":"primary-key","partition-key-value":"orders.order.10000001","schema-name":"orders","table-name":"order","transaction-id":9324410911751,"transaction-record-id":1,"prev-transaction-id":9324410910341,"prev-transaction-record-id":10,"commit-timestamp":"2019-10-31T22:53:55.000000Z","stream-position":"mysql-bin-changelog.002171:36912271:0:36912333:9324410911751:mysql-bin-changelog.002171:36912209"}}"#;
/// A loaded row, indented.
const INDENTED: &[u8] = include_bytes!("../tests/fixtures/cdc/dms-postgresql-load.json");
/// A row that has been inserted.
const DEBEZIUM: &[u8] = include_bytes!("../tests/fixtures/cdc/debezium-postgresql-create.json");

const ORDER_TEXTS: [&str; 7] = [
    "orderStatus",
    "orderDateTime",
    "shipToName",
    "shipToAddress",
    "shipToCity",
    "shipToState",
    "shipToZip",
];

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cdc");
    for (name, format, bytes) in [
        ("dms", CdcFormat::default(), DMS),
        ("dms-indented", CdcFormat::default(), INDENTED),
        ("debezium", CdcFormat::Debezium, DEBEZIUM),
    ] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| matches!(format.read(black_box(bytes)), Ok(CdcRecord::Row(_))));
        });
    }
    let format = CdcFormat::default();
    group.throughput(Throughput::Bytes(DMS.len() as u64));
    group.bench_function("dms-with-columns-and-version", |bencher| {
        bencher.iter(|| take_order(&format, black_box(DMS)));
    });
    group.finish();
}

/// What a function takes from an order; the sum of lengths, so that nothing is left out.
fn take_order(format: &CdcFormat, bytes: &[u8]) -> Option<usize> {
    let Ok(CdcRecord::Row(change)) = format.read(bytes) else {
        return None;
    };
    let id: u64 = change.row.required("orderId").ok()?.integer().ok()?;
    let amount = change.row.required("orderAmount").ok()?.number().ok()?;
    let mut length = amount.as_str().len() + usize::try_from(id).ok()?;
    for name in ORDER_TEXTS {
        length += change.row.required(name).ok()?.text().ok()?.len();
    }
    length += usize::from(change.is_key_changed(&["orderId"]));
    let position = Position {
        sequence_number: SequenceNumber::new(
            "49590338271490256608559692538361571095921575989136588898",
        )?,
        subsequence_number: 0,
    };
    Some(length + change.version(position).to_string().len())
}

criterion_group!(benches, read);
criterion_main!(benches);
