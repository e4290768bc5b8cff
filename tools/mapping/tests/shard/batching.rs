//! When a batch is made and what goes into it.

use mapping::event::{MAX_EVENT_BYTES, overhead};
use mapping::{Action, Choices, InvocationResult, Record, Settings, Shard};

use crate::support::{Input, Run, arriving, at, calls, ok, seconds, settings};

#[test]
fn records_go_at_once_in_batches_of_at_most_the_batch_size() {
    let settings = settings(|settings| settings.batch_size = 10);
    let log = Run::new(
        &settings,
        [arriving(0, 25), arriving(3, 1)].concat(),
        |_| ok(),
    )
    .log();
    assert_eq!(calls(&log), ["1-10 ok", "11-20 ok", "21-25 ok", "26 ok"]);
}

#[test]
fn a_batching_window_gathers_until_it_ends_or_the_batch_is_full() {
    let settings = settings(|settings| {
        settings.batch_size = 4;
        settings.maximum_batching_window = seconds(10);
    });
    let inputs = [
        arriving(0, 2),
        arriving(5, 1),
        arriving(20, 1),
        arriving(22, 3),
    ]
    .concat();
    let log = Run::new(&settings, inputs, |_| ok()).log();
    assert_eq!(
        log,
        [
            "wait until 5.0",
            "10: 1-3 ok",
            "10: checkpoint 3",
            "wait until 22.0",
            "22: 4-7 ok",
            "22: checkpoint 7",
        ]
    );
}

#[test]
fn a_batching_window_begins_after_the_previous_invocation() {
    let settings = settings(|settings| {
        settings.batch_size = 2;
        settings.maximum_batching_window = seconds(10);
    });
    let mut shard = Shard::new(&settings, &Choices::default());
    let record = |number: u32| Record {
        sequence_number: number.to_string(),
        arrival: at(0),
        partition_key: None,
        event_bytes: 1,
        payload: (),
    };
    (1..=3).for_each(|number| shard.push(record(number), at(0)));
    let Action::Invoke(invocation) = shard.poll(at(0)) else {
        panic!("a full batch is there")
    };
    let id = invocation.id;
    assert!(
        matches!(shard.poll(at(7)), Action::Wait(None)),
        "one at a time"
    );
    shard.finish(id, InvocationResult::Answered(b""), at(7));
    assert!(matches!(shard.poll(at(7)), Action::Checkpoint(_)));
    assert!(matches!(shard.poll(at(7)), Action::Wait(Some(time)) if time == at(17)));
    assert!(matches!(shard.poll(at(17)), Action::Invoke(_)));
}

#[test]
fn an_event_is_filled_to_6_mb_and_no_byte_more() {
    let room = MAX_EVENT_BYTES - overhead(None);
    // Three records with a comma between each two fit exactly; one byte more in any of them, and two do.
    for (last, expected) in [
        (room - 2_002, vec!["1-3 ok"]),
        (room - 2_001, vec!["1-2 ok", "3 ok"]),
    ] {
        let mut inputs = arriving(0, 3);
        inputs[0].bytes = 1_000;
        inputs[1].bytes = 1_000;
        inputs[2].bytes = last;
        let log = Run::new(&settings(|_| ()), inputs, |_| ok()).log();
        assert_eq!(calls(&log), expected);
    }
}

#[test]
fn a_batch_that_is_full_by_its_bytes_does_not_wait() {
    let settings = settings(|settings| settings.maximum_batching_window = seconds(300));
    let large = Input {
        bytes: 4 << 20,
        ..arriving(0, 1).remove(0)
    };
    let log = Run::new(&settings, vec![large.clone(), large], |_| ok()).log();
    assert_eq!(log[0], "0: 1 ok");
    assert_eq!(
        log[2..],
        ["wait until 300.0", "300: 2 ok", "300: checkpoint 2"]
    );
}

#[test]
fn the_end_of_a_shard_sends_what_is_there() {
    let settings = settings(|settings| settings.maximum_batching_window = seconds(300));
    let mut run = Run::new(&settings, arriving(0, 3), |_| ok()).closing_at(2);
    let log = run.log();
    assert_eq!(log, ["wait until 2.0", "2: 1-3 ok", "2: checkpoint 3"]);
    assert!(run.shard.is_finished());
}

#[test]
fn a_shard_is_finished_only_when_all_of_it_is_done() {
    let mut shard = Shard::<()>::new(&Settings::default(), &Choices::default());
    assert!(!shard.is_finished(), "it may go on");
    shard.skip("1".to_owned());
    shard.close();
    assert!(!shard.is_finished(), "the checkpoint is not kept yet");
    let Action::Checkpoint(checkpoint) = shard.poll(at(0)) else {
        panic!("a record that the filter refused is done")
    };
    assert_eq!(checkpoint.sequence_number, Some("1"));
    assert!(shard.is_finished());
}

#[test]
fn records_refused_by_the_filter_move_the_checkpoint_only_behind_what_is_done() {
    let mut shard = Shard::new(&Settings::default(), &Choices::default());
    let record = |number: u32| Record {
        sequence_number: number.to_string(),
        arrival: at(0),
        partition_key: None,
        event_bytes: 7,
        payload: number,
    };
    shard.push(record(1), at(0));
    shard.skip("2".to_owned());
    shard.push(record(3), at(0));
    assert_eq!((shard.buffered(), shard.buffered_bytes()), (3, 14));
    assert_eq!(shard.oldest_arrival(), Some(at(0)));
    let Action::Invoke(invocation) = shard.poll(at(0)) else {
        panic!("records are there")
    };
    let sent: Vec<u32> = invocation
        .records
        .iter()
        .map(|record| record.payload)
        .collect();
    assert_eq!(
        (
            sent,
            invocation.records.len(),
            invocation.records.is_empty()
        ),
        (vec![1, 3], 2, false)
    );
    let id = invocation.id;
    assert_eq!(shard.checkpoint().sequence_number, None);
    shard.finish(id, InvocationResult::Answered(b"{}"), at(0));
    assert_eq!(shard.checkpoint().sequence_number, Some("3"));
    assert_eq!((shard.buffered(), shard.buffered_bytes()), (0, 0));
    assert_eq!(shard.oldest_arrival(), None);
}
