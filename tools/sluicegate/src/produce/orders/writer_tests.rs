//! Rows of orders as DMS writes them.

use fastrand::Rng;

use super::database::Database;
use super::row::{MISSPELT, Row, Table};
use crate::produce::dms::{
    BeforeImage, Change, Database as _, Engine, Numbers, PartitionKey, Place, Settings, Value,
    Writer,
};
use crate::produce::orders;

fn row(order: u64, item: u64, amount: Value, status: &str) -> Row {
    Row {
        table: Table::Item,
        values: vec![
            Value::Whole(order),
            Value::Whole(item),
            Value::Null,
            amount,
            Value::Text(status.to_owned()),
        ],
    }
}

/// A move to another key, in a transaction of MySQL or PostgreSQL.
fn place(engine: Engine) -> Place {
    Place {
        transaction: 1_141,
        record: 2,
        previous: Some((1_141, 1)),
        committed_at: 1_700_000_000_000_000,
        position: match engine {
            Engine::Mysql => {
                "mysql-bin-changelog.000001:293:0:376:4294967453:mysql-bin-changelog.000001:231"
            }
            Engine::Postgresql => "00000002/7C0073F8.3.00000002/7C0073F8",
        }
        .to_owned(),
    }
}

fn settings(engine: Engine) -> Settings {
    Settings {
        engine,
        numbers: Numbers::Number,
        ..Settings::default()
    }
}

/// Data and before image of an insert, an update, a move and a delete.
fn parts(settings: &Settings) -> Vec<String> {
    let writer = Writer { settings, now: 0 };
    let old = row(7, 8, Value::Decimal("300.00".to_owned()), "New");
    let new = row(7, 8, Value::Decimal("300.50".to_owned()), "");
    let moved = row(7, 9, Value::Decimal("300.50".to_owned()), "New");
    let changes = [
        (None, Some(&old)),
        (Some(&old), Some(&new)),
        (Some(&old), Some(&moved)),
        (Some(&old), None),
    ];
    let rng = &mut Rng::with_seed(1);
    let texts = changes.map(|(before, after)| {
        let change = Change {
            before: before.cloned(),
            after: after.cloned(),
            statement: 0,
            order: 0,
        };
        let record = writer
            .change(rng, &change, &place(settings.engine))
            .unwrap();
        let mut json = record.json;
        json.remove("metadata");
        json.line()
    });
    texts.to_vec()
}

#[test]
fn rows_and_before_images_are_those_of_the_engine() {
    let insert = r#"{"data":{"orderId":7,"itemId":8,"itemAmount":300.00,"itemStatus":"New"}}"#;
    assert_eq!(
        parts(&settings(Engine::Mysql)),
        [
            insert,
            r#"{"data":{"orderId":7,"itemId":8,"itemAmount":300.50},"before-image":{"orderId":7,"itemId":8}}"#,
            r#"{"data":{"orderId":7,"itemId":9,"itemAmount":300.50,"itemStatus":"New"},"before-image":{"orderId":7,"itemId":8}}"#,
            insert,
        ]
    );
    assert_eq!(
        parts(&settings(Engine::Postgresql)),
        [
            insert,
            r#"{"data":{"orderId":7,"itemId":8,"itemAmount":300.50},"before-image":{}}"#,
            r#"{"data":{"orderId":7,"itemId":9,"itemAmount":300.50,"itemStatus":"New"},"before-image":{"orderId":7,"itemId":8}}"#,
            r#"{"data":{"orderId":7,"itemId":8}}"#,
        ]
    );
    let settings = Settings {
        null_and_empty: true,
        before_image: BeforeImage::Columns,
        renamed: Some(MISSPELT),
        ..settings(Engine::Postgresql)
    };
    assert_eq!(
        parts(&settings),
        [
            r#"{"data":{"orderId":7,"itemId":8,"itemQuanity":null,"itemAmount":300.00,"itemStatus":"New"}}"#,
            r#"{"data":{"orderId":7,"itemId":8,"itemQuanity":null,"itemAmount":300.50,"itemStatus":""}}"#,
            r#"{"data":{"orderId":7,"itemId":9,"itemQuanity":null,"itemAmount":300.50,"itemStatus":"New","BI_orderId":7,"BI_itemId":8}}"#,
            r#"{"data":{"orderId":7,"itemId":8,"itemQuanity":null,"itemAmount":null,"itemStatus":null}}"#,
        ]
    );
}

#[test]
fn metadata_is_as_the_settings_say() {
    let metadata = |settings: &Settings| {
        let writer = Writer {
            settings,
            now: 1_700_000_001_012_300,
        };
        let change = Change {
            before: Some(row(7, 8, Value::Null, "New")),
            after: None,
            statement: 0,
            order: 0,
        };
        let rng = &mut Rng::with_seed(1);
        let record = writer
            .change(rng, &change, &place(settings.engine))
            .unwrap();
        let mut json = record.json;
        json.remove("data");
        (record.partition_key, json.line())
    };
    let (key, text) = metadata(&settings(Engine::Mysql));
    assert_eq!(key, "orders.order_item");
    assert_eq!(
        text,
        r#"{"metadata":{"timestamp":"2023-11-14T22:13:21.012300Z","record-type":"data","operation":"delete","partition-key-type":"schema-table","schema-name":"orders","table-name":"order_item","transaction-id":1141,"transaction-record-id":2,"prev-transaction-id":1141,"prev-transaction-record-id":1,"commit-timestamp":"2023-11-14T22:13:20.000000Z","stream-position":"mysql-bin-changelog.000001:293:0:376:4294967453:mysql-bin-changelog.000001:231"}}"#
    );
    let settings = Settings {
        transaction_details: false,
        partition_key: PartitionKey::PrimaryKey,
        ..settings(Engine::Postgresql)
    };
    let (key, text) = metadata(&settings);
    assert_eq!(key, "orders.order_item.7.8");
    assert_eq!(
        text,
        r#"{"metadata":{"timestamp":"2023-11-14T22:13:21.012300Z","record-type":"data","operation":"delete","partition-key-type":"primary-key","partition-key-value":"orders.order_item.7.8","schema-name":"orders","table-name":"order_item","transaction-id":1141}}"#
    );
}

#[test]
fn definitions_are_of_tables_and_before_their_rows() {
    let settings = settings(Engine::Mysql);
    let none = orders::Settings {
        orders: 0,
        ..orders::Settings::default()
    };
    let tables = Database::new(&none, &mut Rng::with_seed(1)).definitions();
    let writer = Writer {
        settings: &settings,
        now: 0,
    };
    let records = writer.definitions(Database::TASK, &tables);
    let keys: Vec<&str> = records
        .iter()
        .map(|record| &*record.partition_key)
        .collect();
    assert_eq!(
        keys.last(),
        Some(&"SLUICEGATEPRODUCESORDERSAAA.orders.order_item")
    );
    let mut json = records.last().unwrap().json.clone();
    json.remove("metadata");
    assert_eq!(
        json.line(),
        r#"{"control":{"table-def":{"columns":{"orderId":{"type":"INT8","nullable":false},"itemId":{"type":"INT8","nullable":false},"itemQuantity":{"type":"INT8","nullable":true},"itemAmount":{"type":"NUMERIC","nullable":true},"itemStatus":{"type":"WSTRING","length":15,"nullable":true}},"primary-key":["orderId","itemId"],"collation-name":"utf8mb4_general_ci"}}}"#
    );
}
