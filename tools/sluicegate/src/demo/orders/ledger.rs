//! What was put on the stream.

use crate::demo::change_ledger::{Book, ChangeLedger};
use crate::produce::dms::Tally;
use crate::produce::orders::model::Model;
use crate::produce::orders::poison::Poison;
use crate::produce::orders::{Expected, RowKey, SourceChange};

/// All records of a demo in the producer's order.
pub type Ledger = ChangeLedger<Model>;

impl Book for Model {
    type Effect = SourceChange;
    type Poison = Poison;
    type Place = RowKey;

    fn add(&mut self, expected: &Expected) {
        self.add(expected);
    }

    fn tally(&self) -> &Tally<Poison> {
        &self.tally
    }

    fn decided(change: &SourceChange) -> Vec<RowKey> {
        let put = change.put.iter().map(|(key, _)| *key);
        change.removed.into_iter().chain(put).collect()
    }
}
