//! How a scenario runs where the shipped ones do not look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use simulator::{Run, Scenario};

fn run(scenario: &str) -> Run {
    Scenario::from_json(scenario).unwrap().run()
}

#[test]
fn a_run_that_nothing_would_ever_stop_is_stopped_and_says_so() {
    for fail in [
        r#"{"record": 1, "how": "throw"}"#,
        r#"{"record": 1, "how": "throttle"}"#,
    ] {
        let scenario = format!(r#"{{"records": 2, "function": {{"fails": [{fail}]}}}}"#);
        let run = run(&scenario);
        assert_eq!(run.summary.invocations, 100);
        assert_eq!((run.summary.done, run.summary.left), (0, 2));
        let lines = run.timeline.to_json_lines();
        let last = lines.lines().last().unwrap();
        let expected =
            r#""event":"stopped","reason":"after 100 invocations in a row that did no record"}"#;
        assert!(last.ends_with(expected), "{last}");
    }
}

#[test]
fn retries_that_settings_bound_are_run_to_their_end() {
    let run = run(
        r#"{"settings": {"MaximumRetryAttempts": 150}, "choices": {"first_backoff_ms": 0},
            "records": 2, "function": {"fails": [{"record": 1, "how": "throw"}]}}"#,
    );
    assert_eq!(
        run.summary.to_string(),
        "2 records: 0 done, 2 given up; 151 invocations"
    );
}

#[test]
fn the_simulated_time_ends_when_it_is_told_to() {
    let scenario =
        |until: &str| format!(r#"{{"records": [{{}}, {{"arrival": 10}}], "until": {until}}}"#);
    let early = run(&scenario("9.5"));
    assert_eq!(
        early.summary.to_string(),
        "2 records: 1 done, 1 left; 1 invocation"
    );
    let last = r#"{"at":9.5,"event":"stopped","reason":"end of the simulated time"}"#;
    assert_eq!(early.timeline.to_json_lines().lines().last(), Some(last));
    let late = run(&scenario("10"));
    assert_eq!(late.summary.to_string(), "2 records: 2 done; 2 invocations");
}

#[test]
fn reading_begins_where_the_settings_say() {
    let run = run(
        r#"{"settings": {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 5},
            "records": [{"arrival": 4.9}, {"arrival": 5}]}"#,
    );
    assert_eq!(run.summary.to_string(), "1 record: 1 done; 1 invocation");
    let lines = run.timeline.to_json_lines();
    assert!(
        lines.starts_with(r#"{"at":5,"event":"invoke","records":[2]"#),
        "{lines}"
    );
}

#[test]
fn nothing_at_all_is_a_scenario() {
    let run = run(r#"{"records": 0}"#);
    assert_eq!(run.timeline.to_json_lines(), "");
    assert_eq!(run.summary.to_string(), "0 records: 0 done; 0 invocations");
}

#[test]
fn a_wait_that_a_record_cuts_short_is_not_told() {
    let run = run(
        r#"{"settings": {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 10},
            "records": [{}, {"arrival": 3}]}"#,
    );
    assert_eq!(
        run.timeline.to_json_lines(),
        "{\"at\":3,\"event\":\"invoke\",\"records\":[1,2],\"final\":false,\"terminated_early\":false,\
         \"outcome\":\"ok\",\"attempt\":1}\n{\"at\":3,\"event\":\"checkpoint\",\"record\":2}\n"
    );
}

#[test]
fn several_reports_in_one_answer_are_shown_and_the_lowest_counts() {
    let run = run(
        r#"{"settings": {"FunctionResponseTypes": ["ReportBatchItemFailures"]}, "records": 8,
            "function": {"fails": [{"record": 7, "how": "report", "times": 1}, {"record": 5, "how": "report", "times": 1}]}}"#,
    );
    let table = run.timeline.to_table();
    assert!(
        table.contains("reported 5, 7; 1-4 done; 5-8 again"),
        "{table}"
    );
    let lines = run.timeline.to_json_lines();
    assert!(lines.contains(r#""outcome":{"report":[5,7]}"#), "{lines}");
}

#[test]
fn fields_of_objects_are_added_up_each_with_all_digits() {
    let run = run(r#"{"settings": {"TumblingWindowInSeconds": 60},
            "records": [
              {"data": {"sales": 0.1, "store": "a", "tax": 12345678901234567890.5}},
              {"data": {"sales": 0.2}},
              {"data": -3}
            ],
            "function": {"sum": true},
            "events": [{"at": 9, "shard_closed": true}]}"#);
    let lines = run.timeline.to_json_lines();
    let state = r#""state":{"sales":0.3,"sum":-3,"tax":12345678901234567890.5},"final":true"#;
    assert!(lines.contains(state), "{lines}");
}

#[test]
fn the_function_keeps_the_state_where_it_adds_nothing_up() {
    let run = run(
        r#"{"settings": {"TumblingWindowInSeconds": 60}, "records": 2,
            "function": {"fails": [{"record": 1, "how": {"answer": {"state": [1]}}}]},
            "events": [{"at": 9, "shard_closed": true}]}"#,
    );
    let lines = run.timeline.to_json_lines();
    assert!(lines.contains(r#""state":[1],"final":true"#), "{lines}");
    assert!(
        lines.contains(r#""outcome":{"answer":{"state": [1]}}"#),
        "{lines}"
    );
}
