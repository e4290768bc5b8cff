//! Partial failures, bisecting, retries, age.

use crate::support::{Call, End, Run, arriving, at, calls, ok, report, seconds, settings};

fn throws_with(record: u32) -> impl FnMut(&Call) -> End {
    move |call| {
        if call.records.contains(&record) {
            End::Throw
        } else {
            ok()
        }
    }
}

#[test]
fn a_record_that_always_throws_is_isolated_and_the_others_succeed() {
    let settings = settings(|settings| {
        settings.batch_size = 10;
        settings.bisect_batch_on_function_error = true;
        settings.maximum_retry_attempts = Some(0);
    });
    let log = Run::new(&settings, arriving(0, 10), throws_with(5)).log();
    assert_eq!(
        log,
        [
            "0: 1-10 failed",
            "0: 1-5 failed",
            "0: 1-2 ok",
            "0: checkpoint 2",
            "0: 3-5 failed",
            "0: 3 ok",
            "0: checkpoint 3",
            "0: 4-5 failed",
            "0: 4 ok",
            "0: checkpoint 4",
            "0: 5 failed",
            "0: 5 exhausted after 5",
            "0: checkpoint 5",
            "0: 6-10 ok",
            "0: checkpoint 10",
        ]
    );
}

#[test]
fn splitting_uses_up_no_retries() {
    let settings = settings(|settings| {
        settings.bisect_batch_on_function_error = true;
        settings.maximum_retry_attempts = Some(2);
    });
    let log = Run::new(&settings, arriving(0, 4), throws_with(2)).log();
    let alone = ["2 failed", "2 failed", "2 failed"];
    let expected = [
        &["1-4 failed", "1-2 failed", "1 ok"][..],
        &alone,
        &["3-4 ok"],
    ]
    .concat();
    assert_eq!(calls(&log), expected);
}

#[test]
fn a_reported_record_and_all_after_it_come_again() {
    let settings = settings(|settings| settings.report_batch_item_failures = true);
    let mut failed = false;
    let function = |call: &Call| {
        if call.records.contains(&6) && !std::mem::replace(&mut failed, true) {
            return report(6);
        }
        ok()
    };
    let log = Run::new(&settings, arriving(0, 10), function).log();
    let expected = [
        "0: 1-10 partly",
        "0: checkpoint 5",
        "0: 6-10 ok",
        "0: checkpoint 10",
    ];
    assert_eq!(log, expected);
}

#[test]
fn each_move_of_the_checkpoint_counts_retries_anew() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.maximum_retry_attempts = Some(0);
    });
    let fourth = |call: &Call| {
        call.records
            .get(3)
            .map_or_else(ok, |record| report(*record))
    };
    let log = Run::new(&settings, arriving(0, 10), fourth).log();
    assert_eq!(
        calls(&log),
        ["1-10 partly", "4-10 partly", "7-10 partly", "10 ok"]
    );
    assert_eq!(log.last().unwrap(), "0: checkpoint 10");
}

#[test]
fn without_bisecting_all_from_the_failed_record_on_is_given_up_together() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.maximum_retry_attempts = Some(1);
    });
    let log = Run::new(&settings, arriving(0, 10), |call| {
        if call.records.contains(&7) {
            report(7)
        } else {
            ok()
        }
    })
    .log();
    assert_eq!(
        log,
        [
            "0: 1-10 partly",
            "0: checkpoint 6",
            "0: 7-10 partly",
            "wait until 1.0",
            "1: 7-10 partly",
            "1: 7-10 exhausted after 3",
            "1: checkpoint 10",
        ]
    );
}

#[test]
fn with_bisecting_only_the_record_that_is_reported_first_is_given_up() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.bisect_batch_on_function_error = true;
        settings.maximum_retry_attempts = Some(0);
    });
    let log = Run::new(&settings, arriving(0, 10), |call| {
        if call.records.contains(&7) {
            report(7)
        } else {
            ok()
        }
    })
    .log();
    let expected = [
        "1-10 partly",
        "7-10 partly",
        "7-8 partly",
        "7 partly",
        "8 ok",
        "9-10 ok",
    ];
    assert_eq!(calls(&log), expected);
    assert!(
        log.contains(&"0: 7 exhausted after 4".to_owned()),
        "{log:?}"
    );
}

#[test]
fn reports_count_only_where_the_mapping_asks_for_them() {
    let log = Run::new(&settings(|_| ()), arriving(0, 3), |_| report(2)).log();
    assert_eq!(log, ["0: 1-3 ok", "0: checkpoint 3"]);
}

#[test]
fn an_answer_that_names_no_record_of_the_batch_fails_all_of_it() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.maximum_retry_attempts = Some(0);
    });
    let log = Run::new(&settings, arriving(0, 3), |_| report(4)).log();
    assert_eq!(
        log,
        [
            "0: 1-3 failed",
            "0: 1-3 exhausted after 1",
            "0: checkpoint 3"
        ]
    );
}

#[test]
fn retries_wait_longer_each_time_and_end_with_the_quota() {
    let settings = settings(|settings| settings.maximum_retry_attempts = Some(3));
    let log = Run::new(&settings, arriving(0, 2), |_| End::Throw).log();
    assert_eq!(
        log,
        [
            "0: 1-2 failed",
            "wait until 1.0",
            "1: 1-2 failed",
            "wait until 3.0",
            "3: 1-2 failed",
            "wait until 7.0",
            "7: 1-2 failed",
            "7: 1-2 exhausted after 4",
            "7: checkpoint 2",
        ]
    );
}

#[test]
fn without_a_quota_the_same_batch_comes_again_without_end() {
    let mut run = Run::new(&settings(|_| ()), arriving(0, 2), |_| End::Throw);
    let log = run.log();
    assert!(
        log.iter()
            .all(|line| line.starts_with("wait") || line.ends_with("1-2 failed"))
    );
    let minute = seconds(60).as_micros();
    let longest = u128::try_from(run.now.as_micros()).unwrap() > 50 * minute;
    assert!(longest, "waits grow to a minute: {:?}", run.now);
}

#[test]
fn calls_that_never_reach_the_function_use_up_no_retries() {
    let settings = settings(|settings| settings.maximum_retry_attempts = Some(0));
    let mut calls_left = 4;
    let log = Run::new(&settings, arriving(0, 1), |call| {
        assert_eq!(call.attempt, 1);
        calls_left -= 1;
        if calls_left > 0 {
            End::Throttled
        } else {
            End::Throw
        }
    })
    .log();
    let expected = ["1 throttled", "1 throttled", "1 throttled", "1 failed"];
    assert_eq!(calls(&log), expected);
    assert!(
        log.contains(&"7: 1 exhausted after 1".to_owned()),
        "{log:?}"
    );
}

#[test]
fn records_that_have_become_too_old_are_not_sent_again() {
    let settings = settings(|settings| settings.maximum_record_age = Some(seconds(60)));
    let inputs = [arriving(0, 2), arriving(40, 2)].concat();
    let log = Run::new(&settings, inputs, |call| {
        if call.records.contains(&1) {
            End::Throw
        } else {
            ok()
        }
    })
    .log();
    // 0, 1, 3, 7, 15, 31, 63: the batch is too old at its next turn.
    let given_up = log
        .iter()
        .position(|line| line == "63: 1-2 too old after 6")
        .unwrap();
    assert_eq!(
        log[given_up + 1..],
        ["63: checkpoint 2", "63: 3-4 ok", "63: checkpoint 4"]
    );
}

#[test]
fn of_a_batch_only_the_records_that_are_too_old_are_given_up() {
    let settings = settings(|settings| {
        settings.maximum_record_age = Some(seconds(60));
        settings.maximum_batching_window = seconds(20);
    });
    let inputs = [arriving(0, 2), arriving(40, 3)].concat();
    let mut run = Run::new(&settings, inputs, |_| ok());
    run.now = at(70);
    assert_eq!(
        run.log(),
        [
            "wait until 90.0",
            "90: 1-2 too old after 0",
            "90: checkpoint 2",
            "90: 3-5 ok",
            "90: checkpoint 5",
        ]
    );
}

#[test]
fn a_record_of_just_the_maximum_age_is_still_sent() {
    let settings = settings(|settings| settings.maximum_record_age = Some(seconds(60)));
    for (now, expected) in [(60, "60: 1 ok"), (61, "61: 1 too old after 0")] {
        let mut run = Run::new(&settings, arriving(0, 1), |_| ok());
        run.now = at(now);
        assert_eq!(run.log()[0], expected);
    }
}

#[test]
fn a_record_above_6_mb_is_never_sent_and_holds_nothing_up() {
    let settings = settings(|settings| settings.batch_size = 10);
    let mut inputs = arriving(0, 3);
    inputs[1].bytes = 8 << 20;
    let log = Run::new(&settings, inputs, |_| ok()).log();
    assert_eq!(
        log,
        [
            "0: 1 ok",
            "0: checkpoint 1",
            "0: 2 exhausted after 0",
            "0: checkpoint 2",
            "0: 3 ok",
            "0: checkpoint 3",
        ]
    );
}

#[test]
fn an_end_that_is_told_twice_changes_nothing() {
    use mapping::{Action, InvocationResult, Verdict};
    let mut run = Run::new(&settings(|_| ()), arriving(0, 1), |_| ok());
    run.log();
    let mut shard = mapping::Shard::<()>::new(&settings(|_| ()), &mapping::Choices::default());
    let record = mapping::Record {
        sequence_number: "1".to_owned(),
        arrival: run.now,
        partition_key: None,
        event_bytes: 1,
        payload: (),
    };
    shard.push(record, run.now);
    let Action::Invoke(invocation) = shard.poll(run.now) else {
        panic!("a record is there")
    };
    let id = invocation.id;
    let fails = InvocationResult::FunctionError;
    assert_eq!(shard.finish(id, fails, run.now), Verdict::Failed);
    assert_eq!(shard.finish(id, fails, run.now), Verdict::NotInvoked);
    assert!(
        matches!(shard.poll(run.now), Action::Wait(Some(time)) if time == run.now + seconds(1))
    );
}
