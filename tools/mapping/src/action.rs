//! What the machine wants done, and what it is told in return.

use records::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::Record;
use crate::slots::{Place, Slots};
use crate::window::WindowProgress;

/// What to do next.
#[derive(Debug)]
pub enum Action<'a, P> {
    /// Call the function with these records, then tell the end with [`Shard::finish`](crate::Shard::finish).
    Invoke(Invocation<'a, P>),
    /// Tell the failure destination, if there is one, before the next action is asked for.
    Deliver(Failure<P>),
    /// Keep this: after a restart the shard goes on from here.
    Checkpoint(Checkpoint<'a>),
    /// Nothing to do before this time; without a time, nothing before the next input.
    Wait(Option<Timestamp>),
}

/// An invocation of the function.
#[derive(Debug)]
pub struct Invocation<'a, P> {
    /// Names it for [`Shard::finish`](crate::Shard::finish).
    pub id: InvocationId,
    /// How often these records have been sent as this batch, this time included.
    pub attempt: u32,
    /// The tumbling window, if the mapping has one.
    pub window: Option<WindowCall<'a>>,
    /// The batch, in the order of the shard; empty only in a window.
    pub records: Records<'a, P>,
}

/// Names an invocation that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvocationId {
    pub(crate) lane: usize,
    pub(crate) number: u64,
}

impl InvocationId {
    /// Which of the shard's parallel batches it is, from 0.
    pub fn lane(self) -> usize {
        self.lane
    }
}

/// The records of a batch.
#[derive(Debug)]
pub struct Records<'a, P> {
    pub(crate) slots: &'a Slots<P>,
    pub(crate) places: &'a [Place],
}

impl<'a, P> Records<'a, P> {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none, as in the final invocation of a window.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The records in the order of the shard.
    pub fn iter(&self) -> impl Iterator<Item = &'a Record<P>> + use<'a, P> {
        let slots = self.slots;
        self.places.iter().filter_map(|place| slots.record(*place))
    }
}

/// What a windowed event carries beside its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowCall<'a> {
    /// The window's first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// The state as JSON text; `{}` in a fresh window.
    pub state: &'a str,
    /// `isFinalInvokeForWindow`.
    pub is_final: bool,
    /// `isWindowTerminatedEarly`.
    pub terminated_early: bool,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationResult<'a> {
    /// The function answered; this is the body of its answer.
    Answered(&'a [u8]),
    /// The function threw, timed out or crashed.
    FunctionError,
    /// The call never reached the function: throttled, or a failure of the service. No retry is used up.
    NotInvoked,
}

/// What an ended invocation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All records are done.
    Succeeded,
    /// The whole batch has failed.
    Failed,
    /// All records before this index of the batch are done.
    FailedFrom(usize),
    /// The function was not reached, or the id is of no invocation under way.
    NotInvoked,
}

/// Records that will not be sent to the function (again).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure<P> {
    /// Why.
    pub condition: Condition,
    /// The records, in the order of the shard. Empty when the final invocation of a window has failed.
    pub records: Vec<Record<P>>,
    /// First and last record and how many they are; of a window whose final invocation has failed, all its records.
    pub range: BatchRange,
    /// How often they were sent to the function.
    pub invocations: u32,
    /// What the function said last; `None` for records given up because of their age.
    pub response: Option<ResponseContext>,
    /// The window they were sent in.
    pub window: Option<FailedWindow>,
}

/// Why records are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// `MaximumRetryAttempts` is used up, or the record is too large ever to be sent.
    RetryAttemptsExhausted,
    /// Older than `MaximumRecordAgeInSeconds`.
    RecordAgeExceeded,
}

/// The extent of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRange {
    /// The first record.
    pub first: Edge,
    /// The last record.
    pub last: Edge,
    /// How many records.
    pub count: u64,
}

/// A record at the edge of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Its sequence number.
    pub sequence_number: String,
    /// Its arrival.
    pub arrival: Timestamp,
}

/// The function's last answer about a batch that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseContext {
    /// `Unhandled` after an exception; `None` where the answer itself reported the failure.
    pub function_error: Option<&'static str>,
}

/// The window of a batch that has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedWindow {
    /// The window's first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// The state as JSON text.
    pub state: String,
    /// `isFinalInvokeForWindow`.
    pub is_final: bool,
    /// `isWindowTerminatedEarly`.
    pub terminated_early: bool,
}

/// How far a shard is. A restart goes on after `sequence_number`, with `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint<'a> {
    /// Everything up to this record is done; `None` as long as nothing is.
    pub sequence_number: Option<&'a str>,
    /// How far the tumbling window is; `None` without windows.
    pub window: Option<&'a WindowProgress>,
}

impl From<WindowCall<'_>> for FailedWindow {
    fn from(call: WindowCall<'_>) -> Self {
        Self {
            start: call.start,
            end: call.end,
            state: call.state.to_owned(),
            is_final: call.is_final,
            terminated_early: call.terminated_early,
        }
    }
}
