//! Records that are sent to the function together.

use records::Timestamp;

use crate::slots::Place;

/// A batch that is to be sent or under way.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) places: Vec<Place>,
    pub(crate) kind: Kind,
    /// How often exactly this batch has failed: what `MaximumRetryAttempts` counts.
    pub(crate) failures: u32,
    /// How often in a row the function was not reached.
    pub(crate) refusals: u32,
    /// How often its records have been sent, in this batch or in one that it was split from.
    pub(crate) sent: u32,
    /// Not to be sent again before this time.
    pub(crate) not_before: Option<Timestamp>,
}

/// What a batch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its records.
    Records,
    /// The end of a window, with the window's last records or none.
    Final,
    /// To hand over a state that has become too large; has no records.
    EarlyTermination,
}

impl Batch {
    pub(crate) fn new(places: Vec<Place>, kind: Kind) -> Self {
        Self {
            places,
            kind,
            failures: 0,
            refusals: 0,
            sent: 0,
            not_before: None,
        }
    }

    /// A batch of the records from `index` on; this one keeps those before it. What it is for goes with its end.
    pub(crate) fn split_off(&mut self, index: usize) -> Self {
        let rest = Self {
            sent: self.sent,
            ..Self::new(self.places.split_off(index), self.kind)
        };
        self.kind = Kind::Records;
        rest
    }
}
