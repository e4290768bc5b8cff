//! Putting records on a Kinesis stream.

use std::num::NonZeroU32;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, PutRecordsResultEntry};

use super::calls::{Calls, Entry, Limits, Ordered};
use super::effort::Waits;
use super::outgoing::Outgoing;
use super::pace::Pace;
use super::wrap::{Wrapping, put_aggregated};
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
    /// Its place in the shard, or that of the record that it is aggregated in.
    pub sequence_number: String,
    /// Its place in that record, from 0.
    pub subsequence_number: u64,
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
    on_receipts: impl FnMut(Vec<Receipt>),
) -> Result<Effort, PutError> {
    let bare = Wrapping::default();
    put_wrapped(client, stream, &bare, records, per_second, on_receipts).await
}

/// The same with all that `wrapping` says around the records. There are receipts of all user records.
pub async fn put_wrapped(
    client: &Client,
    stream: &str,
    wrapping: &Wrapping,
    records: impl Iterator<Item = Outgoing>,
    per_second: Option<NonZeroU32>,
    mut on_receipts: impl FnMut(Vec<Receipt>),
) -> Result<Effort, PutError> {
    if wrapping.aggregate {
        return put_aggregated(client, stream, wrapping, records, per_second, on_receipts).await;
    }
    let mut records = (0..).zip(records);
    let mut calls = Calls::new(LIMITS);
    let mut effort = Effort::default();
    let mut waits = Waits::new();
    let pace = Pace::new(per_second);
    loop {
        for (index, record) in records.by_ref().take(READY - calls.len().min(READY)) {
            let record = wrapping.whole(record)?;
            calls.push(index, One { index, record });
        }
        if calls.is_empty() {
            return Ok(effort);
        }
        let due = pace.due(effort.records).await;
        let call = calls.next_call(usize::try_from(due).unwrap_or(usize::MAX));
        let put_at = now_ms();
        let results = send(client, stream, &call).await?;
        effort.calls += 1;

        let Sent { accepted, refused } = sort(call, results, &mut effort)?;
        waits.after(refused.len()).await;
        calls.put_back(refused);
        let receipts = accepted.into_iter().map(|(one, place)| Receipt {
            index: one.index,
            shard_id: place.shard_id,
            sequence_number: place.sequence_number,
            subsequence_number: 0,
            put_at,
        });
        on_receipts(receipts.collect());
    }
}

/// A record of the stream.
pub(super) trait ToPut: Ordered {
    fn partition_key(&self) -> &str;
    fn explicit_hash_key(&self) -> Option<&str>;
    fn data(&self) -> Blob;
    /// User records in it.
    fn users(&self) -> u64;
}

/// A record by itself.
struct One {
    index: u64,
    record: Outgoing,
}

impl Ordered for One {
    fn size(&self) -> usize {
        self.record.size()
    }

    fn order(&self) -> u64 {
        self.record.order
    }
}

impl ToPut for One {
    fn partition_key(&self) -> &str {
        &self.record.partition_key
    }

    fn explicit_hash_key(&self) -> Option<&str> {
        None
    }

    fn data(&self) -> Blob {
        self.record.data.clone()
    }

    fn users(&self) -> u64 {
        1
    }
}

pub(super) async fn send<R: ToPut>(
    client: &Client,
    stream: &str,
    call: &[Entry<R>],
) -> Result<Vec<PutRecordsResultEntry>, PutError> {
    let failed = |reason: String| PutError::Call {
        operation: "PutRecords",
        place: format!("stream {stream}"),
        reason,
    };
    let mut request = client.put_records().stream_name(stream);
    for Entry { record, .. } in call {
        let entry = PutRecordsRequestEntry::builder()
            .partition_key(record.partition_key())
            .set_explicit_hash_key(record.explicit_hash_key().map(str::to_owned))
            .data(record.data())
            .build()
            .map_err(|error| failed(error.to_string()))?;
        request = request.records(entry);
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| failed(causes(&error)))?;
    Ok(answer.records)
}

/// What has become of a call's records.
pub(super) struct Sent<R> {
    pub(super) accepted: Vec<(R, Place)>,
    /// To be put again.
    pub(super) refused: Vec<Entry<R>>,
}

/// Where a record of the stream has come to lie.
pub(super) struct Place {
    pub(super) shard_id: String,
    pub(super) sequence_number: String,
}

/// Sorts a call's records by their results.
pub(super) fn sort<R: ToPut>(
    call: Vec<Entry<R>>,
    results: Vec<PutRecordsResultEntry>,
    effort: &mut Effort,
) -> Result<Sent<R>, PutError> {
    if results.len() != call.len() {
        return Err(PutError::Answers {
            sent: call.len(),
            answered: results.len(),
        });
    }
    let mut accepted = Vec::with_capacity(call.len());
    let mut refused = Vec::new();
    for (entry, result) in call.into_iter().zip(results) {
        if let (Some(sequence_number), Some(shard_id)) = (result.sequence_number, result.shard_id) {
            effort.records += entry.record.users();
            effort.stream_records += 1;
            effort.bytes += entry.record.data().as_ref().len() as u64;
            let place = Place {
                shard_id,
                sequence_number,
            };
            accepted.push((entry.record, place));
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
    Ok(Sent { accepted, refused })
}
