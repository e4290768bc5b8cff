//! Changes as records of DMS.

use std::fmt::Write as _;

use simulator::world::{Body, Put};

use crate::database::{AMOUNTS, Change, Key, Partition, Style, TEXTS, Values, What};

/// What comes to the stream.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    Change(Change),
    /// Something that is to be skipped.
    Other(&'static str),
    /// Something that is no change, and the reason that the quarantine has of it.
    Poison(&'static [u8], &'static str),
}

pub(crate) const OTHERS: [&str; 3] = [
    r#"{"control":{},"metadata":{"record-type":"control","operation":"drop-table","schema-name":"orders","table-name":"order"}}"#,
    r#"{"data":{"a":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"","table-name":"awsdms_apply_exceptions"}}"#,
    r#"{"data":{"orderId":1,"orderStatus":"?"},"metadata":{"record-type":"data","operation":"insert","schema-name":"other","table-name":"order"}}"#,
];

pub(crate) const POISON: [(&[u8], &str); 4] = [
    (b"{", "not-json"),
    (b"\xff\xfe", "not-utf8"),
    (
        br#"{"data":{"orderId":"x"},"metadata":{"record-type":"data","operation":"insert","schema-name":"orders","table-name":"order"}}"#,
        "wrong-column-type",
    ),
    (
        br#"{"data":{"orderId":1},"metadata":{"record-type":"data","operation":"delete","schema-name":"orders","table-name":"order_item"}}"#,
        "missing-column",
    ),
];

impl Record {
    pub(crate) fn put(&self) -> Put {
        match self {
            Self::Change(change) => Put {
                key: Some(change.partition_key()),
                body: Body::Kinesis(change.to_json().into_bytes()),
            },
            Self::Other(json) => Put {
                key: Some("task".to_owned()),
                body: Body::Kinesis(json.as_bytes().to_vec()),
            },
            Self::Poison(bytes, _) => Put {
                key: Some("orders.order".to_owned()),
                body: Body::Kinesis(bytes.to_vec()),
            },
        }
    }
}

impl Change {
    fn table(&self) -> &'static str {
        if self.key.item.is_some() {
            "order_item"
        } else {
            "order"
        }
    }

    fn partition_key(&self) -> String {
        let table = self.table();
        let Key { order, item } = self.key;
        match self.style.partition {
            Partition::Table => format!("orders.{table}"),
            // A row that moves comes by the shard of its new key.
            Partition::Row => format!("orders.{table}.{order}.{}", item.unwrap_or_default()),
            Partition::Transaction => self.place.0.to_string(),
        }
    }

    fn to_json(self) -> String {
        let (operation, values) = match self.what {
            What::Load(values) => ("load", Some(values)),
            What::Insert(values) => ("insert", Some(values)),
            What::Update(values) | What::Move(_, values) => ("update", Some(values)),
            What::Delete => ("delete", None),
        };
        let data = data(self.key, values);
        let before = match self.what {
            What::Move(key, _) => format!(r#","before-image":{}"#, data_before(key)),
            What::Update(_) => r#","before-image":{}"#.to_owned(),
            _ => String::new(),
        };
        let details = self.details();
        let table = self.table();
        format!(
            r#"{{"data":{data}{before},"metadata":{{"timestamp":"2025-11-21T08:00:00.000000Z","record-type":"data","operation":"{operation}","partition-key-type":"schema-table","schema-name":"orders","table-name":"{table}"{details}}}}}"#
        )
    }

    fn details(&self) -> String {
        let (transaction, number) = self.place;
        let Style {
            has_details,
            is_postgresql,
            ..
        } = self.style;
        if transaction == 0 {
            return String::new();
        }
        let mut text = format!(r#","transaction-id":{transaction}"#);
        if has_details {
            // All changes of a transaction at one place: their numbers tell them apart.
            let position = if is_postgresql {
                format!("00000002/{transaction:08X}.2.00000002/{transaction:08X}")
            } else {
                let (file, at) = (9 + transaction / 4, 4 + transaction % 4 * 700);
                format!("bin.{file}:{at}:0:{at}:{transaction}:bin.{file}:{at}")
            };
            let _ = write!(
                text,
                r#","transaction-record-id":{number},"stream-position":"{position}""#
            );
        }
        text
    }
}

fn data(key: Key, values: Option<Values>) -> String {
    let Key { order, item } = key;
    let mut text = match item {
        Some(item) => format!(r#"{{"orderId":"{order}","itemId":{item}.0"#),
        None => format!(r#"{{"orderId":{order}"#),
    };
    if let Some(Values {
        amount,
        text: name,
        mark,
    }) = values
    {
        let (amount, name) = (AMOUNTS[amount].0, TEXTS[name].0);
        let _ = match item {
            Some(_) => write!(
                text,
                r#","itemAmount":{amount},"itemStatus":{name},"itemQuanity":{mark}"#
            ),
            None => write!(
                text,
                r#","orderAmount":{amount},"shipToName":{name},"shipToZip":{mark}"#
            ),
        };
    }
    text.push('}');
    text
}

fn data_before(key: Key) -> String {
    match key.item {
        Some(item) => format!(r#"{{"orderId":{}.0,"itemId":"{item}"}}"#, key.order),
        None => format!(r#"{{"orderId":"{}"}}"#, key.order),
    }
}
