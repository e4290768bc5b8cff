//! Tumbling windows.

use mapping::{MAX_STATE_BYTES, Settings, WindowProgress};

use crate::support::{Call, End, Run, arriving, at, calls, ok, report, seconds, settings, state};

/// Windows of 30 seconds, two records in a batch.
fn windowed() -> Settings {
    settings(|settings| {
        settings.tumbling_window = Some(seconds(30));
        settings.batch_size = 2;
    })
}

/// Counts records: the state is their number.
fn count(call: &Call) -> End {
    let before: usize = call
        .state
        .as_deref()
        .unwrap_or_default()
        .parse()
        .unwrap_or(0);
    state(before + call.records.len())
}

#[test]
fn the_state_is_carried_through_a_window_and_handed_over_at_its_end() {
    let inputs = [arriving(1, 3), arriving(20, 1), arriving(31, 1)].concat();
    let log = Run::new(&windowed(), inputs, count).log();
    assert_eq!(
        log,
        [
            "1: 1-2 in 0-30 {} ok",
            "1: checkpoint 2",
            "1: 3 in 0-30 2 ok",
            "1: checkpoint 3",
            "wait until 20.0",
            "20: 4 in 0-30 3 ok",
            "20: checkpoint 4",
            "31: none in 0-30 4 final ok",
            "31: 5 in 30-60 {} ok",
            "31: checkpoint 5",
            "wait until 180.0",
            "180: none in 30-60 1 final ok",
        ]
    );
}

#[test]
fn a_record_that_arrives_at_the_end_of_a_window_belongs_to_the_next_one() {
    let inputs = [arriving(29, 1), arriving(30, 1)].concat();
    let log = Run::new(&windowed(), inputs, count).log();
    assert!(log.contains(&"30: 2 in 30-60 {} ok".to_owned()), "{log:?}");
}

#[test]
fn arrivals_that_step_back_open_no_window_again() {
    let late = |sequence_number: &str| mapping::Record {
        sequence_number: sequence_number.to_owned(),
        arrival: at(20),
        partition_key: None,
        event_bytes: 1,
        payload: sequence_number.parse().unwrap(),
    };
    let inputs = [arriving(10, 1), arriving(40, 1)].concat();
    let mut run = Run::new(&windowed(), inputs, count);
    (0..5).for_each(|_| run.one_action());
    run.shard.push(late("3"), run.now);
    let log = run.log();
    assert_eq!(
        calls(&log),
        [
            "1 in 0-30 {} ok",
            "none in 0-30 1 final ok",
            "2-3 in 30-60 {} ok",
            "none in 30-60 2 final ok"
        ],
        "a late record counts to the open window"
    );
    run.shard.push(late("4"), run.now);
    assert_eq!(
        calls(&run.log())[0],
        "4 in 60-90 {} ok",
        "or to the first that is not closed"
    );
}

#[test]
fn an_answer_without_state_is_a_failure_and_the_state_stays() {
    let mut settings = windowed();
    settings.maximum_retry_attempts = Some(1);
    let mut answers = vec![
        ok(),
        state(2),
        state(7),
        ok(),
        End::Body(r#"{"state":null}"#.to_owned()),
    ];
    answers.reverse();
    let inputs = [arriving(0, 2), arriving(5, 1)].concat();
    let log = Run::new(&settings, inputs, |_| answers.pop().unwrap_or(state(8)))
        .closing_at(10)
        .log();
    assert_eq!(
        calls(&log),
        [
            "1-2 in 0-30 {} failed",
            "1-2 in 0-30 {} ok",
            "3 in 0-30 2 ok",
            "none in 0-30 7 final failed",
            "none in 0-30 7 final failed",
        ]
    );
    assert!(
        log.contains(&"11: none exhausted after 2".to_owned()),
        "{log:?}"
    );
}

#[test]
fn a_state_above_1_mb_ends_the_window_early_and_it_goes_on_with_a_fresh_one() {
    let large = format!("\"{}\"", "x".repeat(MAX_STATE_BYTES - 1));
    let largest = &large[1..large.len() - 1];
    let largest = format!("\"{}\"", &largest[1..]);
    assert_eq!(
        (large.len(), largest.len()),
        (MAX_STATE_BYTES + 1, MAX_STATE_BYTES)
    );
    let inputs = [arriving(0, 4), arriving(40, 1)].concat();
    let log = Run::new(&windowed(), inputs.clone(), |call| match call.records[..] {
        [1, 2] => state(&large),
        _ => state(5),
    })
    .closing_at(40)
    .log();
    assert_eq!(
        calls(&log),
        [
            "1-2 in 0-30 {} ok",
            "none in 0-30 large early ok",
            "3-4 in 0-30 {} ok",
            "none in 0-30 5 final ok",
            "5 in 30-60 {} ok",
            "none in 30-60 5 final ok",
        ]
    );
    let log = Run::new(&windowed(), inputs, |_| state(&largest)).log();
    assert!(
        log.iter().all(|line| !line.contains("early")),
        "1 MB is not above 1 MB"
    );
}

#[test]
fn an_early_end_that_fails_holds_the_shard_until_it_is_given_up() {
    let mut settings = windowed();
    settings.maximum_retry_attempts = Some(1);
    let large = format!("\"{}\"", "x".repeat(MAX_STATE_BYTES));
    let log = Run::new(&settings, arriving(0, 3), |call| {
        if call.terminated_early {
            End::Throw
        } else if call.records == [1, 2] {
            state(&large)
        } else {
            state(1)
        }
    })
    .closing_at(0)
    .log();
    assert_eq!(
        log,
        [
            "0: 1-2 in 0-30 {} ok",
            "0: checkpoint 2",
            "0: none in 0-30 large early failed",
            "wait until 1.0",
            "1: none in 0-30 large early failed",
            "1: none exhausted after 2",
            "1: 3 in 0-30 {} ok",
            "1: checkpoint 3",
            "1: none in 0-30 1 final ok",
        ]
    );
}

#[test]
fn a_failing_final_call_holds_the_shard_until_it_succeeds() {
    let inputs = [arriving(0, 1), arriving(31, 1)].concat();
    let mut fails = 3;
    let log = Run::new(&windowed(), inputs, |call| {
        if call.is_final && fails > 0 {
            fails -= 1;
            return End::Throw;
        }
        count(call)
    })
    .closing_at(31)
    .log();
    assert_eq!(
        log[3..],
        [
            "31: none in 0-30 1 final failed",
            "wait until 32.0",
            "32: none in 0-30 1 final failed",
            "wait until 34.0",
            "34: none in 0-30 1 final failed",
            "wait until 38.0",
            "38: none in 0-30 1 final ok",
            "38: 2 in 30-60 {} ok",
            "38: checkpoint 2",
            "38: none in 30-60 1 final ok",
        ]
    );
}

#[test]
fn a_final_call_is_as_old_as_the_last_record_of_its_window() {
    let mut settings = windowed();
    settings.maximum_record_age = Some(seconds(60));
    let inputs = [arriving(0, 1), arriving(10, 1), arriving(31, 1)].concat();
    let log = Run::new(&settings, inputs, |call| {
        if call.is_final {
            End::Throw
        } else {
            count(call)
        }
    })
    .closing_at(31)
    .log();
    // 31, 32, 34, 38, 46, 62: at 94 the last record, of second 10, is too old.
    let given_up: Vec<_> = log.iter().filter(|line| line.contains("too old")).collect();
    assert_eq!(
        given_up,
        ["94: none too old after 6", "94: 3 too old after 0"]
    );
}

#[test]
fn a_final_call_is_sent_once_however_old_its_records_are() {
    let mut settings = windowed();
    settings.maximum_record_age = Some(seconds(60));
    let log = Run::new(&settings, arriving(0, 1), count).log();
    assert_eq!(log.last().unwrap(), "150: none in 0-30 1 final ok");
}

#[test]
fn a_window_that_was_ended_early_has_a_final_call_all_the_same() {
    let large = format!("\"{}\"", "x".repeat(MAX_STATE_BYTES));
    let mut run = Run::new(&windowed(), arriving(0, 1), |call| {
        if call.records.is_empty() {
            count(call)
        } else {
            state(&large)
        }
    })
    .closing_at(1);
    assert_eq!(
        calls(&run.log()),
        [
            "1 in 0-30 {} ok",
            "none in 0-30 large early ok",
            "none in 0-30 {} final ok"
        ]
    );
    assert!(run.shard.is_finished());
}

#[test]
fn an_idle_window_is_closed_2_minutes_after_its_end_by_a_reader_that_has_caught_up() {
    let mut run = Run::new(&windowed(), arriving(10, 1), count);
    let log = run.log();
    assert_eq!(log.last().unwrap(), "150: none in 0-30 1 final ok");
    assert_eq!(run.shard.open_window(), None);

    // The same, read a day later: that its time is long over does not mean that no record of it will follow.
    let mut shard = mapping::Shard::new(&windowed(), &mapping::Choices::default());
    let day = 86_400;
    for number in ["1", "2"] {
        let record = mapping::Record {
            sequence_number: number.to_owned(),
            arrival: at(10),
            partition_key: None,
            event_bytes: 1,
            payload: (),
        };
        shard.push(record, at(day));
        let mapping::Action::Invoke(invocation) = shard.poll(at(day)) else {
            panic!("record {number} is there")
        };
        assert!(!invocation.window.unwrap().is_final);
        let id = invocation.id;
        shard.finish(
            id,
            mapping::InvocationResult::Answered(br#"{"state":1}"#),
            at(day),
        );
        assert!(matches!(
            shard.poll(at(day)),
            mapping::Action::Checkpoint(_)
        ));
        assert!(matches!(shard.poll(at(day)), mapping::Action::Wait(None)));
    }
    shard.caught_up(at(day));
    assert!(matches!(shard.poll(at(day)), mapping::Action::Invoke(_)));
}

#[test]
fn a_batching_window_does_not_outlast_the_wait_for_an_idle_window() {
    let mut settings = windowed();
    settings.maximum_batching_window = seconds(300);
    let log = Run::new(&settings, arriving(0, 1), count).log();
    assert_eq!(log[0], "wait until 150.0");
    assert_eq!(calls(&log), ["1 in 0-30 {} ok", "none in 0-30 1 final ok"]);
}

#[test]
fn the_end_of_a_shard_closes_the_window() {
    let mut run = Run::new(&windowed(), arriving(0, 1), count).closing_at(10);
    let log = run.log();
    assert_eq!(log.last().unwrap(), "10: none in 0-30 1 final ok");
    assert!(run.shard.is_finished());
}

#[test]
fn a_window_into_which_nothing_has_gone_is_closed_without_a_call() {
    let mut settings = windowed();
    settings.maximum_retry_attempts = Some(0);
    let inputs = [arriving(0, 1), arriving(31, 1)].concat();
    let log = Run::new(&settings, inputs, |call| {
        if call.records == [1] {
            End::Throw
        } else {
            count(call)
        }
    })
    .closing_at(31)
    .log();
    assert_eq!(
        calls(&log),
        [
            "1 in 0-30 {} failed",
            "2 in 30-60 {} ok",
            "none in 30-60 1 final ok"
        ]
    );
}

#[test]
fn a_report_inside_a_window_fails_the_batch_and_bisecting_carries_the_state() {
    let mut settings = windowed();
    settings.batch_size = 4;
    settings.report_batch_item_failures = true;
    settings.bisect_batch_on_function_error = true;
    settings.maximum_retry_attempts = Some(0);
    let log = Run::new(&settings, arriving(0, 4), |call| {
        if !call.records.contains(&2) {
            return count(call);
        }
        let End::Body(body) = report(2) else {
            return ok();
        };
        End::Body(body.replacen('{', r#"{"state":99,"#, 1))
    })
    .closing_at(1)
    .log();
    assert_eq!(
        calls(&log),
        [
            "1-4 in 0-30 {} failed",
            "1-2 in 0-30 {} failed",
            "1 in 0-30 {} ok",
            "2 in 0-30 1 failed",
            "3-4 in 0-30 1 ok",
            "none in 0-30 3 final ok",
        ]
    );
}

#[test]
fn a_window_goes_on_after_a_restart_from_its_checkpoint() {
    let mut before = Run::new(&windowed(), arriving(0, 2), count);
    before.one_action();
    let kept = serde_json::to_string(before.shard.checkpoint().window.unwrap()).unwrap();
    assert_eq!(
        kept,
        r#"{"open":{"start":0,"end":30000000,"state":"2","records":{"first":{"sequence_number":"1","arrival":0},"last":{"sequence_number":"2","arrival":0},"count":2},"ended_early":false},"closed_until":null}"#
    );
    let window: WindowProgress = serde_json::from_str(&kept).unwrap();
    assert_eq!(
        (window.open(), window.state()),
        (Some((at(0), at(30))), Some("2"))
    );
    let mut after = Run::new(&windowed(), Vec::new(), count).resumed(&windowed(), window);
    assert_eq!(
        after.log(),
        ["wait until 150.0", "150: none in 0-30 2 final ok"]
    );
}

#[test]
fn a_restart_before_the_early_end_does_not_forget_it() {
    let large = "x".repeat(MAX_STATE_BYTES);
    let window = format!(
        r#"{{"open":{{"start":0,"end":30000000,"state":"\"{large}\"","records":null}},"closed_until":null}}"#
    );
    let window: WindowProgress = serde_json::from_str(&window).unwrap();
    let log = Run::new(&windowed(), Vec::new(), count)
        .resumed(&windowed(), window)
        .log();
    assert_eq!(log[0], "0: none in 0-30 large early ok");
}
