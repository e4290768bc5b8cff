use serde_json::json;

use super::*;

fn error_of(criteria: &Value) -> String {
    FilterCriteria::parse(criteria).unwrap_err().to_string()
}

const RULES: &str =
    "must be an object, or an array of at least one rule, for instance [\"a value\"]";
const RULE: &str = "must be a text, a number, true, false, null or an object with one operator";
const NUMERIC: &str =
    "must be an operator and a number, or a range, for instance [\">\", 0, \"<=\", 5]";
const NUMBER: &str = "must be a number from -5e9 to 5e9 with at most 6 digits after the point";
const ANYTHING_BUT: &str = "must be a text, a number, or an array of only texts or only numbers";
const OBJECT: &str = "must be an object with at least one field";
const OR: &str = "must be an array of at least two objects";
const OPERATORS: &str =
    "the operators are prefix, suffix, equals-ignore-case, anything-but, numeric and exists";
const EVENT_BUS: &str = "EventBridge rules have that, Lambda's event filters have not";

/// Pattern, what the message says of it, what it says would be right.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("{}", " is {}", OBJECT),
    ("[1]", " is [1]", OBJECT),
    (r#"{"a": {}}"#, " at a is {}", OBJECT),
    (r#"{"a": "x"}"#, " at a is \"x\"", RULES),
    (r#"{"a": []}"#, " at a is []", RULES),
    (r#"{"a": {"b": 1.50}}"#, " at a.b is 1.50", RULES),
    (r#"{"a": [["x"]]}"#, " at a is [\"x\"]", RULE),
    (r#"{"a": [{}]}"#, " at a is {}", RULE),
    (
        r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
        " at a is {\"prefix\":\"x\",\"suffix\":\"y\"}",
        RULE,
    ),
    (r#"{"a": [{"prefix": 1}]}"#, " at a is 1", "must be a text"),
    (
        r#"{"a": [{"prefix": {"equals-ignore-case": 1}}]}"#,
        " at a is 1",
        "must be a text",
    ),
    (
        r#"{"a": [{"equals-ignore-case": ["x"]}]}"#,
        " at a is [\"x\"]",
        "must be a text",
    ),
    (
        r#"{"a": [{"prefix": {"suffix": "x"}}]}"#,
        " at a uses \"suffix\"",
        OPERATORS,
    ),
    (
        r#"{"a": [{"starts-with": "x"}]}"#,
        " at a uses \"starts-with\"",
        OPERATORS,
    ),
    (
        r#"{"a": [{"wildcard": "x*"}]}"#,
        " at a uses wildcard",
        EVENT_BUS,
    ),
    (
        r#"{"a": [{"cidr": "10.0.0.0/8"}]}"#,
        " at a uses cidr",
        EVENT_BUS,
    ),
    (
        r#"{"a": [{"anything-but": {"prefix": "x"}}]}"#,
        " at a uses anything-but with an object",
        EVENT_BUS,
    ),
    (
        r#"{"a": [{"anything-but": []}]}"#,
        " at a is []",
        ANYTHING_BUT,
    ),
    (
        r#"{"a": [{"anything-but": null}]}"#,
        " at a is null",
        ANYTHING_BUT,
    ),
    (
        r#"{"a": [{"anything-but": ["x", 1]}]}"#,
        " at a is [\"x\",1]",
        ANYTHING_BUT,
    ),
    (
        r#"{"a": [{"anything-but": [1, "x"]}]}"#,
        " at a is [1,\"x\"]",
        ANYTHING_BUT,
    ),
    (
        r#"{"a": [{"exists": "true"}]}"#,
        " at a is \"true\"",
        "must be true or false, after exists",
    ),
    (r#"{"a": [{"numeric": 5}]}"#, " at a is 5", NUMERIC),
    (
        r#"{"a": [{"numeric": [">"]}]}"#,
        " at a is [\">\"]",
        NUMERIC,
    ),
    (
        r#"{"a": [{"numeric": [5, ">"]}]}"#,
        " at a is [5,\">\"]",
        NUMERIC,
    ),
    (
        r#"{"a": [{"numeric": ["!=", 5]}]}"#,
        " at a is [\"!=\",5]",
        NUMERIC,
    ),
    (
        r#"{"a": [{"numeric": [">", 0, ">", 0]}]}"#,
        " at a is [\">\",0,\">\",0]",
        NUMERIC,
    ),
    (
        r#"{"a": [{"numeric": ["<", 5, ">", 0]}]}"#,
        " at a is [\"<\",5,\">\",0]",
        NUMERIC,
    ),
    (
        r#"{"a": [{"numeric": [">=", 5, "<", 5.0]}]}"#,
        " at a is [\">=\",5,\"<\",5.0]",
        NUMERIC,
    ),
    (
        r#"{"a": [{"numeric": ["=", "5"]}]}"#,
        " at a is \"5\"",
        NUMBER,
    ),
    (
        r#"{"a": [{"numeric": ["=", 5000000000.1]}]}"#,
        " at a is 5000000000.1",
        NUMBER,
    ),
    (
        r#"{"a": [{"numeric": ["=", -5e10]}]}"#,
        " at a is -5e10",
        NUMBER,
    ),
    (
        r#"{"a": [{"numeric": ["=", 1e-7]}]}"#,
        " at a is 1e-7",
        NUMBER,
    ),
    (
        r#"{"a": [{"numeric": ["=", 1e-100]}]}"#,
        " at a is 1e-100",
        NUMBER,
    ),
    (
        r#"{"a": [{"anything-but": 1e200}]}"#,
        " at a is 1e200",
        NUMBER,
    ),
    (r#"{"$or": {"a": [1]}}"#, " at $or is {\"a\":[1]}", OR),
    (r#"{"$or": [{"a": [1]}]}"#, " at $or is [{\"a\":[1]}]", OR),
    (
        r#"{"a": {"$or": [{"b": [1]}, {"c": 1}]}}"#,
        " at a.c is 1",
        RULES,
    ),
    (
        r#"{"$or": [{"prefix": ["x"]}, {"b": [1]}]}"#,
        " at prefix is [\"x\"]",
        "must be inside a field: an operator cannot stand in $or itself",
    ),
    ("{\"a\\n\": 1}", " at a\\n is 1", RULES),
    (
        "{\"a\"",
        " is not JSON",
        "EOF while parsing an object at line 1 column 4",
    ),
    ("error", " is not JSON", "expected value at line 1 column 1"),
];

#[test]
fn a_mistake_in_a_pattern_is_told_with_its_place_and_what_would_be_right() {
    for (pattern, found, wanted) in MISTAKES {
        let criteria = json!({"Filters": [{"Pattern": "{\"ok\":[1]}"}, {"Pattern": pattern}]});
        assert_eq!(
            error_of(&criteria),
            format!("FilterCriteria.Filters[1].Pattern{found}: {wanted}")
        );
    }
}

#[test]
fn a_mistake_around_the_patterns_is_told() {
    let filter = json!({"Pattern": "{\"data\": {\"a\": [1]}}"});
    let long = format!("{{\"a\": [\"{}\"]}}", "x".repeat(4_086));
    for (criteria, expected) in [
        (
            json!([]),
            "FilterCriteria is []: must be {\"Filters\": [...]}",
        ),
        (
            json!({"filters": []}),
            "FilterCriteria has \"filters\": only Filters is known",
        ),
        (
            json!({"Filters": {}}),
            "FilterCriteria.Filters is {}: must be an array of {\"Pattern\": \"...\"}",
        ),
        (
            json!({"Filters": vec![filter.clone(); 11]}),
            "FilterCriteria.Filters is 11 filters: must be at most 5, or 10 after an increase of the quota",
        ),
        (
            json!({"Filters": ["x"]}),
            "FilterCriteria.Filters[0] is \"x\": must be {\"Pattern\": \"JSON as text\"}",
        ),
        (
            json!({"Filters": [{}]}),
            "FilterCriteria.Filters[0] is {}: must be {\"Pattern\": \"JSON as text\"}",
        ),
        (
            json!({"Filters": [{"pattern": "{}"}]}),
            "FilterCriteria.Filters[0] has \"pattern\": only Pattern is known",
        ),
        (
            json!({"Filters": [{"Pattern": {"data": {"a": [1]}}}]}),
            "FilterCriteria.Filters[0].Pattern is {\"data\":{\"a\":[1]}}: must be JSON as a text",
        ),
        (
            json!({"Filters": [{"Pattern": long}]}),
            "FilterCriteria.Filters[0].Pattern is 4097 characters long: must be at most 4,096",
        ),
    ] {
        assert_eq!(error_of(&criteria), expected);
    }
    let most = json!({"Filters": vec![filter; 10]});
    assert!(FilterCriteria::parse(&most).is_ok());
    let longest = long.replacen('x', "", 1);
    assert!(FilterCriteria::parse(&json!({"Filters": [{"Pattern": longest}]})).is_ok());
}

#[test]
fn each_kind_of_stream_has_its_own_key() {
    let criteria = |pattern: Value| {
        FilterCriteria::parse(&json!({"Filters": [{"Pattern": pattern.to_string()}]})).unwrap()
    };
    let place = "FilterCriteria.Filters[0].Pattern";
    for (pattern, expected) in [
        (json!({"data": {"a": [1]}}), Ok(())),
        (
            json!({"$or": [{"data": {"a": [1]}}, {"data": {"b": [1]}}]}),
            Ok(()),
        ),
        (
            json!({"data": ["plain text"]}),
            Err(format!(
                "{place} filters data as a single value: must be an object, as data is JSON"
            )),
        ),
        (
            json!({"partitionKey": ["1"]}),
            Err(format!(
                "{place} filters on \"partitionKey\": a Kinesis mapping filters on data only"
            )),
        ),
        (
            json!({"$or": [{"data": {"a": [1]}}, {"kinesis": {"data": [1]}}]}),
            Err(format!(
                "{place} filters on \"kinesis\": a Kinesis mapping filters on data only"
            )),
        ),
    ] {
        let checked = criteria(pattern).check_kinesis();
        assert_eq!(checked.map_err(|error| error.to_string()), expected);
    }
    let plain = criteria(json!({"dynamodb": ["x"]}))
        .check_dynamodb()
        .unwrap_err();
    assert_eq!(
        plain.to_string(),
        format!(
            "{place} filters dynamodb as a single value: must be an object, as dynamodb is JSON"
        )
    );
}
