//! Tumbling windows: which window a record belongs to, and the state that is carried through it.

use std::time::Duration;

use records::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::{BatchRange, Edge, WindowCall};
use crate::record::Record;

/// Largest state that a window may carry on, in bytes of JSON. Above it the window ends early.
///
/// Source: Lambda developer guide, "Using tumbling windows": 1 MB per shard; taken as 2^20 bytes.
pub const MAX_STATE_BYTES: usize = 1 << 20;

/// The state of a window that has none yet. AWS's sample code adds to it without creating it.
const FRESH_STATE: &str = "{}";

/// How far the tumbling windows of a shard are: what has to outlive a restart together with the checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowProgress {
    open: Option<OpenWindow>,
    /// End of the last window that was closed: no window begins before it.
    closed_until: Option<Timestamp>,
}

/// A window that is not closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OpenWindow {
    start: Timestamp,
    end: Timestamp,
    /// JSON text.
    state: String,
    /// The records that went into the state.
    records: Option<BatchRange>,
    /// Whether a state of this window has been handed over early.
    #[serde(default)]
    ended_early: bool,
}

impl WindowProgress {
    /// First moment of the open window and the first moment after it.
    pub fn open(&self) -> Option<(Timestamp, Timestamp)> {
        self.open.as_ref().map(|open| (open.start, open.end))
    }

    /// The open window's state as JSON text.
    pub fn state(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.state.as_str())
    }
}

/// The windows of a shard. There is at most one open at a time, and they only ever move on.
#[derive(Debug)]
pub(crate) struct Windows {
    length: Duration,
    progress: WindowProgress,
}

impl Windows {
    pub(crate) fn new(length: Duration, progress: WindowProgress) -> Self {
        Self { length, progress }
    }

    pub(crate) fn progress(&self) -> &WindowProgress {
        &self.progress
    }

    /// Start of the window that a record counts to: its own by arrival, aligned to the epoch. Where arrival times
    /// step back, windows do not: the record counts to the open window, or to the first one that is not closed.
    pub(crate) fn start_of(&self, arrival: Timestamp) -> Timestamp {
        let micros = arrival.as_micros();
        let length = i64::try_from(self.length.as_micros())
            .unwrap_or(i64::MAX)
            .max(1);
        let own = Timestamp::from_micros(micros - micros.rem_euclid(length));
        let open = self.progress.open.as_ref().map(|open| open.start);
        own.max(open.or(self.progress.closed_until).unwrap_or(own))
    }

    /// Opens the window that begins at `start`, unless it is open.
    pub(crate) fn open(&mut self, start: Timestamp) {
        let length = self.length;
        self.progress.open.get_or_insert_with(|| OpenWindow {
            start,
            end: start + length,
            state: FRESH_STATE.to_owned(),
            records: None,
            ended_early: false,
        });
    }

    /// Start of the open window.
    pub(crate) fn open_start(&self) -> Option<Timestamp> {
        self.progress.open.as_ref().map(|open| open.start)
    }

    /// The first moment after the open window.
    pub(crate) fn open_end(&self) -> Option<Timestamp> {
        self.progress.open.as_ref().map(|open| open.end)
    }

    /// Length of the open window's state in bytes.
    pub(crate) fn state_len(&self) -> usize {
        self.progress
            .open
            .as_ref()
            .map_or(0, |open| open.state.len())
    }

    /// Whether the state is too large to be carried on.
    pub(crate) fn state_is_too_large(&self) -> bool {
        self.state_len() > MAX_STATE_BYTES
    }

    /// The records that went into the open window's state.
    pub(crate) fn records(&self) -> Option<&BatchRange> {
        self.progress.open.as_ref()?.records.as_ref()
    }

    /// Whether nothing has ever gone into the open window.
    pub(crate) fn is_untouched(&self) -> bool {
        let open = self.progress.open.as_ref();
        open.is_none_or(|open| open.records.is_none() && !open.ended_early)
    }

    /// What an invocation in the open window is told.
    pub(crate) fn call(&self, is_final: bool, terminated_early: bool) -> Option<WindowCall<'_>> {
        self.progress.open.as_ref().map(|open| WindowCall {
            start: open.start,
            end: open.end,
            state: &open.state,
            is_final,
            terminated_early,
        })
    }

    /// Carries on `state`, into which `range` has gone.
    pub(crate) fn advance(&mut self, state: &str, range: Option<BatchRange>) {
        let Some(open) = &mut self.progress.open else {
            return;
        };
        state.clone_into(&mut open.state);
        match (&mut open.records, range) {
            (Some(records), Some(range)) => {
                records.last = range.last;
                records.count += range.count;
            }
            (records @ None, range) => *records = range,
            (Some(_), None) => {}
        }
    }

    /// Lets the open window go on with a fresh state.
    pub(crate) fn refresh(&mut self) {
        if let Some(open) = &mut self.progress.open {
            FRESH_STATE.clone_into(&mut open.state);
            open.records = None;
            open.ended_early = true;
        }
    }

    /// Closes the open window.
    pub(crate) fn close(&mut self) {
        if let Some(open) = self.progress.open.take() {
            self.progress.closed_until = Some(open.end);
        }
    }
}

/// The extent of records in the order of the shard; `None` of none.
pub(crate) fn range<'a, P: 'a>(
    mut records: impl ExactSizeIterator<Item = &'a Record<P>> + DoubleEndedIterator,
) -> Option<BatchRange> {
    let count = records.len() as u64;
    let first = edge(records.next()?);
    let last = records.next_back().map_or_else(|| first.clone(), edge);
    Some(BatchRange { first, last, count })
}

fn edge<P>(record: &Record<P>) -> Edge {
    Edge {
        sequence_number: record.sequence_number.clone(),
        arrival: record.arrival,
    }
}
