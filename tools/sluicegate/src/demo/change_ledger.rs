//! What of a database's changes was put on the stream.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use aws_sdk_kinesis::primitives::Blob;

use super::poisoned::Poisoned;
use super::receipts::Receipts;
use crate::produce::dms::{Expected, Poison, Produced, Tally};

/// What must come of a database's changes.
pub trait Book: Default {
    /// What a record does to the database.
    type Effect;
    /// What can be wrong with a record.
    type Poison: Poison;
    /// What tells rows of the tables apart that the changes lead to.
    type Place: Eq + Hash;

    /// Takes the next record of the stream in.
    fn add(&mut self, expected: &Expected<Self::Effect, Self::Poison>);
    /// How many records there are of each kind.
    fn tally(&self) -> &Tally<Self::Poison>;
    /// The rows that a record decides about until a later one does.
    fn decided(effect: &Self::Effect) -> Vec<Self::Place>;
}

/// All records of a demo in the producer's order.
#[derive(Debug)]
pub struct ChangeLedger<B: Book> {
    /// What the tables must hold.
    pub model: B,
    /// Where the records have come to lie.
    pub receipts: Receipts,
    /// For each row that there has ever been the record that has decided about it, by its place in the producer's
    /// order.
    last: HashMap<B::Place, u64>,
    /// The poison by its place in the producer's order.
    poison: HashMap<u64, (B::Poison, Blob)>,
}

impl<B: Book> Default for ChangeLedger<B> {
    fn default() -> Self {
        Self {
            model: B::default(),
            receipts: Receipts::default(),
            last: HashMap::new(),
            poison: HashMap::new(),
        }
    }
}

impl<B: Book> ChangeLedger<B> {
    /// Enters the next record that the producer makes, the `index`th from 0.
    pub fn produced(&mut self, index: u64, produced: &Produced<B::Effect, B::Poison>) {
        self.model.add(&produced.expected);
        match &produced.expected {
            Expected::Loaded(effect) | Expected::Changed(effect) => {
                let decided = B::decided(effect).into_iter();
                self.last.extend(decided.map(|place| (place, index)));
            }
            Expected::Quarantined(poison) => {
                let data = produced.record.data.clone();
                self.poison.insert(index, (*poison, data));
            }
            Expected::Again(_) | Expected::Control | Expected::OfDms => {}
        }
    }

    /// The record that has decided about a row.
    pub fn last(&self, place: &B::Place) -> Option<u64> {
        self.last.get(place).copied()
    }

    /// Records that have decided about a row, or about several.
    pub fn decisive(&self) -> u64 {
        self.last.values().collect::<HashSet<_>>().len() as u64
    }

    /// Loads and changes whose rows a later one has changed again, and what was sent again.
    pub fn superseded(&self) -> u64 {
        self.model.tally().of_rows() - self.decisive()
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
