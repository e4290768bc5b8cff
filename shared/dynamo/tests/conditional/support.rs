//! A table of versioned rows behind a wire that fails.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamo::{ConditionalWriter, Guard, GuardedPut, Item, KeySchema, PutOutcome, Row, Transport};
use testkit::{FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};
use tokio::time::Instant;

pub(super) const SCHEMA: KeySchema = KeySchema {
    hash: "orderId",
    range: Some("entity"),
};
pub(super) const LONG: Duration = Duration::from_secs(120);

/// A table `Source` and a writer whose calls meet the faults of a plan.
pub(super) struct Source {
    pub(super) dynamodb: LocalDynamoDb,
    pub(super) faulty: FaultyHttpClient,
    pub(super) writer: ConditionalWriter,
}

pub(super) async fn source(plan: FaultPlan) -> Source {
    let dynamodb = LocalDynamoDb::start().await;
    let table = TableSpec::with_number_hash("Source", "orderId").text_range("entity");
    dynamodb.create_table(&table).await;
    let (faulty, writer) = writer(&dynamodb, plan);
    Source {
        dynamodb,
        faulty,
        writer,
    }
}

pub(super) fn writer(
    dynamodb: &LocalDynamoDb,
    plan: FaultPlan,
) -> (FaultyHttpClient, ConditionalWriter) {
    let faulty = FaultyHttpClient::wrap(dynamodb.http_client(), plan);
    let connector = testkit::connector(&faulty.http_client());
    let transport = Transport::with_connector(&dynamodb.sdk_config(), connector).unwrap();
    let writer = ConditionalWriter::new(transport, "Source", SCHEMA, 4);
    (faulty, writer)
}

impl Source {
    pub(super) async fn put(&self, puts: &[GuardedPut<'_>], time: Duration) -> Vec<PutOutcome> {
        self.writer.put_all(puts, Instant::now() + time).await
    }

    /// Order and the named attribute of each row.
    pub(super) async fn stored(&self, attribute: &str) -> BTreeMap<String, String> {
        let rows = self.dynamodb.scan("Source").await;
        rows.into_iter()
            .map(|row| (row["orderId"].clone(), row[attribute].clone()))
            .collect()
    }
}

pub(super) fn key(order: i64) -> Item<'static> {
    Item::new()
        .number("orderId", order.into())
        .text("entity", "ORDER")
}

pub(super) fn newer(order: i64, version: &str) -> GuardedPut<'_> {
    GuardedPut {
        item: key(order).text("version", version),
        guard: Guard::Newer("version"),
    }
}

pub(super) fn versions(expected: &[(i64, &str)]) -> BTreeMap<String, String> {
    expected
        .iter()
        .map(|(order, version)| (format!("N:{order}"), format!("S:{version}")))
        .collect()
}

/// The row that a put was refused for.
pub(super) fn there(outcome: &PutOutcome) -> &Row {
    match outcome {
        PutOutcome::Superseded(row) => row,
        other => panic!("not superseded: {other:?}"),
    }
}

pub(super) fn is_unfinished(outcome: &PutOutcome) -> bool {
    matches!(outcome, PutOutcome::Unfinished { .. })
}
