//! What comes after the full load: transactions, poison among them, and the task's restarts.

use super::dms::Writer;
use super::log::Place;
use super::model::{Expected, SourceChange};
use super::order::Change;
use super::poison::Poison;
use super::row::{Row, Table};
use super::{AGAIN, Orders, values};
use crate::produce::products::FIRST_ID;

/// How long after the commit a record is made at most, in microseconds.
const LONGEST_DELAY: i64 = 2_000_000;

/// A record of a transaction.
enum Slot {
    Change(Change),
    Poison(Poison),
}

impl Orders {
    pub(super) fn transaction(&mut self) {
        let changes = self.database.transaction(&mut self.rng, self.log.now);
        let mut slots = Vec::with_capacity(changes.len());
        for change in changes {
            while let Some(poison) = self.poison() {
                slots.push(Slot::Poison(poison));
            }
            if self.made == self.settings.count {
                break;
            }
            self.made += 1;
            slots.push(Slot::Change(change));
        }
        // A poison record is a statement of its own.
        let mut statement = 0;
        let mut last = None;
        let statements = slots.iter().map(|slot| {
            let this = match slot {
                Slot::Change(change) => Some(change.statement),
                Slot::Poison(_) => None,
            };
            if this.is_none() || this != last {
                statement += 1;
            }
            last = this;
            statement
        });
        let statements: Vec<u32> = statements.collect();
        let places = self.log.commit(&mut self.rng, &statements);
        let delay = self.rng.i64(10_000..LONGEST_DELAY);
        self.now = self.now.max(self.log.now + delay);
        for (slot, place) in slots.into_iter().zip(places) {
            self.now += self.rng.i64(5..200);
            match slot {
                Slot::Change(change) => {
                    self.push_change(&change, &place, Expected::Changed);
                    if self.sent.len() == AGAIN {
                        self.sent.pop_front();
                    }
                    self.sent.push_back((change, place));
                }
                Slot::Poison(poison) => self.push_poison(poison, &place),
            }
        }
    }

    fn push_change(
        &mut self,
        change: &Change,
        place: &Place,
        expected: impl FnOnce(SourceChange) -> Expected,
    ) {
        let writer = Writer {
            settings: &self.settings,
            now: self.now,
        };
        let Some(record) = writer.change(&mut self.rng, change, place) else {
            return;
        };
        let Change { before, after, .. } = change;
        let put = after
            .as_ref()
            .map(|row| (row.key(), row.attributes(&self.settings)));
        let removed = before.as_ref().map(Row::key);
        let removed = removed.filter(|key| put.as_ref().is_none_or(|(after, _)| after != key));
        let table = after.as_ref().or(before.as_ref()).map(|row| row.table);
        let row = table.map(|table| (change.order, table));
        self.push_record(record, row, expected(SourceChange { removed, put }));
    }

    /// Draws without replacement, so that the share comes out exactly; each kind in turn.
    fn poison(&mut self) -> Option<Poison> {
        let left = self.settings.count - self.made;
        if left == 0 || self.rng.u64(0..left) >= self.poison_left {
            return None;
        }
        self.poison_left -= 1;
        self.made += 1;
        self.poison_made += 1;
        Poison::ALL
            .get((self.poison_made - 1) % Poison::ALL.len())
            .copied()
    }

    /// The insert of a row whose key no other has, spoilt.
    fn push_poison(&mut self, poison: Poison, place: &Place) {
        let (number, id) = self.database.no_order();
        let rng = &mut self.rng;
        let row = match poison.table() {
            Table::Order => values::header(rng, id, self.log.now),
            Table::Item => values::item(rng, id, FIRST_ID),
        };
        let change = Change {
            before: None,
            after: Some(row),
            statement: 0,
            order: number,
        };
        let writer = Writer {
            settings: &self.settings,
            now: self.now,
        };
        let Some(record) = writer.change(rng, &change, place) else {
            return;
        };
        let key = record.partition_key.clone();
        let data = poison.bytes(rng, &writer, record);
        let row = Some((number, poison.table()));
        self.push(key, data, row, Expected::Quarantined(poison));
    }

    /// The task goes on from a transaction that it has sent before.
    pub(super) fn restart(&mut self) {
        self.restarts += 1;
        let Some(last) = self.sent.len().checked_sub(1) else {
            return;
        };
        let mut first = self.rng.usize(0..=last);
        let transaction = |index: usize| Some(self.sent.get(index)?.1.transaction);
        while first > 0 && transaction(first - 1) == transaction(first) {
            first -= 1;
        }
        self.now += self.rng.i64(10_000_000..60_000_000);
        self.log.now = self.now;
        let again: Vec<_> = self.sent.iter().skip(first).cloned().collect();
        for (index, (change, mut place)) in again.into_iter().enumerate() {
            self.now += self.rng.i64(5..200);
            if index == 0 {
                place.previous = None;
            }
            self.push_change(&change, &place, Expected::Again);
        }
    }
}
