//! Which calls are made for which puts.

use std::time::Duration;

use dynamo::{Guard, GuardedPut, Item, PutOutcome};
use records::Number;
use testkit::{Fault, FaultPlan};
use tokio::time::Instant;

use super::support::{LONG, key, newer, source, there, versions};

#[tokio::test(start_paused = true)]
async fn puts_with_equal_keys_follow_each_other() {
    // The first put of an order would be overtaken.
    let slow = Fault::Latency(Duration::from_secs(1));
    let source = source(FaultPlan::sequence([slow, slow, Fault::Throttle])).await;
    let spelt = |digits: &'static str, version: &'static str| GuardedPut {
        item: Item::new()
            .number("orderId", Number::parse(digits).unwrap())
            .text("entity", "ORDER")
            .text("version", version),
        guard: Guard::Newer("version"),
    };
    let puts = [
        spelt("1", "1"),
        newer(2, "5"),
        spelt("1.0", "3"),
        spelt("10e-1", "2"),
        newer(2, "6"),
        spelt("1", "4"),
    ];
    let outcomes = source.put(&puts, LONG).await;
    for (index, outcome) in outcomes.iter().enumerate() {
        if index == 3 {
            assert_eq!(there(outcome).text("version"), Some("3"));
        } else {
            assert_eq!(*outcome, PutOutcome::Written, "{index}");
        }
    }
    assert_eq!(
        source.stored("version").await,
        versions(&[(1, "4"), (2, "6")])
    );
}

#[tokio::test(start_paused = true)]
async fn at_most_so_many_calls_are_in_flight() {
    let second = Duration::from_secs(1);
    let source = source(FaultPlan::always(Fault::Latency(second))).await;
    let puts: Vec<_> = (0..20).map(|order| newer(order, "1")).collect();
    let start = Instant::now();
    source.put(&puts, LONG).await;
    let rounds = start.elapsed().as_secs();
    assert_eq!(rounds, 5);
}

fn rejected(outcome: &PutOutcome) -> Option<(&'static str, &str)> {
    match outcome {
        PutOutcome::Rejected { reason, detail } => Some((reason, detail)),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn items_that_no_call_can_put_are_refused_before_the_call() {
    let source = source(FaultPlan::none()).await;
    let put = |item| GuardedPut {
        item,
        guard: Guard::Newer("version"),
    };
    let large = put(newer(1, "1").item.text("blob", "x".repeat(400 * 1024)));
    let keyless = put(Item::new().number("orderId", 1.into()).text("version", "1"));
    let unguarded = put(key(1));
    let number = GuardedPut {
        item: key(1).text("a", "1").number("version", 1.into()),
        guard: Guard::NotOlder(&["a", "version"]),
    };
    let puts = [large, keyless, unguarded, number, newer(2, "1")];
    let outcomes = source.put(&puts, LONG).await;
    let reasons: Vec<_> = outcomes.iter().map(rejected).collect();
    let unguarded = "the guard's attribute version is missing or not text";
    let large = "the item has 409632 bytes, at most 409600 are allowed";
    assert_eq!(
        reasons,
        [
            Some(("item-too-large", large)),
            Some(("rejected", "the key attribute entity is missing")),
            Some(("rejected", unguarded)),
            Some(("rejected", unguarded)),
            None
        ]
    );
    assert_eq!(outcomes[4], PutOutcome::Written);
    assert_eq!(source.faulty.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_dynamodb_refuses_is_rejected_alone_and_at_once() {
    let source = source(FaultPlan::none()).await;
    let text_key = GuardedPut {
        item: Item::new()
            .text("orderId", "1")
            .text("entity", "ORDER")
            .text("version", "1"),
        guard: Guard::Newer("version"),
    };
    let outcomes = source
        .put(&[newer(1, "1"), text_key, newer(2, "1")], LONG)
        .await;
    let (reason, detail) = rejected(&outcomes[1]).unwrap();
    assert_eq!(reason, "rejected");
    assert!(detail.contains("ValidationException"), "{detail}");
    assert_eq!(
        [&outcomes[0], &outcomes[2]],
        [&PutOutcome::Written, &PutOutcome::Written]
    );
    assert_eq!(source.faulty.calls().len(), 3);
}
