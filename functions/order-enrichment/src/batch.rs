//! The changes of a batch: which of them are written, and what becomes of the records that they came with.

use std::collections::{BTreeMap, HashMap};

use pipeline::{Outcome, Poison, Stage};
use records::UserRecord;

use crate::join::Wanted;
use crate::source::{Entity, SourceChange, SourceKey, SourceReader};

/// The records of a batch, read.
#[derive(Debug)]
pub struct Batch<'a> {
    records: Vec<Reading>,
    changes: Vec<SourceChange<'a>>,
    /// Places of the changes: those of one row together, the newest first.
    sorted: Vec<usize>,
}

/// What a record is.
#[derive(Debug)]
enum Reading {
    Poison(Poison),
    /// It is about something else.
    Other,
    /// Its changes are at this place and, if it has two, the next.
    Changes {
        first: usize,
        count: usize,
    },
}

/// What became of a change in the table of the source's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is there.
    Written,
    /// The table had it, or a later one.
    Superseded,
    /// A later change of the row in the same batch was taken for it.
    Collapsed,
    /// It can never be written.
    Rejected(Rejection),
    /// It is not known to be there.
    Unfinished(String),
}

/// Why a row can never be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A short fixed name of the reason.
    pub reason: &'static str,
    /// What exactly is wrong with it.
    pub detail: String,
}

/// What became of the rows that follow from the changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Orders that are not done, and why.
    pub unfinished: HashMap<i64, String>,
    /// Rows, by order and item, that can never be written.
    pub rejected: Vec<((i64, i64), Rejection)>,
    /// Rows that are there, or newer ones.
    pub done: usize,
}

impl<'a> Batch<'a> {
    /// Reads records.
    pub fn read(reader: &SourceReader, records: &[UserRecord<'a>]) -> Self {
        let mut readings = Vec::with_capacity(records.len());
        let mut changes = Vec::with_capacity(records.len());
        for record in records {
            readings.push(match reader.read(record) {
                Err(error) => Reading::Poison(error.into()),
                Ok(None) => Reading::Other,
                Ok(Some(read)) => {
                    let first = changes.len();
                    changes.push(read.row);
                    changes.extend(read.moved_from);
                    Reading::Changes {
                        first,
                        count: changes.len() - first,
                    }
                }
            });
        }
        let mut sorted: Vec<usize> = (0..changes.len()).collect();
        sorted.sort_unstable_by(|&left, &right| {
            let (a, b) = (&changes[left], &changes[right]);
            let by_key = a.key.cmp(&b.key);
            // Of two with the same version, which is the same change come twice, the later one stands for both.
            by_key.then_with(|| (b.version, right).cmp(&(a.version, left)))
        });
        Self {
            records: readings,
            changes,
            sorted,
        }
    }

    /// How many changes of rows the records are: as many places there are in the chains.
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The change that stands at a place of the chains.
    pub fn change(&self, place: usize) -> &SourceChange<'a> {
        &self.changes[self.sorted[place]]
    }

    /// The places of the newest change of each row.
    pub fn heads(&self) -> Vec<usize> {
        let is_head =
            |place: &usize| *place == 0 || self.change(*place).key != self.change(place - 1).key;
        (0..self.sorted.len()).filter(is_head).collect()
    }

    /// The place of the next older change of the same row.
    pub fn older(&self, place: usize) -> Option<usize> {
        let next = place + 1;
        (next < self.sorted.len() && self.change(next).key == self.change(place).key)
            .then_some(next)
    }

    /// The orders that have to be joined, with the items that may have changed.
    pub fn wanted(&self) -> BTreeMap<i64, Wanted> {
        let mut orders: BTreeMap<i64, Wanted> = BTreeMap::new();
        for place in self.heads() {
            let SourceKey { order_id, entity } = self.change(place).key;
            orders.entry(order_id).or_default().add(entity);
        }
        orders
    }

    /// What became of the records; `fates` are those of the changes, by their places in the chains.
    pub fn into_outcomes(self, fates: Vec<Fate>, mut joined: Joined) -> Vec<Outcome> {
        let mut of_change: Vec<Fate> = vec![Fate::Collapsed; fates.len()];
        for (place, fate) in fates.into_iter().enumerate() {
            let change = self.sorted[place];
            if let Fate::Unfinished(detail) = &fate {
                let order_id = self.changes[change].key.order_id;
                joined.unfinished.insert(order_id, detail.clone());
            }
            of_change[change] = fate;
        }
        let changes = &self.changes;
        let outcome = |reading| match reading {
            Reading::Poison(poison) => Outcome::Poison(poison),
            Reading::Other => Outcome::Skipped,
            Reading::Changes { first, count } => {
                let places = first..first + count;
                let outcomes = places.map(|at| joined.outcome(changes[at].key, &of_change[at]));
                outcomes.max_by_key(weight).unwrap_or(Outcome::Skipped)
            }
        };
        self.records.into_iter().map(outcome).collect()
    }
}

/// Of the outcomes of a record's two changes the one that counts weighs more.
fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Collapsed => 0,
        Outcome::Skipped => 1,
        Outcome::Applied => 2,
        Outcome::Poison(_) => 3,
        Outcome::Retry(_) => 4,
    }
}

impl Joined {
    /// What became of a change, with the rows that follow from it.
    fn outcome(&self, key: SourceKey, fate: &Fate) -> Outcome {
        if let Some(detail) = self.unfinished.get(&key.order_id) {
            return Outcome::Retry(detail.clone());
        }
        let follows = |(order_id, item_id): (i64, i64)| {
            order_id == key.order_id
                && (key.entity == Entity::Order || key.entity == Entity::Item(item_id))
        };
        let rejected = self.rejected.iter().find(|(row, _)| follows(*row));
        match (fate, rejected) {
            (Fate::Unfinished(detail), _) => Outcome::Retry(detail.clone()),
            (Fate::Collapsed, _) => Outcome::Collapsed,
            (Fate::Rejected(rejection), _) | (_, Some((_, rejection))) => Outcome::Poison(Poison {
                stage: Stage::Write,
                reason: rejection.reason,
                detail: rejection.detail.clone().into(),
            }),
            (Fate::Written, None) => Outcome::Applied,
            (Fate::Superseded, None) => Outcome::Skipped,
        }
    }
}

#[cfg(test)]
mod tests;
