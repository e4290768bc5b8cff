//! Tumbling windows: which records they have, and their state.

use mapping::{Settings, WindowProgress};

use crate::support::{Call, End, Run, arriving, at, calls, ok, report, seconds, settings, state};

/// Windows of 30 seconds, two records in a batch.
pub(crate) fn windowed() -> Settings {
    settings(|settings| {
        settings.tumbling_window = Some(seconds(30));
        settings.batch_size = 2;
    })
}

/// Counts records: the state is their number.
pub(crate) fn count(call: &Call) -> End {
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
