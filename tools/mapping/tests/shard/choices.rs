//! What AWS leaves open: each answer that can be chosen does what it says.

use mapping::Choices;

use crate::support::{Call, End, Run, arriving, calls, ok, report, seconds, settings, state};

fn choices(json: &str) -> Choices {
    serde_json::from_str(json).unwrap()
}

#[test]
fn choices_are_named_in_a_file_and_unknown_ones_refused() {
    assert_eq!(choices("{}"), Choices::default());
    let error = serde_json::from_str::<Choices>(r#"{"first_backof_ms":1}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("unknown field `first_backof_ms`"),
        "{error}"
    );
}

#[test]
fn the_wait_between_retries_doubles_up_to_the_longest() {
    let settings = settings(|settings| settings.maximum_retry_attempts = Some(4));
    let choices = choices(r#"{"first_backoff_ms":200,"longest_backoff_ms":1000}"#);
    let log = Run::with_choices(&settings, &choices, arriving(0, 1), |_| End::Throw).log();
    let waits: Vec<_> = log.iter().filter(|line| line.starts_with("wait")).collect();
    assert_eq!(
        waits,
        [
            "wait until 0.2",
            "wait until 0.6",
            "wait until 1.4",
            "wait until 2.4"
        ]
    );
}

#[test]
fn a_split_batch_can_wait_like_a_retry() {
    let settings = settings(|settings| {
        settings.bisect_batch_on_function_error = true;
        settings.report_batch_item_failures = true;
    });
    let choices = choices(r#"{"backoff_after_split":true}"#);
    let function = |call: &Call| match call.records.len() {
        4 => End::Throw,
        2 => report(call.records[1]),
        _ => ok(),
    };
    let log = Run::with_choices(&settings, &choices, arriving(0, 4), function).log();
    assert_eq!(
        log,
        [
            "0: 1-4 failed",
            "wait until 1.0",
            "1: 1-2 partly",
            "1: checkpoint 1",
            "wait until 2.0",
            "2: 2 ok",
            "2: checkpoint 2",
            "2: 3-4 partly",
            "2: checkpoint 3",
            "wait until 3.0",
            "3: 4 ok",
            "3: checkpoint 4",
        ]
    );
}

#[test]
fn the_batching_window_can_run_from_the_end_of_the_invocation() {
    let settings = settings(|settings| settings.maximum_batching_window = seconds(10));
    let inputs = [arriving(0, 1), arriving(15, 1), arriving(40, 1)].concat();
    for (starts, expected) in [
        ("with_first_record", ["10: 1 ok", "25: 2 ok", "50: 3 ok"]),
        (
            "with_end_of_invocation",
            ["10: 1 ok", "20: 2 ok", "40: 3 ok"],
        ),
    ] {
        let choices = choices(&format!(r#"{{"batching_window_starts":"{starts}"}}"#));
        let log = Run::with_choices(&settings, &choices, inputs.clone(), |_| ok()).log();
        let sent: Vec<_> = log.iter().filter(|line| line.ends_with(" ok")).collect();
        assert_eq!(sent, expected);
    }
}

#[test]
fn what_a_partial_failure_leaves_can_be_filled_up() {
    let settings = settings(|settings| {
        settings.batch_size = 4;
        settings.report_batch_item_failures = true;
        settings.maximum_batching_window = seconds(5);
    });
    for (refill, expected) in [
        (false, vec!["0: 1-4 partly", "0: 3-4 ok", "5: 5 ok"]),
        (true, vec!["0: 1-4 partly", "0: 3-5 ok"]),
    ] {
        let choices = choices(&format!(r#"{{"refill_after_partial_failure":{refill}}}"#));
        let mut first = true;
        let log = Run::with_choices(&settings, &choices, arriving(0, 5), |_| {
            if std::mem::replace(&mut first, false) {
                report(3)
            } else {
                ok()
            }
        })
        .log();
        let sent: Vec<_> = log
            .iter()
            .filter(|line| line.ends_with("ok") || line.ends_with("partly"))
            .collect();
        assert_eq!(sent, expected);
        assert!(log.last().unwrap().ends_with("checkpoint 5"), "{log:?}");
    }
}

#[test]
fn what_is_filled_up_is_not_overtaken_by_the_other_half_of_its_batch() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.bisect_batch_on_function_error = true;
    });
    let choices = choices(r#"{"refill_after_partial_failure":true}"#);
    let function = |call: &Call| match call.records[..] {
        [1, 2, 3, 4] => End::Throw,
        [1, 2] => report(2),
        _ => ok(),
    };
    let log = Run::with_choices(&settings, &choices, arriving(0, 4), function).log();
    assert_eq!(
        log,
        [
            "0: 1-4 failed",
            "0: 1-2 partly",
            "0: checkpoint 1",
            "0: 2 ok",
            "0: checkpoint 2",
            "0: 3-4 ok",
            "0: checkpoint 4",
        ]
    );
}

#[test]
fn a_report_of_the_first_record_halves_or_isolates() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.bisect_batch_on_function_error = true;
        settings.maximum_retry_attempts = Some(0);
    });
    for (choice, expected) in [
        (
            "halve",
            ["1-4 partly", "1-2 partly", "1 partly", "2 ok", "3-4 ok"].as_slice(),
        ),
        ("isolate", &["1-4 partly", "1 partly", "2-4 ok"]),
    ] {
        let choices = choices(&format!(r#"{{"first_record_reported":"{choice}"}}"#));
        let log = Run::with_choices(&settings, &choices, arriving(0, 4), |call| {
            if call.records.contains(&1) {
                report(1)
            } else {
                ok()
            }
        })
        .log();
        assert_eq!(calls(&log), expected);
    }
}

#[test]
fn an_answer_of_an_unknown_shape_is_read_as_chosen() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.maximum_retry_attempts = Some(0);
    });
    for (choice, expected) in [("success", "1 ok"), ("failure", "1 failed")] {
        let choices = choices(&format!(r#"{{"unknown_answer":"{choice}"}}"#));
        let done = |_: &Call| End::Body("\"done\"".to_owned());
        let log = Run::with_choices(&settings, &choices, arriving(0, 1), done).log();
        assert_eq!(calls(&log), [expected]);
    }
}

#[test]
fn a_partial_failure_in_a_window_can_keep_the_state_of_what_is_done() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.tumbling_window = Some(seconds(30));
    });
    let choices = choices(r#"{"partial_failure_in_window":"keeps_state"}"#);
    let mut first = true;
    let log = Run::with_choices(&settings, &choices, arriving(0, 4), |_| {
        if !std::mem::replace(&mut first, false) {
            return state(4);
        }
        let body = r#"{"state":2,"batchItemFailures":[{"itemIdentifier":"3"}]}"#;
        End::Body(body.to_owned())
    })
    .closing_at(1)
    .log();
    let expected = [
        "1-4 in 0-30 {} partly",
        "3-4 in 0-30 2 ok",
        "none in 0-30 4 final ok",
    ];
    assert_eq!(calls(&log), expected);
}

#[test]
fn a_report_of_the_first_record_in_a_window_leaves_the_state_alone() {
    let settings = settings(|settings| {
        settings.report_batch_item_failures = true;
        settings.tumbling_window = Some(seconds(30));
    });
    let choices = choices(r#"{"partial_failure_in_window":"keeps_state"}"#);
    let log = Run::with_choices(&settings, &choices, arriving(0, 1), |call| {
        if call.attempt > 1 {
            return state(1);
        }
        let body = r#"{"state":99,"batchItemFailures":[{"itemIdentifier":"1"}]}"#;
        End::Body(body.to_owned())
    })
    .log();
    assert_eq!(calls(&log)[..2], ["1 in 0-30 {} partly", "1 in 0-30 {} ok"]);
}

#[test]
fn the_final_call_can_come_with_the_last_records() {
    let settings = settings(|settings| {
        settings.tumbling_window = Some(seconds(30));
        settings.batch_size = 2;
        settings.bisect_batch_on_function_error = true;
        settings.maximum_retry_attempts = Some(0);
        settings.maximum_batching_window = seconds(40);
    });
    let choices = choices(r#"{"final_invocation":"with_last_records"}"#);
    let inputs = [arriving(0, 4), arriving(31, 1)].concat();
    let count = |call: &Call| state(call.records.len());
    let mut run = Run::with_choices(&settings, &choices, inputs.clone(), count).closing_at(31);
    assert_eq!(
        calls(&run.log()),
        [
            "1-2 in 0-30 {} ok",
            "3-4 in 0-30 2 ok",
            "none in 0-30 2 final ok",
            "5 in 30-60 {} final ok"
        ]
    );
    assert!(run.shard.is_finished());

    // Its records may be given up, the state is handed over all the same.
    let inputs = [arriving(0, 3), arriving(31, 1)].concat();
    let mut run = Run::with_choices(&settings, &choices, inputs, |call| {
        if call.records.contains(&3) {
            End::Throw
        } else {
            count(call)
        }
    })
    .closing_at(31);
    assert_eq!(
        calls(&run.log()),
        [
            "1-2 in 0-30 {} ok",
            "3 in 0-30 2 final failed",
            "none in 0-30 2 final ok",
            "4 in 30-60 {} final ok",
        ]
    );
}

#[test]
fn an_early_end_can_be_called_final() {
    let settings = settings(|settings| settings.tumbling_window = Some(seconds(30)));
    let choices = choices(r#"{"early_termination_is_final":true}"#);
    let large = format!("\"{}\"", "x".repeat(mapping::MAX_STATE_BYTES));
    let log = Run::with_choices(&settings, &choices, arriving(0, 1), |call| {
        if call.terminated_early {
            state(1)
        } else {
            state(&large)
        }
    })
    .log();
    assert_eq!(calls(&log)[1], "none in 0-30 large final early ok");
}

#[test]
fn the_wait_for_an_idle_window_can_be_shorter() {
    let settings = settings(|settings| settings.tumbling_window = Some(seconds(30)));
    let choices = choices(r#"{"idle_window_closes_after_ms":5000}"#);
    let log = Run::with_choices(&settings, &choices, arriving(0, 1), |_| state(1)).log();
    assert_eq!(log.last().unwrap(), "35: none in 0-30 1 final ok");
}
