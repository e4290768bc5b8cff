//! What is promised when services fail: a call that fails leaves a state to be handed over again, once.

use std::time::Duration;

use serde_json::json;
use testkit::{Fault, FaultPlan};

use crate::batches::{Call, invoke, sale};
use crate::support::{Setup, Stack, events};

const TIME: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_final_call_that_fails_changes_nothing_or_all_and_the_next_one_ends_it() {
    let events = events();
    let calm = Stack::start(Setup::default(), FaultPlan::none()).await;
    calm.invoke(&events["final-with-records"], TIME)
        .await
        .unwrap();
    let expected = calm.rows().await;
    for fault in [
        Fault::AccessDenied,
        Fault::ResourceNotFound,
        Fault::TimeoutBefore,
        Fault::TimeoutAfter,
        Fault::ConnectionResetBefore,
        Fault::ConnectionResetAfter,
        Fault::Throttle,
        Fault::ServerError500,
        Fault::GarbageBody,
    ] {
        let plan = FaultPlan::always(fault).only("TransactWriteItems");
        let stack = Stack::start(Setup::default(), plan).await;
        let first = stack.invoke(&events["final-with-records"], TIME).await;
        let rows = stack.rows().await;
        assert!(rows.is_empty() || rows == expected, "{fault:?}");
        // An answer that was lost is found out by reading again.
        assert_eq!(first.is_ok(), !rows.is_empty(), "{fault:?}: {first:?}");
        stack.faulty.heal();
        stack
            .invoke(&events["final-with-records"], TIME)
            .await
            .unwrap();
        assert_eq!(stack.rows().await, expected, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn poison_that_cannot_be_kept_fails_the_call_and_its_sales_count_once() {
    let event = &events()["poison"];
    let calm = Stack::start(Setup::default(), FaultPlan::none()).await;
    calm.invoke(event, TIME).await.unwrap();
    let plan = FaultPlan::always(Fault::AccessDenied).only("s3");
    let stack = Stack::start(Setup::default(), plan).await;
    let error = stack.invoke(event, TIME).await.unwrap_err();
    assert!(
        error.contains("the quarantine object could not be put"),
        "{error}"
    );
    assert!(stack.quarantined().is_empty());
    stack.faulty.heal();
    stack.invoke(event, TIME).await.unwrap();
    assert_eq!(stack.quarantined(), calm.quarantined());
    assert_eq!(stack.rows().await, calm.rows().await);
}

#[tokio::test(start_paused = true)]
async fn no_time_left_is_a_failure_that_writes_nothing() {
    let stack = Stack::start(Setup::default(), FaultPlan::none()).await;
    let event = &events()["kinesis-final"];
    let error = stack
        .invoke(event, Duration::from_millis(900))
        .await
        .unwrap_err();
    assert!(error.contains("no time left"), "{error}");
    assert!(stack.rows().await.is_empty());
}

/// A total row that somebody has changed by hand.
#[tokio::test(start_paused = true)]
async fn a_total_that_cannot_be_read_fails_the_call_and_is_named() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let stack = Stack::start(Setup::default(), FaultPlan::none()).await;
    let put = stack
        .dynamodb
        .client()
        .put_item()
        .table_name(crate::support::TABLE);
    put.item("Series", S("total#sluicegate-sales".to_owned()))
        .item("WindowGroup", S("2025-11-21T08:00:00Z#berlin".to_owned()))
        .item("Count", N("1".to_owned()))
        .send()
        .await
        .unwrap();
    let error = stack
        .invoke(&events()["kinesis-final"], TIME)
        .await
        .unwrap_err();
    let expected = "the row 2025-11-21T08:00:00Z#berlin cannot be read: Sum";
    assert!(error.contains(expected), "{error}");
    assert_eq!(stack.rows().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn shards_that_end_a_window_at_once_all_arrive_in_its_totals() {
    let stack = Stack::start(Setup::default(), FaultPlan::none()).await;
    let event = &events()["kinesis-final"];
    let of_shard = |shard: u32| {
        let event = event.replace("shardId-000000000000", &format!("shardId-{shard:012}"));
        let stack = &stack;
        async move { stack.invoke(&event, TIME).await.unwrap() }
    };
    futures_util::future::join_all((0..40).map(of_shard)).await;
    let rows = stack.rows().await;
    let total = rows
        .iter()
        .find(|row| row["WindowGroup"] == "S:2025-11-21T08:00:00Z#berlin");
    let total = total.unwrap();
    let told = ["Count", "Sum", "Parts"].map(|name| total[name].as_str());
    assert_eq!(told, ["N:120", "N:1708", "N:40"]);
}

/// The complete parts are written before anything is added; when the call then fails it is done again from the same
/// state.
#[tokio::test(start_paused = true)]
async fn a_call_that_fails_behind_its_complete_parts_is_done_again_from_the_same_state() {
    let event = events()["huge-state"].clone();
    let calm = Stack::start(Setup::default(), FaultPlan::none()).await;
    let expected = calm.invoke(&event, TIME).await;
    // The second transaction of the part is not written.
    let plan = FaultPlan::sequence([Fault::None, Fault::AccessDenied]).only("TransactWriteItems");
    let stack = Stack::start(Setup::default(), plan).await;
    stack.invoke(&event, TIME).await.unwrap_err();
    assert_eq!(stack.rows().await.len(), 100, "the first 50 groups");
    assert_eq!(stack.invoke(&event, TIME).await, expected);
    assert_eq!(stack.rows().await, calm.rows().await);
}

#[tokio::test(start_paused = true)]
async fn a_window_of_poison_alone_writes_no_rows() {
    let stack = Stack::start(Setup::default(), FaultPlan::none()).await;
    let sales = ["{".to_owned(), sale(1, 1, 1)];
    let state = invoke(&stack, &sales, 0..1, &json!({}), Call::Records)
        .await
        .unwrap();
    assert_eq!(state, json!({"v": 1}));
    invoke(&stack, &sales, 1..1, &state, Call::Final)
        .await
        .unwrap();
    assert!(stack.rows().await.is_empty());
}
