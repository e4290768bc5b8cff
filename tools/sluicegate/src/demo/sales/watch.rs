//! The windows as they fill, and when the total of each was complete.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use records::Timestamp;

use super::Source;
use super::expected::Rules;
use super::rows::{ResultRow, RowKind};
use crate::runner::RunnerStatus;

/// How long after its end a window may still seem to be unknown, in milliseconds: what has arrived is not read yet, and
/// the status is half a second old.
const UNREAD: i64 = 2_000;

/// A window of a source over all its groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Sales in the total rows.
    pub count: u64,
    /// Their sum.
    pub sum: BigDecimal,
    /// Total rows.
    pub groups: u64,
    /// Shards that have part rows.
    pub shards: u64,
    /// Part rows.
    pub parts: u64,
    /// When this was first seen, in milliseconds since 1970.
    pub since: i64,
    /// Whether a shard may still add to it.
    pub is_open: bool,
}

/// Which window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowKey {
    /// The window's first moment.
    pub start: Timestamp,
    /// Of which source.
    pub source: Source,
}

/// What has been seen of the windows.
#[derive(Clone, Debug)]
pub struct Watch {
    rules: Rules,
    stream_name: String,
    table_name: String,
    windows: BTreeMap<WindowKey, Progress>,
    shards: BTreeMap<Source, u64>,
}

impl Watch {
    /// Nothing has been seen yet.
    pub fn new(rules: Rules, stream_name: &str, table_name: &str) -> Self {
        Self {
            rules,
            stream_name: stream_name.to_owned(),
            table_name: table_name.to_owned(),
            windows: BTreeMap::new(),
            shards: BTreeMap::new(),
        }
    }

    /// The windows, oldest first.
    pub fn windows(&self) -> impl DoubleEndedIterator<Item = (&WindowKey, &Progress)> {
        self.windows.iter()
    }

    /// Shards of a source.
    pub fn shards(&self, source: Source) -> u64 {
        self.shards.get(&source).copied().unwrap_or(0)
    }

    /// First moment after a window.
    pub fn end(&self, key: WindowKey) -> Timestamp {
        key.start + self.rules.window(key.source)
    }

    /// Takes in the rows and the status as they were at `now`, in milliseconds since 1970.
    pub fn see(&mut self, rows: &[ResultRow], status: Option<&RunnerStatus>, now: i64) {
        let mut seen: BTreeMap<WindowKey, Progress> = BTreeMap::new();
        let mut shards: BTreeMap<WindowKey, Vec<&str>> = BTreeMap::new();
        for row in rows {
            let Some(source) = self.source(&row.source) else {
                continue;
            };
            let key = WindowKey {
                start: row.start,
                source,
            };
            let window = seen.entry(key).or_default();
            match &row.kind {
                RowKind::Total { .. } => {
                    window.count += row.sums.sums.count;
                    window.sum += &row.sums.sums.sum;
                    window.groups += 1;
                }
                RowKind::Part { shard, .. } => {
                    window.parts += 1;
                    let shards = shards.entry(key).or_default();
                    if !shards.contains(&shard.as_str()) {
                        shards.push(shard);
                        window.shards += 1;
                    }
                }
            }
        }
        let open = self.open(status, &mut seen);
        for (key, mut window) in seen {
            let before = self.windows.get(&key);
            let changed = before.is_none_or(|before| before.parts != window.parts);
            window.since = before
                .filter(|_| !changed)
                .map_or(now, |before| before.since);
            let end = self.end(key).as_millis();
            let told = status.map_or(i64::MIN, |status| status.updated_at);
            window.is_open = open.contains(&key) || told.min(now) < end + UNREAD;
            self.windows.insert(key, window);
        }
    }

    /// The windows to which a shard may still add; those of which there is no row yet are entered.
    fn open(
        &mut self,
        status: Option<&RunnerStatus>,
        seen: &mut BTreeMap<WindowKey, Progress>,
    ) -> Vec<WindowKey> {
        let mut open = Vec::new();
        for mapping in status.iter().flat_map(|status| status.mappings.values()) {
            let Some(source) = self.source(&mapping.stream) else {
                continue;
            };
            self.shards.insert(source, mapping.shards.len() as u64);
            for shard in mapping.shards.values() {
                let key = |millis: i64| WindowKey {
                    start: Timestamp::from_micros(millis * 1_000),
                    source,
                };
                if let Some(window) = shard.window {
                    seen.entry(key(window.start)).or_default();
                    open.push(key(window.start));
                }
                if let Some(oldest) = shard.oldest_arrival {
                    let later = seen.keys().copied();
                    open.extend(
                        later.filter(|key| {
                            key.source == source && self.end(*key).as_millis() > oldest
                        }),
                    );
                }
            }
        }
        open
    }

    fn source(&self, name: &str) -> Option<Source> {
        match name {
            name if name == self.stream_name => Some(Source::Stream),
            name if name == self.table_name => Some(Source::Table),
            _ => None,
        }
    }

    /// For each window with sales how many milliseconds after its end its total was seen complete.
    pub fn latencies(&self) -> Vec<u64> {
        let windows = self.windows.iter().filter(|(_, window)| window.count > 0);
        windows
            .map(|(key, window)| {
                let after = window.since - self.end(*key).as_millis();
                u64::try_from(after).unwrap_or(0)
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
