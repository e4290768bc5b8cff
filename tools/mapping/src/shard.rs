//! One shard of one mapping.

mod end;
mod give_up;
mod next;

use std::collections::VecDeque;

use records::Timestamp;

use crate::action::{Action, Checkpoint, Failure, Invocation, InvocationId, Records, WindowCall};
use crate::batch::{Batch, Kind};
use crate::choices::Choices;
use crate::lane::Lane;
use crate::record::Record;
use crate::settings::Settings;
use crate::slots::Slots;
use crate::window::{WindowProgress, Windows};

use next::Next;

/// One shard of one mapping.
///
/// The caller hands over what it has read ([`push`](Self::push), [`skip`](Self::skip), [`close`](Self::close)), asks
/// what to do ([`poll`](Self::poll)) until there is nothing before some time, and tells how invocations have ended
/// ([`finish`](Self::finish)). Time is what the caller says it is; it must not step back.
///
/// ```
/// use mapping::{Action, Choices, InvocationResult, Record, Settings, Shard};
/// use records::Timestamp;
///
/// let now = Timestamp::from_micros(0);
/// let mut shard = Shard::new(&Settings::default(), &Choices::default());
/// for number in ["1", "2"] {
///     shard.push(Record { sequence_number: number.to_owned(), arrival: now, partition_key: None, event_bytes: 300, payload: () }, now);
/// }
/// let Action::Invoke(invocation) = shard.poll(now) else { panic!("records are there") };
/// assert_eq!(invocation.records.len(), 2);
/// let id = invocation.id;
/// shard.finish(id, InvocationResult::Answered(b"null"), now);
/// let Action::Checkpoint(checkpoint) = shard.poll(now) else { panic!("a batch is done") };
/// assert_eq!(checkpoint.sequence_number, Some("2"));
/// ```
#[derive(Debug)]
pub struct Shard<P> {
    settings: Settings,
    choices: Choices,
    slots: Slots<P>,
    lanes: Vec<Lane>,
    windows: Option<Windows>,
    /// What is to be delivered to the failure destination.
    failures: VecDeque<Failure<P>>,
    /// The last record behind which nothing is undone.
    done_until: Option<String>,
    checkpoint_due: bool,
    /// Numbers invocations.
    invocations: u64,
    /// Records without a partition key are dealt out in turns.
    next_lane: usize,
    caught_up: Option<Timestamp>,
    closed: bool,
}

impl<P> Shard<P> {
    /// A shard of which nothing has been read.
    pub fn new(settings: &Settings, choices: &Choices) -> Self {
        Self::resume(settings, choices, WindowProgress::default())
    }

    /// A shard that is read from its checkpoint on. `window` is what that checkpoint said.
    pub fn resume(settings: &Settings, choices: &Choices, window: WindowProgress) -> Self {
        let windows = settings
            .tumbling_window
            .map(|length| Windows::new(length, window));
        let parallel = match windows {
            Some(_) => 1,
            None => settings.parallelization_factor.max(1),
        };
        let mut shard = Self {
            settings: settings.clone(),
            choices: *choices,
            slots: Slots::new(),
            lanes: std::iter::repeat_with(Lane::default)
                .take(parallel)
                .collect(),
            windows,
            failures: VecDeque::new(),
            done_until: None,
            checkpoint_due: false,
            invocations: 0,
            next_lane: 0,
            caught_up: None,
            closed: false,
        };
        shard.end_window_early_if_full(0);
        shard
    }

    /// Hands over the next record of the shard.
    pub fn push(&mut self, record: Record<P>, now: Timestamp) {
        let lane = self.lane_of(&record);
        let bytes = record.event_bytes;
        let place = self.slots.push(record);
        self.lanes[lane].push(place, bytes, now);
    }

    /// Tells of the next record of the shard that the filter has refused: it counts for the checkpoint only.
    pub fn skip(&mut self, sequence_number: String) {
        self.slots.push_done(sequence_number);
        self.drop_done();
    }

    /// Tells that at this time there was nothing more to read. An idle window is closed only when the shard is known
    /// to be idle, not when the reader is behind.
    pub fn caught_up(&mut self, now: Timestamp) {
        self.caught_up = Some(now);
    }

    /// Tells that the shard has ended: nothing will be handed over any more.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// What to do now.
    pub fn poll(&mut self, now: Timestamp) -> Action<'_, P> {
        loop {
            if let Some(failure) = self.failures.pop_front() {
                return Action::Deliver(failure);
            }
            if self.checkpoint_due {
                self.checkpoint_due = false;
                return Action::Checkpoint(self.checkpoint());
            }
            match self.next(now) {
                Next::Start { lane, batch } => {
                    self.invocations += 1;
                    let number = self.invocations;
                    let batch = &self.lanes[lane].running.insert((number, batch)).1;
                    return Action::Invoke(invocation(
                        InvocationId { lane, number },
                        batch,
                        &self.slots,
                        self.windows.as_ref(),
                        &self.choices,
                    ));
                }
                Next::Again => {}
                Next::Wait(until) => return Action::Wait(until),
            }
        }
    }

    /// How far the shard is.
    pub fn checkpoint(&self) -> Checkpoint<'_> {
        Checkpoint {
            sequence_number: self.done_until.as_deref(),
            window: self.windows.as_ref().map(Windows::progress),
        }
    }

    /// Whether the shard has ended, everything of it is done and its last window is closed.
    pub fn is_finished(&self) -> bool {
        self.closed
            && !self.checkpoint_due
            && self.failures.is_empty()
            && self.lanes.iter().all(Lane::is_empty)
            && self.open_window().is_none()
    }

    /// How many records are held: those that are not done, and those behind one that is not. A caller that reads on only
    /// while this is small keeps memory small, also behind a lane that stands still.
    pub fn buffered(&self) -> usize {
        self.slots.len()
    }

    /// How many bytes the records that are not done have in events.
    pub fn buffered_bytes(&self) -> usize {
        self.slots.bytes()
    }

    /// Arrival of the first record that is not done: what `IteratorAge` is about.
    pub fn oldest_arrival(&self) -> Option<Timestamp> {
        self.slots.first_waiting().map(|record| record.arrival)
    }

    /// First moment of the open window and the first moment after it.
    pub fn open_window(&self) -> Option<(Timestamp, Timestamp)> {
        self.windows.as_ref()?.progress().open()
    }

    /// The same key, the same lane: order is kept per key.
    fn lane_of(&mut self, record: &Record<P>) -> usize {
        let lanes = self.lanes.len();
        if lanes == 1 {
            return 0;
        }
        if let Some(key) = &record.partition_key {
            usize::try_from(fnv_1a(key) % lanes as u64).unwrap_or(0)
        } else {
            self.next_lane = (self.next_lane + 1) % lanes;
            self.next_lane
        }
    }

    fn drop_done(&mut self) {
        if let Some(sequence_number) = self.slots.drop_done() {
            self.done_until = Some(sequence_number);
            self.checkpoint_due = true;
        }
    }

    /// Has a state that is too large to be carried on handed over before anything else.
    fn end_window_early_if_full(&mut self, lane: usize) {
        if self
            .windows
            .as_ref()
            .is_some_and(Windows::state_is_too_large)
        {
            let batch = Batch::new(Vec::new(), Kind::EarlyTermination);
            self.lanes[lane].send_next(batch);
        }
    }
}

/// The hash FNV-1a: the same lanes with every version of Rust, so that timelines stay what they are.
fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn invocation<'a, P>(
    id: InvocationId,
    batch: &'a Batch,
    slots: &'a Slots<P>,
    windows: Option<&'a Windows>,
    choices: &Choices,
) -> Invocation<'a, P> {
    Invocation {
        id,
        attempt: batch.failures + 1,
        window: windows.and_then(|windows| batch.kind.call(windows, choices)),
        records: Records {
            slots,
            places: &batch.places,
        },
    }
}

impl Kind {
    /// What an invocation of this kind is told of its window.
    fn call<'a>(self, windows: &'a Windows, choices: &Choices) -> Option<WindowCall<'a>> {
        let early = self == Self::EarlyTermination;
        let is_final = self == Self::Final || (early && choices.early_termination_is_final);
        windows.call(is_final, early)
    }
}
