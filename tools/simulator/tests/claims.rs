//! What the shipped scenarios show, written by hand from what AWS documents: a snapshot that is updated without thought
//! cannot hide a mistake here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use serde_json::Value;
use simulator::Scenario;

/// Runs a shipped scenario and compares its JSON lines, each in short.
fn check(name: &str, expected: &[&str]) {
    let path = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let run = Scenario::from_json(&text).unwrap().run();
    let lines: Vec<String> = run
        .timeline
        .to_json_lines()
        .lines()
        .map(|line| short(&serde_json::from_str(line).unwrap()))
        .collect();
    assert_eq!(lines, expected, "{name}");
}

/// A line in short: `0: 1-10 throw`, `0: done 4`, `0: RetryAttemptsExhausted 5`, `1: wait 3`, `0: filtered 2`.
fn short(line: &Value) -> String {
    let at = &line["at"];
    match line["event"].as_str().unwrap() {
        "invoke" => {
            let mut text = format!("{at}: {} {}", numbers(&line["records"]), outcome(line));
            if let Some([start, end]) = line["window"].as_array().map(Vec::as_slice) {
                write!(text, " in {start}-{end} with {}", line["state"]).unwrap();
            }
            if line["final"] == true {
                text += " final";
            }
            if line["terminated_early"] == true {
                text += " early";
            }
            text
        }
        "checkpoint" => format!("{at}: done {}", line["record"]),
        "destination" => format!(
            "{at}: {} {}",
            line["condition"].as_str().unwrap(),
            numbers(&line["records"])
        ),
        "wait" => format!("{at}: wait {}", line["until"]),
        "filtered" => format!("{at}: filtered {}", numbers(&line["records"])),
        "stopped" => format!("{at}: stopped"),
        other => panic!("{other}"),
    }
}

fn outcome(line: &Value) -> String {
    match &line["outcome"] {
        Value::String(text) => text.clone(),
        Value::Object(object) if object.contains_key("report") => {
            format!("report {}", object["report"])
        }
        other => other.to_string(),
    }
}

fn numbers(records: &Value) -> String {
    let numbers: Vec<u64> = serde_json::from_value(records.clone()).unwrap();
    match numbers[..] {
        [] => "none".to_owned(),
        [only] => only.to_string(),
        [first, .., last] if last - first + 1 == numbers.len() as u64 => format!("{first}-{last}"),
        _ => records.to_string(),
    }
}

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
fn each_shipped_scenario_is_checked_here() {
    let this = include_str!("claims.rs");
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(this.contains(&format!("\"{name}\"")), "{name}");
    }
}
