//! What the table and the quarantine must hold once everything is processed.

use std::collections::BTreeMap;

use super::poison::Poison;
use super::sensors::{Expected, Row, RowKey};

/// The state that a stream of records must lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The table.
    pub rows: BTreeMap<RowKey, ModelRow>,
    /// How many records of each kind can never be stored.
    pub poison_by_kind: BTreeMap<Poison, u64>,
}

/// A row of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRow {
    /// What the last reading of the key says.
    pub row: Row,
    /// How many readings of the key came before, and are replaced.
    pub replaced: u64,
}

impl Model {
    /// Takes the next record of the stream in.
    pub fn add(&mut self, expected: &Expected) {
        match expected {
            Expected::Stored(key, row) => {
                let replaced = self.rows.get(key).map_or(0, |earlier| earlier.replaced + 1);
                let row = row.clone();
                self.rows.insert(key.clone(), ModelRow { row, replaced });
            }
            Expected::Quarantined(poison) => *self.poison_by_kind.entry(*poison).or_default() += 1,
        }
    }

    /// How many readings are replaced by a later one of the same key.
    pub fn replaced(&self) -> u64 {
        self.rows.values().map(|row| row.replaced).sum()
    }

    /// How many records can never be stored.
    pub fn poison(&self) -> u64 {
        self.poison_by_kind.values().sum()
    }
}

impl<'a> FromIterator<&'a Expected> for Model {
    fn from_iter<T: IntoIterator<Item = &'a Expected>>(records: T) -> Self {
        let mut model = Self::default();
        for expected in records {
            model.add(expected);
        }
        model
    }
}

impl FromIterator<Expected> for Model {
    fn from_iter<T: IntoIterator<Item = Expected>>(records: T) -> Self {
        let mut model = Self::default();
        for expected in records {
            model.add(&expected);
        }
        model
    }
}
