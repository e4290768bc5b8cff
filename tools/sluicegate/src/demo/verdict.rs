//! Compares what is stored with what must be.

use std::collections::{BTreeMap, HashMap};

use super::ledger::{Ledger, Poisoned};
use super::read_back::{Attribute, QuarantineLine, StoredRow};
use crate::produce::sensors::{Row, RowKey};

/// What became of the records, judged by table and quarantine alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Rows that are there and right in every attribute.
    pub stored: u64,
    /// Poison that is in quarantine for the right reason, by reason.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// Records that are neither in the table nor in quarantine.
    pub lost: Vec<String>,
    /// What is there and should not be, or not like this.
    pub wrong: Vec<String>,
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
                self.wrong.push(format!("two rows of one key: {row:?}"));
            }
        }
        for (key, row) in &ledger.model.rows {
            let expected = expected_row(key, row);
            match stored.remove(&key_of(&expected)) {
                Some(found) if *found == expected => self.stored += 1,
                Some(found) => self.wrong.push(format!(
                    "{} at {} is {}, expected {}",
                    key.sensor,
                    key.time,
                    show(found),
                    show(&expected)
                )),
                None => self.lost.push(format!("{} at {}", key.sensor, key.time)),
            }
        }
        let mut foreign: Vec<String> = stored
            .into_values()
            .map(|row| format!("a row that nobody sent: {}", show(row)))
            .collect();
        foreign.sort();
        self.wrong.append(&mut foreign);
    }

    fn judge_quarantine(&mut self, ledger: &Ledger, lines: &[QuarantineLine]) {
        let mut by_position: HashMap<&str, &QuarantineLine> = HashMap::new();
        for line in lines {
            match &line.sequence_number {
                // A batch that is delivered again may leave its poison twice.
                Some(sequence_number) => _ = by_position.insert(sequence_number, line),
                None => self.wrong.push(format!(
                    "a record in quarantine ({}) without its position",
                    line.reason
                )),
            }
        }
        for poison in ledger.poison() {
            let sequence_number = poison.receipt.sequence_number.as_str();
            match by_position.remove(sequence_number) {
                Some(line) => self.judge_poison(&poison, line),
                None => self.lost.push(format!(
                    "{:?} poison, {} of {}",
                    poison.kind, sequence_number, poison.receipt.shard_id
                )),
            }
        }
        let mut foreign: Vec<String> = by_position
            .into_iter()
            .map(|(position, line)| {
                format!(
                    "{position} is in quarantine ({}), and is no poison",
                    line.reason
                )
            })
            .collect();
        foreign.sort();
        self.wrong.append(&mut foreign);
    }

    fn judge_poison(&mut self, poison: &Poisoned<'_>, line: &QuarantineLine) {
        let (stage, reason) = (poison.kind.stage(), poison.kind.reason());
        if (line.stage.as_str(), line.reason.as_str()) != (stage, reason) {
            self.wrong.push(format!(
                "{:?} poison is in quarantine for {}/{}, expected {stage}/{reason}",
                poison.kind, line.stage, line.reason
            ));
        } else if line.bytes().as_deref() != Some(poison.data) {
            self.wrong.push(format!(
                "{:?} poison is in quarantine with other bytes than were sent",
                poison.kind
            ));
        } else {
            *self.quarantined.entry(reason).or_default() += 1;
        }
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
