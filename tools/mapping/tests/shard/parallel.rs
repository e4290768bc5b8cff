//! Several batches of one shard at once.

use mapping::{Action, Choices, InvocationId, InvocationResult, Record, Shard};

use crate::support::{at, settings};

/// A shard with parallelisation 3 and a record for each key.
fn shard(keys: &[Option<&str>]) -> Shard<usize> {
    let settings = settings(|settings| settings.parallelization_factor = 3);
    let mut shard = Shard::new(&settings, &Choices::default());
    for (index, key) in keys.iter().enumerate() {
        let record = Record {
            sequence_number: index.to_string(),
            arrival: at(0),
            partition_key: key.map(str::to_owned),
            event_bytes: 100,
            payload: index,
        };
        shard.push(record, at(0));
    }
    shard
}

/// All invocations that begin now.
fn begin(shard: &mut Shard<usize>) -> Vec<(InvocationId, Vec<usize>)> {
    let mut begun = Vec::new();
    loop {
        match shard.poll(at(0)) {
            Action::Invoke(invocation) => {
                let records = invocation
                    .records
                    .iter()
                    .map(|record| record.payload)
                    .collect();
                begun.push((invocation.id, records));
            }
            Action::Wait(_) => return begun,
            _ => {}
        }
    }
}

fn checkpoint(shard: &Shard<usize>) -> Option<usize> {
    shard
        .checkpoint()
        .sequence_number
        .map(|number| number.parse().unwrap())
}

#[test]
fn a_key_is_never_in_two_batches_at_once_and_keeps_its_order() {
    let keys: Vec<String> = (0..60)
        .map(|number| format!("key-{}", number % 12))
        .collect();
    let keys: Vec<Option<&str>> = keys.iter().map(|key| Some(key.as_str())).collect();
    let mut shard = shard(&keys);
    let begun = begin(&mut shard);
    assert!(begun.len() > 1, "twelve keys are in more than one lane");
    for (id, records) in &begun {
        assert!(id.lane() < 3);
        assert!(records.is_sorted());
        let elsewhere = begun
            .iter()
            .filter(|(other, _)| other != id)
            .flat_map(|(_, records)| records);
        for other in elsewhere {
            assert!(records.iter().all(|record| keys[*record] != keys[*other]));
        }
    }
}

#[test]
fn the_checkpoint_stays_before_the_first_record_that_is_not_done() {
    let mut shard = shard(&[None; 9]);
    let begun = begin(&mut shard);
    assert_eq!(begun.len(), 3, "records without a key are dealt out");
    let (first, others): (Vec<_>, Vec<_>) = begun
        .into_iter()
        .partition(|(_, records)| records.contains(&0));
    for (id, _) in &others {
        shard.finish(*id, InvocationResult::Answered(b""), at(0));
        assert_eq!(checkpoint(&shard), None, "record 0 is not done");
    }
    assert_eq!(
        shard.buffered(),
        9,
        "a caller must not read on without end behind a lane that stands still"
    );
    assert_eq!(shard.buffered_bytes(), 300);
    shard.finish(first[0].0, InvocationResult::Answered(b""), at(0));
    assert_eq!(checkpoint(&shard), Some(8));
}

#[test]
fn a_failing_batch_does_not_hold_up_the_other_lanes() {
    let mut shard = shard(&[None; 3]);
    let begun = begin(&mut shard);
    shard.finish(begun[0].0, InvocationResult::FunctionError, at(0));
    for (id, _) in &begun[1..] {
        shard.finish(*id, InvocationResult::Answered(b""), at(0));
    }
    assert!(begin(&mut shard).is_empty(), "it waits for its retry");
    for index in 3..6 {
        let record = Record {
            sequence_number: index.to_string(),
            arrival: at(0),
            partition_key: None,
            event_bytes: 100,
            payload: index,
        };
        shard.push(record, at(0));
    }
    assert_eq!(begin(&mut shard).len(), 2, "two lanes go on");
}

#[test]
fn a_shard_with_windows_has_one_lane() {
    let settings = settings(|settings| {
        settings.parallelization_factor = 3;
        settings.tumbling_window = Some(crate::support::seconds(30));
    });
    let mut shard = Shard::new(&settings, &Choices::default());
    for index in 0..9 {
        let record = Record {
            sequence_number: index.to_string(),
            arrival: at(0),
            partition_key: Some(index.to_string()),
            event_bytes: 100,
            payload: index,
        };
        shard.push(record, at(0));
    }
    let begun = begin(&mut shard);
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].1.len(), 9);
}
