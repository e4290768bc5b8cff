//! Compares the windows and the quarantine with what must be.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Source;
use super::expected::{Rules, WindowGroup, WindowSums, Windows, add};
use super::ledger::{Content, Ledger};
use super::poisoned::{Bytes, poisoned};
use super::rows::{ResultRow, RowKind};
use super::streams::{OnStream, TableChange};
use crate::demo::problems::Problems;
use crate::demo::read_back::{QuarantineLine, StoredRow};
use records::Timestamp;

/// All that was found in the stack.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Name of the stream of sales.
    pub stream_name: String,
    /// Name of the table of orders.
    pub table_name: String,
    /// What lies on the stream.
    pub stream: Vec<OnStream<Vec<u8>>>,
    /// What the table's stream tells.
    pub table: Vec<OnStream<TableChange>>,
    /// The rows of the table of results.
    pub rows: Vec<StoredRow>,
    /// The quarantine.
    pub quarantine: Vec<QuarantineLine>,
}

/// What became of the records, judged by streams, rows and quarantine alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What must be in the rows.
    pub windows: Windows,
    /// Sales that are in a total that is right to the last digit.
    pub counted: u64,
    /// Poison that is in quarantine for the right reason, by reason.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// Records that are in no total and not in quarantine.
    pub lost: Problems,
    /// Rows and records in quarantine that should be otherwise or not be at all.
    pub wrong: Problems,
}

impl Verdict {
    /// Compares what was found with the ledger.
    pub fn new(ledger: &Ledger, found: &Found, rules: &Rules) -> Self {
        let mut verdict = Self::default();
        let stream = verdict.known_records(ledger, &found.stream);
        let table = verdict.known_orders(ledger, &found.table);
        // The event of a Kinesis record tells milliseconds, that of a change seconds.
        let millis = |time: Timestamp| Timestamp::from_micros(time.as_millis() * 1_000);
        let seconds = |time: Timestamp| Timestamp::from_micros(time.as_seconds() * 1_000_000);
        let windows = &mut verdict.windows;
        windows.count(Source::Stream, rules, stream.iter().copied(), millis);
        windows.count(Source::Table, rules, table.iter().copied(), seconds);
        verdict.judge_rows(found, rules);

        let on_stream = stream.iter().filter_map(|(record, content)| {
            let payload = ledger.stream.wrapping().payload(&record.content);
            poisoned(content, record, Bytes::Data(payload))
        });
        let in_table = table
            .iter()
            .filter_map(|(record, content)| poisoned(content, record, Bytes::Change(record)));
        verdict.judge_quarantine(on_stream.chain(in_table).collect(), &found.quarantine);
        verdict
    }

    /// Whether everything is as it must be.
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.wrong.is_empty()
    }

    /// The records of the stream with what they are. All that were acknowledged must be there.
    fn known_records<'a>(
        &mut self,
        ledger: &'a Ledger,
        records: &'a [OnStream<Vec<u8>>],
    ) -> Vec<(&'a OnStream<Vec<u8>>, &'a Content)> {
        let there: HashSet<(&str, u64)> = records.iter().map(OnStream::position).collect();
        for receipt in &ledger.stream.receipts {
            let (sequence_number, place) = (&receipt.sequence_number, receipt.subsequence_number);
            if !there.contains(&(sequence_number.as_str(), place)) {
                let place = format!("{sequence_number}/{place} of {}", receipt.shard_id);
                self.lost
                    .add(1, format!("acknowledged, and not on the stream: {place}"));
            }
        }
        let mut known = Vec::new();
        for record in records {
            match ledger.stream.content(&record.content) {
                Some(content) => known.push((record, content)),
                None => self.foreign(Source::Stream, &record.sequence_number),
            }
        }
        known
    }

    /// The changes that are new orders with what they are. Each order must be new once.
    fn known_orders<'a>(
        &mut self,
        ledger: &'a Ledger,
        changes: &'a [OnStream<TableChange>],
    ) -> Vec<(&'a OnStream<TableChange>, &'a Content)> {
        let mut known = Vec::new();
        let mut missing: BTreeSet<&str> = ledger.table.orders.keys().map(String::as_str).collect();
        for change in changes.iter().filter(|change| change.content.is_insert) {
            let id = change.content.id.as_str();
            match ledger.table.orders.get(id) {
                Some(content) if missing.remove(id) => known.push((change, content)),
                _ => self.foreign(Source::Table, &change.sequence_number),
            }
        }
        for id in missing {
            let description = format!("the table's stream does not tell of order {id}");
            self.lost.add(1, description);
        }
        known
    }

    fn foreign(&mut self, source: Source, position: &str) {
        let name = source.name();
        let description = format!("a record of the {name} that nobody put: {position}");
        self.wrong.add(1, description);
    }

    fn judge_rows(&mut self, found: &Found, rules: &Rules) {
        let mut totals: BTreeMap<WindowGroup, (WindowSums, u64)> = BTreeMap::new();
        let mut parts: BTreeMap<WindowGroup, WindowSums> = BTreeMap::new();
        let mut part_rows: BTreeMap<WindowGroup, u64> = BTreeMap::new();
        for stored in &found.rows {
            let row = ResultRow::read(stored);
            let Some((key, row)) = row.and_then(|row| Some((key_of(&row, found, rules)?, row)))
            else {
                self.wrong.add(1, format!("a row of no window: {stored:?}"));
                continue;
            };
            match row.kind {
                RowKind::Total { parts } => {
                    totals.insert(key, (row.sums, parts));
                }
                RowKind::Part { .. } => {
                    *part_rows.entry(key.clone()).or_default() += 1;
                    add(&mut parts, key, &row.sums);
                }
            }
        }
        for (key, (total, count)) in &totals {
            let rows = part_rows.get(key).copied().unwrap_or(0);
            if parts.get(key) != Some(total) || rows != *count {
                let sum = parts.get(key).map_or("nothing".to_owned(), show);
                let name = name(key);
                self.wrong.add(
                    1,
                    format!(
                        "{name} is {} of {count} parts, and its {rows} part rows come to {sum}",
                        show(total)
                    ),
                );
            }
        }
        for key in parts.keys().filter(|key| !totals.contains_key(key)) {
            self.wrong
                .add(1, format!("{} has parts and no total", name(key)));
        }
        for (key, expected) in &self.windows.groups {
            let count = expected.sums.count;
            match totals.remove(key) {
                Some((total, _)) if total == *expected => self.counted += count,
                Some((total, _)) => {
                    let (found, expected) = (show(&total), show(expected));
                    let description = format!("{} is {found}, expected {expected}", name(key));
                    match count.checked_sub(total.sums.count) {
                        Some(lost @ 1..) => self.lost.add(lost, description),
                        _ => self.wrong.add(1, description),
                    }
                }
                None => self.lost.add(
                    count,
                    format!("{} is missing, expected {}", name(key), show(expected)),
                ),
            }
        }
        for (key, (total, _)) in totals {
            let description = format!("{} is there with {}", name(&key), show(&total));
            self.wrong
                .add(1, format!("a total of no sales: {description}"));
        }
    }
}

/// The window and group of a row; `None` if there is no such window.
fn key_of(row: &ResultRow, found: &Found, rules: &Rules) -> Option<WindowGroup> {
    let source = if row.source == found.stream_name {
        Source::Stream
    } else if row.source == found.table_name {
        Source::Table
    } else {
        return None;
    };
    (row.start + rules.window(source) == row.end).then(|| WindowGroup {
        source,
        start: row.start,
        group: row.group.clone(),
    })
}

fn name(key: &WindowGroup) -> String {
    let WindowGroup {
        source,
        start,
        group,
    } = key;
    format!(
        "the total of {group} in the {}'s window {start}",
        source.name()
    )
}

fn show(sums: &WindowSums) -> String {
    let WindowSums { sums, first, last } = sums;
    format!(
        "{} sales, sum {}, min {}, max {}, {first} to {last}",
        sums.count,
        sums.sum.normalized().to_plain_string(),
        sums.min.normalized().to_plain_string(),
        sums.max.normalized().to_plain_string()
    )
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
