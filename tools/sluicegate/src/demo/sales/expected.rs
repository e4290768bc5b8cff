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

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        stream_window: Duration::from_secs(5),
        table_window: Duration::from_secs(5),
        each_id_once: true,
    };

    /// Shard, sequence number, arrival in milliseconds after 1970, id, amount.
    type Sold = (&'static str, u64, i64, &'static str, i64);

    /// Start in seconds, count and sum of each window.
    fn windows(rules: &Rules, sold: &[Sold]) -> Vec<(i64, u64, String)> {
        let records: Vec<(OnStream<()>, Content)> = sold
            .iter()
            .map(|(shard, number, arrival, id, amount)| {
                let record = OnStream {
                    shard: (*shard).to_owned(),
                    sequence_number: number.to_string(),
                    subsequence_number: 0,
                    arrival: Timestamp::from_micros(arrival * 1_000),
                    content: (),
                };
                let sale = Sale {
                    id: (*id).to_owned(),
                    group: "all".to_owned(),
                    amount: (*amount).into(),
                };
                (record, Content::Sale(sale))
            })
            .collect();
        let mut windows = Windows::default();
        let records = records.iter().map(|(record, content)| (record, content));
        windows.count(Source::Stream, rules, records, |arrival| arrival);
        let groups = windows.groups.into_iter();
        groups
            .map(|(key, sums)| {
                (
                    key.start.as_seconds(),
                    sums.sums.count,
                    sums.sums.sum.to_string(),
                )
            })
            .collect()
    }

    #[test]
    fn a_window_begins_at_a_multiple_of_its_length_and_ends_before_the_next() {
        let sold = [
            ("a", 1, 5_000, "1", 1),
            ("a", 2, 9_999, "2", 2),
            ("a", 3, 10_000, "3", 4),
            ("b", 1, 9_000, "4", 8),
        ];
        let expected = [(5, 3, "11".to_owned()), (10, 1, "4".to_owned())];
        assert_eq!(windows(&RULES, &sold), expected);
    }

    #[test]
    fn an_id_counts_once_in_a_window_and_shard() {
        let sold = [
            ("a", 1, 5_000, "1", 1),
            ("a", 2, 6_000, "1", 1),
            ("b", 1, 6_000, "1", 1),
            ("a", 3, 11_000, "1", 1),
        ];
        let expected = [(5, 2, "2".to_owned()), (10, 1, "1".to_owned())];
        assert_eq!(windows(&RULES, &sold), expected);
        let every = Rules {
            each_id_once: false,
            ..RULES
        };
        assert_eq!(windows(&every, &sold)[0].1, 3);
    }

    #[test]
    fn a_shard_is_read_in_its_order_and_never_goes_back_to_an_earlier_window() {
        let sold = [
            ("a", 10, 10_001, "2", 2),
            ("a", 9, 5_000, "1", 1),
            // The clock has stepped back: it counts to the open window.
            ("a", 11, 9_999, "3", 4),
        ];
        let expected = [(5, 1, "1".to_owned()), (10, 2, "6".to_owned())];
        assert_eq!(windows(&RULES, &sold), expected);
    }
}
