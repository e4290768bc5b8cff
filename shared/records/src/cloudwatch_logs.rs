//! Records that CloudWatch Logs writes to a stream through a subscription (CloudWatch Logs user guide, "Real-time
//! processing of log data with subscriptions").
//!
//! Each record is gzip of a JSON object with the events of one log stream, or with a message that says that the
//! destination is reachable.
//!
//! ```
//! use records::cloudwatch_logs::LogBatch;
//!
//! let batch = LogBatch::from_json(br#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"app",
//!     "logStream":"i-1","subscriptionFilters":["all"],"logEvents":[{"id":"37190","timestamp":1668093027015,"message":"START"}]}"#)?;
//! assert!(!batch.is_control());
//! let event = &batch.log_events[0];
//! assert_eq!((event.message.as_ref(), event.time().as_millis()), ("START", 1_668_093_027_015));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::payload::{PayloadError, object_from_json};
use crate::timestamp::Timestamp;

/// The events of a record, after gzip.
///
/// ```
/// use records::cloudwatch_logs::LogBatch;
///
/// let batch = LogBatch::from_json(br#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"",
///     "logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":0,"message":"can be written to"}]}"#)?;
/// assert!(batch.is_control());
/// # Ok::<(), records::PayloadError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogBatch<'a> {
    /// `DATA_MESSAGE` or `CONTROL_MESSAGE`.
    #[serde(borrow)]
    pub message_type: Cow<'a, str>,
    /// The account that the log group is of.
    #[serde(borrow, default)]
    pub owner: Cow<'a, str>,
    /// The log group.
    #[serde(borrow, default)]
    pub log_group: Cow<'a, str>,
    /// The log stream.
    #[serde(borrow, default)]
    pub log_stream: Cow<'a, str>,
    /// The subscription filters that let the events through.
    #[serde(borrow, default)]
    pub subscription_filters: Vec<Cow<'a, str>>,
    /// What the subscription is of: `ACCOUNT_LEVEL_POLICY` for a policy of the whole account.
    #[serde(borrow, default)]
    pub policy_level: Option<Cow<'a, str>>,
    /// The events.
    #[serde(borrow, default)]
    pub log_events: Vec<LogEvent<'a>>,
}

/// An event of a log.
///
/// ```
/// use records::cloudwatch_logs::LogBatch;
///
/// let batch = LogBatch::from_json(br#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g",
///     "logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1545084650987,"message":"hello"}]}"#)?;
/// let event = batch.log_events.first().ok_or("no log events")?;
/// assert_eq!((&*event.message, event.time().to_string().as_str()), ("hello", "2018-12-17T22:10:50.987Z"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent<'a> {
    /// Unique in its log group.
    #[serde(borrow, default)]
    pub id: Cow<'a, str>,
    /// When it happened, in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: i64,
    /// What was written.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    /// What a filter pattern has taken from the message: a JSON object.
    #[serde(borrow, default)]
    pub extracted_fields: Option<&'a RawValue>,
}

impl<'a> LogBatch<'a> {
    /// Reads what a record's gzip inflates to.
    pub fn from_json(json: &'a [u8]) -> Result<Self, PayloadError> {
        object_from_json(json)
    }

    /// Whether the record only says that the destination is reachable: to be skipped.
    pub fn is_control(&self) -> bool {
        self.message_type == "CONTROL_MESSAGE"
    }
}

impl LogEvent<'_> {
    /// When it happened.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.timestamp.saturating_mul(1_000))
    }
}
