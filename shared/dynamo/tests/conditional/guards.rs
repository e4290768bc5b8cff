//! What a guard lets through, and what is given back when it does not.

use dynamo::{Guard, GuardedPut, PutOutcome};
use records::Number;
use testkit::FaultPlan;

use super::support::{LONG, key, newer, source, there, versions};

#[tokio::test(start_paused = true)]
async fn only_what_is_newer_is_put() {
    for (stored, new, is_put) in [
        (None, "2", true),
        (Some("1"), "2", true),
        (Some("2"), "2", false),
        (Some("3"), "2", false),
        (Some("10"), "9", true),
        (Some("a"), "B", false),
        (Some(""), "2", true),
    ] {
        let source = source(FaultPlan::none()).await;
        if let Some(stored) = stored {
            let outcomes = source.put(&[newer(1, stored)], LONG).await;
            assert_eq!(outcomes, [PutOutcome::Written]);
        }
        let outcomes = source.put(&[newer(1, new)], LONG).await;
        if is_put {
            assert_eq!(outcomes, [PutOutcome::Written], "{stored:?} {new}");
        } else {
            let there = there(&outcomes[0]);
            assert_eq!(there.text("version"), stored);
            assert_eq!(there.number("orderId"), Some("1"));
        }
        let left = if is_put { new } else { stored.unwrap() };
        assert_eq!(source.stored("version").await, versions(&[(1, left)]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_older_in_every_part_is_put() {
    let versioned = |order: &'static str, item: &'static str| GuardedPut {
        item: key(1).text("orderVersion", order).text("itemVersion", item),
        guard: Guard::NotOlder(&["orderVersion", "itemVersion"]),
    };
    for (stored, new, is_put) in [
        (("1", "1"), ("2", "2"), true),
        (("1", "1"), ("1", "2"), true),
        (("1", "1"), ("1", "1"), true),
        (("2", "1"), ("1", "2"), false),
        (("1", "2"), ("2", "1"), false),
        (("2", "2"), ("1", "1"), false),
        (("2", "2"), ("2", "1"), false),
    ] {
        let source = source(FaultPlan::none()).await;
        let first = source.put(&[versioned(stored.0, stored.1)], LONG).await;
        assert_eq!(first, [PutOutcome::Written]);
        let outcomes = source.put(&[versioned(new.0, new.1)], LONG).await;
        assert_eq!(
            outcomes[0] == PutOutcome::Written,
            is_put,
            "{stored:?} {new:?}"
        );
        if !is_put {
            let there = there(&outcomes[0]);
            let found = (there.text("orderVersion"), there.text("itemVersion"));
            assert_eq!(found, (Some(stored.0), Some(stored.1)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_compared_is_not_replaced() {
    let source = source(FaultPlan::none()).await;
    for (order, row) in [
        (1, key(1).text("other", "1")),
        (2, key(2).text("other", "1").number("version", 1.into())),
    ] {
        let put = GuardedPut {
            item: row,
            guard: Guard::Newer("other"),
        };
        assert_eq!(source.put(&[put], LONG).await, [PutOutcome::Written]);
        for guard in [Guard::Newer("version"), Guard::NotOlder(&["version"])] {
            let put = GuardedPut {
                guard,
                ..newer(order, "2")
            };
            let outcomes = source.put(&[put], LONG).await;
            assert_eq!(there(&outcomes[0]).text("other"), Some("1"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_row_that_is_there_comes_back_digit_for_digit() {
    let source = source(FaultPlan::none()).await;
    let digits = "0.12345678901234567890123456789012345678";
    let mut put = newer(1, "2");
    put.item = put
        .item
        .number("amount", Number::parse(digits).unwrap())
        .text("name", "a \"quoted\"\n\u{1}ä");
    source.put(&[put], LONG).await;
    let outcomes = source.put(&[newer(1, "1")], LONG).await;
    let there = there(&outcomes[0]);
    assert_eq!(there.number("amount"), Some(digits));
    assert_eq!(there.text("name"), Some("a \"quoted\"\n\u{1}ä"));
}
