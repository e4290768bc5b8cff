//! Giving up what may not be sent any more, and what has failed for good.

use records::Timestamp;

use super::Shard;
use crate::action::{Condition, Failure, ResponseContext};
use crate::batch::{Batch, Kind};
use crate::slots::Place;
use crate::window::{self, Windows};

impl<P> Shard<P> {
    /// Has what is left of a batch delivered to the failure destination, and goes on behind it.
    pub(super) fn give_up(
        &mut self,
        batch: &Batch,
        condition: Condition,
        response: Option<ResponseContext>,
    ) {
        let window = self
            .windows
            .as_ref()
            .and_then(|windows| batch.kind.call(windows, &self.choices).map(Into::into));
        let records: Vec<_> = batch
            .places
            .iter()
            .filter_map(|place| self.slots.take(*place))
            .collect();
        let of_window = self.windows.as_ref().and_then(Windows::records).cloned();
        let range = window::range(records.iter()).or(of_window);
        if let Some(range) = range {
            self.failures.push_back(Failure {
                condition,
                records,
                range,
                invocations: batch.sent,
                response,
                window,
            });
        }
        if batch.places.is_empty() {
            self.end_of_window_call(batch.kind);
        }
        self.drop_done();
    }

    /// Gives up those records of a batch that are too old to be sent. `Err` has what is left of it.
    pub(super) fn without_expired(
        &mut self,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, Option<Batch>> {
        if batch.places.is_empty() {
            return self.without_expired_window(batch, now);
        }
        let Some(longest) = self.settings.maximum_record_age else {
            return Ok(batch);
        };
        let is_expired = |place: &Place| {
            let record = self.slots.record(*place);
            record.is_some_and(|record| now.saturating_since(record.arrival) > longest)
        };
        if !batch.places.iter().any(is_expired) {
            return Ok(batch);
        }
        let (kind, sent) = (batch.kind, batch.sent);
        let runs: Vec<(bool, Vec<Place>)> = batch
            .places
            .chunk_by(|left, right| is_expired(left) == is_expired(right))
            .map(|run| (is_expired(&run[0]), run.to_vec()))
            .collect();
        let mut rest = Vec::new();
        for (expired, places) in runs {
            if expired {
                let given_up = Batch {
                    sent,
                    ..Batch::new(places, Kind::Records)
                };
                self.give_up(&given_up, Condition::RecordAgeExceeded, None);
            } else {
                rest.extend(places);
            }
        }
        let rest = Batch {
            sent,
            ..Batch::new(rest, kind)
        };
        Err(Some(rest).filter(|rest| !rest.places.is_empty() || kind == Kind::Final))
    }

    /// The same for an invocation without records: as old as the last record of its window. It is sent at least once,
    /// or the age would lose the window of every shard that is idle for longer.
    fn without_expired_window(
        &mut self,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, Option<Batch>> {
        let last = self.windows.as_ref().and_then(Windows::records);
        let age = last.map(|range| now.saturating_since(range.last.arrival));
        match (age, self.settings.maximum_record_age) {
            (Some(age), Some(longest)) if age > longest && batch.sent > 0 => {
                self.give_up(&batch, Condition::RecordAgeExceeded, None);
                Err(None)
            }
            _ => Ok(batch),
        }
    }
}
