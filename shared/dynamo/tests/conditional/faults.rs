//! Puts over a wire that fails, and when time runs out.

use std::time::Duration;

use dynamo::{Guard, GuardedPut, PutOutcome};
use records::Number;
use testkit::{Fault, FaultPlan};
use tokio::time::Instant;

use super::support::{LONG, is_unfinished, newer, source, there, versions, writer};

/// What leaves it open whether the put has arrived, when it has.
const LOST_ANSWERS: [Fault; 3] = [
    Fault::ConnectionResetAfter,
    Fault::TimeoutAfter,
    Fault::GarbageBody,
];

#[tokio::test(start_paused = true)]
async fn a_put_whose_answer_was_lost_is_told_as_written() {
    for fault in LOST_ANSWERS {
        for lost in [vec![fault], vec![fault, Fault::Throttle, fault]] {
            let source = source(FaultPlan::sequence(lost)).await;
            let mut put = newer(1, "1");
            put.item = put.item.number("amount", Number::parse("1.50").unwrap());
            let outcomes = source.put(&[put], LONG).await;
            assert_eq!(outcomes, [PutOutcome::Written], "{fault:?}");
            assert!(source.faulty.calls().len() > 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_row_put_by_somebody_before_is_given_back() {
    let source = source(FaultPlan::none()).await;
    source.put(&[newer(1, "1")], LONG).await;
    let put = newer(1, "1");
    let outcomes = source.put(std::slice::from_ref(&put), LONG).await;
    assert!(there(&outcomes[0]).is(&put.item));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_does_not_hide_what_somebody_else_put() {
    for fault in LOST_ANSWERS
        .into_iter()
        .chain([Fault::ConnectionResetBefore])
    {
        for (version, name) in [("2", "newer"), ("1", "other")] {
            // The second try waits long enough for the other's put.
            let again = Fault::Latency(Duration::from_secs(2));
            let source = source(FaultPlan::sequence([fault, again])).await;
            let (_, other) = writer(&source.dynamodb, FaultPlan::none());
            let mine = [newer(1, "1")];
            let theirs = GuardedPut {
                item: newer(1, version).item.text("name", name),
                guard: Guard::NotOlder(&["version"]),
            };
            let theirs = async {
                tokio::time::sleep(Duration::from_secs(4)).await;
                other.put_all(&[theirs], Instant::now() + LONG).await
            };
            // A lost answer is waited for three seconds, one that broke off is not.
            let (outcomes, theirs) = if fault == Fault::TimeoutAfter {
                tokio::join!(source.put(&mine, LONG), theirs)
            } else {
                let mine = async {
                    tokio::time::sleep(Duration::from_millis(2_900)).await;
                    source.put(&mine, LONG).await
                };
                tokio::join!(mine, theirs)
            };
            assert_eq!(theirs, [PutOutcome::Written]);
            let there = there(&outcomes[0]);
            let found = (there.text("version"), there.text("name"));
            assert_eq!(found, (Some(version), Some(name)), "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn faults_that_pass_cost_tries_and_nothing_else() {
    for fault in Fault::TRANSIENT.iter().copied() {
        let source = source(FaultPlan::sequence([fault, Fault::None, fault, fault])).await;
        let puts: Vec<_> = (0..20).map(|order| newer(order, "1")).collect();
        let outcomes = source.put(&puts, LONG).await;
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == PutOutcome::Written),
            "{fault:?}: {outcomes:?}"
        );
        let expected: Vec<_> = (0..20).map(|order| (order, "1")).collect();
        assert_eq!(source.stored("version").await, versions(&expected));
        let is_met = !matches!(fault, Fault::Latency(_) | Fault::Unprocessed(_));
        assert_eq!(source.faulty.calls().len() > 20, is_met, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_permission_the_calls_end() {
    for fault in [Fault::AccessDenied, Fault::ResourceNotFound] {
        let source = source(FaultPlan::always(fault)).await;
        let puts: Vec<_> = (0..60).map(|order| newer(order, "1")).collect();
        let outcomes = source.put(&puts, LONG).await;
        for outcome in &outcomes {
            assert!(
                matches!(outcome, PutOutcome::Unfinished { detail } if detail.contains("injected")),
                "{outcome:?}"
            );
        }
        // Those that were in flight.
        assert!(source.faulty.calls().len() <= 4);
        source.faulty.heal();
        let outcomes = source.put(&puts, LONG).await;
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == PutOutcome::Written)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn work_ends_at_the_deadline_with_everything_accounted_for() {
    for fault in [
        Fault::Throttle,
        Fault::TimeoutBefore,
        Fault::GarbageBody,
        Fault::Latency(Duration::from_secs(60)),
    ] {
        let source = source(FaultPlan::always(fault)).await;
        let puts: Vec<_> = (0..100).map(|order| newer(order, "1")).collect();
        let start = Instant::now();
        let outcomes = source.put(&puts, Duration::from_secs(7)).await;
        assert!(
            start.elapsed() <= Duration::from_millis(7_010),
            "{fault:?}: {:?}",
            start.elapsed()
        );
        assert_eq!(outcomes.len(), 100);
        assert!(
            outcomes.iter().all(is_unfinished),
            "{fault:?}: {outcomes:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_goes_out_when_no_time_is_left() {
    let source = source(FaultPlan::none()).await;
    let outcomes = source.put(&[newer(1, "1")], Duration::ZERO).await;
    assert!(outcomes.iter().all(is_unfinished));
    assert!(source.put(&[], LONG).await.is_empty());
    assert!(source.faulty.calls().is_empty());
}
