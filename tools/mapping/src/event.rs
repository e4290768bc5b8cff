//! The event that Lambda makes of a batch, as JSON text.
//!
//! A record's text is made once, by [`KinesisSource::record_json`] or [`DynamoDbSource::record_json`]: its length is
//! [`Record::event_bytes`](crate::Record::event_bytes). [`event_json`] then only strings such texts together, however
//! often the record is sent; [`overhead`] tells the bytes this adds, so that a batch can be cut before it is rendered.

mod dynamodb;
mod kinesis;
mod text;

pub use dynamodb::{DynamoDbRecord, DynamoDbSource};
pub use kinesis::{KinesisRecord, KinesisSource};

use crate::action::{FailedWindow, Failure, WindowCall};
use text::push_string;

/// Most bytes of an event, 6 MB: "Invocation payload", synchronous (AWS Lambda Developer Guide, "Lambda quotas").
pub const MAX_EVENT_BYTES: usize = 6_291_456;

/// Room that [`overhead`] keeps for a shard id and an ARN, in bytes.
///
/// The longest ones known are of DynamoDB: a shard id of 65 characters (DynamoDB API Reference, "Shard") and the ARN of
/// a stream of a table whose name has 255, which is less than 350.
pub const SHARD_AND_ARN_BYTES: usize = 512;

const RECORDS: &str = r#"{"Records":["#;
const WINDOW_START: &str = r#","window":{"start":"#;
const WINDOW_END: &str = r#","end":"#;
const STATE: &str = r#"},"state":"#;
const SHARD_ID: &str = r#","shardId":"#;
const EVENT_SOURCE_ARN: &str = r#","eventSourceARN":"#;
const IS_FINAL: &str = r#","isFinalInvokeForWindow":"#;
const TERMINATED_EARLY: &str = r#","isWindowTerminatedEarly":"#;

/// `"2020-12-09T07:04:00Z"`: windows start and end with a second.
const QUOTED_TIME_BYTES: usize = 22;
/// Two quotes each.
const QUOTED_SHARD_AND_ARN_BYTES: usize = SHARD_AND_ARN_BYTES + 4;
const FALSE_BYTES: usize = 5;

const BARE_BYTES: usize = RECORDS.len() + "]}".len();
const WINDOW_BYTES: usize = WINDOW_START.len()
    + WINDOW_END.len()
    + 2 * QUOTED_TIME_BYTES
    + STATE.len()
    + SHARD_ID.len()
    + EVENT_SOURCE_ARN.len()
    + QUOTED_SHARD_AND_ARN_BYTES
    + IS_FINAL.len()
    + TERMINATED_EARLY.len()
    + 2 * FALSE_BYTES;

/// Bytes of an event beside its records and the commas between them, one for each record after the first.
///
/// Exact without a window. In a window, whose state has `window_state_len` bytes, an upper bound: it assumes the longest
/// shard id and ARN ([`SHARD_AND_ARN_BYTES`]).
pub fn overhead(window_state_len: Option<usize>) -> usize {
    BARE_BYTES + window_state_len.map_or(0, |state| WINDOW_BYTES + state)
}

/// The tumbling window of an event, with what names its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventWindow<'a> {
    /// The window and its state.
    pub call: WindowCall<'a>,
    /// The shard, for instance `shardId-000000000006`.
    pub shard_id: &'a str,
    /// ARN of the stream.
    pub source_arn: &'a str,
}

/// The event of a batch, given the JSON text of each of its records.
///
/// The state goes into it byte for byte.
pub fn event_json<'r>(
    records: impl IntoIterator<Item = &'r str>,
    window: Option<&EventWindow<'_>>,
) -> String {
    let mut json = String::from(RECORDS);
    for (index, record) in records.into_iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(record);
    }
    json.push(']');
    if let Some(window) = window {
        push_window(&mut json, window);
    }
    json.push('}');
    json
}

/// The event of records that were given up, as the function got it last: the payload of the record that is written to
/// an S3 destination.
pub fn failed_event_json<P: AsRef<str>>(
    failure: &Failure<P>,
    shard_id: &str,
    source_arn: &str,
) -> String {
    let window = failure.window.as_ref().map(|window| EventWindow {
        call: window.into(),
        shard_id,
        source_arn,
    });
    let records = failure.records.iter().map(|record| record.payload.as_ref());
    event_json(records, window.as_ref())
}

impl<'a> From<&'a FailedWindow> for WindowCall<'a> {
    fn from(window: &'a FailedWindow) -> Self {
        Self {
            start: window.start,
            end: window.end,
            state: &window.state,
            is_final: window.is_final,
            terminated_early: window.terminated_early,
        }
    }
}

fn push_window(json: &mut String, window: &EventWindow<'_>) {
    let EventWindow {
        call,
        shard_id,
        source_arn,
    } = window;
    json.push_str(WINDOW_START);
    push_string(json, &call.start.to_string());
    json.push_str(WINDOW_END);
    push_string(json, &call.end.to_string());
    json.push_str(STATE);
    json.push_str(call.state);
    json.push_str(SHARD_ID);
    push_string(json, shard_id);
    json.push_str(EVENT_SOURCE_ARN);
    push_string(json, source_arn);
    json.push_str(IS_FINAL);
    json.push_str(truth(call.is_final));
    json.push_str(TERMINATED_EARLY);
    json.push_str(truth(call.terminated_early));
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
