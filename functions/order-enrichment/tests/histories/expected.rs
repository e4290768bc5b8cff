//! What the tables must hold: the changes played once more in the order of the log, as a database does it, and joined.

use std::collections::BTreeMap;

use simulator::world::Stored;

use crate::database::{AMOUNTS, Change, Key, TEXTS, Values, What};
use crate::record::Record;

/// A row of a table, attribute by attribute.
pub(crate) type Row = BTreeMap<String, String>;

/// The source's rows as they are in the end.
pub(crate) struct Database(BTreeMap<Key, Values>);

/// Which of two changes was the later one: loaded rows come first, then those without a place in the log in the order
/// of the stream, then the others in the order of the log.
fn when(stored: &Stored<Record>, change: &Change) -> (u8, (u32, u32), u64) {
    match change.what {
        What::Load(_) => (0, (0, 0), stored.number),
        _ if !change.style.has_details => (1, (0, 0), stored.number),
        _ => (2, change.place, 0),
    }
}

impl Database {
    pub(crate) fn of(records: &[Stored<Record>]) -> Self {
        let changes = records.iter().filter_map(|stored| match &stored.record {
            Record::Change(change) => Some((when(stored, change), change)),
            _ => None,
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by_key(|(when, _)| *when);
        let mut rows = BTreeMap::new();
        for (_, change) in changes {
            if let What::Move(from, _) = change.what {
                rows.remove(&from);
            }
            match change.what {
                What::Delete => _ = rows.remove(&change.key),
                What::Load(values)
                | What::Insert(values)
                | What::Update(values)
                | What::Move(_, values) => _ = rows.insert(change.key, values),
            }
        }
        Self(rows)
    }

    /// The live rows of the source's table, without their versions.
    pub(crate) fn source(&self) -> BTreeMap<(String, String), Row> {
        let row = |(key, values): (&Key, &Values)| {
            let order = format!("N:{}", key.order);
            let entity = match key.item {
                Some(item) => format!("S:ITEM#{item}"),
                None => "S:ORDER".to_owned(),
            };
            let mut row = columns(*key, *values);
            row.insert("orderId".to_owned(), order.clone());
            row.insert("entity".to_owned(), entity.clone());
            ((order, entity), row)
        };
        self.0.iter().map(row).collect()
    }

    /// The live enriched rows, without their versions and products.
    pub(crate) fn enriched(&self) -> BTreeMap<(i64, i64), Row> {
        let mut rows = BTreeMap::new();
        for (key, values) in &self.0 {
            let order = Key {
                order: key.order,
                item: None,
            };
            if let (Some(item), Some(of_order)) = (key.item, self.0.get(&order)) {
                let mut row = columns(order, *of_order);
                row.append(&mut columns(*key, *values));
                row.insert("orderId".to_owned(), format!("N:{}", key.order));
                rows.insert((key.order, item), row);
            }
        }
        rows
    }
}

/// The attributes of a row, without the hash key.
fn columns(key: Key, values: Values) -> Row {
    let Values { amount, text, mark } = values;
    let (amount, text) = (AMOUNTS[amount].1, TEXTS[text].1);
    let mark = match key.item {
        Some(_) => format!("N:{mark}"),
        None => format!("S:{mark}"),
    };
    let item = key.item.map(|item| format!("N:{item}"));
    let attributes = match key.item {
        Some(_) => [
            ("itemId", item.as_deref()),
            ("itemAmount", amount),
            ("itemStatus", text),
            ("itemQuantity", Some(&*mark)),
        ],
        None => [
            ("itemId", None),
            ("orderAmount", amount),
            ("shipToName", text),
            ("shipToZip", Some(&*mark)),
        ],
    };
    let there = attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    there
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
