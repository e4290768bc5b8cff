//! A sale before it is put: as a stream's record, as a table's item.

use aws_sdk_dynamodb::types::AttributeValue;
use records::Timestamp;
use serde_json::{Value, json};

use super::model::{NO_GROUP, Sale};
use super::settings::Settings;
use crate::produce::number::{MAX_DIGITS, Spelled};
use crate::produce::put_items::Item;
use crate::produce::wrap::Subject;

/// Key of the table of orders.
pub const KEY: &str = "ID";
/// Digits behind the point of an amount in Avro: cents.
const SCALE: u32 = 2;

/// What the schemas of sales are. In Avro a sale is of a group; one of none stays JSON.
pub fn subject(settings: &Settings) -> Subject {
    let group = settings.group_attribute.iter();
    let group = group.map(|name| json!({ "name": name, "type": "string" }));
    let fields = [
        json!({ "name": KEY, "type": "string" }),
        json!({ "name": "sales", "type": {
            "type": "bytes", "logicalType": "decimal", "precision": MAX_DIGITS, "scale": SCALE,
        }}),
        json!({ "name": "timeStamp", "type": "string" }),
    ];
    let fields: Vec<Value> = fields.into_iter().chain(group).collect();
    let item = json!({ "type": "record", "name": "Item", "fields": fields });
    let sale = json!({
        "type": "record", "name": "Sale", "namespace": "sluicegate",
        "fields": [{ "name": "Item", "type": item }],
    });
    Subject {
        name: "sales".to_owned(),
        avro: Some(sale.to_string()),
    }
}

/// A sale as it was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its place among all orders, poison ones too.
    pub number: u64,
    /// `ID`.
    pub id: String,
    /// The group, if it names one.
    pub group: Option<String>,
    /// `sales`.
    pub amount: Spelled,
    /// `timeStamp`.
    pub time: Timestamp,
    /// On a stream: without `Item` around it.
    pub is_bare: bool,
    /// With a field that nobody knows, which must not matter.
    pub has_unknown_field: bool,
}

impl Order {
    /// What is to be counted.
    pub(super) fn sale(&self) -> Sale {
        Sale {
            id: self.id.clone(),
            group: self.group_name().to_owned(),
            // The generator writes nothing but numbers, as its tests say.
            amount: self.amount.value.parse().unwrap_or_default(),
        }
    }

    pub(super) fn group_name(&self) -> &str {
        self.group.as_deref().unwrap_or(NO_GROUP)
    }

    /// The record on a stream, with these `sales` or none.
    pub(super) fn json(&self, sales: Option<&str>, attribute: Option<&str>) -> String {
        let sales = sales.map_or_else(String::new, |sales| format!(r#","sales":{sales}"#));
        let group = attribute
            .zip(self.group.as_ref())
            .map_or_else(String::new, |(name, group)| {
                format!(",{}:{}", quoted(name), quoted(group))
            });
        let unknown = if self.has_unknown_field {
            r#","till":{"number":3}"#
        } else {
            ""
        };
        let item = format!(
            r#"{{"ID":"{}"{sales},"timeStamp":"{}"{group}{unknown}}}"#,
            self.id, self.time
        );
        if self.is_bare {
            item
        } else {
            format!(r#"{{"Item":{item}}}"#)
        }
    }

    /// The item in a table, with these `sales` or none.
    pub(super) fn item(&self, sales: Option<AttributeValue>, attribute: Option<&str>) -> Item {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut item = Item::from([
            (KEY.to_owned(), text(&self.id)),
            ("timeStamp".to_owned(), text(&self.time.to_string())),
        ]);
        item.extend(sales.map(|sales| ("sales".to_owned(), sales)));
        let group = attribute.zip(self.group.as_ref());
        item.extend(group.map(|(name, group)| (name.to_owned(), text(group))));
        if self.has_unknown_field {
            item.insert("till".to_owned(), AttributeValue::L(vec![text("3")]));
        }
        item
    }

    /// `sales` as an attribute, spelled as the sale is.
    pub(super) fn sales(&self) -> AttributeValue {
        AttributeValue::N(self.amount.text.clone())
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
