//! What the windows must hold, computed from what lies on the streams in another way than the function does.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use records::{SequenceNumber, Timestamp};

use super::Source;
use super::ledger::Content;
use super::streams::OnStream;
use crate::produce::sales::model::{Sale, Sums};
use crate::produce::sales::poison::Poison;

/// How the deployed function counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Length of the stream's windows.
    pub stream_window: Duration,
    /// Length of the table's windows.
    pub table_window: Duration,
    /// Whether each id counts once in a window and shard.
    pub each_id_once: bool,
}

/// What sales of one group in one window come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSums {
    /// Count and amounts.
    pub sums: Sums,
    /// Arrival of the first sale.
    pub first: Timestamp,
    /// Arrival of the last sale.
    pub last: Timestamp,
}

/// Which window and group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowGroup {
    /// Of which source.
    pub source: Source,
    /// The window's first moment.
    pub start: Timestamp,
    /// The group.
    pub group: String,
}

/// A record that must be in quarantine.
#[derive(Clone, Debug, PartialEq)]
pub struct Poisoned<T> {
    /// What it is.
    pub kind: Poison,
    /// Where it lies, and its content.
    pub record: OnStream<T>,
}

/// Everything that must come of the records on the streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// The sums of each window and group.
    pub groups: BTreeMap<WindowGroup, WindowSums>,
    /// Sales that do not count because their id was counted in the same window and shard.
    pub duplicates: u64,
}

impl WindowSums {
    /// Of one sale.
    pub fn of(sale: &Sale, arrival: Timestamp) -> Self {
        Self {
            sums: Sums::of(&sale.amount),
            first: arrival,
            last: arrival,
        }
    }

    /// Adds the sales of another.
    pub fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Rules {
    /// Length of a source's windows.
    pub fn window(&self, source: Source) -> Duration {
        match source {
            Source::Stream => self.stream_window,
            Source::Table => self.table_window,
        }
    }
}

impl Windows {
    /// Counts the sales of a source, in any order of shards. `told` is the arrival as the event tells it to the function.
    pub fn count<'a, T: 'a>(
        &mut self,
        source: Source,
        rules: &Rules,
        records: impl IntoIterator<Item = (&'a OnStream<T>, &'a Content)>,
        told: impl Fn(Timestamp) -> Timestamp,
    ) {
        let mut shards: HashMap<&str, Vec<(&OnStream<T>, &Sale)>> = HashMap::new();
        for (record, content) in records {
            if let Content::Sale(sale) = content {
                shards
                    .entry(&record.shard)
                    .or_default()
                    .push((record, sale));
            }
        }
        for records in shards.values_mut() {
            records.sort_by_key(|(record, _)| SequenceNumber::new(&record.sequence_number));
            let mut ids = HashSet::new();
            let mut start = Timestamp::from_micros(i64::MIN);
            for (record, sale) in records {
                // Arrivals may step back, windows of a shard do not (docs/MAPPINGS.md).
                start = start.max(start_of(record.arrival, rules.window(source)));
                if rules.each_id_once && !ids.insert((start, &sale.id)) {
                    self.duplicates += 1;
                    continue;
                }
                let one = WindowSums::of(sale, told(record.arrival));
                let key = WindowGroup {
                    source,
                    start,
                    group: sale.group.clone(),
                };
                add(&mut self.groups, key, &one);
            }
        }
    }

    /// How many sales count.
    pub fn counted(&self) -> u64 {
        self.groups.values().map(|sums| sums.sums.count).sum()
    }

    /// How many windows there are, of both sources.
    pub fn windows(&self) -> usize {
        let windows = self.groups.keys().map(|key| (key.source, key.start));
        windows.collect::<HashSet<_>>().len()
    }
}

/// Adds sums to those of their window and group.
pub(super) fn add(
    groups: &mut BTreeMap<WindowGroup, WindowSums>,
    key: WindowGroup,
    sums: &WindowSums,
) {
    groups
        .entry(key)
        .and_modify(|there| there.merge(sums))
        .or_insert_with(|| sums.clone());
}

/// Windows are aligned to 1970.
fn start_of(arrival: Timestamp, length: Duration) -> Timestamp {
    let length = i64::try_from(length.as_micros()).unwrap_or(i64::MAX).max(1);
    let micros = arrival.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(length))
}
