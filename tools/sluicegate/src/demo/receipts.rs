//! Where records have come to lie on a stream, and when each was done.

use std::collections::{BTreeMap, HashMap, HashSet};

use records::SequenceNumber;

use super::batch_log::BatchLine;
use crate::produce::put_records::Receipt;

/// The receipts of all records that were put, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts(Vec<Receipt>);

impl Receipts {
    /// Enters where records have come to lie.
    pub fn put(&mut self, receipts: Vec<Receipt>) {
        self.0.extend(receipts);
    }

    /// Records that were put.
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Records of the stream that they are in.
    pub fn stream_count(&self) -> u64 {
        let places = self.0.iter().map(|receipt| &receipt.sequence_number);
        places.collect::<HashSet<_>>().len() as u64
    }

    /// When the first record was put, in milliseconds since 1970.
    pub fn first_put_at(&self) -> Option<i64> {
        self.0.iter().map(|receipt| receipt.put_at).min()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Receipt> {
        self.0.iter()
    }

    /// Records by shard, in the shards' order.
    fn shards(&self) -> BTreeMap<&str, Vec<&Receipt>> {
        let mut shards: BTreeMap<&str, Vec<&Receipt>> = BTreeMap::new();
        for receipt in &self.0 {
            shards.entry(&receipt.shard_id).or_default().push(receipt);
        }
        for records in shards.values_mut() {
            records.sort_by_key(|receipt| {
                let sequence_number = SequenceNumber::new(&receipt.sequence_number);
                (sequence_number, receipt.subsequence_number)
            });
        }
        shards
    }

    /// Shards that got records.
    pub fn shard_count(&self) -> usize {
        self.shards().len()
    }

    /// Begins to see which records are done.
    pub fn progress(&self) -> Progress<'_> {
        Progress {
            receipts: self,
            shards: self.shards(),
            done: HashMap::new(),
        }
    }

    /// Says for each record that a batch has finished when it was put and when it was done first.
    pub fn finished(&self, lines: &[BatchLine]) -> Vec<Finished> {
        let mut progress = self.progress();
        progress.see(lines);
        progress.finished()
    }
}

/// Which records are done, as the lines of batches tell.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    receipts: &'a Receipts,
    shards: BTreeMap<&'a str, Vec<&'a Receipt>>,
    /// By the record's place in the producer's order.
    done: HashMap<u64, i64>,
}

impl Progress<'_> {
    /// Takes in more lines.
    pub fn see(&mut self, lines: &[BatchLine]) {
        for line in lines {
            let shard = self.shards.get(line.shard_id.as_str());
            for receipt in finished_by(line, shard.map_or(&[], Vec::as_slice)) {
                let at = self.done.entry(receipt.index).or_insert(i64::MAX);
                *at = line.done_at().min(*at);
            }
        }
    }

    /// How many records are done.
    pub fn count(&self) -> u64 {
        self.done.len() as u64
    }

    /// The records that are done.
    pub fn finished(&self) -> Vec<Finished> {
        let finished = |receipt: &Receipt| {
            Some(Finished {
                put_at: receipt.put_at,
                done_at: *self.done.get(&receipt.index)?,
            })
        };
        self.receipts.iter().filter_map(finished).collect()
    }
}

/// When a record was put and when it was stored or quarantined, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// When the `PutRecords` call that took it began.
    pub put_at: i64,
    /// When the first batch that finished it was done.
    pub done_at: i64,
}

/// The records of a shard that a batch has finished: all it got but those at its end that are to come again.
fn finished_by<'a>(line: &BatchLine, shard: &'a [&'a Receipt]) -> &'a [&'a Receipt] {
    let position = |sequence_number: &str, including: bool| {
        let wanted = SequenceNumber::new(sequence_number);
        shard.partition_point(|receipt| {
            let own = SequenceNumber::new(&receipt.sequence_number);
            own < wanted || (including && own == wanted)
        })
    };
    let first = position(&line.first_sequence_number, false);
    let behind = position(&line.last_sequence_number, true);
    let reported = usize::try_from(line.reported).unwrap_or(usize::MAX);
    &shard[first..behind.saturating_sub(reported).max(first)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::batch_log::tests::line;

    fn receipt(index: u64, shard: &str, sequence_number: u64, put_at: i64) -> Receipt {
        Receipt {
            index,
            shard_id: shard.to_owned(),
            sequence_number: sequence_number.to_string(),
            subsequence_number: 0,
            put_at,
        }
    }

    fn receipts() -> Receipts {
        let mut receipts = Receipts::default();
        // Two shards, receipts not in the shards' order.
        receipts.put(vec![
            receipt(0, "a", 8, 100),
            receipt(1, "b", 9, 100),
            receipt(2, "a", 10, 100),
            receipt(4, "a", 12, 200),
            receipt(3, "a", 11, 200),
        ]);
        receipts
    }

    fn done_at(receipts: &Receipts, lines: &[BatchLine]) -> Vec<i64> {
        let finished = receipts.finished(lines);
        finished.iter().map(|record| record.done_at).collect()
    }

    #[test]
    fn a_batch_finishes_its_range_of_its_shard() {
        let lines = [line("a", 8, 10, 0, 1_000), line("a", 11, 12, 0, 2_000)];
        assert_eq!(done_at(&receipts(), &lines), [1_000, 1_000, 2_000, 2_000]);
        assert_eq!(receipts().finished(&lines)[2].put_at, 200);
    }

    #[test]
    fn what_is_reported_is_finished_by_the_next_delivery() {
        let first = line("a", 8, 12, 2, 1_000);
        assert_eq!(
            done_at(&receipts(), std::slice::from_ref(&first)),
            [1_000, 1_000]
        );
        let lines = [first, line("a", 11, 12, 0, 3_000)];
        assert_eq!(done_at(&receipts(), &lines), [1_000, 1_000, 3_000, 3_000]);
    }

    #[test]
    fn a_redelivery_does_not_move_the_time() {
        let lines = [line("b", 9, 9, 0, 1_000), line("b", 9, 9, 0, 9_000)];
        assert_eq!(done_at(&receipts(), &lines), [1_000]);
    }

    #[test]
    fn a_failed_batch_and_a_foreign_shard_finish_nothing() {
        let lines = [line("a", 8, 12, 5, 1_000), line("c", 1, 99, 0, 1_000)];
        assert_eq!(done_at(&receipts(), &lines), [] as [i64; 0]);
    }
}
