//! What the measured batches do not have: rows that change, go, move and come again, and records that are none. Every
//! handler has to get them right before it is measured.

use super::FIRST_ORDER;
use super::batch::{Batches, Record};
use super::changes::{Change, Column, Operation, RowKey};
use super::products::{FIRST_PRODUCT, PRODUCTS};
use super::records::amount;
use super::rows::{number, text};
use crate::function::Trial;

use Operation::{Delete, Insert, Load, Update};

/// How amounts may be written, and what they are.
const SPELLINGS: [(&str, &str); 8] = [
    ("300.00", "300"),
    ("\"300.00\"", "300"),
    ("0.1", "0.1"),
    ("-13.560", "-13.56"),
    ("1.0E+2", "100"),
    ("\"1.0E+17\"", "100000000000000000"),
    (
        "\"12345678901234567890.123456789\"",
        "12345678901234567890.123456789",
    ),
    ("0", "0"),
];

/// Records that change nothing, and that nothing is wrong with.
const OTHERS: [&str; 3] = [
    r#"{"metadata":{"record-type":"control","operation":"drop-table","schema-name":"orders","table-name":"order"}}"#,
    r#"{"data":{"orderId":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"orders","table-name":"awsdms_status"}}"#,
    r#"{"data":{"orderId":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"orders","table-name":"order_detail"}}"#,
];

/// Records that can never be a change.
const POISON: [&str; 5] = [
    "not json",
    "[1]",
    r#"{"data":{"orderStatus":"New"},"metadata":{"record-type":"data","operation":"insert","schema-name":"orders","table-name":"order"}}"#,
    r#"{"data":{"orderId":"?"},"metadata":{"record-type":"data","operation":"insert","schema-name":"orders","table-name":"order"}}"#,
    r#"{"data":{"orderId":1,"orderAmount":{}},"metadata":{"record-type":"data","operation":"insert","schema-name":"orders","table-name":"order"}}"#,
];

pub(super) fn all() -> Vec<Trial> {
    [Batches::chained(history()), Batches::chained([spellings()])]
        .map(|batches| Trial {
            calls: batches.len(),
            work: Box::new(batches),
        })
        .into()
}

fn change(key: RowKey, operation: Operation, transaction: u64, columns: Vec<Column>) -> Change {
    Change::new(key, operation, transaction, 1).with(columns)
}

fn status(name: &'static str, value: &str) -> Vec<Column> {
    vec![Column::new(name, format!("\"{value}\""), text(value))]
}

/// Three orders from their load to their end.
fn history() -> Vec<Vec<Record>> {
    let order = RowKey::order(FIRST_ORDER);
    let item = |number: u64| RowKey::item(FIRST_ORDER, FIRST_PRODUCT + number);
    let (other, moved) = (
        RowKey::order(FIRST_ORDER + 1),
        RowKey::order(FIRST_ORDER + 2),
    );
    let of_other = RowKey::item(FIRST_ORDER + 1, FIRST_PRODUCT + 7);
    let unknown = RowKey::item(FIRST_ORDER + 1, FIRST_PRODUCT + PRODUCTS);
    let (head, line) = (
        |value| status("orderStatus", value),
        |value| status("itemStatus", value),
    );
    let batches = vec![
        // Items before their order, of which one has no product; a loaded row; the newest of two changes first.
        vec![
            change(item(0), Insert, 10, line("Picked")),
            change(item(1), Load, 1, vec![amount("itemAmount", 1_050)]),
            change(unknown, Insert, 12, line("Picked")),
            change(item(2), Update, 15, line("New")),
            change(item(2), Insert, 11, line("Picked")),
        ],
        // Their orders. The load comes once more: it replaces nothing.
        vec![
            change(order, Insert, 20, head("New")),
            change(other, Insert, 21, head("New")),
            change(item(0), Load, 1, line("Loaded")),
            change(of_other, Insert, 22, line("Picked")),
        ],
        // Old changes come late, new ones reach all items, an item goes and an order's key changes.
        vec![
            change(item(0), Update, 5, line("Old")),
            change(order, Update, 30, head("Shipped")),
            change(item(1), Delete, 31, Vec::new()),
            Change {
                moved_from: Some(other),
                ..change(moved, Update, 32, head("Moved"))
            },
            Change {
                moved_from: Some(of_other),
                ..change(
                    RowKey::item(FIRST_ORDER + 2, FIRST_PRODUCT + 7),
                    Update,
                    33,
                    line("Moved"),
                )
            },
        ],
        // The deleted item's older change comes late; the moved order is deleted; an item comes back.
        vec![
            change(item(1), Update, 25, line("Late")),
            change(moved, Delete, 40, Vec::new()),
            change(item(1), Insert, 41, line("Back")),
        ],
    ];
    let mut records: Vec<Vec<Record>> = batches
        .into_iter()
        .map(|batch| batch.into_iter().map(Record::Change).collect())
        .collect();
    // The last batch comes again, with strangers among its records.
    let mut again = records.last().cloned().unwrap_or_default();
    let strangers = OTHERS.iter().chain(&POISON);
    again.extend(strangers.map(|data| Record::Other((*data).to_owned())));
    records.push(again);
    records
}

/// Values in other ways of writing than those of the measured batches.
fn spellings() -> Vec<Record> {
    let mut records = Vec::new();
    for (place, (written, digits)) in (1..).zip(SPELLINGS) {
        let order = FIRST_ORDER + place;
        let columns = vec![
            Column::new("orderAmount", written, number(digits)),
            Column::new("orderStatus", "7", text("7")),
            Column::new(
                "shipToName",
                "\"Zo\\u00eb \\\"Z\\\" \\\\\"",
                text("Zoë \"Z\" \\"),
            ),
            Column::left_out("shipToZip", "null"),
            Column::left_out("extra", "{\"a\":[1]}"),
        ];
        let key = RowKey::order(order);
        records.push(Record::Change(
            Change::new(key, Insert, place, 1).with(columns),
        ));
        let columns = vec![
            Column::new("itemQuantity", "3", number("3")),
            Column::left_out("itemStatus", "null"),
        ];
        let key = RowKey::item(order, FIRST_PRODUCT);
        records.push(Record::Change(
            Change::new(key, Insert, place, 2).with(columns),
        ));
    }
    records
}
