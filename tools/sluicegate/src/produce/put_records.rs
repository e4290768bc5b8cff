//! Putting records on a Kinesis stream.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, PutRecordsResultEntry};
use fastrand::Rng;

use super::calls::{Calls, Entry, MAX_RECORDS};
use super::outgoing::Outgoing;
use super::pace::Pace;
use crate::causes;
use crate::system::now_ms;

/// How often a record may be refused before the producer gives up.
pub const MAX_REFUSALS: u32 = 20;
/// Longest wait after a first refusal; it doubles with each call that is refused something.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Longest wait at all: shards give their capacity by the second.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How many records are kept ready, so that calls are full although records of one order wait.
const READY: usize = 2 * MAX_RECORDS;

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

/// What it took to put all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Effort {
    /// Records put.
    pub records: u64,
    /// Their bytes, without partition keys.
    pub bytes: u64,
    /// `PutRecords` calls that were answered.
    pub calls: u64,
    /// Records that were refused and put again; one record may count several times.
    pub refused: u64,
}

/// Why not all records could be put.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// A whole call failed, after the SDK's retries.
    #[error("PutRecords on stream {stream}: {reason}")]
    Call {
        /// The stream's name.
        stream: String,
        /// What the SDK says.
        reason: String,
    },
    /// One record was refused again and again.
    #[error(
        "record {index} was refused {MAX_REFUSALS} times, the last time with {code}: {message}"
    )]
    Refused {
        /// The record's place in the producer's order.
        index: u64,
        /// The error code, for instance `ProvisionedThroughputExceededException`.
        code: String,
        /// What Kinesis says about it.
        message: String,
    },
    /// Kinesis did not answer for every record of a call.
    #[error("PutRecords answered for {answered} of {sent} records")]
    Answers {
        /// Records in the call.
        sent: usize,
        /// Results in the answer.
        answered: usize,
    },
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
    let mut calls = Calls::default();
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
    call: &[Entry],
) -> Result<Vec<PutRecordsResultEntry>, PutError> {
    let failed = |reason: String| PutError::Call {
        stream: stream.to_owned(),
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
    call: Vec<Entry>,
    results: Vec<PutRecordsResultEntry>,
    put_at: i64,
    effort: &mut Effort,
) -> Result<(Vec<Receipt>, Vec<Entry>), PutError> {
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

/// Waits between calls that are refused something: exponential, with full jitter.
struct Waits {
    longest: Duration,
    rng: Rng,
}

impl Waits {
    fn new() -> Self {
        Self {
            longest: FIRST_WAIT,
            rng: Rng::new(),
        }
    }

    async fn after(&mut self, refused: usize) {
        if refused == 0 {
            self.longest = FIRST_WAIT;
            return;
        }
        let longest = u64::try_from(self.longest.as_millis()).unwrap_or(u64::MAX);
        tokio::time::sleep(Duration::from_millis(self.rng.u64(0..=longest))).await;
        self.longest = (self.longest * 2).min(LONGEST_WAIT);
    }
}
