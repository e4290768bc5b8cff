//! The rows of both tables as they have to be, worked out by the harness for itself, and compared with a handler's.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};

use super::changes::{Change, Operation, RowKey};
use super::products;
use super::{ENRICHED, SOURCE};
use crate::stub::{Attribute, Item, Tables};

/// Both tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    source: BTreeMap<RowKey, Item>,
    enriched: BTreeMap<(u64, u64), Item>,
}

/// The calls that a batch takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    /// Puts into the table of the source's rows.
    pub(super) source_puts: usize,
    /// Orders that are read.
    pub(super) queries: usize,
    /// Puts into the table of the enriched rows.
    pub(super) enriched_puts: usize,
}

impl Calls {
    pub(super) fn puts(self) -> usize {
        self.source_puts + self.enriched_puts
    }
}

/// Which items of an order are joined.
#[derive(Default)]
struct Wanted {
    all: bool,
    items: BTreeSet<u64>,
}

pub(super) fn text(text: &str) -> Attribute {
    Attribute::S(text.to_owned())
}

pub(super) fn number(digits: &str) -> Attribute {
    Attribute::N(digits.to_owned())
}

impl Rows {
    /// Follows the changes of a batch, each with the number of its record.
    pub(super) fn apply(&mut self, changes: &[(u64, Change)]) -> Calls {
        let mut newest: BTreeMap<RowKey, (String, Item)> = BTreeMap::new();
        let of_this_schema = changes
            .iter()
            .filter(|(_, change)| change.schema == "orders");
        for (sequence, change) in of_this_schema {
            let version = change.version(*sequence);
            let gone = change.moved_from.map(|key| (key, tombstone()));
            for (key, row) in gone.into_iter().chain([(change.key, row(change))]) {
                let is_older = |(there, _): &(String, Item)| *there <= version;
                if newest.get(&key).is_none_or(is_older) {
                    newest.insert(key, (version.clone(), row));
                }
            }
        }
        let mut calls = Calls::default();
        let mut orders: BTreeMap<u64, Wanted> = BTreeMap::new();
        for (key, (version, mut row)) in newest {
            calls.source_puts += 1;
            let wanted = orders.entry(key.order).or_default();
            match key.item {
                Some(item) => _ = wanted.items.insert(item),
                None => wanted.all = true,
            }
            let version = text(&version);
            let there = self.source.get(&key);
            if there.is_none_or(|there| there["version"] < version) {
                row.insert("version".to_owned(), version);
                self.source.insert(key, row);
            }
        }
        calls.queries = orders.len();
        for (order, wanted) in orders {
            calls.enriched_puts += self.join(order, &wanted);
        }
        calls
    }

    /// Writes the wanted rows of an order; gives how many were to be put.
    fn join(&mut self, order: u64, wanted: &Wanted) -> usize {
        let Some(header) = self.source.get(&RowKey::order(order)) else {
            return 0;
        };
        let mut puts = 0;
        let items = RowKey::item(order, 0)..=RowKey::item(order, u64::MAX);
        for (key, item) in self.source.range(items) {
            let id = key.item.unwrap_or_default();
            if !(wanted.items.contains(&id) || wanted.all && is_live(item)) {
                continue;
            }
            puts += 1;
            let row = enriched(header, item, id);
            let there = self.enriched.get(&(order, id));
            let versions: &[&str] = if is_live(&row) {
                &["orderVersion", "itemVersion", "productsVersion"]
            } else {
                &["orderVersion", "itemVersion"]
            };
            let is_newer = |there: &Item| versions.iter().all(|name| there[*name] <= row[*name]);
            if there.is_none_or(is_newer) {
                self.enriched.insert((order, id), row);
            }
        }
        puts
    }

    /// Checks that the tables are these, row by row and to the last digit.
    pub(super) fn check(&self, tables: &Tables) -> Result<()> {
        let source = self.source.iter().map(|(key, row)| {
            let entity = key
                .item
                .map_or("ORDER".to_owned(), |item| format!("ITEM#{item}"));
            keyed(row, key.order, "entity", text(&entity))
        });
        check_table(tables, SOURCE.table, source)?;
        let enriched = self
            .enriched
            .iter()
            .map(|((order, id), row)| keyed(row, *order, "itemId", number(&id.to_string())));
        check_table(tables, ENRICHED.table, enriched)
    }
}

/// The row of the source's table that a change leaves, without its key and version.
fn row(change: &Change) -> Item {
    if change.operation == Operation::Delete {
        return tombstone();
    }
    let attributes = change
        .columns
        .iter()
        .filter_map(|column| column.attribute.clone());
    let mut row: Item = attributes
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    if let Some(item) = change.key.item {
        row.insert("itemId".to_owned(), number(&item.to_string()));
    }
    row
}

fn tombstone() -> Item {
    Item::from([("deleted".to_owned(), number("1"))])
}

fn is_live(row: &Item) -> bool {
    !row.contains_key("deleted")
}

/// The enriched row without its key.
fn enriched(header: &Item, item: &Item, id: u64) -> Item {
    let mut row = Item::new();
    if is_live(header) && is_live(item) {
        row = header
            .iter()
            .chain(item)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        row.remove("version");
        products::add_to(&mut row, id);
    } else {
        row.extend(tombstone());
        row.insert("productsVersion".to_owned(), text(products::NO_VERSION));
    }
    row.insert("orderVersion".to_owned(), header["version"].clone());
    row.insert("itemVersion".to_owned(), item["version"].clone());
    row
}

fn keyed(row: &Item, order: u64, range: &str, value: Attribute) -> Item {
    let mut row = row.clone();
    row.insert("orderId".to_owned(), number(&order.to_string()));
    row.insert(range.to_owned(), value);
    row
}

fn check_table(tables: &Tables, table: &str, expected: impl Iterator<Item = Item>) -> Result<()> {
    let range = if table == SOURCE.table {
        SOURCE.range
    } else {
        ENRICHED.range
    };
    let key = |row: &Item| Some((row.get("orderId")?.clone(), row.get(range)?.clone()));
    let mut there = BTreeMap::new();
    for row in tables.items(table) {
        let mut row = row.clone();
        if let Some(expires) = row.remove("expiresAt") {
            ensure!(!is_live(&row), "a row that is there expires: {row:?}");
            // When depends on the clock: an hour or days from now.
            let seconds = matches!(&expires, Attribute::N(digits) if digits.len() == 10);
            ensure!(seconds, "a row expires at {expires:?}");
        } else {
            ensure!(is_live(&row), "a row that is gone does not expire: {row:?}");
        }
        there.insert(key(&row).context("a row without a key")?, row);
    }
    for row in expected {
        let key = key(&row).context("a row without a key")?;
        let got = there.remove(&key);
        let got = got.with_context(|| format!("{table} lacks the row {key:?}"))?;
        ensure!(got == row, "a row of {table} is {got:?}, expected {row:?}");
    }
    let more = there.into_values().next();
    ensure!(
        more.is_none(),
        "{table} has a row that is not expected: {more:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
