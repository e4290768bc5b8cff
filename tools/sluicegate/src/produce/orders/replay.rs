//! A little interpreter of DMS records that knows nothing of how they were made: what is left of the database when
//! they have been applied one after the other.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::Enriched;
use super::row::{Attributes, Cell};

type Columns = BTreeMap<String, Box<RawValue>>;

#[derive(Deserialize)]
struct NaiveRecord {
    data: Option<Columns>,
    #[serde(rename = "before-image")]
    before: Option<Columns>,
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata {
    record_type: String,
    operation: String,
    table_name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Naive {
    Number(BigDecimal),
    Text(String),
}

pub(super) type NaiveRow = BTreeMap<String, Naive>;
/// Rows by table and key.
pub(super) type NaiveTables = BTreeMap<(String, Vec<String>), NaiveRow>;

/// Reads a record, and does to the tables what it says.
pub(super) fn apply(tables: &mut NaiveTables, bytes: &[u8]) {
    let record: NaiveRecord = serde_json::from_slice(bytes).unwrap();
    let Metadata {
        record_type,
        operation,
        table_name,
    } = record.metadata;
    if record_type == "control" || table_name.starts_with("awsdms_") {
        return;
    }
    let mut data = record.data.unwrap();
    let marked: Vec<String> = data
        .keys()
        .filter(|name| name.starts_with("BI_"))
        .cloned()
        .collect();
    let marked = marked.into_iter().map(|name| {
        let value = data.remove(&name).unwrap();
        (name["BI_".len()..].to_owned(), value)
    });
    let mut before: Columns = marked.collect();
    before.extend(record.before.unwrap_or_default());

    let row = naive_row(data);
    let mut old = row.clone();
    old.extend(naive_row(before));
    if operation == "update" {
        tables.remove(&key(&table_name, &old));
    }
    let key = key(&table_name, &row);
    match &*operation {
        "load" | "insert" | "update" => drop(tables.insert(key, row)),
        "delete" => drop(tables.remove(&key)),
        other => panic!("{other}"),
    }
}

fn naive_row(columns: Columns) -> NaiveRow {
    let columns = columns.into_iter().filter_map(|(name, value)| {
        let name = name.replace("itemQuanity", "itemQuantity");
        let text = value.get();
        if text == "null" {
            return None;
        }
        let is_number = ["Id", "Amount", "Quantity"]
            .iter()
            .any(|end| name.ends_with(end));
        let value = if is_number {
            number(text.trim_matches('"'))
        } else {
            Naive::Text(serde_json::from_str(text).unwrap())
        };
        Some((name, value))
    });
    columns.collect()
}

fn key(table: &str, row: &NaiveRow) -> (String, Vec<String>) {
    let names = match table {
        "order" => &["orderId"][..],
        "order_item" => &["orderId", "itemId"],
        other => panic!("{other}"),
    };
    let text = |name: &&str| match &row[*name] {
        Naive::Number(number) => number.to_plain_string(),
        Naive::Text(text) => panic!("{name} is {text}"),
    };
    (table.to_owned(), names.iter().map(text).collect())
}

fn number(text: &str) -> Naive {
    Naive::Number(text.parse::<BigDecimal>().unwrap().normalized())
}

/// Items with their orders, and the products of the list that have their id.
pub(super) fn join(tables: &NaiveTables, list: &str) -> BTreeMap<Vec<String>, NaiveRow> {
    #[derive(Deserialize)]
    struct Product<'a> {
        #[serde(rename = "productId")]
        id: u64,
        #[serde(rename = "productName")]
        name: String,
        #[serde(rename = "productPrice", borrow)]
        price: &'a RawValue,
    }
    let products = list.lines().map(|line| {
        let product: Product<'_> = serde_json::from_str(line).unwrap();
        (product.id.to_string(), product)
    });
    let products: BTreeMap<_, _> = products.collect();
    let mut rows = BTreeMap::new();
    for ((table, key), item) in tables {
        let order = ("order".to_owned(), key[..1].to_vec());
        let Some(order) = tables.get(&order).filter(|_| table == "order_item") else {
            continue;
        };
        let mut row = order.clone();
        row.extend(item.clone());
        let more = match products.get(&key[1]) {
            Some(product) => vec![
                ("productName", Naive::Text(product.name.clone())),
                ("productPrice", number(product.price.get())),
            ],
            None => vec![("missing", Naive::Text("product".to_owned()))],
        };
        row.extend(
            more.into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        rows.insert(key.clone(), row);
    }
    rows
}

/// The model's rows in the interpreter's terms.
pub(super) fn naive(enriched: &Enriched) -> BTreeMap<Vec<String>, NaiveRow> {
    let rows = enriched.iter().map(|((order, item), attributes)| {
        (
            vec![order.to_string(), item.to_string()],
            naive_attributes(attributes),
        )
    });
    rows.collect()
}

pub(super) fn naive_attributes(attributes: &Attributes) -> NaiveRow {
    let columns = attributes.iter().map(|(name, cell)| {
        let value = match cell {
            Cell::Number(text) => number(text),
            Cell::Text(text) => Naive::Text(text.clone()),
        };
        ((*name).to_owned(), value)
    });
    columns.collect()
}
