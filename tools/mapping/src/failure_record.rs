//! The record that Lambda sends to a mapping's failure destination.
//!
//! AWS Lambda Developer Guide, "Retaining discarded batch records for a Kinesis Data Streams event source in Lambda"
//! and its twin for DynamoDB Streams. SQS and SNS get the record as [`FailureRecord::new`] makes it, S3 with the event
//! as its payload; text of both by `serde_json::to_string`.

use records::{StreamKind, Timestamp};
use serde::Serialize;

use crate::action::{Condition, Failure};

/// What the failure destination is told about a batch.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureRecord<'a> {
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext>,
    version: &'static str,
    timestamp: String,
    #[serde(flatten)]
    batch: Batch<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

/// Where and when a batch was given up: what the shard's own machine does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureContext<'a> {
    /// Request id of the last invocation; any id if there was none.
    pub request_id: &'a str,
    /// ARN of the function.
    pub function_arn: &'a str,
    /// What kind of stream it is.
    pub stream: StreamKind,
    /// ARN of the stream.
    pub stream_arn: &'a str,
    /// The shard.
    pub shard_id: &'a str,
    /// The present time.
    pub now: Timestamp,
}

impl<'a> FailureRecord<'a> {
    /// The record of a batch, without its event.
    pub fn new<P>(failure: &'a Failure<P>, context: &FailureContext<'a>) -> Self {
        Self {
            request_context: RequestContext {
                request_id: context.request_id,
                function_arn: context.function_arn,
                condition: failure.condition,
                approximate_invoke_count: failure.invocations,
            },
            response_context: failure.response.map(|response| ResponseContext {
                status_code: 200,
                executed_version: "$LATEST",
                function_error: response.function_error,
            }),
            version: "1.0",
            timestamp: time(context.stream, context.now),
            batch: Batch::new(failure, context),
            payload: None,
        }
    }

    /// The same record with the whole event, as S3 gets it: see
    /// [`failed_event_json`](crate::event::failed_event_json). The event becomes a JSON string.
    #[must_use]
    pub fn with_payload(self, event: &'a str) -> Self {
        Self {
            payload: Some(event),
            ..self
        }
    }
}

/// The name of the object that a failure destination in S3 gets:
/// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`, the random part a UUID.
pub fn s3_key(mapping_uuid: &str, shard_id: &str, now: Timestamp, random_uuid: &str) -> String {
    let time = whole_seconds(now).to_string();
    let time = time.trim_end_matches('Z').replace(':', ".");
    let day = time.split('T').next().unwrap_or_default().replace('-', "/");
    format!("aws/lambda/{mapping_uuid}/{shard_id}/{day}/{time}-{random_uuid}")
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: Condition,
    approximate_invoke_count: u32,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext {
    status_code: u16,
    executed_version: &'static str,
    function_error: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
enum Batch<'a> {
    #[serde(rename = "KinesisBatchInfo")]
    Kinesis(BatchInfo<'a>),
    #[serde(rename = "DDBStreamBatchInfo")]
    DynamoDb(BatchInfo<'a>),
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo<'a> {
    shard_id: &'a str,
    start_sequence_number: &'a str,
    end_sequence_number: &'a str,
    approximate_arrival_of_first_record: String,
    approximate_arrival_of_last_record: String,
    batch_size: u64,
    stream_arn: &'a str,
}

impl<'a> Batch<'a> {
    fn new<P>(failure: &'a Failure<P>, context: &FailureContext<'a>) -> Self {
        let range = &failure.range;
        let info = BatchInfo {
            shard_id: context.shard_id,
            start_sequence_number: &range.first.sequence_number,
            end_sequence_number: &range.last.sequence_number,
            approximate_arrival_of_first_record: time(context.stream, range.first.arrival),
            approximate_arrival_of_last_record: time(context.stream, range.last.arrival),
            batch_size: range.count,
            stream_arn: context.stream_arn,
        };
        match context.stream {
            StreamKind::Kinesis => Self::Kinesis(info),
            StreamKind::DynamoDb => Self::DynamoDb(info),
        }
    }
}

/// A time as the records of this kind of stream have it: RFC 3339 in UTC, to the millisecond for Kinesis and to the second
/// for DynamoDB.
fn time(stream: StreamKind, time: Timestamp) -> String {
    let seconds = whole_seconds(time).to_string();
    match stream {
        StreamKind::DynamoDb => seconds,
        StreamKind::Kinesis => {
            let millis = time.as_millis().rem_euclid(1_000);
            format!("{}.{millis:03}Z", seconds.trim_end_matches('Z'))
        }
    }
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_seconds().saturating_mul(1_000_000))
}
