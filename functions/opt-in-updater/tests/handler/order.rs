//! Which change wins, and what a call that may still be on its way has others do.

use std::time::Duration;

use serde_json::json;
use testkit::{Fault, FaultPlan};
use tokio::time::Instant;

use crate::services::LIST;
use crate::support::{Stack, record, says};

const NUMBER: &str = "+12065550100";

#[tokio::test(start_paused = true)]
async fn an_older_opt_in_after_an_opt_out_changes_nothing() {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.take(&[says(1, NUMBER, 0, 9)]).await;
    let rows = stack.rows().await;
    let report = stack.take(&[says(1, NUMBER, 1, 8)]).await;
    assert_eq!((report.counts.skipped, stack.rows().await), (1, rows));
    assert_eq!(
        (stack.listed(), stack.calls("DeleteOptedOutNumber")),
        (vec![NUMBER.to_owned()], 0)
    );
}

/// The number's newest change is somebody else's: the user's is written, the number stays.
#[tokio::test(start_paused = true)]
async fn an_older_opt_in_of_another_user_is_kept_and_reaches_nobody() {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.take(&[says(1, NUMBER, 0, 9)]).await;
    let report = stack.take(&[says(2, NUMBER, 1, 8)]).await;
    assert_eq!(report.counts.applied, 1);
    assert_eq!(
        stack.rows().await[&(NUMBER.to_owned(), "USER#2".to_owned())]["status"],
        "S:OPTED_IN"
    );
    assert!(stack.audience().await.is_empty());
    assert_eq!(stack.listed(), [NUMBER]);
    // Until somebody with the number says yes again: then for all of them that say so.
    stack.take(&[says(3, NUMBER, 1, 10)]).await;
    assert_eq!(stack.audience().await.len(), 2);
    assert_eq!(stack.listed(), [""; 0]);
    stack.take(&[says(3, NUMBER, 0, 11)]).await;
    assert!(stack.audience().await.is_empty());
}

/// Two users by one statement, whose changes the source does not number: the no wins, whichever comes first.
#[tokio::test(start_paused = true)]
async fn of_two_changes_of_a_number_with_one_version_the_opt_out_wins() {
    for (first, second) in [(0, 1), (1, 0)] {
        for is_one_batch in [true, false] {
            let stack = Stack::start(FaultPlan::none()).await;
            let records = [says(1, NUMBER, first, 5), says(2, NUMBER, second, 5)];
            if is_one_batch {
                stack.take(&records).await;
            } else {
                stack.take(&records[..1]).await;
                stack.take(&records[1..]).await;
            }
            assert_eq!(stack.number(NUMBER).await["status"], "S:OPTED_OUT");
            assert_eq!(stack.listed(), [NUMBER], "{first} {is_one_batch}");
            assert!(stack.audience().await.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_row_leaves_the_audience_and_opts_nobody_in() {
    for optin in [0, 1] {
        let stack = Stack::start(FaultPlan::none()).await;
        stack.take(&[says(1, NUMBER, optin, 1)]).await;
        let (listed, number) = (stack.listed(), stack.number(NUMBER).await);
        stack
            .take(&[record("delete", 1, NUMBER, &json!(1), 2)])
            .await;
        assert!(stack.audience().await.is_empty());
        assert_eq!(
            (stack.listed(), stack.number(NUMBER).await),
            (listed, number)
        );
        // What comes late does not bring it back.
        stack.take(&[says(1, NUMBER, 1, 1)]).await;
        assert!(stack.audience().await.is_empty());
    }
}

/// A call that opts in has had no answer: it may still arrive. An opt-out is made at once, and again when the call is
/// over; only then does the row say that it is in step.
#[tokio::test(start_paused = true)]
async fn an_opt_out_is_made_at_once_and_again_when_a_call_to_the_contrary_is_over() {
    let plan = FaultPlan::sequence([Fault::TimeoutBefore]).only("DeleteOptedOutNumber");
    let stack = Stack::start(plan).await;
    stack
        .list
        .with(|lists, now| lists.put(LIST, NUMBER, now).unwrap());
    // Cut off while it waits for the answer.
    let within = Duration::from_secs(3);
    let event = testkit::KinesisEventBuilder::new()
        .records([says(1, NUMBER, 1, 1)])
        .build();
    assert_eq!(stack.invoke_within(&event, within).await.counts.reported, 1);
    let start = Instant::now();
    let report = stack.take(&[says(1, NUMBER, 0, 2)]).await;
    assert_eq!(report.counts.applied, 1);
    assert!(
        start.elapsed() >= Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(stack.calls("PutOptedOutNumber"), 2);
    assert_eq!(
        (stack.listed(), &*stack.number(NUMBER).await["channel"]),
        (vec![NUMBER.to_owned()], "S:IN_STEP")
    );
    // With too little time left nothing is said, and the record comes again.
    let event = testkit::KinesisEventBuilder::new()
        .records([says(1, NUMBER, 1, 3)])
        .build();
    let plan = FaultPlan::sequence([Fault::TimeoutBefore]).only("DeleteOptedOutNumber");
    let stack = Stack::start(plan).await;
    stack
        .list
        .with(|lists, now| lists.put(LIST, NUMBER, now).unwrap());
    stack.invoke_within(&event, within).await;
    let event = testkit::KinesisEventBuilder::new()
        .records([says(1, NUMBER, 0, 4)])
        .build();
    assert_eq!(stack.invoke_within(&event, within).await.counts.reported, 1);
    assert_eq!(
        (stack.listed(), &*stack.number(NUMBER).await["channel"]),
        (vec![NUMBER.to_owned()], "S:PENDING")
    );
    assert_eq!(stack.invoke(&event).await.counts.reported, 0);
    assert_eq!(&*stack.number(NUMBER).await["channel"], "S:IN_STEP");
}

/// A number can be opted in once in 30 days: an opt-in waits for a call to the contrary and is made once.
#[tokio::test(start_paused = true)]
async fn an_opt_in_waits_for_a_call_to_the_contrary() {
    let plan = FaultPlan::sequence([Fault::TimeoutAfter]).only("PutOptedOutNumber");
    let stack = Stack::start(plan).await;
    let event = testkit::KinesisEventBuilder::new()
        .records([says(1, NUMBER, 0, 1)])
        .build();
    assert_eq!(
        stack
            .invoke_within(&event, Duration::from_secs(3))
            .await
            .counts
            .reported,
        1
    );
    let start = Instant::now();
    assert_eq!(stack.take(&[says(1, NUMBER, 1, 2)]).await.counts.applied, 1);
    assert!(
        start.elapsed() >= Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(
        (stack.listed(), stack.calls("DeleteOptedOutNumber")),
        (vec![], 1)
    );
}

/// A call that has been answered is in nobody's way.
#[tokio::test(start_paused = true)]
async fn after_calls_that_were_answered_nobody_waits() {
    let stack = Stack::start(FaultPlan::none()).await;
    let start = Instant::now();
    for place in 1..8 {
        stack
            .take(&[says(1, NUMBER, u8::from(place % 2 == 0), place)])
            .await;
    }
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}
