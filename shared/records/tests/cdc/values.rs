//! Columns in every spelling, and what they are not.

use std::borrow::Cow;

use records::cdc::{CdcFormat, Column, ColumnValue, Row};
use records::{ColumnError, NumberError, Timestamp};

#[test]
fn columns_are_what_they_are_asked_for() {
    let bytes = include_str!("../fixtures/cdc/dms-values.json");
    let change = super::row(&CdcFormat::default(), bytes);
    let get = |name| change.row.required(name).unwrap();
    assert_eq!(get("int").integer::<u8>(), Ok(17));
    assert_eq!(
        get("bigint_float").integer::<i64>(),
        Ok(100_000_000_000_000_000)
    );
    assert_eq!(
        get("bigint_float").key_text().unwrap(),
        "100000000000000000"
    );
    assert_eq!(
        get("bigint_string").integer::<i64>(),
        Ok(123_456_789_012_345_678)
    );
    assert_eq!(
        get("decimal").number().unwrap().as_str(),
        "1234567890123456.123456789"
    );
    assert_eq!(
        get("decimal").value(),
        Ok(ColumnValue::Number("1234567890123456.1234567890"))
    );
    assert_eq!(get("decimal_string").number().unwrap().as_str(), "-12.34");
    assert_eq!(get("bool").boolean(), Ok(true));
    assert_eq!(get("bit").boolean(), Ok(false));
    assert_eq!(get("empty").text().unwrap(), "");
    assert_eq!(get("binary").hex(), Ok(vec![0xde, 0xad, 0xbe, 0xef]));
    assert_eq!(get("binary_bare").hex(), Ok(vec![0, 0xff]));
    assert_eq!(get("unicode").text().unwrap(), "Zoë 🚲");
    assert_eq!(
        get("nested").value(),
        Ok(ColumnValue::Json(r#"{"from":"a mapping rule"}"#))
    );
    for (name, time) in [
        ("date", "2015-10-17T00:00:00Z"),
        ("datetime", "2023-01-16T06:18:32Z"),
        ("nanos", "2023-01-16T06:18:32.915241Z"),
        ("spaced", "2020-05-01T17:11:49.973Z"),
    ] {
        assert_eq!(
            get(name)
                .time()
                .as_ref()
                .map(Timestamp::to_string)
                .as_deref(),
            Ok(time)
        );
    }
    assert_eq!(
        get("nanos").text().unwrap(),
        "2023-01-16T06:18:32.915241987Z"
    );
    let json = get("json").text().unwrap();
    let document = Row::from_json(&json).unwrap();
    assert_eq!(document.required("a").unwrap().json(), "[1,2.50]");
}

#[test]
fn null_and_missing_columns_are_told_apart() {
    let row = Row::from_json(r#"{"null":null,"empty":""}"#).unwrap();
    assert!(row.get("null").is_some_and(Column::is_null));
    assert!(row.present("null").is_none() && row.present("empty").is_some());
    assert!(row.get("none").is_none());
    let reason = |name| {
        let column = row.required(name);
        column.map_or_else(|error| error.reason(), |_| "")
    };
    assert_eq!(
        ["null", "none", "empty"].map(reason),
        ["null-column", "missing-column", ""]
    );
}

#[test]
fn text_is_borrowed_unless_it_has_escapes() {
    let row = Row::from_json(r#"{"plain":"ä","escaped":"\u00e4"}"#).unwrap();
    for (name, is_borrowed) in [("plain", true), ("escaped", false)] {
        let text = row.required(name).unwrap().text().unwrap();
        assert_eq!(
            (&*text, matches!(text, Cow::Borrowed(_))),
            ("ä", is_borrowed)
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn errors_name_the_column_and_what_was_expected() {
    let row = |json: &str| Row::from_json(format!(r#"{{"c":{json}}}"#).leak()).unwrap();
    let integer = |json| row(json).get("c").unwrap().integer::<i32>().unwrap_err();
    let number = |json| row(json).get("c").unwrap().number().unwrap_err();
    let text = |json| row(json).get("c").unwrap().text().unwrap_err();
    let hex = |json| row(json).get("c").unwrap().hex().unwrap_err();
    let time = |json| row(json).get("c").unwrap().time().unwrap_err();
    let boolean = |json| row(json).get("c").unwrap().boolean().unwrap_err();
    let key = |json| row(json).get("c").unwrap().key_text().unwrap_err();
    let base64 = |json| row(json).get("c").unwrap().base64().unwrap_err();
    for (error, message, reason) in [
        (
            integer("1.5"),
            "the column `c` is another number, not a whole number",
            "wrong-column-type",
        ),
        (
            integer("\"x\""),
            "the column `c` is another string, not a whole number",
            "wrong-column-type",
        ),
        (
            integer("true"),
            "the column `c` is a truth value, not a whole number",
            "wrong-column-type",
        ),
        (
            integer("1e10"),
            "the column `c` does not fit i32",
            "integer-out-of-range",
        ),
        (
            integer("1e99"),
            "the column `c` does not fit i32",
            "integer-out-of-range",
        ),
        (integer("null"), "the column `c` is null", "null-column"),
        (
            number("{}"),
            "the column `c` is an object, not a number",
            "wrong-column-type",
        ),
        (
            number("1e200"),
            "the column `c` cannot be kept: power of ten 200 is outside -130..125",
            "number-out-of-range",
        ),
        (
            text("5"),
            "the column `c` is another number, not a string",
            "wrong-column-type",
        ),
        (
            text(r#""\ud800""#),
            "the column `c` is a string of broken characters, not a string",
            "wrong-column-type",
        ),
        (
            hex("\"0xabc\""),
            "the column `c` is another string, not a string of hex digits",
            "wrong-column-type",
        ),
        (
            hex("\"0x0g\""),
            "the column `c` is another string, not a string of hex digits",
            "wrong-column-type",
        ),
        (
            hex("17"),
            "the column `c` is another number, not a string of hex digits",
            "wrong-column-type",
        ),
        (
            base64("\"=\""),
            "the column `c` is another string, not a string of base64",
            "wrong-column-type",
        ),
        (
            time("1700000000"),
            "the column `c` is another number, not a date and time",
            "wrong-column-type",
        ),
        (
            time("\"17:11\""),
            "the column `c` is another string, not a date and time",
            "wrong-column-type",
        ),
        (
            boolean("\"2\""),
            "the column `c` is another string, not a truth value",
            "wrong-column-type",
        ),
        (
            boolean("[]"),
            "the column `c` is an array, not a truth value",
            "wrong-column-type",
        ),
        (
            key("[]"),
            "the column `c` is an array, not a string or number",
            "wrong-column-type",
        ),
    ] {
        assert_eq!((&*error.to_string(), error.reason()), (message, reason));
        assert_eq!(error.column(), "c");
    }
    let digits = "1".repeat(39);
    assert_eq!(
        row(&digits).get("c").unwrap().number().unwrap_err(),
        ColumnError::NumberNotKept {
            column: "c".into(),
            error: NumberError::TooManyDigits(39)
        }
    );
}
