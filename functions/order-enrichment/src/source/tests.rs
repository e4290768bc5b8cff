use records::{Position, SequenceNumber};

use super::*;

fn reader() -> SourceReader {
    SourceReader {
        format: CdcFormat::default(),
        schema: "orders".to_owned(),
        epoch: 0,
    }
}

fn record(data: &str) -> UserRecord<'_> {
    UserRecord {
        position: Position {
            sequence_number: SequenceNumber::new("77").unwrap(),
            subsequence_number: 0,
        },
        partition_key: None,
        arrival: None,
        data: data.as_bytes(),
    }
}

fn dms(table: &str, operation: &str, data: &str, before: &str) -> String {
    format!(
        r#"{{"data":{data},{before}"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"orders","table-name":"{table}"}}}}"#
    )
}

fn order(order_id: i64) -> SourceKey {
    SourceKey {
        order_id,
        entity: Entity::Order,
    }
}

fn item(order_id: i64, item_id: i64) -> SourceKey {
    SourceKey {
        order_id,
        entity: Entity::Item(item_id),
    }
}

/// The rows that a record changes: each with whether it is there afterwards.
fn changes(json: &str) -> Vec<(SourceKey, bool)> {
    let changes = reader().read(&record(json)).unwrap().unwrap();
    let all = [Some(changes.row), changes.moved_from];
    let told = all.into_iter().flatten();
    told.map(|change| (change.key, change.columns.is_some()))
        .collect()
}

#[test]
fn each_operation_is_a_row_or_its_end() {
    let whole = r#"{"orderId":1,"itemId":2,"itemAmount":3.50}"#;
    for operation in ["load", "insert", "update"] {
        let json = dms("order_item", operation, whole, "");
        assert_eq!(changes(&json), [(item(1, 2), true)], "{operation}");
    }
    let json = dms(
        "order_item",
        "delete",
        r#"{"orderId":"1","itemId":2.0,"itemAmount":null}"#,
        "",
    );
    assert_eq!(changes(&json), [(item(1, 2), false)]);
    assert_eq!(
        changes(&dms("order", "delete", r#"{"orderId":1}"#, "")),
        [(order(1), false)]
    );
}

#[test]
fn a_changed_key_ends_the_row_that_it_was_and_another_spelling_of_it_does_not() {
    let after = r#"{"orderId":1,"itemId":2}"#;
    for (before, moved_from) in [
        (r#"{"orderId":9}"#, Some(item(9, 2))),
        (r#"{"itemId":"9"}"#, Some(item(1, 9))),
        (r#"{"orderId":8,"itemId":9}"#, Some(item(8, 9))),
        (r#"{"orderId":1.0,"itemId":"2"}"#, None),
        (r#"{"orderId":null}"#, None),
        (r#"{"itemAmount":7}"#, None),
        ("{}", None),
        ("null", None),
    ] {
        let json = dms(
            "order_item",
            "update",
            after,
            &format!(r#""before-image":{before},"#),
        );
        let mut expected = vec![(item(1, 2), true)];
        expected.extend(moved_from.map(|key| (key, false)));
        assert_eq!(changes(&json), expected, "{before}");
    }
    // Nothing but an update moves a row.
    let json = dms(
        "order",
        "insert",
        r#"{"orderId":1}"#,
        r#""before-image":{"orderId":2},"#,
    );
    assert_eq!(changes(&json), [(order(1), true)]);
}

#[test]
fn both_rows_of_a_move_have_the_version_of_the_record_in_the_epoch_that_is_set() {
    let reader = SourceReader {
        epoch: 3,
        ..reader()
    };
    let json = dms(
        "order",
        "update",
        r#"{"orderId":1}"#,
        r#""before-image":{"orderId":2},"#,
    );
    let changes = reader.read(&record(&json)).unwrap().unwrap();
    let versions = [changes.row.version, changes.moved_from.unwrap().version];
    assert_eq!(
        versions.map(|version| version.to_string()),
        ["0003-1-002-77-01-0"; 2]
    );
}

#[test]
fn known_columns_are_kept_as_they_are_and_null_ones_are_not() {
    let json = dms(
        "order",
        "insert",
        r#"{"orderId":1,"orderAmount":"300.00","orderStatus":7.0,"shipToName":"Zo\u00eb","shipToCity":"","shipToZip":null,"extra":{}}"#,
        "",
    );
    let columns = reader()
        .read(&record(&json))
        .unwrap()
        .unwrap()
        .row
        .columns
        .unwrap();
    let shown = |name: &str| columns.get(name).map(|value| format!("{value:?}"));
    assert_eq!(shown("orderAmount").unwrap(), r#"Number(Number("300"))"#);
    assert_eq!(shown("orderStatus").unwrap(), r#"Text("7")"#);
    assert_eq!(shown("shipToName").unwrap(), r#"Text("Zoë")"#);
    assert_eq!(shown("shipToCity").unwrap(), r#"Text("")"#);
    for name in ["shipToZip", "shipToState", "extra"] {
        assert_eq!(shown(name), None, "{name}");
    }
}

#[test]
fn the_quantity_is_found_under_its_misspelt_name_too() {
    for (columns, expected) in [
        (r#""itemQuanity":5"#, Some("5")),
        (r#""itemQuantity":6"#, Some("6")),
        (r#""itemQuanity":5,"itemQuantity":6"#, Some("6")),
        (r#""itemQuanity":5,"itemQuantity":null"#, Some("5")),
        (r#""itemQuanity":null"#, None),
    ] {
        let json = dms(
            "order_item",
            "insert",
            &format!(r#"{{"orderId":1,"itemId":2,{columns}}}"#),
            "",
        );
        let read = reader()
            .read(&record(&json))
            .unwrap()
            .unwrap()
            .row
            .columns
            .unwrap();
        let quantity = match read.get("itemQuantity") {
            Some(dynamo::Value::Number(number)) => Some(number.as_str().to_owned()),
            _ => None,
        };
        assert_eq!(quantity.as_deref(), expected, "{columns}");
    }
}

#[test]
fn what_is_about_something_else_is_nothing() {
    for json in [
        &dms("order_detail", "insert", "{}", ""),
        &dms("awsdms_heartbeat", "insert", "{}", ""),
        &dms("order", "insert", r#"{"orderId":"?"}"#, "").replace(r#""orders""#, r#""archive""#),
        r#"{"metadata":{"record-type":"control","operation":"drop-table","schema-name":"orders","table-name":"order"}}"#,
    ] {
        assert_eq!(reader().read(&record(json)).unwrap(), None, "{json}");
    }
    let debezium = SourceReader {
        format: CdcFormat::Debezium,
        ..reader()
    };
    assert_eq!(debezium.read(&record("")).unwrap(), None);
}

#[test]
fn what_is_wrong_with_a_record_is_told_by_stage_and_reason() {
    for (json, stage, reason) in [
        ("{".to_owned(), "payload", "not-json"),
        (
            dms("order", "merge", "{}", ""),
            "payload",
            "unknown-operation",
        ),
        (dms("order", "insert", "{}", ""), "domain", "missing-column"),
        (
            dms("order_item", "delete", r#"{"orderId":1}"#, ""),
            "domain",
            "missing-column",
        ),
        (
            dms("order", "insert", r#"{"orderId":1,"orderAmount":true}"#, ""),
            "domain",
            "wrong-column-type",
        ),
        (
            dms(
                "order",
                "update",
                r#"{"orderId":1}"#,
                r#""before-image":{"orderId":"x"},"#,
            ),
            "domain",
            "wrong-column-type",
        ),
    ] {
        let poison = Poison::from(reader().read(&record(&json)).unwrap_err());
        assert_eq!(
            (poison.stage.as_str(), poison.reason),
            (stage, reason),
            "{json}"
        );
    }
}
