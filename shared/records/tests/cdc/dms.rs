//! Records of AWS DMS.

use records::cdc::{CdcFormat, ControlKind, Operation, Source};

use super::{columns, control, row, version};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/cdc/dms-", $name, ".json"))
    };
}

fn dms(bytes: &'static str) -> records::RowChange<'static> {
    row(&CdcFormat::default(), bytes)
}

#[test]
fn a_change_of_mysql_is_read_with_all_its_details() {
    let change = dms(fixture!("mysql-insert"));
    assert_eq!(change.operation, Operation::Insert);
    assert_eq!(
        (&*change.table.schema, &*change.table.name),
        ("sbtest", "sbtest_x")
    );
    assert_eq!(
        change.row.required("id").unwrap().integer(),
        Ok(100_000_161)
    );
    assert_eq!(
        change.row.required("REGION").unwrap().text().unwrap(),
        "val61s"
    );
    assert!(change.row.get("region").is_none());
    assert!(change.before.is_none());
    let time = |time: Option<records::Timestamp>| time.unwrap().to_string();
    assert_eq!(time(change.captured_at()), "2019-10-31T22:53:59.721201Z");
    assert_eq!(time(change.changed_at()), "2019-10-31T22:53:55Z");
    assert_eq!(change.transaction_id(), Some("9324410911751"));
    assert_eq!(
        version(&change),
        "0000-2-0000087b-0000000002333c8f-0000000000000001"
    );
    let Source::Dms(metadata) = &change.source else {
        panic!("{:?}", change.source)
    };
    assert_eq!(metadata.partition_key_type.as_deref(), Some("primary-key"));
    assert_eq!(
        metadata.partition_key_value.as_deref(),
        Some("sbtest.sbtest_x.100000161")
    );
    assert_eq!(metadata.transaction_record_id, Some(1));
    assert_eq!(
        metadata.previous_transaction_id.as_deref(),
        Some("9324410910341")
    );
    assert_eq!(metadata.previous_transaction_record_id, Some(10));
}

#[test]
fn without_transaction_details_the_sequence_number_orders() {
    for (bytes, operation, transaction) in [
        (
            fixture!("mysql-defaults-insert"),
            Operation::Insert,
            "12884904641",
        ),
        (
            fixture!("mysql-defaults-update"),
            Operation::Update,
            "12884973957",
        ),
        (
            fixture!("mysql-defaults-delete"),
            Operation::Delete,
            "12884978099",
        ),
    ] {
        let change = dms(bytes);
        assert_eq!(change.operation, operation);
        assert_eq!(
            change.row.required("customer_id").unwrap().text().unwrap(),
            "387378799012"
        );
        assert_eq!(change.transaction_id(), Some(transaction));
        assert_eq!(change.changed_at(), None);
        assert_eq!(version(&change), "0000-1-001-5-01-0");
    }
}

#[test]
fn a_rows_life_in_postgresql_has_growing_versions() {
    use Operation::{Delete, Insert, Load, Update};
    let changes = [
        fixture!("postgresql-load"),
        fixture!("postgresql-insert"),
        fixture!("postgresql-update"),
        fixture!("postgresql-update-key"),
        fixture!("postgresql-delete"),
    ]
    .map(dms);
    let operations = changes.each_ref().map(|change| change.operation);
    assert_eq!(operations, [Load, Insert, Update, Update, Delete]);
    insta::assert_compact_json_snapshot!(changes.each_ref().map(version), @r#"
    [
      "0000-0-001-5-01-0",
      "0000-2-00000002-000000007c007178-0000000000000001",
      "0000-2-00000002-000000007c007328-0000000000000001",
      "0000-2-00000002-000000007c0073f8-0000000000000001",
      "0000-2-00000002-00000000840001d8-0000000000000001"
    ]
    "#);

    let [load, _, update, moved, delete] = &changes;
    assert_eq!(load.transaction_id(), None);
    assert!(load.row.present("note").is_none() && load.row.get("note").is_some());
    assert!(update.before.as_ref().is_some_and(records::Row::is_empty));
    assert!(!update.is_key_changed(&["id"]));
    assert!(moved.is_key_changed(&["id"]) && !moved.is_key_changed(&["name"]));
    assert_eq!(moved.column_before("id").unwrap().integer(), Ok(46));
    assert_eq!(moved.row.required("id").unwrap().integer(), Ok(45));
    assert_eq!(
        moved.column_before("name").unwrap().text().unwrap(),
        "Grace"
    );
    assert_eq!(delete.row.required("id").unwrap().integer(), Ok(45));
    assert!(!delete.is_key_changed(&["id"]));
}

#[test]
fn control_records_are_of_tables() {
    for (bytes, kind, table, has_details, is_of_dms) in [
        (
            fixture!("mysql-create-table"),
            ControlKind::CreateTable,
            "sbtest_t1",
            true,
            false,
        ),
        (
            fixture!("postgresql-drop-table"),
            ControlKind::DropTable,
            "customer",
            true,
            false,
        ),
        (
            fixture!("control-without-details"),
            ControlKind::CreateTable,
            "awsdms_apply_exceptions",
            false,
            true,
        ),
    ] {
        let control = control(&CdcFormat::default(), bytes);
        assert_eq!((control.kind, &*control.table.name), (kind, table));
        assert_eq!(control.details.is_some(), has_details);
        assert_eq!(control.table.is_of_dms(), is_of_dms);
        assert!(control.captured_at.is_some());
    }
}

#[test]
fn every_control_operation_keeps_its_word() {
    use ControlKind::*;
    for (word, kind) in [
        ("create-table", CreateTable),
        ("rename-table", RenameTable),
        ("drop-table", DropTable),
        ("change-columns", ChangeColumns),
        ("add-column", AddColumn),
        ("drop-column", DropColumn),
        ("rename-column", RenameColumn),
        ("column-type-change", ColumnTypeChange),
        ("something-new", Other),
    ] {
        let record = format!(
            r#"{{"metadata":{{"record-type":"control","operation":"{word}","schema-name":"s","table-name":"t"}}}}"#
        );
        let control = control(&CdcFormat::default(), record.leak());
        assert_eq!((control.kind, &*control.operation), (kind, word));
    }
}

#[test]
fn a_nested_document_is_the_row() {
    let change = dms(fixture!("document"));
    let expected = [
        ("source", r#""shop""#),
        ("_id", r#""5f1""#),
        ("name", r#""Ada""#),
        ("tags", r#"["a"]"#),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(columns(&change.row), expected);

    for (data, expected) in [
        // What stands inside is the row's.
        (r#"{"_doc":{"a":1},"a":2}"#, r#"[("a", "1")]"#),
        (r#"{"_doc":{}}"#, "[]"),
        // A column of that name.
        (r#"{"_doc":"{}"}"#, r#"[("_doc", "\"{}\"")]"#),
        (r#"{"_doc":null}"#, r#"[("_doc", "null")]"#),
        // Once.
        (r#"{"_doc":{"_doc":{"a":1}}}"#, r#"[("_doc", "{\"a\":1}")]"#),
    ] {
        let record = format!(
            r#"{{"data":{data},"metadata":{{"record-type":"data","operation":"load","schema-name":"s","table-name":"t"}}}}"#
        );
        assert_eq!(
            format!("{:?}", columns(&dms(record.leak()).row)),
            expected,
            "{data}"
        );
    }
}

#[test]
fn positions_that_are_not_known_leave_the_order_to_the_stream() {
    let bytes = fixture!("mysql-insert");
    let place = "mysql-bin-changelog.002171:36912271:0:36912333:9324410911751:mysql-bin-changelog.002171:36912209";
    for (from, to) in [
        (place, "00000027:00000ac0:0002"),
        (place, ""),
        (r#""transaction-record-id":1,"#, ""),
        (
            r#""transaction-record-id":1,"#,
            r#""transaction-record-id":"a7c5e0e2","#,
        ),
        ("stream-position", "position"),
    ] {
        let change = dms(bytes.replacen(from, to, 1).leak());
        assert_eq!(version(&change), "0000-1-001-5-01-0", "{to}");
    }
    for spelling in ["2", "2.0", "0.2E+1", "\"2\""] {
        let record = format!(r#""transaction-record-id":{spelling},"#);
        let record = bytes.replacen(r#""transaction-record-id":1,"#, &record, 1);
        let version = version(&dms(record.leak()));
        assert!(version.ends_with("-0000000000000002"), "{spelling}");
    }
    let uuid = bytes.replace(
        "\"transaction-id\":9324410911751",
        r#""transaction-id":"a7c5e0e2""#,
    );
    assert_eq!(dms(uuid.leak()).transaction_id(), Some("a7c5e0e2"));
}

#[test]
fn tables_of_dms_are_known_by_their_name() {
    for (name, expected) in [
        ("awsdms_apply_exceptions", true),
        ("AWSDMS_HEARTBEAT", true),
        ("awsdms", false),
        ("orders", false),
        ("awsdmsä", false),
        ("", false),
    ] {
        let table = records::cdc::TableName {
            schema: "".into(),
            name: name.into(),
        };
        assert_eq!(table.is_of_dms(), expected, "{name}");
    }
}
