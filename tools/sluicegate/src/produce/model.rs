//! What the table and the quarantine must hold once everything is processed.

use std::collections::BTreeMap;

use super::poison::Poison;
use super::sensors::{Expected, Row, RowKey};

/// The state that a stream of records must lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The table: of equal keys the last reading.
    pub rows: BTreeMap<RowKey, Row>,
    /// How many readings were replaced by a later one of the same key.
    pub replaced: u64,
    /// How many records of each kind can never be stored.
    pub poison_by_kind: BTreeMap<Poison, u64>,
}

impl Model {
    /// Takes the next record of the stream in.
    pub fn add(&mut self, expected: &Expected) {
        match expected {
            Expected::Stored(key, row) => {
                let earlier = self.rows.insert(key.clone(), row.clone());
                self.replaced += u64::from(earlier.is_some());
            }
            Expected::Quarantined(poison) => *self.poison_by_kind.entry(*poison).or_default() += 1,
        }
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
