//! How many calls the changes of a batch take, and how many units.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{FaultPlan, KinesisEventBuilder};

use crate::support::{Row, Stack};

fn record(table: &str, operation: &str, data: &Value, place: usize) -> String {
    json!({"data": data, "metadata": {"record-type": "data", "operation": operation, "schema-name": "orders",
        "table-name": table, "transaction-id": 1, "transaction-record-id": place,
        "stream-position": "bin.000001:4:0:4:1:bin.000001:4"}})
    .to_string()
}

/// Calls and the units they consume: as many, where no row is over 1 KB and no order over 4 KB.
#[expect(
    clippy::print_stdout,
    reason = "docs/COSTS.md says that the test prints them"
)]
async fn invoke(stack: &Stack, changes: &str, records: Vec<String>) -> [usize; 2] {
    let count = records.len();
    let before = ["PutItem", "Query"].map(|operation| stack.calls(operation));
    let report = stack
        .invoke(&KinesisEventBuilder::new().records(records).build())
        .await;
    assert_eq!(report.counts.reported, 0);
    let after = ["PutItem", "Query"].map(|operation| stack.calls(operation));
    let calls = [after[0] - before[0], after[1] - before[1]];
    let [puts, queries] = calls.map(|calls| calls * 1_000 / count);
    println!(
        "1,000 changes: {puts} PutItem, {queries} Query; {puts} write units, {queries} read units: {changes}"
    );
    calls
}

/// The bytes of a row at most: of a number DynamoDB counts half as many as it has digits.
fn bytes(row: &Row) -> usize {
    row.iter()
        .map(|(name, value)| name.len() + value.len())
        .sum()
}

/// A write is a unit for each KB, a consistent query a unit for each 4 KB of what it reads.
async fn assert_units_are_calls(stack: &Stack) {
    let mut orders: BTreeMap<String, usize> = BTreeMap::new();
    for row in stack.source().await {
        assert!(bytes(&row) <= 1024, "{row:?}");
        *orders.entry(row["orderId"].clone()).or_default() += bytes(&row);
    }
    assert!(orders.values().all(|bytes| *bytes <= 4096));
    // A row in the index of missing products is a unit more.
    for row in stack.enriched().await {
        assert!(
            bytes(&row) <= 1024 && !row.contains_key("missing"),
            "{row:?}"
        );
    }
}

/// An order is read once a batch and a row is written once, however many changes it has.
#[tokio::test(start_paused = true)]
async fn calls_of_a_thousand_changes() {
    let order = |id: usize, place| {
        record(
            "order",
            "insert",
            &json!({"orderId": id, "orderAmount": 300}),
            place,
        )
    };
    let item = |id: usize, number: usize, status: &str, place| {
        let item = 999_900_001 + number;
        let data = json!({"orderId": id, "itemId": item, "itemStatus": status});
        record("order_item", "insert", &data, place)
    };
    // A shard of orders, one of items: each order has two. In batches of 500.
    let stack = Stack::start(FaultPlan::none()).await;
    let orders: Vec<String> = (0..500).map(|id| order(id, id)).collect();
    assert_eq!(
        invoke(&stack, "new orders, no items yet", orders).await,
        [500, 500]
    );
    for half in 0..2 {
        let numbers = half * 500..half * 500 + 500;
        let items = numbers.map(|n| item(n / 2, n % 2, "Picked", 1_000 + n));
        // 500 rows of the source, 500 enriched rows, 250 orders.
        assert_eq!(
            invoke(&stack, "new items, two an order", items.collect()).await,
            [1_000, 250]
        );
    }
    // The same items again and again: 50 rows, 10 changes each.
    let changes = (0..500).map(|n| item(n % 50 / 2, n % 2, "New", 3_000 + n));
    assert_eq!(
        invoke(
            &stack,
            "new values of 50 items, again and again",
            changes.collect()
        )
        .await,
        [100, 25]
    );
    // The orders' addresses: each reaches both items.
    let changes = (0..500).map(|id| order(id, 4_000 + id));
    assert_eq!(
        invoke(
            &stack,
            "new addresses of orders with two items",
            changes.collect()
        )
        .await,
        [1_500, 500]
    );
    assert_units_are_calls(&stack).await;
}
