//! One of the batches of a shard that run at once, and what waits to become the next one.

use std::collections::VecDeque;

use records::Timestamp;

use crate::batch::Batch;
use crate::choices::BatchingWindowStarts;
use crate::slots::Place;

/// A sequence of batches of which one runs at a time. A shard has as many as its `ParallelizationFactor`.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// The batch that is with the function, and the number of the invocation.
    pub(crate) running: Option<(u64, Batch)>,
    /// Batches to be sent again, before anything that is new.
    again: VecDeque<Batch>,
    /// Records in no batch yet.
    pending: VecDeque<Place>,
    /// Bytes that those records have in an event, with the commas between them.
    pending_bytes: usize,
    /// When the first of them came to an empty lane.
    waiting_since: Option<Timestamp>,
    /// When the previous invocation ended.
    free_since: Option<Timestamp>,
    /// The next batch does not wait for more records.
    hurry: bool,
}

impl Lane {
    pub(crate) fn push(&mut self, place: Place, event_bytes: usize, now: Timestamp) {
        if self.pending.is_empty() {
            self.waiting_since = Some(now);
        }
        self.pending.push_back(place);
        self.pending_bytes += event_bytes + 1;
    }

    /// Puts records that were in a batch back, to be sent at once with others.
    pub(crate) fn put_back(&mut self, places: &[Place], event_bytes: usize) {
        for place in places.iter().rev() {
            self.pending.push_front(*place);
        }
        self.pending_bytes += event_bytes + places.len();
        self.hurry = true;
    }

    /// Puts a batch in front of everything else.
    pub(crate) fn send_next(&mut self, batch: Batch) {
        self.again.push_front(batch);
    }

    /// Takes the batch that is to be sent again now. `Err` says when, if it is not now.
    pub(crate) fn take_again(&mut self, now: Timestamp) -> Result<Option<Batch>, Timestamp> {
        match self.again.front().and_then(|batch| batch.not_before) {
            Some(time) if time > now => Err(time),
            _ => Ok(self.again.pop_front()),
        }
    }

    /// Whether there are batches to be sent again.
    pub(crate) fn sends_again(&self) -> bool {
        !self.again.is_empty()
    }

    /// Ends the invocation of this number.
    pub(crate) fn end(&mut self, number: u64, now: Timestamp) -> Option<Batch> {
        let (_, batch) = self.running.take_if(|(running, _)| *running == number)?;
        self.free_since = Some(now);
        Some(batch)
    }

    /// Whether there is nothing left to send or to wait for.
    pub(crate) fn is_empty(&self) -> bool {
        self.running.is_none() && self.again.is_empty() && self.pending.is_empty()
    }

    /// The records in no batch, in order.
    pub(crate) fn pending(&self) -> &VecDeque<Place> {
        &self.pending
    }

    /// Bytes that the records in no batch have in an event, with the commas between them.
    pub(crate) fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// Takes the first `count` records in no batch, which have `event_bytes` in the event.
    pub(crate) fn take_pending(&mut self, count: usize, event_bytes: usize) -> Vec<Place> {
        self.hurry = false;
        self.pending_bytes = self.pending_bytes.saturating_sub(event_bytes + count);
        self.pending.drain(..count).collect()
    }

    /// When the batching window of the records in no batch began; `None` if they do not wait for more.
    pub(crate) fn batching_since(&self, starts: BatchingWindowStarts) -> Option<Timestamp> {
        if self.hurry {
            return None;
        }
        match starts {
            BatchingWindowStarts::WithFirstRecord => self.waiting_since.max(self.free_since),
            BatchingWindowStarts::WithEndOfInvocation => self.free_since.or(self.waiting_since),
        }
    }
}
