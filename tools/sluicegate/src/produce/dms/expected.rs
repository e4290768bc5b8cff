//! What must become of records.

use std::collections::BTreeMap;

use crate::produce::outgoing::Outgoing;

/// A record and what must become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Produced<E, P> {
    /// What to put on the stream.
    pub record: Outgoing,
    /// What must become of it.
    pub expected: Expected<E, P>,
}

/// What must become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected<E, P> {
    /// A row of the full load.
    Loaded(E),
    /// A change.
    Changed(E),
    /// A change that was sent before, and changes nothing.
    Again(E),
    /// It is of no row of the database, and is skipped: a definition.
    Control,
    /// It is of no row of the database, and is skipped: of a table that DMS keeps for itself.
    OfDms,
    /// It is put into quarantine.
    Quarantined(P),
}

/// What a record does to the rows of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect<K, A> {
    /// The row that is there no longer: it has been deleted or has another key now.
    pub removed: Option<K>,
    /// The row that is there now, with what a reader learns of it.
    pub put: Option<(K, A)>,
}

/// How many records there are of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<P> {
    /// Rows of the full load.
    pub loaded: u64,
    /// Changes, each once.
    pub changed: u64,
    /// Changes that were sent again.
    pub again: u64,
    /// Definitions.
    pub control: u64,
    /// Records of tables that DMS keeps for itself.
    pub of_dms: u64,
    /// How many records of each kind can never be stored.
    pub poison_by_kind: BTreeMap<P, u64>,
}

impl<P> Default for Tally<P> {
    fn default() -> Self {
        Self {
            loaded: 0,
            changed: 0,
            again: 0,
            control: 0,
            of_dms: 0,
            poison_by_kind: BTreeMap::new(),
        }
    }
}

impl<P: Copy + Ord> Tally<P> {
    /// Counts the next record of the stream; returns what it does to the database.
    pub fn add<'a, E>(&mut self, expected: &'a Expected<E, P>) -> Option<&'a E> {
        match expected {
            Expected::Loaded(effect) => {
                self.loaded += 1;
                return Some(effect);
            }
            Expected::Changed(effect) => {
                self.changed += 1;
                return Some(effect);
            }
            Expected::Again(_) => self.again += 1,
            Expected::Control => self.control += 1,
            Expected::OfDms => self.of_dms += 1,
            Expected::Quarantined(poison) => *self.poison_by_kind.entry(*poison).or_default() += 1,
        }
        None
    }

    /// Records that tell of rows of the database.
    pub fn of_rows(&self) -> u64 {
        self.loaded + self.changed + self.again
    }

    /// How many records can never be stored.
    pub fn poison(&self) -> u64 {
        self.poison_by_kind.values().sum()
    }

    /// How many records are of no row of the database.
    pub fn skipped(&self) -> u64 {
        self.control + self.of_dms
    }
}
