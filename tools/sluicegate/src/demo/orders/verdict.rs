//! Compares the tables and the quarantine with what must be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ledger::Ledger;
use super::products::Lists;
use crate::demo::findings::{Findings, differences, show};
use crate::demo::poisoned::judge_quarantine;
use crate::demo::read_back::{Attribute, QuarantineLine, StoredRow};
use crate::produce::orders::{Attributes, Cell, RowKey};

/// What stands before an item's id in the sort key of `OrderSource`.
const ITEM: &str = "ITEM#";
/// The sort key of an order's own row.
const ORDER: &str = "ORDER";

/// All that was found in the stack.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The rows of `OrderSource`, those of deleted rows among them.
    pub source: Vec<StoredRow>,
    /// The rows of `OrderEnriched`, those that are gone among them.
    pub enriched: Vec<StoredRow>,
    /// The quarantine.
    pub quarantine: Vec<QuarantineLine>,
}

/// What became of the records, judged by tables and quarantine alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Records that have decided about a row that is as it must be: there, with all its digits, or gone.
    pub applied: u64,
    /// Live rows of `OrderEnriched` that are right in every attribute.
    pub rows: u64,
    /// Those of them whose product came with the full list.
    pub completed: u64,
    /// Those of them whose product is in no list.
    pub without_product: u64,
    /// Poison that is in quarantine for the right reason, by reason.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// What is lost or wrong.
    pub findings: Findings,
}

/// One of the two tables.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    /// What its rows have that the database does not.
    versions: &'static [&'static str],
    key: fn(&StoredRow) -> Option<RowKey>,
}

const SOURCE: Table = Table {
    name: "OrderSource",
    versions: &["version"],
    key: source_key,
};
const ENRICHED: Table = Table {
    name: "OrderEnriched",
    versions: &["orderVersion", "itemVersion", "productsVersion"],
    key: enriched_key,
};

impl Verdict {
    /// Compares what was found with the ledger.
    pub fn new(ledger: &Ledger, lists: &Lists, found: &Found) -> Self {
        let mut verdict = Self::default();
        let source = &ledger.model.source;
        let expected = source
            .iter()
            .map(|(key, row)| (*key, source_row(*key, row)));
        verdict.judge_table(SOURCE, expected.collect(), &found.source, ledger);

        let enriched = ledger.model.enriched(&lists.full);
        let expected = enriched.into_iter().map(|((order, item), row)| {
            let item = Some(item);
            (RowKey { order, item }, stored(&row))
        });
        let right = verdict.judge_table(ENRICHED, expected.collect(), &found.enriched, ledger);
        let (later, known) = (lists.later(), lists.full.iter().map(|product| product.id));
        let known: BTreeSet<u64> = known.collect();
        let items = || right.iter().filter_map(|key| key.item);
        verdict.rows = right.len() as u64;
        verdict.completed = items().filter(|item| later.contains(item)).count() as u64;
        verdict.without_product = items().filter(|item| !known.contains(item)).count() as u64;
        verdict.applied = ledger.decisive().saturating_sub(verdict.findings.bad());

        let quarantine = judge_quarantine(ledger.poison(), &found.quarantine);
        verdict.quarantined = quarantine.quarantined;
        verdict.findings.lost.append(quarantine.lost);
        verdict.findings.wrong.append(quarantine.wrong);
        verdict
    }

    /// Whether everything is as it must be.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// Compares the live rows of a table; returns the keys of those that are right.
    fn judge_table(
        &mut self,
        table: Table,
        expected: BTreeMap<RowKey, StoredRow>,
        rows: &[StoredRow],
        ledger: &Ledger,
    ) -> Vec<RowKey> {
        let name = table.name;
        let mut live: HashMap<RowKey, StoredRow> = HashMap::new();
        for row in rows.iter().filter(|row| !row.contains_key("deleted")) {
            let Some(key) = (table.key)(row) else {
                let description = format!("{name}: a row without a key: {}", show(row));
                self.findings.wrong.add(1, description);
                continue;
            };
            let mut row = row.clone();
            for version in table.versions {
                if !matches!(row.remove(*version), Some(Attribute::Text(_))) {
                    let description = format!("{name}: {} has no {version}", show_key(key));
                    self.findings.is_wrong(ledger.last(&key), description);
                }
            }
            live.insert(key, row);
        }
        let mut right = Vec::new();
        for (key, expected) in expected {
            let place = show_key(key);
            match live.remove(&key) {
                Some(found) if found == expected => right.push(key),
                Some(found) => {
                    let differs = differences(&found, &expected);
                    let description = format!("{name}: {place} has {differs}");
                    self.findings.is_wrong(ledger.last(&key), description);
                }
                None => {
                    let description = format!("{name}: {place} is missing");
                    self.findings.is_lost(ledger.last(&key), description);
                }
            }
        }
        let foreign: BTreeMap<RowKey, StoredRow> = live.into_iter().collect();
        for (key, row) in foreign {
            let last = ledger.last(&key);
            let place = show_key(key);
            let description = match last {
                Some(_) => format!("{name}: {place} must be gone, and is {}", show(&row)),
                None => format!("{name}: a row that nobody put: {}", show(&row)),
            };
            self.findings.is_wrong(last, description);
        }
        right
    }
}

/// A row of `OrderSource` without its version.
fn source_row(key: RowKey, row: &Attributes) -> StoredRow {
    let entity = match key.item {
        Some(item) => format!("{ITEM}{item}"),
        None => ORDER.to_owned(),
    };
    let mut stored = stored(row);
    stored.insert("entity".to_owned(), Attribute::Text(entity));
    stored
}

fn stored(row: &Attributes) -> StoredRow {
    let attribute = |cell: &Cell| match cell {
        Cell::Number(number) => Attribute::Number(number.clone()),
        Cell::Text(text) => Attribute::Text(text.clone()),
    };
    let attributes = row.iter();
    attributes
        .map(|(name, cell)| ((*name).to_owned(), attribute(cell)))
        .collect()
}

fn source_key(row: &StoredRow) -> Option<RowKey> {
    let Attribute::Text(entity) = row.get("entity")? else {
        return None;
    };
    let item = match entity.strip_prefix(ITEM) {
        Some(item) => Some(item.parse().ok()?),
        None if entity == ORDER => None,
        None => return None,
    };
    let order = whole(row, "orderId")?;
    Some(RowKey { order, item })
}

fn enriched_key(row: &StoredRow) -> Option<RowKey> {
    Some(RowKey {
        order: whole(row, "orderId")?,
        item: Some(whole(row, "itemId")?),
    })
}

fn whole(row: &StoredRow, name: &str) -> Option<u64> {
    match row.get(name)? {
        Attribute::Number(number) => number.parse().ok(),
        _ => None,
    }
}

fn show_key(key: RowKey) -> String {
    match key.item {
        Some(item) => format!("order {} item {item}", key.order),
        None => format!("order {}", key.order),
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
