//! What is promised when services fail: every record is done, kept, or comes again, and what comes again changes nothing.

use std::time::Duration;

use testkit::{Fault, FaultPlan};

use crate::services::LIST;
use crate::support::{Stack, events, says};

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

/// Each call of each kind fails once, then always.
#[tokio::test(start_paused = true)]
async fn whichever_call_fails_the_records_come_again_or_are_done_and_the_end_is_the_same() {
    let records = [
        says(1, "+12065550100", 1, 1),
        says(2, "+12065550101", 0, 2),
        says(3, "+12065550100", 1, 3),
    ];
    let calm = start(FaultPlan::none()).await;
    calm.take(&records).await;
    let expected = (calm.audience().await, calm.listed());
    assert_eq!((expected.0.len(), expected.1.len()), (2, 1));
    for operation in [
        "PutItem",
        "Query",
        "PutOptedOutNumber",
        "DeleteOptedOutNumber",
    ] {
        for fault in FAULTS {
            for nth in 0..6 {
                let faults = std::iter::repeat_n(Fault::None, nth).chain([fault]);
                let stack = start(FaultPlan::sequence(faults).only(operation)).await;
                let mut invocations = 1;
                while stack
                    .take(&records)
                    .await
                    .response
                    .first_failure()
                    .is_some()
                {
                    invocations += 1;
                    assert!(invocations < 4, "{operation} {nth} {fault:?}");
                }
                let left = (stack.audience().await, stack.listed());
                assert_eq!(left, expected, "{operation} {nth} {fault:?}");
                assert_in_step(&stack).await;
            }
            let stack = start(FaultPlan::always(fault).only(operation)).await;
            let report = stack.take(&records).await;
            let is_slow = matches!(fault, Fault::Latency(_));
            assert_eq!(
                report.response.first_failure().is_none(),
                is_slow,
                "{operation} {fault:?}"
            );
            stack.faulty.heal();
            while stack
                .take(&records)
                .await
                .response
                .first_failure()
                .is_some()
            {}
            let left = (stack.audience().await, stack.listed());
            assert_eq!(left, expected, "{operation} {fault:?}, then healed");
            assert_in_step(&stack).await;
        }
    }
}

async fn start(plan: FaultPlan) -> Stack {
    let stack = Stack::start(plan).await;
    stack
        .list
        .with(|lists, now| lists.put(LIST, "+12065550100", now).unwrap());
    stack
}

async fn assert_in_step(stack: &Stack) {
    for phone in ["+12065550100", "+12065550101"] {
        assert_eq!(stack.number(phone).await["channel"], "S:IN_STEP");
    }
}

/// An opt-out reaches the channel although the users' rows cannot be written.
#[tokio::test(start_paused = true)]
async fn poison_whose_quarantine_fails_comes_again() {
    let event = &events()["invalid-phone"];
    let stack = Stack::start(FaultPlan::always(Fault::ServerError500).only("PutObject")).await;
    assert!(stack.invoke(event).await.counts.reported > 0);
    assert_eq!(
        stack.listed(),
        ["+12065550109"],
        "the opt-out behind it is not held up"
    );
    stack.faulty.heal();
    assert_eq!(stack.invoke(event).await.counts.quarantined, 5);
}
