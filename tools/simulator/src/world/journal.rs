//! The timeline, open to all who have something to tell.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapping::{Failure, Invocation, Verdict};
use records::Timestamp;

use super::clock::{Clock, since_beginning};
use crate::timeline::{Destination, Entry, Invoke, Outcome, Place, Timeline, What};

/// Writes what happens when it happens. Clones share the timeline.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    clock: Clock,
    timeline: Arc<Mutex<Timeline>>,
}

impl Journal {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            timeline: Arc::default(),
        }
    }

    pub(super) fn timeline(&self) -> Timeline {
        self.lock().clone()
    }

    pub(super) fn note(&self, text: String) {
        self.add(None, What::Note(text));
    }

    pub(super) fn add(&self, shard: Option<&str>, what: What) -> Place {
        let entry = Entry {
            at: self.now(),
            shard: shard.map(str::to_owned),
            what,
        };
        self.lock().add(entry)
    }

    pub(super) fn begin<P>(&self, shard: &str, invocation: &Invocation<'_, P>) -> Place {
        let mut invoke = Invoke::begin(invocation, number);
        if let Some(window) = &mut invoke.window {
            window.start = since_beginning(window.start);
            window.end = since_beginning(window.end);
        }
        self.add(Some(shard), What::Invoke(invoke))
    }

    pub(super) fn end(&self, place: Place, outcome: Outcome, verdict: Verdict) {
        let now = self.now();
        self.lock().end(place, now, outcome, verdict);
    }

    pub(super) fn destination<P>(&self, shard: &str, failure: &Failure<P>) {
        let mut destination = Destination::of(failure, number);
        if let Some((start, end)) = &mut destination.lost_window {
            *start = since_beginning(*start);
            *end = since_beginning(*end);
        }
        self.add(Some(shard), What::Destination(destination));
    }

    fn now(&self) -> Timestamp {
        since_beginning(self.clock.now())
    }

    fn lock(&self) -> MutexGuard<'_, Timeline> {
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digits of a record's number at the end of its sequence number.
const NUMBER_DIGITS: usize = 12;

/// A sequence number as long as those of Kinesis, or of DynamoDB Streams.
pub(super) fn sequence_number(number: u64, is_kinesis: bool) -> String {
    let prefix = if is_kinesis {
        "49590338271490256608559692538361571095921575"
    } else {
        "400000000"
    };
    format!("{prefix}{number:0NUMBER_DIGITS$}")
}

/// The number of a record.
pub(super) fn number(sequence_number: &str) -> u64 {
    let digits = sequence_number.len().saturating_sub(NUMBER_DIGITS);
    let number = sequence_number.get(digits..).unwrap_or_default();
    number.parse().unwrap_or_default()
}
