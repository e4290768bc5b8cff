//! What was put on the stream, and when each record was done.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_kinesis::primitives::Blob;
use records::SequenceNumber;

use crate::demo::batch_log::BatchLine;
use crate::produce::model::Model;
use crate::produce::poison::Poison;
use crate::produce::put_records::Receipt;
use crate::produce::sensors::{Expected, Produced};

/// All records of a demo in the producer's order.
#[derive(Debug, Default)]
pub struct Ledger {
    /// What the table and the quarantine must hold.
    pub model: Model,
    /// The poison by its place in the producer's order.
    poison: HashMap<u64, (Poison, Blob)>,
    receipts: Vec<Receipt>,
}

/// A poison record where it lies in the stream.
#[derive(Clone, Copy, Debug)]
pub struct Poisoned<'a> {
    /// What it is.
    pub kind: Poison,
    /// Its bytes.
    pub data: &'a [u8],
    /// Its place in the stream.
    pub receipt: &'a Receipt,
}

impl Ledger {
    /// Enters the next record that the producer makes, the `index`th from 0.
    pub fn produced(&mut self, index: u64, produced: &Produced) {
        self.model.add(&produced.expected);
        if let Expected::Quarantined(kind) = produced.expected {
            self.poison
                .insert(index, (kind, produced.record.data.clone()));
        }
    }

    /// Enters where records have come to lie.
    pub fn put(&mut self, receipts: Vec<Receipt>) {
        self.receipts.extend(receipts);
    }

    /// Records on the stream.
    pub fn count(&self) -> u64 {
        self.receipts.len() as u64
    }

    /// When the first record was put, in milliseconds since 1970.
    pub fn first_put_at(&self) -> Option<i64> {
        self.receipts.iter().map(|receipt| receipt.put_at).min()
    }

    /// The poison that was put.
    pub fn poison(&self) -> impl Iterator<Item = Poisoned<'_>> {
        self.receipts.iter().filter_map(|receipt| {
            let (kind, data) = self.poison.get(&receipt.index)?;
            Some(Poisoned {
                kind: *kind,
                data: data.as_ref(),
                receipt,
            })
        })
    }

    /// Records by shard, in the shards' order.
    fn shards(&self) -> BTreeMap<&str, Vec<&Receipt>> {
        let mut shards: BTreeMap<&str, Vec<&Receipt>> = BTreeMap::new();
        for receipt in &self.receipts {
            shards.entry(&receipt.shard_id).or_default().push(receipt);
        }
        for records in shards.values_mut() {
            records.sort_by_key(|receipt| SequenceNumber::new(&receipt.sequence_number));
        }
        shards
    }

    /// Shards that got records.
    pub fn shard_count(&self) -> usize {
        self.shards().len()
    }

    /// Says for each record that a batch has finished when it was put and when it was done first, both in
    /// milliseconds since 1970.
    pub fn finished(&self, lines: &[BatchLine]) -> Vec<Finished> {
        let shards = self.shards();
        let mut done: HashMap<u64, i64> = HashMap::new();
        for line in lines {
            let records = shards
                .get(line.shard_id.as_str())
                .map_or(&[][..], Vec::as_slice);
            for receipt in finished_by(line, records) {
                let at = done.entry(receipt.index).or_insert(i64::MAX);
                *at = line.done_at().min(*at);
            }
        }
        let finished = |receipt: &Receipt| {
            Some(Finished {
                put_at: receipt.put_at,
                done_at: *done.get(&receipt.index)?,
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
    use crate::produce::outgoing::Outgoing;

    fn receipt(index: u64, shard: &str, sequence_number: u64, put_at: i64) -> Receipt {
        Receipt {
            index,
            shard_id: shard.to_owned(),
            sequence_number: sequence_number.to_string(),
            put_at,
        }
    }

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        // Two shards, receipts not in the shards' order.
        ledger.put(vec![
            receipt(0, "a", 8, 100),
            receipt(1, "b", 9, 100),
            receipt(2, "a", 10, 100),
            receipt(4, "a", 12, 200),
            receipt(3, "a", 11, 200),
        ]);
        ledger
    }

    fn done_at(ledger: &Ledger, lines: &[BatchLine]) -> Vec<i64> {
        let finished = ledger.finished(lines);
        finished.iter().map(|record| record.done_at).collect()
    }

    #[test]
    fn a_batch_finishes_its_range_of_its_shard() {
        let lines = [line("a", 8, 10, 0, 1_000), line("a", 11, 12, 0, 2_000)];
        assert_eq!(done_at(&ledger(), &lines), [1_000, 1_000, 2_000, 2_000]);
        assert_eq!(ledger().finished(&lines)[2].put_at, 200);
    }

    #[test]
    fn what_is_reported_is_finished_by_the_next_delivery() {
        let first = line("a", 8, 12, 2, 1_000);
        assert_eq!(
            done_at(&ledger(), std::slice::from_ref(&first)),
            [1_000, 1_000]
        );
        let lines = [first, line("a", 11, 12, 0, 3_000)];
        assert_eq!(done_at(&ledger(), &lines), [1_000, 1_000, 3_000, 3_000]);
    }

    #[test]
    fn a_redelivery_does_not_move_the_time() {
        let lines = [line("b", 9, 9, 0, 1_000), line("b", 9, 9, 0, 9_000)];
        assert_eq!(done_at(&ledger(), &lines), [1_000]);
    }

    #[test]
    fn a_failed_batch_and_a_foreign_shard_finish_nothing() {
        let lines = [line("a", 8, 12, 5, 1_000), line("c", 1, 99, 0, 1_000)];
        assert_eq!(done_at(&ledger(), &lines), [] as [i64; 0]);
    }

    #[test]
    fn poison_is_found_where_it_lies() {
        let mut ledger = ledger();
        let record = Outgoing {
            partition_key: "sensor-1".to_owned(),
            data: b"junk".to_vec().into(),
            order: 0,
        };
        let expected = Expected::Quarantined(Poison::NotJson);
        ledger.produced(3, &Produced { record, expected });
        let poison: Vec<_> = ledger.poison().collect();
        assert_eq!(poison.len(), 1);
        assert_eq!(poison[0].receipt.sequence_number, "11");
        assert_eq!(poison[0].data, b"junk");
        assert_eq!(ledger.model.poison(), 1);
    }
}
