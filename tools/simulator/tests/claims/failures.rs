//! Partial failures, bisecting, retries, age.

use crate::check;

#[test]
fn bisecting_ends_with_the_bad_record_alone() {
    check(
        "bisect",
        &[
            "0: 1-10 throw",
            "0: 1-5 throw",
            "0: 1-2 ok",
            "0: done 2",
            "0: 3-5 throw",
            "0: 3 ok",
            "0: done 3",
            "0: 4-5 throw",
            "0: 4 ok",
            "0: done 4",
            "0: 5 throw",
            "0: RetryAttemptsExhausted 5",
            "0: done 5",
            "0: 6-10 ok",
            "0: done 10",
        ],
    );
}

#[test]
fn a_partial_failure_brings_back_only_the_rest() {
    check(
        "partial-failure",
        &["0: 1-10 report 6", "0: done 5", "0: 6-10 ok", "0: done 10"],
    );
    check(
        "fourth-of-each-batch",
        &[
            "0: 1-10 report 4",
            "0: done 3",
            "0: 4-10 report 7",
            "0: done 6",
            "0: 7-10 report 10",
            "0: done 9",
            "0: 10 ok",
            "0: done 10",
        ],
    );
}

#[test]
fn a_report_is_nothing_unless_the_mapping_asks_for_it() {
    check("report-ignored", &["0: 1-10 report 6", "0: done 10"]);
}

#[test]
fn the_first_record_of_a_batch_is_found_by_halving_or_at_once() {
    check(
        "first-record-reported",
        &[
            "0: 1-8 report 3",
            "0: done 2",
            "0: 3-8 report 3",
            "0: 3-5 report 3",
            "0: 3 report 3",
            "0: wait 1",
            "1: 3 report 3",
            "1: RetryAttemptsExhausted 3",
            "1: done 3",
            "1: 4-5 ok",
            "1: done 5",
            "1: 6-8 ok",
            "1: done 8",
        ],
    );
    check(
        "first-record-isolated",
        &[
            "0: 1-8 report 3",
            "0: done 2",
            "0: 3-8 report 3",
            "0: 3 report 3",
            "0: wait 1",
            "1: 3 report 3",
            "1: RetryAttemptsExhausted 3",
            "1: done 3",
            "1: 4-8 ok",
            "1: done 8",
        ],
    );
}

#[test]
fn what_a_partial_failure_leaves_is_filled_up_only_by_choice() {
    check(
        "no-refill",
        &[
            "0: 1-4 report 3",
            "0: done 2",
            "0: 3-4 ok",
            "0: done 4",
            "0: 5-8 ok",
            "0: done 8",
        ],
    );
    check(
        "refill",
        &[
            "0: 1-4 report 3",
            "0: done 2",
            "0: 3-6 ok",
            "0: done 6",
            "0: 7-8 ok",
            "0: done 8",
        ],
    );
}

#[test]
fn two_retries_are_three_attempts_and_the_whole_batch_goes() {
    check(
        "retries-exhausted",
        &[
            "0: 1-3 throw",
            "0: wait 1",
            "1: 1-3 throw",
            "1: wait 3",
            "3: 1-3 throw",
            "3: RetryAttemptsExhausted 1-3",
            "3: done 3",
            "3: 4-6 ok",
            "3: done 6",
        ],
    );
}

#[test]
fn poison_blocks_the_shard_of_a_mapping_without_limits() {
    let mut expected = Vec::new();
    for (at, until) in [
        (0, 1),
        (1, 3),
        (3, 7),
        (7, 15),
        (15, 31),
        (31, 63),
        (63, 123),
        (123, 183),
        (183, 243),
    ] {
        expected.push(format!("{at}: 1-3 throw"));
        expected.push(format!("{at}: wait {until}"));
    }
    expected.push("243: 1-3 throw".to_owned());
    expected.push("300: stopped".to_owned());
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check("poison-blocks-shard", &expected);
}

#[test]
fn records_older_than_the_age_go_and_younger_ones_stay() {
    check(
        "record-too-old",
        &[
            "0: 1-3 throw",
            "0: wait 1",
            "1: 1-3 throw",
            "1: wait 3",
            "3: 1-3 throw",
            "3: wait 7",
            "7: 1-3 throw",
            "7: wait 15",
            "15: 1-3 throw",
            "15: wait 31",
            "31: 1-3 throw",
            "31: wait 63",
            "63: RecordAgeExceeded 1-3",
            "63: done 3",
            "63: 4-5 ok",
            "63: done 5",
        ],
    );
    check(
        "records-of-two-ages",
        &[
            "0: wait 50",
            "50: 1-3 throw",
            "50: wait 51",
            "51: 1-3 throw",
            "51: wait 53",
            "53: 1-3 throw",
            "53: wait 57",
            "57: 1-3 throw",
            "57: wait 65",
            "65: RecordAgeExceeded 1-2",
            "65: done 2",
            "65: 3 ok",
            "65: done 3",
        ],
    );
}

#[test]
fn an_event_has_six_megabytes_at_most() {
    // Base64 makes 1,333,336 bytes of each: four fit beside their metadata, five do not.
    check(
        "six-megabytes",
        &["0: 1-4 ok", "0: done 4", "0: 5-6 ok", "0: done 6"],
    );
    check(
        "too-large-record",
        &[
            "0: 1-2 ok",
            "0: done 2",
            "0: RetryAttemptsExhausted 3",
            "0: done 3",
            "0: 4-5 ok",
            "0: done 5",
        ],
    );
}

#[test]
fn throttles_are_no_retries() {
    // One retry is allowed: three throttles before the first attempt take nothing from it.
    check(
        "throttled",
        &[
            "0: 1-3 throttle",
            "0: wait 1",
            "1: 1-3 throttle",
            "1: wait 3",
            "3: 1-3 throttle",
            "3: wait 7",
            "7: 1-3 throw",
            "7: wait 8",
            "8: 1-3 ok",
            "8: done 3",
        ],
    );
}
