//! What goes into a batch, and when.

use crate::check;

#[test]
fn the_batching_window_begins_again_when_the_invocation_before_it_ends() {
    check(
        "batching-window",
        &[
            "0: wait 10",
            "10: 1-3 ok",
            "12: done 3",
            // Four are a batch: no need to wait until 30.
            "23: 4-7 ok",
            "25: done 7",
            // Record 8 came at 24, while the function was busy.
            "25: wait 35",
            "35: 8 ok",
            "37: done 8",
        ],
    );
}

#[test]
fn parallel_batches_keep_the_order_of_each_key() {
    check(
        "parallel",
        &[
            "0: [1,3,5,7] report 3",
            "0: [2,4,6,8] ok",
            // Everything up to 2 is done, and of what follows only key b.
            "1: done 2",
            "1: [3,5,7] report 3",
            "2: wait 3",
            "3: [3,5,7] ok",
            "4: done 8",
        ],
    );
}

#[test]
fn filtered_records_move_the_checkpoint_and_never_reach_the_function() {
    check(
        "filter",
        &[
            "0: filtered 2-3",
            "0: [1,4] ok",
            "0: done 4",
            "5: filtered 5",
            "5: done 5",
        ],
    );
}
