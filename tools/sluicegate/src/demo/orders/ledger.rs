//! What was put on the stream.

use std::collections::{HashMap, HashSet};

use aws_sdk_kinesis::primitives::Blob;

use crate::demo::poisoned::Poisoned;
use crate::demo::receipts::Receipts;
use crate::produce::orders::model::{Expected, Model};
use crate::produce::orders::poison::Poison;
use crate::produce::orders::{Produced, RowKey};

/// All records of a demo in the producer's order.
#[derive(Debug, Default)]
pub struct Ledger {
    /// What the tables must hold.
    pub model: Model,
    /// Where the records have come to lie.
    pub receipts: Receipts,
    /// For each row that there has ever been the record that has decided about it, by its place in the producer's
    /// order.
    last: HashMap<RowKey, u64>,
    /// The poison by its place in the producer's order.
    poison: HashMap<u64, (Poison, Blob)>,
}

impl Ledger {
    /// Enters the next record that the producer makes, the `index`th from 0.
    pub fn produced(&mut self, index: u64, produced: &Produced) {
        self.model.add(&produced.expected);
        match &produced.expected {
            Expected::Loaded(change) | Expected::Changed(change) => {
                let put = change.put.iter().map(|(key, _)| *key);
                for key in change.removed.into_iter().chain(put) {
                    self.last.insert(key, index);
                }
            }
            Expected::Quarantined(poison) => {
                let data = produced.record.data.clone();
                self.poison.insert(index, (*poison, data));
            }
            Expected::Again(_) | Expected::Control | Expected::OfDms => {}
        }
    }

    /// The record that has decided about a row.
    pub fn last(&self, key: RowKey) -> Option<u64> {
        self.last.get(&key).copied()
    }

    /// Records that have decided about a row, or two.
    pub fn decisive(&self) -> u64 {
        self.last.values().collect::<HashSet<_>>().len() as u64
    }

    /// Loads and changes whose rows a later one has changed again, and what was sent again.
    pub fn superseded(&self) -> u64 {
        let Model {
            loaded,
            changed,
            again,
            ..
        } = self.model;
        loaded + changed + again - self.decisive()
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
