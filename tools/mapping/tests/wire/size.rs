use mapping::event::{EventWindow, MAX_EVENT_BYTES, SHARD_AND_ARN_BYTES, event_json, overhead};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{seconds, window};

/// What the records of an event and the commas between them take.
fn records_bytes(records: &[String]) -> usize {
    records.iter().map(String::len).sum::<usize>() + records.len().saturating_sub(1)
}

#[test]
fn six_megabytes_are_binary_ones() {
    assert_eq!(MAX_EVENT_BYTES, 6 * 1_024 * 1_024);
}

#[test]
fn the_bound_is_reached_by_the_longest_shard_and_arn() {
    let (shard, arn) = ("s".repeat(65), "a".repeat(SHARD_AND_ARN_BYTES - 65));
    let window = EventWindow {
        shard_id: &shard,
        source_arn: &arn,
        ..window("{}")
    };
    assert_eq!(
        event_json([], Some(&window)).len(),
        overhead(Some("{}".len()))
    );
}

proptest! {
    #[test]
    fn without_a_window_the_size_is_known_exactly(records in vec("[a-zé]{1,20}", 0..20)) {
        let event = event_json(records.iter().map(String::as_str), None);
        prop_assert_eq!(event.len(), overhead(None) + records_bytes(&records));
    }

    #[test]
    fn with_a_window_the_size_is_never_underestimated(
        records in vec("[a-zé]{1,20}", 0..20),
        state in "\\{[a-zé]{0,50}\\}",
        shard in "[a-zA-Z0-9_.-]{1,65}",
        arn in "[a-zA-Z0-9:/._-]{1,447}",
        start in 0..253_402_300_000_i64,
        is_final: bool,
        terminated_early: bool,
    ) {
        let mut window = EventWindow { shard_id: &shard, source_arn: &arn, ..window(&state) };
        window.call.start = seconds(start);
        window.call.end = seconds(start + 799);
        window.call.is_final = is_final;
        window.call.terminated_early = terminated_early;
        let event = event_json(records.iter().map(String::as_str), Some(&window)).len();

        let bound = overhead(Some(state.len())) + records_bytes(&records);
        let unused = SHARD_AND_ARN_BYTES - shard.len() - arn.len();
        // `true` is a byte shorter than `false`, twice.
        let shorter = usize::from(is_final) + usize::from(terminated_early);
        prop_assert_eq!(event + unused + shorter, bound);
    }
}
