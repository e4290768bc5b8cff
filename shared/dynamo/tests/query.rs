//! The reader against a DynamoDB in the test's process, over a wire that fails.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use dynamo::{
    BatchWriter, CallError, Item, KeySchema, Reader, Row, Transport, Value, WriteOutcome,
};
use records::Number;
use testkit::{Fault, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};
use tokio::time::Instant;

const SCHEMA: KeySchema = KeySchema {
    hash: "orderId",
    range: Some("itemId"),
};
const LONG: Duration = Duration::from_secs(120);

/// A table `Enriched` with a sparse index `MissingIndex`, and a reader whose calls meet the faults of a plan.
struct Enriched {
    faulty: FaultyHttpClient,
    reader: Reader,
    _dynamodb: LocalDynamoDb,
}

async fn enriched(items: &[Item<'_>], plan: FaultPlan) -> Enriched {
    let dynamodb = LocalDynamoDb::start().await;
    let table = TableSpec::with_number_hash("Enriched", "orderId")
        .number_range("itemId")
        .global_index("MissingIndex", "missing", "itemId");
    dynamodb.create_table(&table).await;
    let faulty = FaultyHttpClient::wrap(dynamodb.http_client(), plan);
    let transport = |client| {
        let connector = testkit::connector(&client);
        Transport::with_connector(&dynamodb.sdk_config(), connector).unwrap()
    };
    let writer = BatchWriter::new(transport(dynamodb.http_client()), "Enriched", SCHEMA, 4);
    let outcomes = writer.write(items, Instant::now() + LONG).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == WriteOutcome::Written)
    );
    let reader = Reader::new(transport(faulty.http_client()), "Enriched", 4);
    Enriched {
        faulty,
        reader,
        _dynamodb: dynamodb,
    }
}

impl Enriched {
    async fn partitions(&self, orders: &[i64], time: Duration) -> Vec<Result<Vec<Row>, CallError>> {
        let keys: Vec<_> = orders.iter().map(|order| number(*order)).collect();
        let deadline = Instant::now() + time;
        self.reader.partitions("orderId", &keys, deadline).await
    }

    /// The whole index, page by page: order and item of each row, and how many pages.
    async fn missing(&self, key: &str) -> Result<(Vec<(String, String)>, usize), CallError> {
        let key = Value::Text(key.into());
        let (mut found, mut pages, mut start) = (Vec::new(), 0, None);
        loop {
            let deadline = Instant::now() + LONG;
            let page =
                self.reader
                    .index_page("MissingIndex", "missing", &key, start.as_ref(), deadline);
            let (rows, next) = page.await?;
            found.extend(rows.iter().map(ids));
            pages += 1;
            start = next;
            if start.is_none() {
                return Ok((found, pages));
            }
        }
    }
}

fn number(value: i64) -> Value<'static> {
    Value::Number(value.into())
}

fn item(order: i64, item: i64) -> Item<'static> {
    Item::new()
        .number("orderId", order.into())
        .number("itemId", item.into())
}

fn ids(row: &Row) -> (String, String) {
    let id = |name| row.number(name).unwrap().to_owned();
    (id("orderId"), id("itemId"))
}

fn expected(ids: &[(i64, i64)]) -> Vec<(String, String)> {
    ids.iter()
        .map(|(order, item)| (order.to_string(), item.to_string()))
        .collect()
}

fn ids_of(partition: &Result<Vec<Row>, CallError>) -> Vec<(String, String)> {
    partition.as_ref().unwrap().iter().map(ids).collect()
}

#[tokio::test(start_paused = true)]
async fn partitions_come_in_the_order_of_their_keys_and_sorted() {
    let digits = "0.12345678901234567890123456789012345678";
    let amount = Number::parse(digits).unwrap();
    let items = [
        item(1, 10),
        item(1, 9),
        item(3, 1).number("amount", amount).text("name", "ä\n"),
    ];
    let enriched = enriched(&items, FaultPlan::none()).await;
    let found = enriched.partitions(&[3, 2, 1, 3], LONG).await;
    assert_eq!(
        found.iter().map(ids_of).collect::<Vec<_>>(),
        [
            expected(&[(3, 1)]),
            vec![],
            expected(&[(1, 9), (1, 10)]),
            expected(&[(3, 1)])
        ]
    );
    let row = &found[0].as_ref().unwrap()[0];
    assert_eq!(
        (row.number("amount"), row.text("name")),
        (Some(digits), Some("ä\n"))
    );
    assert!(enriched.partitions(&[], LONG).await.is_empty());
    assert_eq!(enriched.faulty.calls().len(), 4);
}

/// Three pages of items of 100 KB.
fn large_partition() -> Vec<Item<'static>> {
    (0..25)
        .map(|id| item(1, id).text("blob", "x".repeat(100_000)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_large_partition_is_read_to_its_end_whatever_fails_between_its_pages() {
    let all: Vec<_> = (0..25).map(|id| (1, id)).collect();
    for faults in [
        vec![],
        vec![Fault::None, Fault::GarbageBody],
        vec![Fault::None, Fault::Throttle, Fault::TimeoutAfter],
        vec![Fault::None, Fault::None, Fault::ConnectionResetAfter],
    ] {
        let tries = 3 + faults.iter().filter(|fault| **fault != Fault::None).count();
        let enriched = enriched(&large_partition(), FaultPlan::sequence(faults)).await;
        let found = enriched.partitions(&[1], LONG).await;
        assert_eq!(ids_of(&found[0]), expected(&all));
        assert_eq!(enriched.faulty.calls().len(), tries);
    }
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_is_not_read_to_its_end_is_an_error() {
    for (fault, is_transient) in [(Fault::Throttle, true), (Fault::AccessDenied, false)] {
        let plan = FaultPlan::when(move |call| (call.index > 1).then_some(fault));
        let enriched = enriched(&large_partition(), plan).await;
        let found = enriched.partitions(&[1], LONG).await;
        let is_found = matches!(&found[0], Err(CallError::Transient(_)));
        assert_eq!(is_found, is_transient, "{found:?}");
        assert!(found[0].is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn faults_that_pass_cost_tries_and_nothing_else() {
    let orders: Vec<_> = (0..20).collect();
    let items: Vec<_> = orders.iter().map(|order| item(*order, 1)).collect();
    for fault in Fault::TRANSIENT.iter().copied() {
        let plan = FaultPlan::sequence([fault, Fault::None, fault, fault]);
        let enriched = enriched(&items, plan).await;
        let found = enriched.partitions(&orders, LONG).await;
        for (order, partition) in orders.iter().zip(&found) {
            assert_eq!(ids_of(partition), expected(&[(*order, 1)]), "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_permission_the_calls_end() {
    for fault in [Fault::AccessDenied, Fault::ResourceNotFound] {
        let enriched = enriched(&[], FaultPlan::always(fault)).await;
        let orders: Vec<_> = (0..60).collect();
        let found = enriched.partitions(&orders, LONG).await;
        for partition in &found {
            assert!(
                matches!(partition, Err(CallError::Unavailable(text)) if text.contains("injected")),
                "{partition:?}"
            );
        }
        assert!(enriched.faulty.calls().len() <= 4);
        let error = enriched.missing("product").await.unwrap_err();
        assert!(matches!(error, CallError::Unavailable(_)), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn work_ends_at_the_deadline_with_everything_accounted_for() {
    for fault in [
        Fault::Throttle,
        Fault::TimeoutAfter,
        Fault::GarbageBody,
        Fault::Latency(Duration::from_secs(60)),
    ] {
        let enriched = enriched(&[], FaultPlan::always(fault)).await;
        let orders: Vec<_> = (0..60).collect();
        let start = Instant::now();
        let found = enriched.partitions(&orders, Duration::from_secs(7)).await;
        assert!(
            start.elapsed() <= Duration::from_millis(7_010),
            "{fault:?}: {:?}",
            start.elapsed()
        );
        assert_eq!(found.len(), 60);
        assert!(found.iter().all(Result::is_err), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_goes_out_when_no_time_is_left() {
    let enriched = enriched(&[], FaultPlan::none()).await;
    let found = enriched.partitions(&[1], Duration::ZERO).await;
    let no_time = CallError::Unavailable("no time left".to_owned());
    assert_eq!(found, [Err(no_time)]);
    assert!(enriched.faulty.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_of_the_wrong_type_is_refused_alone() {
    let enriched = enriched(&[item(1, 1)], FaultPlan::none()).await;
    let keys = [Value::Text("1".into()), number(1)];
    let deadline = Instant::now() + LONG;
    let found = enriched.reader.partitions("orderId", &keys, deadline).await;
    assert!(matches!(&found[0], Err(CallError::Refused(_))), "{found:?}");
    assert_eq!(ids_of(&found[1]), expected(&[(1, 1)]));
}

#[tokio::test(start_paused = true)]
async fn an_index_is_read_page_by_page() {
    // Keys of 2 KB: a page of 1 MB holds some 500 rows.
    let key = "k".repeat(2_000);
    let items: Vec<_> = (0..1_200)
        .map(|id| match id % 2 {
            0 => item(id / 10, id).text("missing", key.as_str()),
            _ => item(id / 10, id),
        })
        .collect();
    for faults in [
        vec![],
        vec![Fault::None, Fault::GarbageBody, Fault::Throttle],
    ] {
        let enriched = enriched(&items, FaultPlan::sequence(faults)).await;
        let (found, pages) = enriched.missing(&key).await.unwrap();
        let missing: Vec<_> = (0..600).map(|id| (id * 2 / 10, id * 2)).collect();
        assert_eq!(found, expected(&missing));
        assert!(pages > 1, "{pages}");
        let (found, _) = enriched.missing("none").await.unwrap();
        assert_eq!(found, []);
    }
}
