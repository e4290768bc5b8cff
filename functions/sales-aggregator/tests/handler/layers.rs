//! Sales that come aggregated, many in a record of the stream.

use std::time::Duration;

use records::kpl::Aggregator;
use sales_aggregator::state::Limits;
use serde_json::json;
use testkit::{FaultPlan, KinesisEventBuilder};

use crate::batches::sale;
use crate::support::{Setup, Stack};

const WINDOW: &str = r#"{"start":"2025-11-21T08:00:00Z","end":"2025-11-21T08:00:30Z"}"#;
const STREAM: &str = r#""arn:aws:kinesis:us-east-1:123456789012:stream/sales""#;

/// A part is named by the sale that begins it: two that begin in one record of the stream must not be taken for one.
#[tokio::test]
async fn parts_that_end_within_an_aggregate_are_all_added() {
    let setup = Setup {
        limits: Limits {
            part_bytes: 1,
            ids: 100,
        },
        ..Setup::default()
    };
    let stack = Stack::start(setup, FaultPlan::none()).await;
    let stack = stack.with_layers("kpl");
    let mut aggregator = Aggregator::default();
    for amount in 1..=6 {
        let sale = sale(1, 1, amount);
        aggregator.push("key", None, sale.as_bytes()).unwrap();
    }
    let event = KinesisEventBuilder::new()
        .record(aggregator.finish().unwrap().data)
        .field("window", WINDOW)
        .field("shardId", r#""shardId-000000000000""#)
        .field("eventSourceARN", STREAM)
        .field("isWindowTerminatedEarly", "false");
    let once = event.clone().field("state", json!({}).to_string());
    let last = once.field("isFinalInvokeForWindow", "true").build();
    // A last call that is repeated adds nothing.
    for _ in 0..2 {
        stack.invoke(&last, Duration::from_secs(30)).await.unwrap();
    }
    let rows = stack.rows().await;
    let totals: Vec<_> = rows
        .iter()
        .filter(|row| row.contains_key("Parts"))
        .map(|row| (&*row["Parts"], &*row["Count"], &*row["Sum"]))
        .collect();
    assert_eq!(totals, [("N:6", "N:6", "N:22.5")]);
}
