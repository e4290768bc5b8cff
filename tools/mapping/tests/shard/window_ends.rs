//! The end of a window: final calls, early ends, idle shards.

use mapping::{MAX_STATE_BYTES, WindowProgress};

use crate::support::{End, Run, arriving, at, calls, seconds, state};
use crate::windows::{count, windowed};

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
