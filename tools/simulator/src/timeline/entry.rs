//! What an entry of a timeline says.

use mapping::{Condition, Failure, Invocation, Verdict};
use records::Timestamp;

use super::state::State;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it began.
    pub at: Timestamp,
    /// To which shard, if the timeline is of several.
    pub shard: Option<String>,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The function was called.
    Invoke(Invoke),
    /// Everything up to this record is done.
    Checkpoint {
        /// The record's number.
        record: u64,
    },
    /// Records were given up.
    Destination(Destination),
    /// The mapping waited.
    Wait {
        /// Until when.
        until: Timestamp,
        /// What for, where that is certain.
        reason: Option<WaitReason>,
    },
    /// The filters kept these records from the function.
    Filtered {
        /// Their numbers.
        records: Vec<u64>,
    },
    /// The shard ended. Only in the table: the lines say what the mapping does, not what is done to it.
    ShardClosed,
    /// Something beside the mapping, for instance a crash of the process that runs it.
    Note(String),
    /// The driver stopped before everything was done, for this reason.
    Stopped(String),
}

/// A call of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    /// Numbers of the records in the event.
    pub records: Vec<u64>,
    /// How often they have been sent as this batch, this time included.
    pub attempt: u32,
    /// The tumbling window, if the mapping has one.
    pub window: Option<Window>,
    /// How it ended; `None` as long as it is under way.
    pub end: Option<End>,
}

/// What a windowed event says of its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The window's first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// The state that came with the event.
    pub state: State,
    /// Whether this is the window's final invocation.
    pub is_final: bool,
    /// Whether the window was ended early because of its state.
    pub terminated_early: bool,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// What the function did.
    pub outcome: Outcome,
    /// How the mapping took it.
    pub verdict: Verdict,
}

/// What the function did with an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered without reporting anything.
    Ok,
    /// Threw, timed out or crashed.
    Throw,
    /// Reported these records.
    Report(Vec<u64>),
    /// Was not reached.
    Throttle,
    /// Answered something else, this.
    Answer(String),
}

/// What the mapping waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// To send a batch again.
    Backoff,
    /// For more records to fill the batch.
    BatchingWindow,
    /// For a newer record, before it takes the tumbling window for over.
    IdleWindow,
}

/// Records that were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Why.
    pub condition: Condition,
    /// Their numbers; none when it is the state of a window that could not be handed over.
    pub records: Vec<u64>,
    /// How often they were sent to the function.
    pub invocations: u32,
    /// Start and end of the window whose state is lost, if there are no records.
    pub lost_window: Option<(Timestamp, Timestamp)>,
}

impl Invoke {
    /// An invocation that begins. `number` names a record by its sequence number.
    pub fn begin<P>(invocation: &Invocation<'_, P>, number: impl Fn(&str) -> u64) -> Self {
        let records = invocation.records.iter();
        Self {
            records: records
                .map(|record| number(&record.sequence_number))
                .collect(),
            attempt: invocation.attempt,
            window: invocation.window.map(|window| Window {
                start: window.start,
                end: window.end,
                state: State::new(window.state),
                is_final: window.is_final,
                terminated_early: window.terminated_early,
            }),
            end: None,
        }
    }
}

impl Destination {
    /// What the machine gives up. `number` names a record by its sequence number.
    pub fn of<P>(failure: &Failure<P>, number: impl Fn(&str) -> u64) -> Self {
        let records = failure.records.iter();
        let window = failure.window.as_ref();
        Self {
            condition: failure.condition,
            records: records
                .map(|record| number(&record.sequence_number))
                .collect(),
            invocations: failure.invocations,
            lost_window: window
                .filter(|_| failure.records.is_empty())
                .map(|window| (window.start, window.end)),
        }
    }
}
