//! Any bytes, any JSON, and what a writer of records writes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use records::cdc::{BeforeImage, CdcFormat, CdcRecord, Operation};
use records::{Position, Row, SequenceNumber};
use serde_json::{Value, json};

fn formats() -> [CdcFormat; 3] {
    let before_image = BeforeImage::columns();
    [
        CdcFormat::default(),
        CdcFormat::Dms { before_image },
        CdcFormat::Debezium,
    ]
}

/// Reads, and asks for everything that can be asked for.
fn exhaust(bytes: &[u8]) {
    for format in formats() {
        let Ok(CdcRecord::Row(change)) = format.read(bytes) else {
            continue;
        };
        let position = Position {
            sequence_number: SequenceNumber::new("1").unwrap(),
            subsequence_number: 0,
        };
        let version = change.version(position).to_string();
        assert!(records::Version::parse(&version).is_some());
        let _ = (
            change.changed_at(),
            change.captured_at(),
            change.transaction_id(),
            change.table.is_of_dms(),
        );
        for column in change
            .row
            .columns()
            .iter()
            .chain(change.before.iter().flat_map(Row::columns))
        {
            let _ = (
                column.value(),
                column.text(),
                column.key_text(),
                column.number(),
                column.boolean(),
            );
            let _ = (column.hex(), column.base64(), column.time());
            let _ = (
                column.integer::<i64>(),
                column.integer::<u8>(),
                column.integer::<i128>(),
            );
            let _ = (
                change.is_key_changed(&[column.name()]),
                change.column_before(column.name()),
            );
        }
    }
}

/// Text that is a piece of a record now and then.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,6}|[\"\\\\\n]{0,3}",
        "-?[0-9]{1,40}(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?",
        Just("2023-01-16T06:18:32.123456789Z".to_owned()),
        Just("00000002/7C007178.3.00000002/7C007178".to_owned()),
        Just("bin.000001:4:0:5:6:bin.000001:3".to_owned()),
        prop_oneof![
            Just("data"),
            Just("control"),
            Just("load"),
            Just("insert"),
            Just("update"),
            Just("delete"),
            Just("c"),
            Just("u"),
            Just("d"),
            Just("r"),
            Just("t"),
            Just("0x0aFF"),
            Just("true"),
            Just("create-table"),
        ]
        .prop_map(str::to_owned),
    ]
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("data"),
        Just("metadata"),
        Just("control"),
        Just("before-image"),
        Just("record-type"),
        Just("operation"),
        Just("schema-name"),
        Just("table-name"),
        Just("transaction-id"),
        Just("transaction-record-id"),
        Just("stream-position"),
        Just("commit-timestamp"),
        Just("payload"),
        Just("schema"),
        Just("before"),
        Just("after"),
        Just("source"),
        Just("op"),
        Just("ts_ms"),
        Just("lsn"),
        Just("db"),
        Just("table"),
        Just("file"),
        Just("pos"),
        Just("_doc"),
        Just("id"),
        Just("BI_id"),
    ]
    .prop_map(str::to_owned)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any_text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(any_key(), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

/// A record, with parts of it replaced.
fn nearly_a_record() -> impl Strategy<Value = Value> {
    let metadata = json!({"timestamp": "2023-01-16T06:18:32.1Z", "record-type": "data", "operation": "update",
        "schema-name": "s", "table-name": "t", "transaction-id": 7, "transaction-record-id": 1,
        "commit-timestamp": "2023-01-16T06:18:32.1Z", "stream-position": "2/7C007178.3.2/7C007178"});
    let dms =
        json!({"data": {"id": 1, "BI_id": 2}, "before-image": {"id": 2}, "metadata": metadata});
    let source = json!({"db": "d", "schema": "s", "table": "t", "ts_ms": 5, "lsn": 9, "txId": 3});
    let debezium =
        json!({"before": {"id": 1}, "after": {"id": 2}, "source": source, "op": "u", "ts_ms": 6});
    let record = prop_oneof![
        Just(dms),
        Just(json!({"payload": debezium.clone()})),
        Just(debezium)
    ];
    let change = (any_key(), any_key(), proptest::option::of(any_json()));
    (record, proptest::collection::vec(change, 0..4)).prop_map(|(mut record, changes)| {
        for (outer, inner, value) in changes {
            let parts = record.as_object_mut().unwrap();
            let part = match parts.get_mut(&outer) {
                Some(Value::Object(part)) => part,
                _ => parts,
            };
            match value {
                Some(value) => part.insert(inner, value),
                None => part.remove(&inner),
            };
        }
        record
    })
}

/// A row whose numbers keep their digits, as name and JSON text.
fn any_row() -> impl Strategy<Value = BTreeMap<String, String>> {
    let value = prop_oneof![
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?(E[+-]?[0-9]{1,2})?",
        any_text().prop_map(|text| json!(text).to_string()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        Just("null".to_owned()),
        any_json()
            .prop_filter("an object is a nested document", |json| !json.is_object())
            .prop_map(|json| json.to_string()),
    ];
    proptest::collection::btree_map("\\PC{1,12}|[a-z\"\\\\]{1,3}|_doc", value, 0..12)
}

fn written(row: &BTreeMap<String, String>, separator: &str) -> String {
    let column = |(name, value): (&String, &String)| format!("{}:{separator}{value}", json!(name));
    let columns: Vec<_> = row.iter().map(column).collect();
    format!(
        "{{{separator}{}{separator}}}",
        columns.join(&format!(",{separator}"))
    )
}

fn read(row: &Row<'_>) -> BTreeMap<String, String> {
    let columns = row.columns().iter();
    columns
        .map(|column| (column.name().to_owned(), column.json().to_owned()))
        .collect()
}

proptest! {
    #[test]
    fn any_bytes_are_a_record_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        exhaust(&bytes);
    }

    #[test]
    fn any_json_is_a_record_or_an_error(json in any_json()) {
        exhaust(json.to_string().as_bytes());
    }

    #[test]
    fn what_is_nearly_a_record_is_a_record_or_an_error(json in nearly_a_record(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = json.to_string().into_bytes();
        exhaust(&bytes);
        let at = cut.index(bytes.len());
        exhaust(&bytes[..at]);
        bytes[at] = byte;
        exhaust(&bytes);
    }

    #[test]
    fn what_is_written_comes_back(
        after in any_row(),
        before in proptest::option::of(any_row()),
        operation in prop_oneof![Just(("load", "r", Operation::Load)), Just(("insert", "c", Operation::Insert)), Just(("update", "u", Operation::Update))],
        table in ("\\PC{0,9}", "\\PC{0,9}"),
        separator in prop_oneof![Just(""), Just(" "), Just("\n\t")],
        details in proptest::option::of((0..=i32::MAX.unsigned_abs(), any::<u64>(), any::<u64>(), any::<u64>())),
    ) {
        let (word, letter, operation) = operation;
        let (schema, name) = (json!(table.0), json!(table.1));
        let images = (written(&after, separator), before.as_ref().map(|before| written(before, separator)));
        let dms_before = images.1.as_ref().map(|before| format!(r#""before-image":{before},"#)).unwrap_or_default();
        let dms_details = details.map(|(log, offset, change, transaction)| format!(
            r#","transaction-id":{transaction},"transaction-record-id":{change},"stream-position":"b.{log:06}:{offset}:0:1:{transaction}:b.{log:06}:4""#
        )).unwrap_or_default();
        let dms = format!(
            r#"{{"data":{},{dms_before}"metadata":{{"record-type":"data","operation":"{word}","schema-name":{schema},"table-name":{name}{dms_details}}}}}{separator}"#,
            images.0
        );
        let debezium_details = details.map(|(log, offset, change, transaction)| format!(
            r#","file":"b.{log:06}","pos":{offset},"row":{change},"gtid":"{transaction}""#
        )).unwrap_or_default();
        let debezium = format!(
            r#"{{"before":{},"after":{},"source":{{"schema":{schema},"table":{name}{debezium_details}}},"op":"{letter}"}}"#,
            images.1.as_deref().unwrap_or("null"), images.0
        );
        let enveloped = format!(r#"{{"schema":{{}},"payload":{debezium}}}{separator}"#);
        let mut versions = Vec::new();
        for (format, text) in [(CdcFormat::default(), dms), (CdcFormat::Debezium, debezium), (CdcFormat::Debezium, enveloped)] {
            let record = format.read(text.as_bytes());
            let Ok(CdcRecord::Row(change)) = record else { panic!("{text}: {record:?}") };
            prop_assert_eq!(change.operation, operation);
            prop_assert_eq!((&*change.table.schema, &*change.table.name), (&*table.0, &*table.1));
            prop_assert_eq!(&read(&change.row), &after);
            prop_assert_eq!(change.before.as_ref().map(read), before.clone());
            let transaction = details.map(|details| details.3.to_string());
            prop_assert_eq!(change.transaction_id(), transaction.as_deref());
            let sequence_number = SequenceNumber::new("1").unwrap();
            let version = change.version(Position { sequence_number, subsequence_number: 0 }).to_string();
            versions.push(version);
        }
        // The same place in the same log, whoever tells it.
        prop_assert_eq!(&versions[0], &versions[1]);
        prop_assert_eq!(&versions[0], &versions[2]);
    }
}
