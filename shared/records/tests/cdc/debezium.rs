//! Records of Debezium.

use records::cdc::{CdcFormat, CdcRecord, ControlKind, Operation, Source};

use super::{columns, control, row, version};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/cdc/debezium-", $name, ".json"))
    };
}

fn debezium(bytes: &'static str) -> records::RowChange<'static> {
    row(&CdcFormat::Debezium, bytes)
}

#[test]
fn changes_of_postgresql_are_read_at_the_top_level() {
    let change = debezium(fixture!("postgresql-create"));
    assert_eq!(change.operation, Operation::Insert);
    assert_eq!(
        (&*change.table.schema, &*change.table.name),
        ("public", "users")
    );
    assert_eq!(
        change.row.required("email").unwrap().text().unwrap(),
        "apple@gmail.com"
    );
    assert!(change.before.is_none());
    assert_eq!(change.transaction_id(), Some("574"));
    assert_eq!(
        change.changed_at().unwrap().to_string(),
        "2022-05-18T07:54:41.07Z"
    );
    assert_eq!(
        change.captured_at().unwrap().to_string(),
        "2022-05-18T07:54:43.816Z"
    );
    assert_eq!(
        version(&change),
        "0000-2-00000000-00000000017a4f00-0000000000000000"
    );

    let delete = debezium(fixture!("postgresql-delete"));
    assert_eq!(delete.operation, Operation::Delete);
    assert_eq!(columns(&delete.row), [("id".to_owned(), "6".to_owned())]);
    assert!(version(&change) < version(&delete));

    let snapshot = debezium(fixture!("postgresql-snapshot"));
    assert_eq!(snapshot.operation, Operation::Load);
    assert_eq!(version(&snapshot), "0000-0-001-5-01-0");
}

#[test]
fn changes_of_mysql_are_read_beside_their_schema() {
    let change = debezium(fixture!("mysql-update-with-schema"));
    assert_eq!(change.operation, Operation::Update);
    assert_eq!(
        (&*change.table.schema, &*change.table.name),
        ("orders", "order_item")
    );
    assert_eq!(
        change.row.required("itemStatus").unwrap().text().unwrap(),
        "New"
    );
    assert_eq!(
        change.column_before("itemStatus").unwrap().text().unwrap(),
        "Picked"
    );
    assert!(!change.is_key_changed(&["orderId", "itemId"]));
    assert_eq!(
        change.transaction_id(),
        Some("3e11fa47-71ca-11e1-9e33-c80aa9429562:23")
    );
    assert_eq!(
        change.captured_at().unwrap().to_string(),
        "2026-03-02T08:00:01.254321Z"
    );
    assert_eq!(
        version(&change),
        "0000-2-00000003-00000000000001e4-0000000000000001"
    );
    let Source::Debezium(source) = &change.source else {
        panic!("{:?}", change.source)
    };
    assert_eq!(source.connector.as_deref(), Some("mysql"));
    assert_eq!(
        (source.file.as_deref(), source.pos, source.row),
        (Some("mysql-bin.000003"), Some(484), Some(1))
    );
}

#[test]
fn an_emptied_table_is_told_by_a_control_record() {
    let control = control(&CdcFormat::Debezium, fixture!("mysql-truncate"));
    assert_eq!(
        (control.kind, &*control.operation),
        (ControlKind::Truncate, "t")
    );
    assert_eq!(
        (&*control.table.schema, &*control.table.name),
        ("orders", "order_item")
    );
}

#[test]
fn a_tombstone_is_no_change_and_no_error() {
    for bytes in [
        "",
        "null",
        " null\n",
        fixture!("tombstone-with-schema"),
        r#"{"payload":null}"#,
    ] {
        let record = CdcFormat::Debezium.read(bytes.as_bytes());
        assert!(
            matches!(record, Ok(CdcRecord::Tombstone)),
            "{bytes:?}: {record:?}"
        );
    }
}
