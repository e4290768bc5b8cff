//! What a row was before a change.

use records::cdc::{BeforeImage, CdcFormat};

use super::{columns, row};

#[test]
fn the_before_image_is_where_the_task_puts_it() {
    let columns_of = |format: &CdcFormat, bytes| {
        let change = row(format, bytes);
        let names = |row: &records::Row<'_>| {
            columns(row)
                .into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
                .join(",")
        };
        (names(&change.row), change.before.as_ref().map(names))
    };
    let field = |name: &'static str| CdcFormat::Dms {
        before_image: BeforeImage::Field(name.into()),
    };
    let affixes = |prefix: &'static str, suffix: &'static str| CdcFormat::Dms {
        before_image: BeforeImage::Columns {
            prefix: prefix.into(),
            suffix: suffix.into(),
        },
    };
    let standard = CdcFormat::Dms {
        before_image: BeforeImage::columns(),
    };
    let marked = include_str!("../fixtures/cdc/dms-before-columns.json");
    let moved = include_str!("../fixtures/cdc/dms-postgresql-update-key.json");
    let all = "id,name,points,settings,note";
    for (format, bytes, expected_row, expected_before) in [
        (&standard, marked, "id,name", Some("id,name")),
        (&standard, moved, all, None),
        (&affixes("BI_", "e"), marked, "id,name,BI_id", Some("nam")),
        (&affixes("", "d"), marked, "name,BI_name", Some("i,BI_i")),
        (&affixes("", ""), marked, "id,name,BI_id,BI_name", None),
        (
            &affixes("BI_name", ""),
            marked,
            "id,name,BI_id,BI_name",
            None,
        ),
        (
            &field("before-image"),
            marked,
            "id,name,BI_id,BI_name",
            None,
        ),
        (&field("before-image"), moved, all, Some("id")),
        (&field("old"), moved, all, None),
    ] {
        let (after, before) = columns_of(format, bytes);
        assert_eq!(
            (&*after, before.as_deref()),
            (expected_row, expected_before),
            "{format:?}"
        );
    }
    let renamed = moved.replace("before-image", "old");
    assert_eq!(
        columns_of(&field("old"), renamed.leak()).1.as_deref(),
        Some("id")
    );
    let escaped = marked.replace("BI_id", "B\\u0049_id");
    assert_eq!(
        columns_of(&standard, escaped.leak()).1.as_deref(),
        Some("id,name")
    );
    let null = moved.replace(r#"{"id":46}"#, "null");
    assert_eq!(columns_of(&field("before-image"), null.leak()).1, None);
}

#[test]
fn spellings_of_one_key_are_no_change_of_it() {
    let is_changed = |before: &str, after: &str| {
        let record = format!(
            r#"{{"data":{{"a":1,"b":{after}}},"before-image":{{"b":{before}}},"metadata":{{"record-type":"data","operation":"update","schema-name":"s","table-name":"t"}}}}"#
        );
        row(&CdcFormat::default(), record.leak()).is_key_changed(&["a", "b"])
    };
    for (before, after, expected) in [
        ("46", "46", false),
        ("46", "45", true),
        ("46", "\"46\"", false),
        ("46.0", "4.6E+1", false),
        ("\"a\"", "\"\\u0061\"", false),
        ("\"a\"", "\"A\"", true),
        ("null", "1", true),
        ("[1]", "[1]", false),
    ] {
        assert_eq!(is_changed(before, after), expected, "{before} {after}");
    }
}

#[test]
fn only_an_update_moves_a_row() {
    let is_changed = |operation: &str, data: &str, before: &str| {
        let record = format!(
            r#"{{"data":{data},"before-image":{before},"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"s","table-name":"t"}}}}"#
        );
        row(&CdcFormat::default(), record.leak()).is_key_changed(&["id"])
    };
    for (operation, data, before, expected) in [
        ("update", r#"{"id":1}"#, r#"{"id":2}"#, true),
        ("delete", r#"{"id":1}"#, r#"{"id":2}"#, false),
        ("insert", r#"{"id":1}"#, r#"{"id":2}"#, false),
        // An empty string is left out unless IncludeNullAndEmpty is set.
        ("update", "{}", r#"{"id":"a"}"#, true),
        ("update", "{}", r#"{"id":null}"#, false),
        ("update", r#"{"id":1}"#, "{}", false),
    ] {
        assert_eq!(
            is_changed(operation, data, before),
            expected,
            "{operation} {data} {before}"
        );
    }
}
