//! Tumbling windows: the event that carries a window's state, and the response that hands it on.
//!
//! Lambda calls the function with each batch of a window and the state that the call before has returned, and a last
//! time when the window ends (Lambda developer guide, "Implementing stateful Kinesis Data Streams processing in
//! Lambda" and its twin for DynamoDB). The last call may have records or none.

mod deserialize;
mod response;

pub use response::WindowResponse;

use serde::de::DeserializeOwned;

use crate::event::StreamEvent;
use crate::timestamp::Timestamp;

/// A batch of records within a window.
///
/// `E` is the event of the stream's kind, [`KinesisEvent`](crate::KinesisEvent) or
/// [`DynamoDbEvent`](crate::DynamoDbEvent); `S` is what the function keeps from call to call.
///
/// ```
/// use records::{KinesisEvent, WindowEvent};
///
/// let event: WindowEvent<KinesisEvent, u64> = WindowEvent::from_json(br#"{"Records":[],"state":41,
///     "window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},"shardId":"shardId-000000000006",
///     "eventSourceARN":"arn","isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}"#)?;
/// assert_eq!((event.records.len(), event.window.state, event.window.is_final), (0, Some(41), true));
/// # Ok::<(), records::WindowError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WindowEvent<E, S> {
    /// The records, possibly none.
    pub records: E,
    /// The window they are in.
    pub window: Window<S>,
}

/// What an event says of its window.
///
/// ```
/// use records::{Timestamp, Window};
///
/// let window = Window {
///     start: Timestamp::from_micros(0),
///     end: Timestamp::from_micros(300_000_000),
///     state: Some(41),
///     shard_id: "shardId-000000000006".to_owned(),
///     stream_arn: None,
///     is_final: true,
///     is_terminated_early: false,
/// };
/// let (window, state) = window.take_state();
/// assert_eq!((window.is_final, state), (true, Some(41)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window<S> {
    /// When it began, by the time that the stream took the records.
    pub start: Timestamp,
    /// When it ends; records of this time belong to the next one.
    pub end: Timestamp,
    /// What the call before has returned. `None` at the window's first call, for which Lambda sends `{}`, and likewise
    /// if it is null or missing.
    pub state: Option<S>,
    /// The shard: each one has windows of its own.
    pub shard_id: String,
    /// The ARN of the stream.
    pub stream_arn: Option<String>,
    /// Whether this is the last call for the window: its result is final, and the state is dropped once the call
    /// has succeeded.
    pub is_final: bool,
    /// Whether the window was ended early, for instance because its state had grown above 1 MB. The calls behind it
    /// go on with the same window and a fresh state, so that a window of a shard can have several results.
    pub is_terminated_early: bool,
}

impl<S> Window<S> {
    /// The window without its state, and the state.
    pub fn take_state(self) -> (Window<()>, Option<S>) {
        let Self {
            start,
            end,
            state,
            shard_id,
            stream_arn,
            is_final,
            is_terminated_early,
        } = self;
        let window = Window {
            start,
            end,
            state: None,
            shard_id,
            stream_arn,
            is_final,
            is_terminated_early,
        };
        (window, state)
    }
}

impl<E: StreamEvent, S: DeserializeOwned> WindowEvent<E, S> {
    /// Reads the JSON of an event, its fields in any order.
    pub fn from_json(json: &[u8]) -> Result<Self, WindowError> {
        deserialize::from_json(json)
    }
}

/// Why the event of a window cannot be read. The invocation has to fail: nothing of the batch is known.
///
/// ```
/// use records::{KinesisEvent, WindowError, WindowEvent};
///
/// let error = WindowEvent::<KinesisEvent, u64>::from_json(b"[]").unwrap_err();
/// assert!(matches!(error, WindowError::NotAnEvent(_)) && !error.is_state());
/// ```
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The text is not JSON, or not an event.
    #[error("not an event: {0}")]
    NotAnEvent(serde_json::Error),
    /// A field is missing or of another type: the source mapping has no tumbling window, or the event is not Lambda's.
    #[error("`{field}` is {found}, expected {expected}")]
    Field {
        /// The field's name, with a dot before what is inside of `window`.
        field: &'static str,
        /// The field's JSON, cut short; `missing` if it is not there.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The event is sound, but its state is not what this function writes.
    #[error("`state` cannot be read: {0}")]
    State(serde_json::Error),
}

impl WindowError {
    /// Whether it is the state that cannot be read, which the function itself (or another version of it) has made.
    pub fn is_state(&self) -> bool {
        matches!(self, Self::State(_))
    }
}
