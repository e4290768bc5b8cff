//! How an invocation has ended, and what follows from it.

use records::Timestamp;

use super::Shard;
use crate::action::{Condition, InvocationId, InvocationResult, ResponseContext, Verdict};
use crate::answer::{Answer, WholeBatch};
use crate::batch::{Batch, Kind};
use crate::choices::{FirstRecordReported, PartialFailureInWindow};
use crate::window;

/// The function threw, timed out or crashed; Lambda's word for it.
const UNHANDLED: ResponseContext = ResponseContext {
    function_error: Some("Unhandled"),
};
/// The function answered that records have failed.
const REPORTED: ResponseContext = ResponseContext {
    function_error: None,
};

/// What an answer means for its batch.
enum Meaning<'a> {
    Success {
        state: Option<&'a str>,
    },
    Failure,
    FailureFrom {
        index: usize,
        state: Option<&'a str>,
    },
}

impl<P> Shard<P> {
    /// Tells how an invocation has ended. An id that is of no invocation under way changes nothing.
    pub fn finish(
        &mut self,
        id: InvocationId,
        result: InvocationResult<'_>,
        now: Timestamp,
    ) -> Verdict {
        let ended = self
            .lanes
            .get_mut(id.lane)
            .and_then(|lane| lane.end(id.number, now));
        let Some(mut batch) = ended else {
            return Verdict::NotInvoked;
        };
        let body = match result {
            InvocationResult::NotInvoked => {
                batch.refusals += 1;
                batch.not_before = Some(now + self.choices.backoff(batch.refusals));
                self.lanes[id.lane].send_next(batch);
                return Verdict::NotInvoked;
            }
            InvocationResult::FunctionError => {
                self.failed(id.lane, batch, None, UNHANDLED, now);
                return Verdict::Failed;
            }
            InvocationResult::Answered(body) => body,
        };
        match self.meaning(&batch, body) {
            Meaning::Success { state } => {
                self.succeeded(id.lane, &batch, state);
                Verdict::Succeeded
            }
            Meaning::Failure => {
                self.failed(id.lane, batch, None, REPORTED, now);
                Verdict::Failed
            }
            Meaning::FailureFrom { index, state } => {
                if let (Some(state), 1..) = (state, index) {
                    self.carry_on(&batch, index, state);
                }
                self.failed(id.lane, batch, Some(index), REPORTED, now);
                Verdict::FailedFrom(index)
            }
        }
    }

    fn meaning<'a>(&self, batch: &Batch, body: &'a [u8]) -> Meaning<'a> {
        let is_windowed = self.windows.is_some();
        if !is_windowed && !self.settings.report_batch_item_failures {
            return Meaning::Success { state: None };
        }
        let answer = Answer::read(body, self.choices.unknown_answer);
        let state = answer.state;
        if is_windowed && state.is_none() {
            // Lambda developer guide, tumbling windows: a response without state is a failed invocation.
            return Meaning::Failure;
        }
        if !self.settings.report_batch_item_failures {
            return Meaning::Success { state };
        }
        let records = batch
            .places
            .iter()
            .filter_map(|place| self.slots.record(*place));
        let numbers = records.map(|record| record.sequence_number.as_str());
        match answer.failures.first(numbers) {
            Ok(None) => Meaning::Success { state },
            Ok(Some(index)) => match self.choices.partial_failure_in_window {
                PartialFailureInWindow::FailsBatch if is_windowed => Meaning::Failure,
                _ => Meaning::FailureFrom { index, state },
            },
            Err(WholeBatch) => Meaning::Failure,
        }
    }

    fn succeeded(&mut self, lane: usize, batch: &Batch, state: Option<&str>) {
        if let Some(state) = state {
            self.carry_on(batch, batch.places.len(), state);
        }
        for place in &batch.places {
            self.slots.done(*place);
        }
        match batch.kind {
            Kind::Records => self.end_window_early_if_full(lane),
            Kind::Final | Kind::EarlyTermination => self.end_of_window_call(batch.kind),
        }
        self.drop_done();
    }

    /// Puts the first `count` records of a batch into the state of the open window.
    fn carry_on(&mut self, batch: &Batch, count: usize, state: &str) {
        let Some(windows) = &mut self.windows else {
            return;
        };
        let slots = &self.slots;
        let places = &batch.places[..count];
        let records: Vec<_> = places
            .iter()
            .filter_map(|place| slots.record(*place))
            .collect();
        windows.advance(state, window::range(records.into_iter()));
        self.checkpoint_due = true;
    }

    /// Goes on after the window's state has been handed over, or given up.
    pub(super) fn end_of_window_call(&mut self, kind: Kind) {
        let Some(windows) = &mut self.windows else {
            return;
        };
        match kind {
            Kind::Records => return,
            Kind::Final => windows.close(),
            Kind::EarlyTermination => windows.refresh(),
        }
        self.checkpoint_due = true;
    }

    /// Splits, sends again or gives up what has failed: all of the batch, or all from `reported` on.
    fn failed(
        &mut self,
        lane: usize,
        mut batch: Batch,
        reported: Option<usize>,
        response: ResponseContext,
        now: Timestamp,
    ) {
        batch.sent += 1;
        batch.refusals = 0;
        let Some(index @ 1..) = reported else {
            return self.failed_whole(lane, batch, reported.is_some(), response, now);
        };
        let mut rest = batch.split_off(index);
        for place in &batch.places {
            self.slots.done(*place);
        }
        self.drop_done();
        // Behind the other half of a split batch it would be overtaken.
        let can_wait = self.windows.is_none() && !self.lanes[lane].sends_again();
        if self.choices.refill_after_partial_failure && can_wait {
            let records = rest
                .places
                .iter()
                .filter_map(|place| self.slots.record(*place));
            let bytes = records.map(|record| record.event_bytes).sum();
            self.lanes[lane].put_back(&rest.places, bytes);
        } else {
            rest.not_before = self.after_split(now);
            self.lanes[lane].send_next(rest);
        }
        self.end_window_early_if_full(lane);
    }

    /// Splits, sends again or gives up a batch of which no record is done.
    fn failed_whole(
        &mut self,
        lane: usize,
        mut batch: Batch,
        first_is_reported: bool,
        response: ResponseContext,
        now: Timestamp,
    ) {
        if self.settings.bisect_batch_on_function_error && batch.places.len() > 1 {
            let isolate = first_is_reported
                && self.choices.first_record_reported == FirstRecordReported::Isolate;
            let middle = if isolate { 1 } else { batch.places.len() / 2 };
            let second = batch.split_off(middle);
            batch.not_before = self.after_split(now);
            self.lanes[lane].send_next(second);
            self.lanes[lane].send_next(batch);
            return;
        }
        batch.failures += 1;
        let most = self.settings.maximum_retry_attempts;
        if most.is_none_or(|most| batch.failures <= most) {
            batch.not_before = Some(now + self.choices.backoff(batch.failures));
            self.lanes[lane].send_next(batch);
            return;
        }
        self.give_up(&batch, Condition::RetryAttemptsExhausted, Some(response));
        if batch.kind == Kind::Final && !batch.places.is_empty() {
            // Its records are given up, the state of the window is not yet.
            self.lanes[lane].send_next(Batch::new(Vec::new(), Kind::Final));
        }
    }

    fn after_split(&self, now: Timestamp) -> Option<Timestamp> {
        let waits = self.choices.backoff_after_split;
        waits.then(|| now + self.choices.backoff(1))
    }
}
