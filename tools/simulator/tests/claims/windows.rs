//! Tumbling windows.

use crate::check;

#[test]
fn windows_are_aligned_and_each_ends_with_a_final_invocation() {
    check(
        "tumbling-window",
        &[
            "1: 1 ok in 0-30 with {}",
            "1: done 1",
            r#"2: 2 ok in 0-30 with {"sum":10}"#,
            "2: done 2",
            r#"15: 3 ok in 0-30 with {"sum":30}"#,
            "15: done 3",
            r#"31: none ok in 0-30 with {"sum":30.5} final"#,
            "31: 4 ok in 30-60 with {}",
            "31: done 4",
            r#"59.9: 5 ok in 30-60 with {"sum":1}"#,
            "59.9: done 5",
            r#"60: none ok in 30-60 with {"sum":3} final"#,
            "60: 6 ok in 60-90 with {}",
            "60: done 6",
            r#"90: none ok in 60-90 with {"sum":100} final"#,
        ],
    );
}

#[test]
fn the_final_invocation_has_the_last_records_by_choice() {
    check(
        "final-with-records",
        &[
            "31: 1-3 ok in 0-30 with {} final",
            "31: done 3",
            "70: 4-5 ok in 30-60 with {} final",
            "70: done 5",
        ],
    );
}

#[test]
fn a_state_above_1_mb_ends_the_window_early_and_the_window_goes_on_afresh() {
    check(
        "large-state",
        &[
            "1: 1 ok in 0-30 with {}",
            "1: done 1",
            r#"2: 2 ok in 0-30 with "… 400022 bytes""#,
            "2: done 2",
            r#"3: 3 ok in 0-30 with "… 800022 bytes""#,
            "3: done 3",
            r#"3: none ok in 0-30 with "… 1200022 bytes" early"#,
            "4: 4 ok in 0-30 with {}",
            "4: done 4",
            r#"31: none ok in 0-30 with "… 400022 bytes" final"#,
            "31: 5 ok in 30-60 with {}",
            "31: done 5",
            r#"32: none ok in 30-60 with "… 400022 bytes" final"#,
        ],
    );
}

#[test]
fn an_idle_shard_closes_its_window_two_minutes_after_its_end() {
    check(
        "idle-shard",
        &[
            "5: 1 ok in 0-30 with {}",
            "5: done 1",
            r#"10: 2 ok in 0-30 with {"sum":1}"#,
            "10: done 2",
            "10: wait 150",
            r#"150: none ok in 0-30 with {"sum":3} final"#,
        ],
    );
}

#[test]
fn the_end_of_the_shard_closes_the_window() {
    check(
        "resharding",
        &[
            "61: 1 ok in 60-120 with {}",
            "61: done 1",
            r#"65: 2 ok in 60-120 with {"sum":5}"#,
            "65: done 2",
            r#"70: none ok in 60-120 with {"sum":11} final"#,
        ],
    );
}

#[test]
fn a_failing_final_invocation_holds_the_shard_until_it_succeeds_or_is_given_up() {
    check(
        "final-invocation-fails",
        &[
            "1: 1 ok in 0-30 with {}",
            "1: done 1",
            r#"31: none throw in 0-30 with {"sum":1} final"#,
            "31: wait 32",
            r#"32: none throw in 0-30 with {"sum":1} final"#,
            "32: wait 34",
            r#"34: none ok in 0-30 with {"sum":1} final"#,
            "34: 2-3 ok in 30-60 with {}",
            "34: done 3",
            r#"40: none ok in 30-60 with {"sum":5} final"#,
        ],
    );
    check(
        "final-invocation-given-up",
        &[
            "1: 1 ok in 0-30 with {}",
            "1: done 1",
            r#"2: 2 ok in 0-30 with {"sum":1}"#,
            "2: done 2",
            r#"31: none throw in 0-30 with {"sum":5} final"#,
            "31: wait 32",
            r#"32: none throw in 0-30 with {"sum":5} final"#,
            "32: RetryAttemptsExhausted none",
            "32: 3 ok in 30-60 with {}",
            "32: done 3",
            r#"40: none ok in 30-60 with {"sum":2} final"#,
        ],
    );
}

#[test]
fn an_answer_without_state_is_a_failure_and_the_state_of_before_stays() {
    check(
        "answer-without-state",
        &[
            "1: 1 ok in 0-30 with {}",
            "1: done 1",
            r#"2: 2 {"answer":{"batchItemFailures":[]}} in 0-30 with {"sum":1}"#,
            "2: wait 3",
            r#"3: 2 ok in 0-30 with {"sum":1}"#,
            "3: done 2",
            r#"20: none ok in 0-30 with {"sum":3} final"#,
        ],
    );
}

#[test]
fn a_partial_failure_in_a_window_fails_the_batch_by_choice() {
    check(
        "partial-failure-in-window",
        &[
            "1: wait 6",
            "6: 1-3 report 2 in 0-30 with {}",
            "6: wait 7",
            "7: 1-3 ok in 0-30 with {}",
            "7: done 3",
            r#"20: none ok in 0-30 with {"sum":7} final"#,
        ],
    );
}

#[test]
fn bisecting_in_a_window_carries_the_state_of_what_is_done() {
    check(
        "bisect-in-window",
        &[
            "0: 1-10 throw in 0-30 with {}",
            "0: 1-5 throw in 0-30 with {}",
            "0: 1-2 ok in 0-30 with {}",
            "0: done 2",
            r#"0: 3-5 throw in 0-30 with {"sum":3}"#,
            r#"0: 3 ok in 0-30 with {"sum":3}"#,
            "0: done 3",
            r#"0: 4-5 throw in 0-30 with {"sum":6}"#,
            r#"0: 4 ok in 0-30 with {"sum":6}"#,
            "0: done 4",
            r#"0: 5 throw in 0-30 with {"sum":10}"#,
            "0: RetryAttemptsExhausted 5",
            "0: done 5",
            r#"0: 6-10 ok in 0-30 with {"sum":10}"#,
            "0: done 10",
            "0: wait 150",
            // 55 without the 5 that was given up.
            r#"150: none ok in 0-30 with {"sum":50} final"#,
        ],
    );
}
