//! Compares what is stored with what must be.

use std::collections::{BTreeMap, HashMap};

use super::ledger::Ledger;
use crate::demo::poisoned::judge_quarantine;
use crate::demo::problems::Problems;
use crate::demo::read_back::{Attribute, QuarantineLine, StoredRow};
use crate::produce::sensors::{Row, RowKey};

/// What became of the records, judged by table and quarantine alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Readings whose row is there and right in every attribute.
    pub stored: u64,
    /// Readings that such a row has replaced.
    pub replaced: u64,
    /// Poison that is in quarantine for the right reason, by reason.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// Records that are neither in the table nor in quarantine.
    pub lost: Problems,
    /// Records that are stored or quarantined otherwise than they should be, or that nobody sent.
    pub wrong: Problems,
}

impl Verdict {
    /// Compares the rows and the quarantine with the ledger.
    pub fn new(ledger: &Ledger, rows: &[StoredRow], quarantine: &[QuarantineLine]) -> Self {
        let mut verdict = Self::default();
        verdict.judge_rows(ledger, rows);
        verdict.judge_quarantine(ledger, quarantine);
        verdict
    }

    /// Whether everything is as it must be.
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.wrong.is_empty()
    }

    fn judge_rows(&mut self, ledger: &Ledger, rows: &[StoredRow]) {
        let mut stored: HashMap<Key, &StoredRow> = HashMap::new();
        for row in rows {
            if stored.insert(key_of(row), row).is_some() {
                self.wrong
                    .add(1, format!("two rows of one key: {}", show(row)));
            }
        }
        for (key, model) in &ledger.model.rows {
            let expected = expected_row(key, &model.row);
            let readings = model.replaced + 1;
            let name = format!("{} at {}", key.sensor, key.time);
            match stored.remove(&key_of(&expected)) {
                Some(found) if *found == expected => {
                    self.stored += 1;
                    self.replaced += model.replaced;
                }
                Some(found) => {
                    let (found, expected) = (show(found), show(&expected));
                    let description = format!("{name} is {found}, expected {expected}");
                    self.wrong.add(readings, description);
                }
                None => self.lost.add(readings, name),
            }
        }
        let mut foreign: Vec<String> = stored.into_values().map(show).collect();
        foreign.sort();
        for row in foreign {
            self.wrong.add(1, format!("a row that nobody sent: {row}"));
        }
    }

    fn judge_quarantine(&mut self, ledger: &Ledger, quarantine: &[QuarantineLine]) {
        let found = judge_quarantine(ledger.poison(), quarantine);
        self.quarantined = found.quarantined;
        self.lost.append(found.lost);
        self.wrong.append(found.wrong);
    }
}

fn expected_row(key: &RowKey, row: &Row) -> StoredRow {
    let number = |text: &String| Attribute::Number(text.clone());
    let mut expected = StoredRow::from([
        ("SensorId".to_owned(), Attribute::Text(key.sensor.clone())),
        ("CurrentTime".to_owned(), number(&key.time)),
        ("Temperature".to_owned(), number(&row.temperature)),
    ]);
    if let Some(humidity) = &row.humidity {
        expected.insert("Humidity".to_owned(), number(humidity));
    }
    expected
}

/// Sensor and time of a row, which a wrong one may lack.
type Key = [Option<Attribute>; 2];

fn key_of(row: &StoredRow) -> Key {
    ["SensorId", "CurrentTime"].map(|name| row.get(name).cloned())
}

fn show(row: &StoredRow) -> String {
    let attributes: Vec<String> = row
        .iter()
        .map(|(name, value)| match value {
            Attribute::Text(text) => format!("{name} {text:?}"),
            Attribute::Number(text) | Attribute::Other(text) => format!("{name} {text}"),
        })
        .collect();
    attributes.join(", ")
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
