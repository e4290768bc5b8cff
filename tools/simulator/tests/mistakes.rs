//! What is said about a scenario file with a mistake: one line with the place and what would be right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use simulator::Scenario;

fn check(cases: &[(&str, &str)]) {
    for (scenario, expected) in cases {
        let message = match Scenario::from_json(scenario) {
            Ok(_) => "no mistake".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(&message, expected, "{scenario}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn a_file_that_is_no_json_is_refused_with_line_and_column() {
    check(&[
        ("", "no JSON: EOF while parsing a value at line 1 column 0"),
        (
            "{\n  \"records\": 3,\n}",
            "no JSON: trailing comma at line 3 column 1",
        ),
        (
            r#"{"records": 3} {"#,
            "no JSON: trailing characters at line 1 column 16",
        ),
        ("records: 3", "no JSON: expected value at line 1 column 1"),
    ]);
}

#[test]
fn names_that_mean_nothing_are_refused_with_the_one_that_is_meant() {
    check(&[
        (
            r#"{"recrods": 3}"#,
            "recrods: unknown; did you mean records?",
        ),
        (
            r#"{"records": 3, "xyz": 1}"#,
            "xyz: unknown; known here: settings, choices, records, function, events, until",
        ),
        (
            r#"{"records": [{"arival": 3}]}"#,
            "records[0].arival: unknown; did you mean arrival?",
        ),
        (
            r#"{"records": 3, "function": {"fails": [{"record": 1, "how": "throw", "time": 1}]}}"#,
            "function.fails[0].time: unknown; did you mean times?",
        ),
        (
            r#"{"records": 3, "function": {"fail": []}}"#,
            "function.fail: unknown; did you mean fails?",
        ),
        (
            r#"{"records": 3, "events": [{"at": 1, "closed": true}]}"#,
            "events[0].closed: unknown; known here: at, shard_closed",
        ),
        (
            r#"{"records": 3, "choices": {"first_backof_ms": 1}}"#,
            "choices.first_backof_ms: unknown; did you mean first_backoff_ms?",
        ),
        (r#"{"records": 3, "records": 4}"#, "records: given twice"),
    ]);
}

#[test]
fn records_are_a_count_or_a_list_in_the_order_of_their_arrival() {
    check(&[
        (
            "{}",
            "records: missing; expected a list of records or their count",
        ),
        (
            "[]",
            "the scenario: []; expected an object with settings, choices, records, function, events, until",
        ),
        (
            r#"{"records": -1}"#,
            "records: -1; expected a list of records or their count, 0 to 100000",
        ),
        (
            r#"{"records": "ten"}"#,
            "records: \"ten\"; expected a list of records or their count, 0 to 100000",
        ),
        (
            r#"{"records": [1]}"#,
            "records[0]: 1; expected an object with arrival, key, data, bytes",
        ),
        (
            r#"{"records": [{"arrival": 2}, {"arrival": 1.5}]}"#,
            "records[1].arrival: 1.5; expected 2 or later, the arrival of the record before it",
        ),
        (
            r#"{"records": [{"arrival": -1}]}"#,
            "records[0].arrival: -1; expected seconds, 0 to 2592000",
        ),
        (
            r#"{"records": [{"arrival": "1"}]}"#,
            "records[0].arrival: \"1\"; expected seconds, 0 to 2592000",
        ),
        (
            r#"{"records": [{"key": ""}]}"#,
            "records[0].key: \"\"; expected a text that is not empty",
        ),
        (
            r#"{"records": [{"bytes": 20000000}]}"#,
            "records[0].bytes: 20000000; expected the size of the data in bytes, 0 to 10485760",
        ),
    ]);
}

#[test]
fn the_function_fails_in_ways_that_are_known() {
    const HOW: &str = r#"expected "throw", "report", "throttle" or {"answer": any JSON}"#;
    let with = |fail: &str| format!(r#"{{"records": 3, "function": {{"fails": [{fail}]}}}}"#);
    for (fail, expected) in [
        (
            r#"{"record": 1, "how": "thorw"}"#,
            format!(r#"function.fails[0].how: "thorw"; {HOW}"#),
        ),
        (
            r#"{"record": 1}"#,
            format!("function.fails[0].how: missing; {HOW}"),
        ),
        (
            r#"{"record": 4, "how": "throw"}"#,
            "function.fails[0].record: 4; expected the number of a record, 1 to 3".to_owned(),
        ),
        (
            r#"{"position": 0, "how": "throw"}"#,
            "function.fails[0].position: 0; expected a position in a batch, 1 to 10000".to_owned(),
        ),
        (
            r#"{"how": "throw"}"#,
            r#"function.fails[0]: {"how": "throw"}; expected one of "record": number, "position": number, "final": true"#
                .to_owned(),
        ),
        (
            r#"{"record": 1, "position": 1, "how": "throw"}"#,
            r#"function.fails[0]: {"record": 1, "position": 1, "how": "thr…; expected one of "record": number, "position": number, "final": true"#
                .to_owned(),
        ),
        (
            r#"{"final": false, "how": "throw"}"#,
            "function.fails[0].final: false; expected true".to_owned(),
        ),
        (
            r#"{"final": true, "how": "report"}"#,
            r#"function.fails[0].how: "report"; expected "throw", "throttle" or {"answer": any JSON}: a final invocation may have no records"#
                .to_owned(),
        ),
        (
            r#"{"record": 1, "how": "throw", "times": "often"}"#,
            r#"function.fails[0].times: "often"; expected "always" or a number of times, 1 to 1000000"#
                .to_owned(),
        ),
        (
            r#"{"record": 1, "how": {}}"#,
            "function.fails[0].how.answer: missing; expected any JSON".to_owned(),
        ),
    ] {
        check(&[(with(fail).as_str(), expected.as_str())]);
    }
    check(&[
        (
            r#"{"records": 3, "function": {"duration": 901}}"#,
            "function.duration: 901; expected seconds, 0 to 900",
        ),
        (
            r#"{"records": 3, "function": {"sum": "yes"}}"#,
            "function.sum: \"yes\"; expected true or false",
        ),
        (
            r#"{"records": 3, "function": {"fails": {}}}"#,
            "function.fails: {}; expected a list of failures",
        ),
    ]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    check(&[
        (
            r#"{"records": 3, "function": {"sum": true}}"#,
            "settings.TumblingWindowInSeconds: missing; expected 1 to 900, as function.sum is about the state of windows",
        ),
        (
            r#"{"records": 3, "function": {"state_bytes": 9}}"#,
            "settings.TumblingWindowInSeconds: missing; expected 1 to 900, as function.state_bytes is about the state of windows",
        ),
        (
            r#"{"settings": {"TumblingWindowInSeconds": 30}, "records": [{}, {"data": {"a": "b"}}], "function": {"sum": true}}"#,
            r#"records[1].data: {"a": "b"}; expected a number or an object with numbers, as function.sum adds them up"#,
        ),
        (
            r#"{"records": [{}, {"arrival": 5}], "events": [{"at": 4, "shard_closed": true}]}"#,
            "events[0].at: 4; expected 5 or later: record 2 arrives then",
        ),
        (
            r#"{"records": 1, "events": [{"at": 4, "shard_closed": true}, {"at": 5, "shard_closed": true}]}"#,
            r#"events[1]: {"at": 5, "shard_closed": true}; expected nothing: the shard is closed already"#,
        ),
    ]);
}

#[test]
fn choices_are_tried_each_by_itself() {
    check(&[
        (
            r#"{"records": 3, "choices": {"final_invocation": "with"}}"#,
            r#"choices.final_invocation: "with"; expected "without_records" or "with_last_records""#,
        ),
        (
            r#"{"records": 3, "choices": {"backoff_after_split": 1}}"#,
            "choices.backoff_after_split: 1; expected true or false",
        ),
        (
            r#"{"records": 3, "choices": {"first_backoff_ms": "soon"}}"#,
            r#"choices.first_backoff_ms: "soon"; expected a whole number"#,
        ),
    ]);
}

#[test]
fn wrong_settings_are_named_by_their_place() {
    check(&[
        (
            r#"{"settings": {"BatchSize": 0}, "records": 3}"#,
            "settings.BatchSize is 0: must be a whole number from 1 to 10,000",
        ),
        (
            r#"{"settings": {"BatchSise": 1}, "records": 3}"#,
            "settings.BatchSise is no setting of a mapping for a stream: did you mean BatchSize?",
        ),
        (
            r#"{"settings": {"BatchSize": 1, "BatchSize": 2}, "records": 3}"#,
            "settings.BatchSize: given twice",
        ),
        (
            r#"{"settings": {"TumblingWindowInSeconds": 30, "ParallelizationFactor": 2}, "records": 3}"#,
            "settings.ParallelizationFactor is 2: must be 1 with tumbling windows, as TumblingWindowInSeconds is 30",
        ),
        (
            r#"{"settings": {"FilterCriteria": {"Filters": [{"Pattern": "{\"dynamodb\":{\"a\":[1]}}"}]}}, "records": 3}"#,
            "settings.FilterCriteria.Filters[0].Pattern filters on \"dynamodb\": a Kinesis mapping filters on data only",
        ),
        (
            r#"{"settings": 3, "records": 3}"#,
            "settings: 3; expected an object with the mapping's settings by their CloudFormation names",
        ),
    ]);
}
