//! Putting records on a Kinesis stream.

use std::num::NonZeroU32;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, PutRecordsResultEntry};

use super::calls::{Calls, Entry, Limits};
use super::effort::Waits;
use super::outgoing::Outgoing;
use super::pace::Pace;
use crate::causes;
use crate::system::now_ms;

pub use super::effort::{Effort, MAX_REFUSALS, PutError};

/// Most of one call (Kinesis API reference, `PutRecords`): data and partition keys of 5 MiB is what every stream takes;
/// 10 MiB only where the stream's record size was raised.
pub const LIMITS: Limits = Limits {
    records: 500,
    bytes: 5 << 20,
};
/// How many records are kept ready, so that calls are full although records of one order wait.
const READY: usize = 2 * LIMITS.records;

/// Where a record has come to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record's place in the producer's order, from 0.
    pub index: u64,
    /// Its shard.
    pub shard_id: String,
    /// Its place in the shard.
    pub sequence_number: String,
    /// When the call that took it began, in milliseconds since 1970.
    pub put_at: i64,
}

/// Puts `records` on a stream in calls of up to 500 records and 5 MiB; only the records that are refused are
/// put again, after a wait with full jitter. `on_receipts` hears of each answer.
///
/// At least once: when an answer is lost, the SDK sends the call again and Kinesis may take it twice.
pub async fn put_records(
    client: &Client,
    stream: &str,
    records: impl Iterator<Item = Outgoing>,
    per_second: Option<NonZeroU32>,
    mut on_receipts: impl FnMut(Vec<Receipt>),
) -> Result<Effort, PutError> {
    let mut records = (0..).zip(records);
    let mut calls = Calls::new(LIMITS);
    let mut effort = Effort::default();
    let mut waits = Waits::new();
    let pace = Pace::new(per_second);
    loop {
        for (index, record) in records.by_ref().take(READY - calls.len().min(READY)) {
            calls.push(index, record);
        }
        if calls.is_empty() {
            return Ok(effort);
        }
        let due = pace.due(effort.records).await;
        let call = calls.next_call(usize::try_from(due).unwrap_or(usize::MAX));
        let put_at = now_ms();
        let results = send(client, stream, &call).await?;
        effort.calls += 1;

        let (receipts, refused) = sort(call, results, put_at, &mut effort)?;
        waits.after(refused.len()).await;
        calls.put_back(refused);
        on_receipts(receipts);
    }
}

async fn send(
    client: &Client,
    stream: &str,
    call: &[Entry<Outgoing>],
) -> Result<Vec<PutRecordsResultEntry>, PutError> {
    let failed = |reason: String| PutError::Call {
        operation: "PutRecords",
        place: format!("stream {stream}"),
        reason,
    };
    let mut request = client.put_records().stream_name(stream);
    for Entry { record, .. } in call {
        let entry = PutRecordsRequestEntry::builder()
            .partition_key(&record.partition_key)
            .data(record.data.clone())
            .build()
            .map_err(|error| failed(error.to_string()))?;
        request = request.records(entry);
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| failed(causes(&error)))?;
    Ok(answer.records)
}

/// Sorts a call's records by their results: receipts, and entries to be put again.
fn sort(
    call: Vec<Entry<Outgoing>>,
    results: Vec<PutRecordsResultEntry>,
    put_at: i64,
    effort: &mut Effort,
) -> Result<(Vec<Receipt>, Vec<Entry<Outgoing>>), PutError> {
    if results.len() != call.len() {
        return Err(PutError::Answers {
            sent: call.len(),
            answered: results.len(),
        });
    }
    let mut receipts = Vec::with_capacity(call.len());
    let mut refused = Vec::new();
    for (entry, result) in call.into_iter().zip(results) {
        if let (Some(sequence_number), Some(shard_id)) = (result.sequence_number, result.shard_id) {
            effort.records += 1;
            effort.bytes += entry.record.data.as_ref().len() as u64;
            receipts.push(Receipt {
                index: entry.index,
                shard_id,
                sequence_number,
                put_at,
            });
            continue;
        }
        effort.refused += 1;
        if entry.refusals + 1 >= MAX_REFUSALS {
            return Err(PutError::Refused {
                index: entry.index,
                code: result.error_code.unwrap_or_default(),
                message: result.error_message.unwrap_or_default(),
            });
        }
        refused.push(entry);
    }
    Ok((receipts, refused))
}
