//! Changes of the database's rows, and the records that DMS makes of them.

use std::fmt::Write as _;

use crate::kinesis;
use crate::stub::Attribute;

/// A row of the database: an order, or an item of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    pub(super) order: u64,
    pub(super) item: Option<u64>,
}

impl RowKey {
    pub(super) fn order(order: u64) -> Self {
        Self { order, item: None }
    }

    pub(super) fn item(order: u64, item: u64) -> Self {
        let item = Some(item);
        Self { order, item }
    }
}

/// A column of a record.
#[derive(Clone, Debug)]
pub(super) struct Column {
    name: &'static str,
    json: String,
    /// The attribute that follows from it, unless none does.
    pub(super) attribute: Option<(&'static str, Attribute)>,
}

impl Column {
    /// A column as it is written, which is kept as this attribute.
    pub(super) fn new(name: &'static str, json: impl Into<String>, attribute: Attribute) -> Self {
        Self::named(name, json, name, attribute)
    }

    /// The same with an attribute of another name.
    pub(super) fn named(
        name: &'static str,
        json: impl Into<String>,
        attribute_name: &'static str,
        attribute: Attribute,
    ) -> Self {
        Self {
            name,
            json: json.into(),
            attribute: Some((attribute_name, attribute)),
        }
    }

    /// A column that nothing is kept of.
    pub(super) fn left_out(name: &'static str, json: &str) -> Self {
        Self {
            name,
            json: json.to_owned(),
            attribute: None,
        }
    }
}

/// A change of a row.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) schema: &'static str,
    pub(super) key: RowKey,
    /// The row that it was, if its key has changed.
    pub(super) moved_from: Option<RowKey>,
    pub(super) operation: Operation,
    /// Number of its transaction, 1 or more: they follow each other in the log.
    pub(super) transaction: u64,
    /// Number in its transaction.
    pub(super) number: u64,
    pub(super) columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Load,
    Insert,
    Update,
    Delete,
}

/// Bytes of the log that a transaction takes.
const TRANSACTION_BYTES: u64 = 480;

impl Change {
    pub(super) fn new(key: RowKey, operation: Operation, transaction: u64, number: u64) -> Self {
        Self {
            schema: "orders",
            key,
            moved_from: None,
            operation,
            transaction,
            number,
            columns: Vec::new(),
        }
    }

    pub(super) fn with(self, columns: Vec<Column>) -> Self {
        Self { columns, ..self }
    }

    /// Its version, if its record is counted with the number `sequence`: the place in the log, of a load the record's.
    pub(super) fn version(&self, sequence: u64) -> String {
        if self.operation == Operation::Load {
            let sequence = kinesis::sequence_number(sequence);
            return format!("0000-0-{:03}-{sequence}-01-0", sequence.len());
        }
        let number = self.number;
        format!("0000-2-0000002a-{:016x}-{number:016x}", self.offset())
    }

    fn offset(&self) -> u64 {
        self.transaction * TRANSACTION_BYTES + self.number * 96
    }

    /// The record's payload, as DMS writes it for MySQL with transaction details.
    pub(super) fn payload(&self) -> String {
        let mut json = format!("{{\"data\":{{\"orderId\":{}", self.key.order);
        if let Some(item) = self.key.item {
            push(&mut json, "itemId", &item.to_string());
        }
        for column in &self.columns {
            push(&mut json, column.name, &column.json);
        }
        json.push('}');
        if self.operation == Operation::Update {
            let before = self.moved_from.map_or_else(String::new, |key| {
                let item = key
                    .item
                    .map_or_else(String::new, |item| format!(",\"itemId\":{item}"));
                format!("\"orderId\":{}{item}", key.order)
            });
            write!(json, ",\"before-image\":{{{before}}}").ok();
        }
        let operation = format!("{:?}", self.operation).to_lowercase();
        let table = if self.key.item.is_some() {
            "order_item"
        } else {
            "order"
        };
        // Writing to a string does not fail.
        write!(
            json,
            ",\"metadata\":{{\"timestamp\":\"2025-11-21T08:00:00.915241Z\",\"record-type\":\"data\",\
             \"operation\":\"{operation}\",\"partition-key-type\":\"schema-table\",\
             \"schema-name\":\"{}\",\"table-name\":\"{table}\"",
            self.schema
        )
        .ok();
        if self.operation != Operation::Load {
            self.push_transaction(&mut json);
        }
        json.push_str("}}");
        json
    }

    fn push_transaction(&self, json: &mut String) {
        let transaction = 47_330_445_000 + self.transaction * 9;
        let (number, offset) = (self.number, self.offset());
        let log = "mysql-bin-changelog.000042";
        write!(
            json,
            ",\"transaction-id\":{transaction},\"transaction-record-id\":{number},\
             \"prev-transaction-id\":{},\"prev-transaction-record-id\":3,\
             \"commit-timestamp\":\"2025-11-21T08:00:00.000000Z\",\
             \"stream-position\":\"{log}:{offset}:0:{}:{transaction}:{log}:{}\"",
            transaction - 9,
            offset + 96,
            self.transaction * TRANSACTION_BYTES
        )
        .ok();
    }
}

fn push(json: &mut String, name: &str, value: &str) {
    write!(json, ",\"{name}\":{value}").ok();
}
