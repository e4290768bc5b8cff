//! Changes of a small order database as DMS puts them on a stream: the same seed gives the same records, and says what
//! must become of each.

mod changes;
mod database;
pub(super) mod dms;
mod ids;
pub(super) mod json;
pub(super) mod log;
pub mod model;
mod order;
pub mod poison;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod replay;
mod row;
pub mod settings;
mod tables;
mod values;

use std::collections::VecDeque;

use fastrand::Rng;

use super::outgoing::Outgoing;
use database::Database;
use dms::{Record, Writer};
use log::{Log, Place};
use model::{Expected, SourceChange};
use order::Change;
pub use row::{Attributes, Cell, RowKey, Table};
pub use settings::{BeforeImage, Engine, MessageFormat, Numbers, PartitionKey, Settings};

/// Most changes that a restart sends again.
const AGAIN: usize = 200;
/// Of so many transactions one is followed by a record of a table that DMS keeps for itself.
const OF_DMS: u8 = 150;
/// A record and what must become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Produced {
    /// What to put on the stream.
    pub record: Outgoing,
    /// What must become of it.
    pub expected: Expected,
}

/// The records, one after the other: definitions, the full load, changes.
#[derive(Clone, Debug)]
pub struct Orders {
    settings: Settings,
    rng: Rng,
    database: Database,
    log: Log,
    /// Time of the last record, in microseconds since 1970.
    now: i64,
    /// How many records there have been in all.
    records: u64,
    /// Rows of each table that are loaded.
    loaded: [usize; 2],
    is_begun: bool,
    is_loaded: bool,
    /// Changes and poison.
    made: u64,
    poison_left: u64,
    poison_made: usize,
    restarts: u32,
    sent: VecDeque<(Change, Place)>,
    ready: VecDeque<Produced>,
}

impl Orders {
    /// Begins the records that `settings` describe.
    pub fn new(settings: Settings) -> Self {
        let mut rng = Rng::with_seed(settings.seed);
        let database = Database::new(&settings, &mut rng);
        Self {
            database,
            log: Log::new(settings.engine, settings.start),
            now: settings.start.saturating_mul(1_000_000),
            records: 0,
            loaded: [0; 2],
            is_begun: false,
            is_loaded: false,
            made: 0,
            poison_left: settings.poison.of(settings.count),
            poison_made: 0,
            restarts: 0,
            sent: VecDeque::with_capacity(AGAIN),
            ready: VecDeque::new(),
            rng,
            settings,
        }
    }

    fn writer(&self) -> Writer<'_> {
        Writer {
            settings: &self.settings,
            now: self.now,
        }
    }

    /// `row` is the order that the record is about and its table: without transaction details records of one row must
    /// not overtake each other. With them, whatever comes first, the later change is known.
    fn push(&mut self, key: String, data: Vec<u8>, row: Option<(u64, Table)>, expected: Expected) {
        let order = match row.filter(|_| !self.settings.transaction_details) {
            Some((order, table)) => order * 2 + u64::from(table == Table::Item),
            None => u64::MAX - self.records,
        };
        self.records += 1;
        let record = Outgoing {
            partition_key: key,
            data: data.into(),
            order,
        };
        self.ready.push_back(Produced { record, expected });
    }

    fn push_record(&mut self, record: Record, row: Option<(u64, Table)>, expected: Expected) {
        let data = self.writer().bytes(&record.json);
        self.push(record.partition_key, data, row, expected);
    }

    fn begin(&mut self) {
        for record in self.writer().definitions() {
            self.push_record(record, None, Expected::Control);
        }
        self.is_begun = true;
    }

    /// The next row of a table; both are loaded at once.
    fn load(&mut self) {
        let [orders, items] = [
            self.settings.orders as usize,
            self.settings.orders as usize * self.database.items_per_order(),
        ];
        let left = [orders - self.loaded[0], items - self.loaded[1]];
        let all = left[0] + left[1];
        if all == 0 {
            self.is_loaded = true;
            self.log.now = self.now;
            return;
        }
        let (table, place) = if self.rng.usize(0..all) < left[0] {
            (Table::Order, 0)
        } else {
            (Table::Item, 1)
        };
        let index = self.loaded[place];
        self.loaded[place] += 1;
        self.now += self.rng.i64(20..2_000);
        let rng = &mut self.rng;
        let writer = Writer {
            settings: &self.settings,
            now: self.now,
        };
        let Some((row, order)) = self.database.row(table, index) else {
            return;
        };
        let record = writer.load(rng, row);
        let change = SourceChange {
            removed: None,
            put: Some((row.key(), row.attributes(&self.settings))),
        };
        self.push_record(record, Some((order, table)), Expected::Loaded(change));
    }

    /// Whether it is time to start the task again: as often as asked for, evenly over the changes.
    fn is_to_restart(&self) -> bool {
        let Settings {
            count, restarts, ..
        } = self.settings;
        let due = u128::from(count) * u128::from(self.restarts + 1) / u128::from(restarts + 1);
        self.restarts < restarts && u128::from(self.made) >= due
    }
}

impl Iterator for Orders {
    type Item = Produced;

    fn next(&mut self) -> Option<Produced> {
        while self.ready.is_empty() {
            if !self.is_begun {
                self.begin();
            } else if !self.is_loaded {
                self.load();
            } else if self.is_to_restart() {
                self.restart();
            } else if self.made < self.settings.count {
                self.transaction();
                if self.rng.u8(0..OF_DMS) == 0 {
                    let writer = Writer {
                        settings: &self.settings,
                        now: self.now,
                    };
                    let record = writer.own(&mut self.rng, &mut self.log);
                    self.push_record(record, None, Expected::OfDms);
                }
            } else {
                return None;
            }
        }
        self.ready.pop_front()
    }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
