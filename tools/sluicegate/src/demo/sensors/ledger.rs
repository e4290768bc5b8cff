//! What was put on the stream.

use std::collections::HashMap;

use aws_sdk_kinesis::primitives::Blob;

use crate::demo::poisoned::Poisoned;
use crate::demo::receipts::Receipts;
use crate::produce::model::Model;
use crate::produce::poison::Poison;
use crate::produce::sensors::{Expected, Produced};

/// All records of a demo in the producer's order.
#[derive(Debug, Default)]
pub struct Ledger {
    /// What the table and the quarantine must hold.
    pub model: Model,
    /// The poison by its place in the producer's order.
    poison: HashMap<u64, (Poison, Blob)>,
    /// Where the records have come to lie.
    pub receipts: Receipts,
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

    /// The poison that was put.
    pub(in crate::demo) fn poison(&self) -> impl Iterator<Item = Poisoned<'_>> {
        self.receipts.iter().filter_map(|receipt| {
            let (kind, data) = self.poison.get(&receipt.index)?;
            Some(Poisoned {
                kind: format!("{kind:?}"),
                stage: kind.stage(),
                reason: kind.reason(),
                data: data.as_ref(),
                receipt,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::produce::outgoing::Outgoing;
    use crate::produce::put_records::Receipt;

    #[test]
    fn poison_is_found_where_it_lies() {
        let mut ledger = Ledger::default();
        let receipt = |index: u64| Receipt {
            index,
            shard_id: "a".to_owned(),
            sequence_number: (index + 8).to_string(),
            subsequence_number: 0,
            put_at: 100,
        };
        ledger.receipts.put(vec![receipt(0), receipt(3)]);
        let record = Outgoing {
            partition_key: "sensor-1".to_owned(),
            data: b"junk".to_vec().into(),
            order: 0,
            is_poison: true,
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
