//! Rows that lack their product, and the program that completes them.

use testkit::{Fault, FaultPlan};
use tokio::time::advance;

use crate::services;
use crate::support::{Stack, events};

/// The walk-through's rows, none of which has its product.
async fn without_products() -> Stack {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.put_products(String::new(), 0);
    for name in ["walkthrough-orders", "walkthrough-items"] {
        stack.invoke(&events()[name]).await;
    }
    assert_eq!(missing(&stack).await, 30);
    stack
}

async fn missing(stack: &Stack) -> usize {
    let rows = stack.enriched().await;
    rows.iter()
        .filter(|row| row.contains_key("missing"))
        .count()
}

#[tokio::test(start_paused = true)]
async fn when_the_products_come_their_rows_are_completed_and_leave_the_index() {
    let stack = without_products().await;
    stack.put_products(services::products(), 1);
    let (counts, done) = stack.complete().await;
    assert_eq!((counts.applied, counts.total(), done), (30, 30, Ok(())));
    assert_eq!(missing(&stack).await, 0);
    let with_all = Stack::start(FaultPlan::none()).await;
    with_all.put_products(services::products(), 1);
    for name in ["walkthrough-orders", "walkthrough-items"] {
        with_all.invoke(&events()[name]).await;
    }
    assert_eq!(stack.enriched().await, with_all.enriched().await);
    let puts = stack.calls("PutItem");
    let (counts, done) = stack.complete().await;
    assert_eq!((counts.total(), done), (0, Ok(())));
    assert_eq!(stack.calls("PutItem"), puts, "there is nothing left to do");
}

#[tokio::test(start_paused = true)]
async fn rows_whose_product_is_still_missing_are_left_alone_and_counted() {
    let stack = without_products().await;
    let products = services::products();
    let some: String = products.split_inclusive('\n').take(4).collect();
    stack.put_products(some, 1);
    let puts = stack.calls("PutItem");
    let (counts, done) = stack.complete().await;
    assert_eq!((counts.applied, counts.skipped, done), (4, 26, Ok(())));
    assert_eq!(stack.calls("PutItem") - puts, 4);
    assert_eq!(missing(&stack).await, 26);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_is_gone_on_with_by_the_next() {
    for (operation, after) in [("Query", 1), ("Query", 5), ("PutItem", 3), ("GetObject", 0)] {
        let stack = without_products().await;
        stack.put_products(services::products(), 1);
        let mut calls = 0;
        let plan = FaultPlan::when(move |_| {
            calls += 1;
            (calls > after).then_some(Fault::TimeoutBefore)
        });
        stack.faulty.set_plan(plan.only(operation));
        let (_, done) = stack.complete().await;
        done.unwrap_err();
        stack.faulty.heal();
        let left = missing(&stack).await;
        let (counts, done) = stack.complete().await;
        assert_eq!(
            (counts.applied, done),
            (left, Ok(())),
            "{operation} {after}"
        );
        assert_eq!(missing(&stack).await, 0);
    }
}

/// A change of the order comes to a row that has just been completed, by an instance that has the old products.
#[tokio::test(start_paused = true)]
async fn a_completed_row_is_not_taken_back_by_older_products() {
    let stack = without_products().await;
    stack.put_products(services::products(), 1);
    // Asked a moment ago, the function's list is not looked after.
    advance(std::time::Duration::from_millis(10)).await;
    stack.complete().await.1.unwrap();
    stack.invoke(&events()["walkthrough-status-updates"]).await;
    let rows = stack.live().await;
    assert_eq!(rows.len(), 30);
    for row in rows {
        assert_eq!(row["itemStatus"], "S:New");
        assert!(row.contains_key("productName"), "{row:?}");
    }
}

/// Rows that are gone are not in the index.
#[tokio::test(start_paused = true)]
async fn deleted_rows_are_not_completed() {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.put_products(String::new(), 0);
    stack.invoke(&events()["delete"]).await;
    assert_eq!(missing(&stack).await, 1);
    stack.put_products(services::products(), 1);
    let (counts, done) = stack.complete().await;
    assert_eq!((counts.applied, counts.total(), done), (1, 1, Ok(())));
    assert_eq!(stack.live().await.len(), 1);
}
