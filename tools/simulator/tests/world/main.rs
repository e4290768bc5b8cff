//! Histories of functions that are simple enough to be seen through, right ones and wrong ones.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod flaws;
mod table;
mod windows;

use simulator::world::Tally;

/// None of what a history can have in it was left out.
fn assert_everything_was_tried(tally: Tally) {
    let Tally {
        histories: _,
        records,
        redelivered,
        given_up,
        invocations,
        failed,
        checkpoints,
        restarts,
        closed_shards,
    } = tally;
    let counts = [
        records,
        redelivered,
        given_up,
        invocations,
        failed,
        checkpoints,
        restarts,
        closed_shards,
    ];
    assert!(counts.iter().all(|count| *count > 20), "{tally:?}");
}
