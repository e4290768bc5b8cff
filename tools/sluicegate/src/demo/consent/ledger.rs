//! What was put on the stream.

use crate::demo::change_ledger::{Book, ChangeLedger};
use crate::produce::consent::model::Model;
use crate::produce::consent::poison::Poison;
use crate::produce::consent::{ConsentChange, ConsentKey, Expected};
use crate::produce::dms::Tally;

/// All records of a demo in the producer's order.
pub type Ledger = ChangeLedger<Model>;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// What a user said of a number.
    User(ConsentKey),
    /// What was said last of a number.
    Number(String),
}

impl Book for Model {
    type Effect = ConsentChange;
    type Poison = Poison;
    type Place = Place;

    fn add(&mut self, expected: &Expected) {
        self.add(expected);
    }

    fn tally(&self) -> &Tally<Poison> {
        &self.tally
    }

    fn decided(change: &ConsentChange) -> Vec<Place> {
        let removed = change.removed.iter().cloned().map(Place::User);
        let put = change
            .put
            .iter()
            .flat_map(|(key, _)| [Place::User(key.clone()), Place::Number(key.phone.clone())]);
        removed.chain(put).collect()
    }
}
