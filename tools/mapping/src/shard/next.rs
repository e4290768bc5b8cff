//! What is to be sent next: gathering batches, and closing windows.

use records::Timestamp;

use super::Shard;
use crate::action::Condition;
use crate::batch::{Batch, Kind};
use crate::choices::FinalInvocation;
use crate::event;
use crate::slots::Place;
use crate::window::{MAX_STATE_BYTES, Windows};

/// What comes next.
pub(super) enum Next {
    /// This batch is to be sent.
    Start { lane: usize, batch: Batch },
    /// Something has ended without an invocation: what follows from it comes first.
    Again,
    /// Nothing before this time.
    Wait(Option<Timestamp>),
}

/// What a lane has to send.
enum Gathered {
    Batch(Batch),
    /// Its first record can never be sent.
    TooLarge(Vec<Place>),
    /// Its window was closed without a call.
    Closed,
    Wait(Option<Timestamp>),
}

impl<P> Shard<P> {
    /// What comes next in any lane.
    pub(super) fn next(&mut self, now: Timestamp) -> Next {
        let mut wake: Option<Timestamp> = None;
        for lane in 0..self.lanes.len() {
            if self.lanes[lane].running.is_some() {
                continue;
            }
            let gathered = match self.lanes[lane].take_again(now) {
                Ok(Some(batch)) => Gathered::Batch(batch),
                Ok(None) => self.gather(lane, now),
                Err(time) => Gathered::Wait(Some(time)),
            };
            match gathered {
                Gathered::Batch(batch) => {
                    return match self.without_expired(batch, now) {
                        Ok(batch) => Next::Start { lane, batch },
                        Err(rest) => {
                            if let Some(rest) = rest {
                                self.lanes[lane].send_next(rest);
                            }
                            Next::Again
                        }
                    };
                }
                Gathered::TooLarge(record) => {
                    let batch = Batch::new(record, Kind::Records);
                    self.give_up(&batch, Condition::RetryAttemptsExhausted, None);
                    return Next::Again;
                }
                Gathered::Closed => return Next::Again,
                Gathered::Wait(time) => wake = earlier(wake, time),
            }
        }
        Next::Wait(wake)
    }

    /// Makes a batch of the records of a lane that are in none, if it is time.
    fn gather(&mut self, lane: usize, now: Timestamp) -> Gathered {
        let Some(first) = self.first_pending(lane) else {
            return self.close_idle_window(now);
        };
        let room = self.room();
        let bytes = self.event_bytes(first);
        if bytes > room {
            return Gathered::TooLarge(self.lanes[lane].take_pending(1, bytes));
        }
        if let Some(start) = self.window_start(first) {
            let windows = self.windows.as_ref();
            if windows
                .and_then(Windows::open_start)
                .is_some_and(|open| open < start)
            {
                return self.close_window();
            }
        }
        if let Err(due) = self.is_ready(lane, first, room, now) {
            return Gathered::Wait(Some(due));
        }
        let (count, bytes) = self.count_fitting(lane, first, room);
        let places = self.lanes[lane].take_pending(count, bytes);
        if let (Some(start), Some(windows)) = (self.window_start(first), &mut self.windows) {
            windows.open(start);
        }
        let kind = if self.ends_window(lane) {
            Kind::Final
        } else {
            Kind::Records
        };
        Gathered::Batch(Batch::new(places, kind))
    }

    /// Whether a batch can be made now, or when.
    fn is_ready(
        &self,
        lane: usize,
        first: Place,
        room: usize,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let pending = &self.lanes[lane];
        let last = pending.pending().back().copied().unwrap_or(first);
        let is_full = pending.pending().len() >= self.settings.batch_size
            || pending.pending_bytes() > room
            || self.window_start(last) > self.window_start(first)
            || self.closed;
        let since = pending.batching_since(self.choices.batching_window_starts);
        let Some(since) = since.filter(|_| !is_full) else {
            return Ok(());
        };
        let full_at = since + self.settings.maximum_batching_window;
        let due = match self.window_start(first).zip(self.settings.tumbling_window) {
            Some((start, length)) => {
                full_at.min(start + length + self.choices.idle_window_closes_after())
            }
            None => full_at,
        };
        if due <= now { Ok(()) } else { Err(due) }
    }

    /// How many of a lane's records go into one event: up to `BatchSize`, 6 MB, one window. And their bytes.
    fn count_fitting(&self, lane: usize, first: Place, room: usize) -> (usize, usize) {
        let window = self.window_start(first);
        let mut bytes = 0;
        let mut count = 0;
        for place in self.lanes[lane]
            .pending()
            .iter()
            .take(self.settings.batch_size)
        {
            let size = self.event_bytes(*place);
            // A comma before each record but the first.
            if count > 0 && (bytes + count + size > room || self.window_start(*place) > window) {
                break;
            }
            bytes += size;
            count += 1;
        }
        (count, bytes)
    }

    /// Whether the records just taken from a lane are known to be their window's last.
    fn ends_window(&self, lane: usize) -> bool {
        if self.choices.final_invocation == FinalInvocation::WithoutRecords {
            return false;
        }
        let open = self.windows.as_ref().and_then(Windows::open_start);
        match self.first_pending(lane) {
            Some(next) => open.is_some() && self.window_start(next) > open,
            None => open.is_some() && self.closed,
        }
    }

    /// Closes the open window of a lane that has nothing to send, when it is known to be idle for long enough.
    fn close_idle_window(&mut self, now: Timestamp) -> Gathered {
        let Some(end) = self.windows.as_ref().and_then(Windows::open_end) else {
            return Gathered::Wait(None);
        };
        let close_at = end + self.choices.idle_window_closes_after();
        if self.closed || self.caught_up >= Some(close_at) {
            return self.close_window();
        }
        // Past that time only the reader can tell that there is nothing more.
        Gathered::Wait(Some(close_at).filter(|time| *time > now))
    }

    /// The final invocation of the open window. A window into which nothing has gone is closed without one.
    fn close_window(&mut self) -> Gathered {
        match &mut self.windows {
            Some(windows) if windows.is_untouched() => {
                windows.close();
                self.checkpoint_due = true;
                Gathered::Closed
            }
            _ => Gathered::Batch(Batch::new(Vec::new(), Kind::Final)),
        }
    }

    fn first_pending(&self, lane: usize) -> Option<Place> {
        self.lanes[lane].pending().front().copied()
    }

    /// Start of the window that a record counts to; `None` without windows.
    fn window_start(&self, place: Place) -> Option<Timestamp> {
        let windows = self.windows.as_ref()?;
        let record = self.slots.record(place)?;
        Some(windows.start_of(record.arrival))
    }

    fn event_bytes(&self, place: Place) -> usize {
        self.slots
            .record(place)
            .map_or(0, |record| record.event_bytes)
    }

    /// Bytes that records may have in an event. Windows leave room for the largest state, so that a batch still fits
    /// when it is sent again beside a state that has grown.
    fn room(&self) -> usize {
        let state = self.windows.as_ref().map(|_| MAX_STATE_BYTES);
        event::MAX_EVENT_BYTES - event::overhead(state)
    }
}

fn earlier(left: Option<Timestamp>, right: Option<Timestamp>) -> Option<Timestamp> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}
