//! Every event in events/, JSON in and JSON out, with the rows and quarantine lines it leaves.

use records::cdc::CdcFormat;
use serde_json::{Value, json};
use testkit::FaultPlan;

use crate::support::{QUARANTINE, Stack, events};

/// Most rows that a snapshot shows.
const ROWS: usize = 12;

/// The lines without what they have in common, and long data cut short.
fn summary(line: &Value) -> Value {
    let data = line["data"].as_str().unwrap();
    let number = line["sequence_number"].as_str().unwrap();
    json!({
        "sequence_number": number[number.len() - 4..],
        "stage": line["stage"],
        "reason": line["reason"],
        "detail": line["detail"],
        "data": data[..data.len().min(40)],
    })
}

/// All rows, or the first and last of very many.
fn shown(rows: &[crate::support::Row]) -> Value {
    if rows.len() <= ROWS {
        return json!(rows);
    }
    json!({"count": rows.len(), "first": rows[0], "last": rows[rows.len() - 1]})
}

async fn start(name: &str) -> Stack {
    let format = if name.starts_with("debezium") {
        CdcFormat::Debezium
    } else {
        CdcFormat::default()
    };
    Stack::start_with(format, FaultPlan::none()).await
}

#[tokio::test(start_paused = true)]
async fn every_event_gives_its_answer_rows_and_quarantine() {
    let events = events();
    assert!(events.len() >= 20, "events/ has only {}", events.len());
    for (name, event) in events {
        let stack = start(&name).await;
        let report = stack.invoke(&event).await;
        let (source, enriched) = (stack.source().await, stack.enriched().await);
        let lines = stack.quarantined();
        let left = json!({
            "response": report.response,
            "counts": format!("{:?}", report.counts),
            "source": shown(&source),
            "enriched": shown(&enriched),
            "quarantine_keys": stack.s3.objects(QUARANTINE).keys().collect::<Vec<_>>(),
            "quarantine": lines.iter().map(summary).collect::<Vec<_>>(),
        });
        insta::assert_json_snapshot!(name.clone(), left);
        // Delivered again, whole, it leaves the same.
        let again = stack.invoke(&event).await;
        assert_eq!(again.response, report.response, "{name}");
        assert_eq!(again.counts.total(), report.counts.total(), "{name}");
        assert_eq!(again.counts.applied, 0, "{name}");
        assert_eq!(stack.source().await, source, "{name}");
        assert_eq!(stack.enriched().await, enriched, "{name}");
        assert_eq!(stack.quarantined(), lines, "{name}");
    }
}

/// The order comes by one shard, its items by another.
#[tokio::test(start_paused = true)]
async fn whichever_comes_first_order_or_item_the_rows_are_the_same() {
    let events = events();
    let mut left = Vec::new();
    for name in ["order-before-item", "item-before-order"] {
        let stack = start(name).await;
        stack.invoke(&events[name]).await;
        left.push((stack.source().await, stack.enriched().await));
    }
    assert_eq!(left[0].1.len(), 2);
    assert_eq!(left[0], left[1]);
}

/// 15 orders of 2 items each, then a change of each item's status; in every order in which their batches can come.
#[tokio::test(start_paused = true)]
async fn the_walkthrough_leaves_thirty_rows_with_all_statuses_new_in_any_order_of_arrival() {
    let events = events();
    let parts = ["orders", "items", "status-updates"];
    let mut left: Vec<Vec<crate::support::Row>> = Vec::new();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let stack = start("walkthrough").await;
        for part in order {
            stack
                .invoke(&events[&format!("walkthrough-{}", parts[part])])
                .await;
        }
        left.push(stack.live().await);
    }
    let rows = &left[0];
    assert_eq!(rows.len(), 30);
    for row in rows {
        assert_eq!(
            (&*row["itemStatus"], &*row["orderStatus"]),
            ("S:New", "S:New")
        );
        assert!(["N:10", "N:20"].contains(&&*row["itemQuantity"]), "{row:?}");
        assert_eq!(row["orderAmount"], "N:300");
    }
    let names: Vec<_> = rows
        .iter()
        .take(3)
        .map(|row| &*row["productName"])
        .collect();
    let expected = [
        "S:Durable Concrete Chair",
        "S:Gorgeous Wool Plate",
        "S:Lightweight Rubber Table",
    ];
    assert_eq!(names, expected);
    assert!(left.iter().all(|rows| *rows == left[0]));
}
