//! What is promised when services fail: every record is done, kept, or comes again, and what comes again changes nothing.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use testkit::{Fault, FaultPlan, KinesisEventBuilder};

use crate::support::{ENRICHED, QUARANTINE, Stack, TIME, events};

const FAULTS: [Fault; 12] = [
    Fault::Throttle,
    Fault::ThrottlingException,
    Fault::ServerError500,
    Fault::ServiceUnavailable503,
    Fault::ConnectionResetBefore,
    Fault::ConnectionResetAfter,
    Fault::TimeoutBefore,
    Fault::TimeoutAfter,
    Fault::GarbageBody,
    Fault::AccessDenied,
    Fault::ResourceNotFound,
    Fault::Latency(Duration::from_secs(2)),
];

/// The sequence number of the first record of an event.
fn first_number(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap();
    let number = &event["Records"][0]["kinesis"]["sequenceNumber"];
    number.as_str().unwrap().to_owned()
}

/// A call that fails once, then always: before the writes of the source's rows, the reads, the enriched rows, the
/// products.
#[tokio::test(start_paused = true)]
async fn whichever_call_fails_the_records_come_again_or_are_done_and_the_rows_are_the_same() {
    let event = &events()["update"];
    let calm = Stack::start(FaultPlan::none()).await;
    calm.invoke(event).await;
    let expected = (calm.source().await, calm.enriched().await);
    for operation in ["PutItem", "Query", "GetObject"] {
        for fault in FAULTS {
            let once = FaultPlan::sequence([fault]).only(operation);
            let stack = Stack::start(once).await;
            let report = stack.invoke(event).await;
            if report.response.first_failure().is_some() {
                assert_eq!(
                    report.counts.reported,
                    report.counts.total(),
                    "{operation} {fault:?}"
                );
                stack.invoke(event).await;
            }
            let left = (stack.source().await, stack.enriched().await);
            assert_eq!(left, expected, "{operation} {fault:?}");

            let always = FaultPlan::always(fault).only(operation);
            let stack = Stack::start(always).await;
            let report = stack.invoke(event).await;
            let from = report.response.first_failure().map(ToString::to_string);
            let is_slow = matches!(fault, Fault::Latency(_));
            assert_eq!(
                from,
                (!is_slow).then(|| first_number(event)),
                "{operation} {fault:?}"
            );
            stack.faulty.heal();
            stack.invoke(event).await;
            let left = (stack.source().await, stack.enriched().await);
            assert_eq!(left, expected, "{operation} {fault:?}, then healed");
        }
    }
}

/// One order's calls fail, the other's do not: only what belongs to the first one comes again.
#[tokio::test(start_paused = true)]
async fn a_failure_is_that_of_its_order_alone() {
    let event = &events()["walkthrough-orders"];
    // The calls are made in the order of the records, four at once.
    let plan = FaultPlan::sequence([Fault::None, Fault::None, Fault::AccessDenied]).only("Query");
    let stack = Stack::start(plan).await;
    let report = stack.invoke(event).await;
    assert!(report.counts.applied >= 2, "{:?}", report.counts);
    assert!(report.counts.reported >= 1, "{:?}", report.counts);
    assert_eq!(report.counts.total(), 15);
    assert!(report.retry_reason.unwrap().contains("AccessDenied"));
}

#[tokio::test(start_paused = true)]
async fn no_time_left_writes_nothing_and_all_records_come_again() {
    let event = &events()["insert"];
    let stack = Stack::start(FaultPlan::none()).await;
    let report = stack
        .invoke_within(event, Duration::from_millis(900))
        .await
        .unwrap();
    let from = report.response.first_failure().unwrap().to_owned();
    assert_eq!(from, first_number(event));
    assert_eq!(report.counts.reported, 3);
    assert!(report.retry_reason.unwrap().contains("no time left"));
    assert!(stack.faulty.calls().is_empty());
}

/// Time runs out between the source's rows and the enriched ones: the next delivery finds the first and makes the others.
#[tokio::test(start_paused = true)]
async fn what_is_left_over_when_time_runs_out_is_made_by_the_next_delivery() {
    let event = &events()["insert"];
    let plan = FaultPlan::always(Fault::TimeoutBefore).only("Query");
    let stack = Stack::start(plan).await;
    let report = stack
        .invoke_within(event, Duration::from_secs(5))
        .await
        .unwrap();
    assert_eq!(report.counts.reported, 3);
    assert_eq!(
        (stack.source().await.len(), stack.enriched().await.len()),
        (3, 0)
    );
    stack.faulty.heal();
    let report = stack.invoke(event).await;
    assert_eq!((report.counts.skipped, report.counts.total()), (3, 3));
    assert_eq!(stack.enriched().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn poison_that_cannot_be_kept_comes_again_with_everything_behind_it() {
    let event = &events()["poison"];
    let plan = FaultPlan::always(Fault::AccessDenied).only("PutObject");
    let stack = Stack::start(plan).await;
    let report = stack.invoke(event).await;
    assert_eq!((report.counts.applied, report.counts.quarantined), (1, 0));
    assert_eq!(report.counts.reported, report.counts.total() - 1);
    assert!(stack.s3.objects(QUARANTINE).is_empty());
    stack.faulty.heal();
    let report = stack.invoke(event).await;
    assert_eq!(report.counts.quarantined, 26);
    assert_eq!(stack.quarantined().len(), 26);
}

fn record(table: &str, operation: &str, data: &Value, place: u64) -> String {
    json!({"data": data, "metadata": {"record-type": "data", "operation": operation, "schema-name": "orders",
        "table-name": table, "transaction-id": place, "transaction-record-id": 1,
        "stream-position": format!("bin.000001:{place}:0:{place}:1:bin.000001:{place}")}})
    .to_string()
}

/// A row larger than DynamoDB takes goes to quarantine; the change before it is not lost to it.
#[tokio::test(start_paused = true)]
async fn a_row_too_large_is_kept_and_the_older_change_of_it_is_written() {
    let large = "x".repeat(410 * 1024);
    let event = KinesisEventBuilder::new()
        .record(record(
            "order",
            "insert",
            &json!({"orderId": 1, "orderStatus": "New"}),
            1,
        ))
        .record(record(
            "order",
            "update",
            &json!({"orderId": 1, "orderStatus": "Old"}),
            2,
        ))
        .record(record(
            "order",
            "update",
            &json!({"orderId": 1, "shipToName": large}),
            3,
        ))
        .build();
    let stack = Stack::start(FaultPlan::none()).await;
    let report = stack.invoke(&event).await;
    let counts = report.counts;
    assert_eq!(
        (counts.applied, counts.collapsed, counts.quarantined),
        (1, 1, 1)
    );
    assert_eq!(report.quarantined["item-too-large"], 1);
    assert_eq!(stack.quarantined()[0]["stage"], "write");
    assert_eq!(stack.source().await[0]["orderStatus"], "S:Old");
}

/// Order and item fit, both together do not.
#[tokio::test(start_paused = true)]
async fn rows_too_large_together_are_kept_and_their_neighbours_are_written() {
    let half = "x".repeat(220 * 1024);
    let item = |id: i64, status: &str| json!({"orderId": 1, "itemId": id, "itemStatus": status});
    let event = KinesisEventBuilder::new()
        .record(record(
            "order",
            "insert",
            &json!({"orderId": 1, "shipToName": half}),
            1,
        ))
        .record(record("order_item", "insert", &item(999_900_001, &half), 2))
        .record(record("order_item", "insert", &item(999_900_002, "New"), 3))
        .build();
    let stack = Stack::start(FaultPlan::none()).await;
    let report = stack.invoke(&event).await;
    // The order's own record as well: not all that follows from it is there.
    let kept: Vec<_> = stack
        .quarantined()
        .iter()
        .map(|line| {
            BASE64_STANDARD
                .decode(line["data"].as_str().unwrap())
                .unwrap()
                .len()
                > 100_000
        })
        .collect();
    assert_eq!(kept, [true, true]);
    assert_eq!((report.counts.applied, report.counts.quarantined), (1, 2));
    let rows = stack.live().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["itemId"], "N:999900002");
    assert_eq!(report.response.first_failure(), None);
}

/// Somebody has taken rows out of the source's table: trying for ever would block the shard.
#[tokio::test(start_paused = true)]
async fn an_enriched_row_newer_than_its_sources_is_not_tried_for_ever() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let stack = Stack::start(FaultPlan::none()).await;
    let put = stack.dynamodb.client().put_item().table_name(ENRICHED);
    put.item("orderId", N("10000001".to_owned()))
        .item("itemId", N("999900001".to_owned()))
        .item(
            "orderVersion",
            S("0000-2-00000000-0000000000000000-0000000000000000".to_owned()),
        )
        .item("itemVersion", S("0001".to_owned()))
        .item("productsVersion", S("0".to_owned()))
        .send()
        .await
        .unwrap();
    let report = stack
        .invoke_within(&events()["insert"], TIME)
        .await
        .unwrap();
    assert_eq!(report.quarantined["source-behind"], 2, "{report:?}");
    assert_eq!(stack.live().await.len(), 2, "the other item is written");
}
