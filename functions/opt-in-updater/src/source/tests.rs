use records::{Position, SequenceNumber, UserRecord};

use super::*;

fn reader() -> SourceReader {
    SourceReader {
        format: CdcFormat::default(),
        schema: "blog_db".to_owned(),
        table: "optin_status".to_owned(),
        epoch: 0,
        default_country: Country::parse("US").unwrap(),
    }
}

/// What a record with these members changes: number, user and answer, `-` for a row that is gone; and the reason of what
/// is wrong with it.
fn read(operation: &str, members: &str) -> (Vec<String>, Option<&'static str>) {
    read_of("blog_db", "optin_status", operation, members)
}

fn read_of(
    schema: &str,
    table: &str,
    operation: &str,
    members: &str,
) -> (Vec<String>, Option<&'static str>) {
    let json = format!(
        r#"{{{members},"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"{schema}","table-name":"{table}"}}}}"#
    );
    let record = UserRecord {
        data: json.as_bytes(),
        position: Position {
            sequence_number: SequenceNumber::new("7").unwrap(),
            subsequence_number: 0,
        },
        arrival: None,
        partition_key: None,
    };
    let read = reader().read(&record);
    let changes = read.changes.iter().map(|change| {
        let answer = change.consent.as_ref().map(|consent| consent.answer);
        let answer = answer.map_or("-".to_owned(), |answer| format!("{answer:?}"));
        format!(
            "{} {} {answer}",
            change.key.phone.e164(),
            change.key.user.as_str()
        )
    });
    (changes.collect(), read.error.map(|error| error.reason()))
}

const NEW: &str = r#""data":{"userid":7,"phone":"206 555 0100","optin":1}"#;

#[test]
fn a_row_is_read_whatever_has_happened_to_it() {
    for operation in ["load", "insert", "update"] {
        assert_eq!(
            read(operation, NEW),
            (vec!["+12065550100 7 Yes".to_owned()], None)
        );
    }
    assert_eq!(
        read("delete", NEW),
        (vec!["+12065550100 7 -".to_owned()], None)
    );
    let texts = r#""data":{"userid":"a-7","phone":12065550100.0,"optin":"0"}"#;
    assert_eq!(read("insert", texts).0, ["+12065550100 a-7 No"]);
    let missing = r#""data":{"userid":"a","phone":"+12065550100"}"#;
    assert_eq!(read("insert", missing).0, ["+12065550100 a Unclear"]);
}

#[test]
fn a_changed_key_is_a_row_that_is_gone_and_one_that_is_there() {
    for (before, expected) in [
        (
            r#"{"userid":7,"phone":"+44 20 7946 0018"}"#,
            vec!["+12065550100 7 Yes", "+442079460018 7 -"],
        ),
        (
            r#"{"userid":"8","phone":"12065550100"}"#,
            vec!["+12065550100 7 Yes", "+12065550100 8 -"],
        ),
        (
            r#"{"userid":"7","phone":"+12065550100"}"#,
            vec!["+12065550100 7 Yes"],
        ),
        (
            r#"{"userid":7.0,"phone":"none"}"#,
            vec!["+12065550100 7 Yes"],
        ),
        (r#"{"optin":0}"#, vec!["+12065550100 7 Yes"]),
        ("{}", vec!["+12065550100 7 Yes"]),
    ] {
        let members = format!(r#"{NEW},"before-image":{before}"#);
        let (changes, error) = read("update", &members);
        assert_eq!(
            (changes.iter().map(String::as_str).collect(), error),
            (expected, None),
            "{before}"
        );
        let (changes, _) = read("insert", &members);
        assert_eq!(
            changes,
            ["+12065550100 7 Yes"],
            "only an update has moved: {before}"
        );
    }
}

#[test]
fn half_a_key_before_is_poison_but_the_row_that_is_there_is_kept() {
    for before in [
        r#"{"userid":7}"#,
        r#"{"phone":"+442079460018","userid":null}"#,
    ] {
        let (changes, error) = read("update", &format!(r#"{NEW},"before-image":{before}"#));
        assert_eq!(changes, ["+12065550100 7 Yes"]);
        assert_eq!(error, Some("before-without-key"));
    }
}

#[test]
fn a_row_that_moves_to_no_number_is_gone_from_the_old_one() {
    let members = r#""data":{"userid":7,"phone":"?","optin":1},"before-image":{"userid":7,"phone":"+12065550100"}"#;
    let expected = (vec!["+12065550100 7 -".to_owned()], Some("invalid-phone"));
    assert_eq!(read("update", members), expected);
}

#[test]
fn a_delete_that_lacks_its_key_says_what_the_source_has_to_give() {
    for data in [
        r#"{"userid":7}"#,
        r#"{"phone":"+12065550100"}"#,
        r#"{"userid":7,"phone":null}"#,
    ] {
        let (changes, error) = read("delete", &format!(r#""data":{data}"#));
        assert_eq!(
            (changes.len(), error),
            (0, Some("delete-without-key")),
            "{data}"
        );
    }
    let text = SourceError::DeleteWithoutKey("phone").to_string();
    assert!(text.contains("binlog_row_image=FULL") && text.contains("REPLICA IDENTITY FULL"));
}

#[test]
fn what_is_no_row_of_consent_is_poison_or_something_else() {
    for (data, reason) in [
        (r#"{"phone":"+12065550100","optin":1}"#, "missing-column"),
        (r#"{"userid":7,"optin":1}"#, "missing-column"),
        (r#"{"userid":7,"phone":null}"#, "null-column"),
        (r#"{"userid":null,"phone":"+12065550100"}"#, "null-column"),
        (
            r#"{"userid":7,"phone":["+12065550100"]}"#,
            "wrong-column-type",
        ),
        (r#"{"userid":7,"phone":"555-0100"}"#, "invalid-phone"),
        (r#"{"userid":"","phone":"+12065550100"}"#, "empty-user"),
    ] {
        let expected = (Vec::new(), Some(reason));
        assert_eq!(
            read("insert", &format!(r#""data":{data}"#)),
            expected,
            "{data}"
        );
    }
    let long = format!(
        r#""data":{{"userid":"{}","phone":"+12065550100"}}"#,
        "u".repeat(901)
    );
    assert_eq!(read("insert", &long).1, Some("long-user"));
    let longest = long.replacen("uuu", "uu", 1);
    assert_eq!(read("insert", &longest).1, None);
    assert_eq!(read("upsert", NEW).1, Some("unknown-operation"));
    for (schema, table) in [
        ("blog", "optin_status"),
        ("blog_db", "awsdms_status"),
        ("blog_db", "users"),
    ] {
        assert_eq!(read_of(schema, table, "insert", NEW), (Vec::new(), None));
    }
}

#[test]
fn the_time_of_the_source_is_kept_as_it_is_or_not_at_all() {
    for (time, expected) in [
        (r#""2026-11-21 08:00:00""#, Some("2026-11-21 08:00:00")),
        ("1763712000000", Some("1763712000000")),
        (r#""""#, None),
        ("null", None),
        ("true", None),
        (r#"{"a":1}"#, None),
        (&format!("\"{}\"", "9".repeat(257)), None),
    ] {
        let json = format!(r#"{{"optin":1,"lastupdate":{time}}}"#);
        let row = Row::from_json(&json).unwrap();
        assert_eq!(Consent::of(&row).source_time.as_deref(), expected, "{time}");
    }
}

#[test]
fn no_text_of_an_error_quotes_the_record() {
    let numbers = ["2065550100", "555 0100", "user-7"];
    for data in [
        r#"{"2065550100":1,"2065550100":2}"#,
        r#"{"userid":"user-7","phone":"555 0100"}"#,
        r#"{"userid":"user-7","phone":2065550100e-3}"#,
        r#"{"userid":"user-7","phone":[2065550100]}"#,
        r#"{"userid":"user-7","phone":"2065550100"#,
    ] {
        for operation in ["insert", "2065550100"] {
            let json = format!(
                r#"{{"data":{data},"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"blog_db","table-name":"optin_status"}}}}"#
            );
            let record = UserRecord {
                data: json.as_bytes(),
                position: Position {
                    sequence_number: SequenceNumber::new("7").unwrap(),
                    subsequence_number: 0,
                },
                arrival: None,
                partition_key: None,
            };
            let read = reader().read(&record);
            let text = format!("{:?}", read.changes);
            assert!(
                !numbers.iter().any(|number| text.contains(number)),
                "{text}"
            );
            let Some(error) = read.error else {
                panic!("{json}")
            };
            let text = error.to_string();
            assert!(
                !numbers.iter().any(|number| text.contains(number)),
                "{text}"
            );
        }
    }
}
