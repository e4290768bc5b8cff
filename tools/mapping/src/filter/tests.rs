use serde_json::json;

use super::*;

pub(super) fn filters(patterns: &[Value]) -> Result<FilterCriteria, FilterError> {
    let filters: Vec<Value> = patterns
        .iter()
        .map(|pattern| json!({"Pattern": pattern.to_string()}))
        .collect();
    FilterCriteria::parse(&json!({"Filters": filters}))
}

/// Whether the pattern takes the record, both read from text and as a value.
fn passes(pattern: &str, record: &str) -> bool {
    let pattern = format!(r#"{{"data": {pattern}}}"#);
    let criteria = FilterCriteria::parse(&json!({"Filters": [{"Pattern": pattern}]})).unwrap();
    criteria.check_kinesis().unwrap();
    let from_text = criteria.passes_kinesis(record.as_bytes());
    let value: Value = serde_json::from_str(record).unwrap();
    let from_value = criteria.passes_record(&json!({"data": value}));
    assert_eq!(from_text, from_value, "{pattern} {record}");
    from_text
}

/// Pattern, what it takes, what it refuses.
const OPERATORS: &[(&str, &[&str], &[&str])] = &[
    (
        r#"{"a": [null]}"#,
        &[r#"{"a": null}"#, r#"{"a": [1, null]}"#],
        &[r#"{"a": "null"}"#, r#"{"a": []}"#, "{}", r#"{"a": 0}"#],
    ),
    (
        r#"{"a": [""]}"#,
        &[r#"{"a": ""}"#],
        &[r#"{"a": " "}"#, r#"{"a": null}"#, "{}"],
    ),
    (
        r#"{"a": ["x", "y"]}"#,
        &[r#"{"a": "x"}"#, r#"{"a": "y", "b": 1}"#],
        &[r#"{"a": "X"}"#, r#"{"b": "x"}"#, r#"{"a": {"x": 1}}"#],
    ),
    (
        r#"{"a": [true]}"#,
        &[r#"{"a": true}"#],
        &[r#"{"a": false}"#, r#"{"a": "true"}"#],
    ),
    (
        r#"{"a": [300]}"#,
        &[r#"{"a": 300}"#, r#"{"a": 300.0}"#, r#"{"a": 3.0e2}"#],
        &[r#"{"a": "300"}"#, r#"{"a": 301}"#, r#"{"a": 30}"#],
    ),
    (
        r#"{"a": ["x"], "b": ["y"]}"#,
        &[r#"{"a": "x", "b": "y"}"#],
        &[r#"{"a": "x"}"#, r#"{"a": "x", "b": "x"}"#],
    ),
    (
        r#"{"a": [{"equals-ignore-case": "Straße"}]}"#,
        &[r#"{"a": "straße"}"#, r#"{"a": "STRAßE"}"#],
        &[r#"{"a": "strasse"}"#, r#"{"a": "straße "}"#, r#"{"a": 1}"#],
    ),
    (
        r#"{"a": [{"prefix": "us-"}]}"#,
        &[r#"{"a": "us-east-1"}"#, r#"{"a": "us-"}"#],
        &[r#"{"a": "US-east-1"}"#, r#"{"a": "eu-us-"}"#, r#"{"a": 5}"#],
    ),
    (
        r#"{"a": [{"prefix": {"equals-ignore-case": "US-"}}]}"#,
        &[r#"{"a": "us-east-1"}"#, r#"{"a": "Us-"}"#],
        &[r#"{"a": "us"}"#, r#"{"a": "eu-us-"}"#],
    ),
    (
        r#"{"a": [{"suffix": ".png"}]}"#,
        &[r#"{"a": "x.png"}"#],
        &[r#"{"a": "x.PNG"}"#, r#"{"a": "x.png."}"#],
    ),
    (
        r#"{"a": [{"suffix": {"equals-ignore-case": ".pNg"}}]}"#,
        &[r#"{"a": "x.png"}"#, r#"{"a": "x.PNG"}"#],
        &[r#"{"a": "png"}"#, r#"{"a": "x.png."}"#],
    ),
    (
        r#"{"a": [{"anything-but": "x"}]}"#,
        &[
            r#"{"a": "y"}"#,
            r#"{"a": null}"#,
            r#"{"a": 1}"#,
            r#"{"a": ["x", "y"]}"#,
        ],
        &[
            r#"{"a": "x"}"#,
            "{}",
            r#"{"a": []}"#,
            r#"{"a": {"x": "y"}}"#,
        ],
    ),
    (
        r#"{"a": [{"anything-but": ["x", "y"]}]}"#,
        &[r#"{"a": "z"}"#, r#"{"a": ""}"#],
        &[r#"{"a": "x"}"#, r#"{"a": "y"}"#],
    ),
    (
        r#"{"a": [{"anything-but": [100, 200]}]}"#,
        &[r#"{"a": 300}"#, r#"{"a": "100"}"#],
        &[r#"{"a": 100.0}"#, r#"{"a": 2e2}"#],
    ),
    (
        r#"{"a": [{"numeric": ["=", 1.5]}]}"#,
        &[r#"{"a": 1.5}"#, r#"{"a": 1.50}"#, r#"{"a": 15e-1}"#],
        &[r#"{"a": 1.50001}"#, r#"{"a": "1.5"}"#],
    ),
    (
        r#"{"a": [{"numeric": [">", 10, "<=", 20]}]}"#,
        &[r#"{"a": 10.000001}"#, r#"{"a": 20}"#],
        &[r#"{"a": 10}"#, r#"{"a": 20.000001}"#, r#"{"a": null}"#],
    ),
    (
        r#"{"a": [{"numeric": [">=", -1, "<", 1]}]}"#,
        &[r#"{"a": -1}"#, r#"{"a": 0}"#, r#"{"a": -0.0}"#],
        &[r#"{"a": 1}"#, r#"{"a": -1.000001}"#],
    ),
    (
        r#"{"a": [{"numeric": ["<", 0]}]}"#,
        &[r#"{"a": -5000000000}"#, r#"{"a": -0.5}"#],
        &[r#"{"a": 0}"#, r#"{"a": -5000000000.5}"#],
    ),
    (
        r#"{"a": [{"numeric": ["<=", 0]}]}"#,
        &[r#"{"a": 0}"#],
        &[r#"{"a": 0.5}"#],
    ),
    (
        r#"{"a": [{"numeric": [">", 0]}]}"#,
        &[r#"{"a": 5e9}"#],
        &[r#"{"a": 1700000000000}"#, r#"{"a": -1}"#],
    ),
    (
        r#"{"a": [{"exists": true}]}"#,
        &[r#"{"a": 1}"#, r#"{"a": null}"#, r#"{"a": [{}, 1]}"#],
        &["{}", r#"{"a": {"b": 1}}"#, r#"{"a": []}"#],
    ),
    (
        r#"{"a": [{"exists": false}]}"#,
        &["{}", r#"{"a": {"b": 1}}"#, r#"{"a": []}"#],
        &[r#"{"a": 1}"#, r#"{"a": null}"#],
    ),
    (
        r#"{"a": [{"exists": false}, "x"]}"#,
        &["{}", r#"{"a": "x"}"#],
        &[r#"{"a": "y"}"#],
    ),
    (
        r#"{"$or": [{"a": ["x"]}, {"b": ["y"], "c": [1]}], "d": [2]}"#,
        &[r#"{"a": "x", "d": 2}"#, r#"{"b": "y", "c": 1, "d": 2}"#],
        &[r#"{"a": "x"}"#, r#"{"b": "y", "d": 2}"#, r#"{"d": 2}"#],
    ),
];

#[test]
fn each_operator_takes_what_it_should_and_nothing_else() {
    for (pattern, taken, refused) in OPERATORS {
        for record in *taken {
            assert!(passes(pattern, record), "{pattern} takes {record}");
        }
        for record in *refused {
            assert!(!passes(pattern, record), "{pattern} refuses {record}");
        }
    }
}

#[test]
fn structure_is_followed_through_objects_arrays_and_dots() {
    for (pattern, record, expected) in [
        (r#"{"a": {"b": ["x"]}}"#, r#"{"a": {"b": "x"}}"#, true),
        (r#"{"a": {"b": ["x"]}}"#, r#"{"b": "x"}"#, false),
        (r#"{"a": {"b": ["x"]}}"#, r#"{"a": [[{"b": ["x"]}]]}"#, true),
        (
            r#"{"a": {"b": [1], "c": [2]}}"#,
            r#"{"a": [{"b": 1, "c": 3}, {"b": 2, "c": 2}]}"#,
            false,
        ),
        (
            r#"{"a": {"b": [1], "c": [2]}}"#,
            r#"{"a": [{"b": 1, "c": 3}, {"b": 1, "c": 2}]}"#,
            true,
        ),
        (r#"{"a.b": ["x"]}"#, r#"{"a": {"b": "x"}}"#, true),
        (r#"{"a.b": ["x"]}"#, r#"{"a.b": "x"}"#, true),
        (r#"{"a.b": ["x"]}"#, r#"{"a": "x", "b": "x"}"#, false),
        (r#"{"a": {"b": [{"exists": false}]}}"#, "{}", true),
        (r#"{"a": {"b": [{"exists": false}]}}"#, r#"{"a": 1}"#, true),
        (r#"{"a": {"b": [{"exists": false}]}}"#, r#"{"a": []}"#, true),
        (
            r#"{"a": {"b": [1], "c": [{"exists": false}]}}"#,
            r#"{"a": [{"b": 1}, {"b": 2}]}"#,
            true,
        ),
        (
            r#"{"a": {"b": [1], "c": [{"exists": false}]}}"#,
            r#"{"a": [{"b": 1}, {"c": 2}]}"#,
            false,
        ),
        (
            r#"{"$or": [{"a": {"b": [{"exists": false}]}}, {"a": {"b": [1]}}]}"#,
            r#"{"a": {"b": 2}}"#,
            false,
        ),
        (r#"{"a": ["x"]}"#, r#"["no object"]"#, false),
        (r#"{"a": ["x"]}"#, "5", false),
    ] {
        assert_eq!(passes(pattern, record), expected, "{pattern} {record}");
    }
}

#[test]
fn numbers_are_compared_with_all_their_digits() {
    let criteria = filters(&[json!({"data": {"a": [{"numeric": [">", 1]}]}})]).unwrap();
    assert!(criteria.passes_kinesis(br#"{"a": 1.0000000000000000000000001}"#));
    let criteria = FilterCriteria::parse(&json!({"Filters": [
        {"Pattern": r#"{"data": {"a": [123456789012345678901234567890, 1e-200]}}"#}
    ]}))
    .unwrap();
    assert!(criteria.passes_kinesis(br#"{"a": 123456789012345678901234567890.0}"#));
    assert!(!criteria.passes_kinesis(br#"{"a": 123456789012345678901234567891}"#));
    assert!(criteria.passes_kinesis(br#"{"a": 1e-200}"#));
    assert!(!criteria.passes_kinesis(br#"{"a": 1e400}"#));
}

#[test]
fn a_record_passes_if_any_filter_matches_or_there_is_none() {
    let all = FilterCriteria::parse(&json!({})).unwrap();
    assert!(all.is_empty() && all == FilterCriteria::default());
    assert!(
        FilterCriteria::parse(&json!({"Filters": []}))
            .unwrap()
            .is_empty()
    );
    assert!(all.passes_kinesis(b"no JSON") && all.passes_record(&json!(1)));

    let two = filters(&[json!({"data": {"a": [1]}}), json!({"data": {"a": [2]}})]).unwrap();
    assert!(!two.is_empty());
    assert!(two.passes_kinesis(br#"{"a": 1}"#) && two.passes_kinesis(br#"{"a": 2}"#));
    assert!(!two.passes_kinesis(br#"{"a": 3}"#));
    for not_json in [&b"plain text"[..], b"", b"\xff\xfe", b"{\"a\": 1} x"] {
        assert!(!two.passes_kinesis(not_json), "{not_json:?}");
    }
}

#[test]
fn a_dynamodb_record_is_filtered_as_it_stands_in_the_event() {
    let record = json!({
        "eventID": "1", "eventName": "INSERT",
        "dynamodb": {"Keys": {"Id": {"N": "101"}}, "NewImage": {"Id": {"N": "101"}, "Ok": {"BOOL": true}}},
        "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    });
    for (pattern, expected) in [
        (json!({"eventName": ["INSERT", "MODIFY"]}), true),
        (json!({"eventName": ["REMOVE"]}), false),
        (json!({"dynamodb": {"Keys": {"Id": {"N": ["101"]}}}}), true),
        (
            json!({"dynamodb": {"NewImage": {"Ok": {"BOOL": [true]}}}}),
            true,
        ),
        (
            json!({"dynamodb": {"NewImage": {"Id": [{"exists": true}]}}}),
            false,
        ),
        (
            json!({"dynamodb": {"OldImage": {"Id": {"N": [{"exists": false}]}}}}),
            true,
        ),
        (json!({"userIdentity": {"type": ["Service"]}}), true),
    ] {
        let criteria = filters(std::slice::from_ref(&pattern)).unwrap();
        criteria.check_dynamodb().unwrap();
        assert_eq!(criteria.passes_record(&record), expected, "{pattern}");
    }
}
