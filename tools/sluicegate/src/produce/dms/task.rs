//! The course of a task: definitions, the full load, then transactions, poison among them, and the task's restarts.

use std::collections::VecDeque;

use fastrand::Rng;

use super::change::Change;
use super::database::{Database, EffectOf};
use super::expected::{Effect, Expected, Produced};
use super::log::{Log, Place};
use super::poison::Poison;
use super::row::Row;
use super::settings::Settings;
use super::writer::{Record, Writer};
use crate::produce::outgoing::Outgoing;

/// Most changes that a restart sends again.
const AGAIN: usize = 200;
/// Of so many transactions one is followed by a record of a table that DMS keeps for itself.
const OF_DMS: u8 = 150;
/// How long after the commit a record is made at most, in microseconds.
const LONGEST_DELAY: i64 = 2_000_000;

/// The records, one after the other.
#[derive(Clone, Debug)]
pub struct Task<D: Database> {
    settings: Settings,
    rng: Rng,
    database: D,
    log: Log,
    /// Time of the last record, in microseconds since 1970.
    now: i64,
    /// How many records there have been in all.
    records: u64,
    is_begun: bool,
    is_loaded: bool,
    /// Changes and poison.
    made: u64,
    poison_left: u64,
    poison: Vec<D::Poison>,
    poison_made: usize,
    restarts: u32,
    sent: VecDeque<(Change<D::Row>, Place)>,
    ready: VecDeque<Produced<EffectOf<D>, D::Poison>>,
}

/// A record of a transaction.
enum Slot<R, P> {
    Change(Change<R>),
    Poison(P),
}

impl<D: Database> Task<D> {
    /// Begins the records of a database; `rng` is where its making has left it.
    pub(in crate::produce) fn begin(settings: Settings, database: D, rng: Rng) -> Self {
        Self {
            database,
            log: Log::new(settings.engine, settings.start),
            now: settings.start.saturating_mul(1_000_000),
            records: 0,
            is_begun: false,
            is_loaded: false,
            made: 0,
            poison_left: settings.poison.of(settings.count),
            poison: D::Poison::all(),
            poison_made: 0,
            restarts: 0,
            sent: VecDeque::with_capacity(AGAIN),
            ready: VecDeque::new(),
            rng,
            settings,
        }
    }

    fn push(
        &mut self,
        key: String,
        data: Vec<u8>,
        order: Option<u64>,
        expected: Expected<EffectOf<D>, D::Poison>,
    ) {
        // With transaction details, whatever comes first, the later change is known.
        let order = order.filter(|_| !self.settings.transaction_details);
        let record = Outgoing {
            partition_key: key,
            data: data.into(),
            order: order.unwrap_or(u64::MAX - self.records),
            is_poison: matches!(expected, Expected::Quarantined(_)),
        };
        self.records += 1;
        self.ready.push_back(Produced { record, expected });
    }

    fn push_record(
        &mut self,
        record: Record,
        order: Option<u64>,
        expected: Expected<EffectOf<D>, D::Poison>,
    ) {
        let data = writer(&self.settings, self.now).bytes(&record.json);
        self.push(record.partition_key, data, order, expected);
    }

    fn define(&mut self) {
        let tables = self.database.definitions();
        for record in writer(&self.settings, self.now).definitions(D::TASK, &tables) {
            self.push_record(record, None, Expected::Control);
        }
        self.is_begun = true;
    }

    fn load(&mut self) {
        let Some((row, order)) = self.database.next_load(&mut self.rng) else {
            self.is_loaded = true;
            self.log.now = self.now;
            return;
        };
        self.now += self.rng.i64(20..2_000);
        let record = writer(&self.settings, self.now).load(&mut self.rng, &row);
        let effect = Effect {
            removed: None,
            put: Some((row.key(), row.attributes(&self.settings))),
        };
        self.push_record(record, Some(order), Expected::Loaded(effect));
    }

    fn transaction(&mut self) {
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
        change: &Change<D::Row>,
        place: &Place,
        expected: impl FnOnce(EffectOf<D>) -> Expected<EffectOf<D>, D::Poison>,
    ) {
        let writer = writer(&self.settings, self.now);
        let Some(record) = writer.change(&mut self.rng, change, place) else {
            return;
        };
        let Change { before, after, .. } = change;
        let put = after
            .as_ref()
            .map(|row| (row.key(), row.attributes(&self.settings)));
        let removed = before.as_ref().map(Row::key);
        let removed = removed.filter(|key| put.as_ref().is_none_or(|(after, _)| after != key));
        let effect = Effect { removed, put };
        self.push_record(record, Some(change.order), expected(effect));
    }

    /// Draws without replacement, so that the share comes out exactly; each kind in turn.
    fn poison(&mut self) -> Option<D::Poison> {
        let left = self.settings.count - self.made;
        if left == 0 || self.rng.u64(0..left) >= self.poison_left {
            return None;
        }
        self.poison_left -= 1;
        self.made += 1;
        self.poison_made += 1;
        let place = (self.poison_made - 1).checked_rem(self.poison.len())?;
        self.poison.get(place).copied()
    }

    fn push_poison(&mut self, poison: D::Poison, place: &Place) {
        let change = self.database.nobody(&mut self.rng, poison, self.log.now);
        let writer = writer(&self.settings, self.now);
        let Some(record) = writer.change(&mut self.rng, &change, place) else {
            return;
        };
        let key = record.partition_key.clone();
        let data = poison.bytes(&mut self.rng, &writer, record);
        self.push(key, data, Some(change.order), Expected::Quarantined(poison));
    }

    /// Whether it is time to start the task again: as often as asked for, evenly over the changes.
    fn is_to_restart(&self) -> bool {
        let Settings {
            count, restarts, ..
        } = self.settings;
        let due = u128::from(count) * u128::from(self.restarts + 1) / u128::from(restarts + 1);
        self.restarts < restarts && u128::from(self.made) >= due
    }

    /// The task goes on from a transaction that it has sent before.
    fn restart(&mut self) {
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

fn writer(settings: &Settings, now: i64) -> Writer<'_> {
    Writer { settings, now }
}

impl<D: Database> Iterator for Task<D> {
    type Item = Produced<EffectOf<D>, D::Poison>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if !self.is_begun {
                self.define();
            } else if !self.is_loaded {
                self.load();
            } else if self.is_to_restart() {
                self.restart();
            } else if self.made < self.settings.count {
                self.transaction();
                if self.rng.u8(0..OF_DMS) == 0 {
                    let writer = writer(&self.settings, self.now);
                    let record = writer.own(&mut self.rng, &mut self.log, D::NAME);
                    self.push_record(record, None, Expected::OfDms);
                }
            } else {
                return None;
            }
        }
        self.ready.pop_front()
    }
}
