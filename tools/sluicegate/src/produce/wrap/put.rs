//! Putting aggregates on a stream.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use records::kpl::DEFAULT_MAX_SIZE;
use tokio::time::{Instant, timeout_at};

use super::Wrapping;
use super::groups::{Groups, Packed};
use super::shards::{Shards, hash_key};
use crate::produce::calls::Calls;
use crate::produce::effort::{Effort, PutError, Waits};
use crate::produce::outgoing::Outgoing;
use crate::produce::pace::Pace;
use crate::produce::put_records::{LIMITS, Receipt, Sent, ToPut, send, sort};
use crate::system::now_ms;

/// How long a record waits for others: `RecordMaxBufferedTime` of the Kinesis Producer Library's default configuration.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// How many records of the stream are kept ready. Of each shard one goes into a call.
const READY: usize = 32;

/// Puts `records` aggregated on a stream, as the Kinesis Producer Library does: a group for each shard, which is put
/// when it is full or its first record has waited long enough.
///
/// Which shard a record falls in is predicted by the stream's open shards. When a record comes to lie elsewhere, all that
/// wait are put, and the shards are asked for again.
pub(in crate::produce) async fn put_aggregated(
    client: &Client,
    stream: &str,
    wrapping: &Wrapping,
    records: impl Iterator<Item = Outgoing>,
    per_second: Option<NonZeroU32>,
    mut on_receipts: impl FnMut(Vec<Receipt>),
) -> Result<Effort, PutError> {
    let mut records = (0..).zip(records).fuse();
    let mut source = Source {
        wrapping,
        shards: Shards::list(client, stream).await?,
        groups: Groups::new(DEFAULT_MAX_SIZE),
        calls: Calls::new(LIMITS),
        taken: 0,
    };
    let mut effort = Effort::default();
    let mut waits = Waits::new();
    let pace = Pace::new(per_second);
    let (mut is_stale, mut is_over) = (false, false);
    loop {
        if is_stale && source.is_empty() {
            source.shards = Shards::list(client, stream).await?;
            is_stale = false;
        }
        if !is_stale && !is_over {
            is_over = source.fill(&pace, &mut records).await?;
        }
        source.flush(is_stale || is_over)?;
        if source.calls.is_empty() {
            if is_over && source.is_empty() {
                return Ok(effort);
            }
            continue;
        }
        let call = source.calls.next_call(LIMITS.records);
        let put_at = now_ms();
        let results = send(client, stream, &call).await?;
        effort.calls += 1;
        let Sent { accepted, refused } = sort(call, results, &mut effort)?;
        waits.after(refused.len()).await;
        source.calls.put_back(refused);
        let shards = &source.shards;
        is_stale |= accepted
            .iter()
            .any(|(packed, place)| shards.id(packed.shard) != Some(&place.shard_id));
        let receipts = accepted.into_iter().flat_map(|(packed, place)| {
            let users = (0..).zip(packed.users);
            users.map(move |(subsequence_number, index)| Receipt {
                index,
                shard_id: place.shard_id.clone(),
                sequence_number: place.sequence_number.clone(),
                subsequence_number,
                put_at,
            })
        });
        on_receipts(receipts.collect());
    }
}

/// Records from the producer to the call.
struct Source<'a> {
    wrapping: &'a Wrapping,
    shards: Shards,
    groups: Groups,
    calls: Calls<Packed>,
    /// User records.
    taken: u64,
}

impl Source<'_> {
    /// Takes the records that are due, and waits for one if there is nothing else to do. Returns whether there are no
    /// more.
    async fn fill(
        &mut self,
        pace: &Pace,
        records: &mut impl Iterator<Item = (u64, Outgoing)>,
    ) -> Result<bool, PutError> {
        let wait = match self.groups.oldest() {
            _ if !self.calls.is_empty() => Some(Instant::now()),
            oldest => oldest.map(|oldest| oldest + LONGEST_WAIT),
        };
        let due = pace.due(self.taken);
        let due = match wait {
            Some(until) => timeout_at(until, due).await.unwrap_or(0),
            None => due.await,
        };
        for _ in 0..due {
            if self.calls.len() + self.groups.full() >= READY {
                break;
            }
            let Some((index, record)) = records.next() else {
                return Ok(true);
            };
            self.taken += 1;
            let hash_key = hash_key(&record.partition_key);
            let shard = self
                .shards
                .of(hash_key)
                .ok_or(PutError::NoShard(hash_key))?;
            let data = self.wrapping.user_record(&record);
            self.groups
                .push(shard, index, record.partition_key, data, Instant::now());
        }
        Ok(false)
    }

    /// Moves what is full, what has waited long enough, or all.
    fn flush(&mut self, all: bool) -> Result<(), PutError> {
        let now = Instant::now();
        let since = if all {
            Some(now)
        } else {
            now.checked_sub(LONGEST_WAIT)
        };
        for packed in self.groups.take(since) {
            let data = self.wrapping.outside(packed.data)?;
            let index = packed.users.first().copied().unwrap_or_default();
            self.calls.push(index, Packed { data, ..packed });
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.calls.is_empty()
    }
}

impl ToPut for Packed {
    fn partition_key(&self) -> &str {
        &self.partition_key
    }

    fn explicit_hash_key(&self) -> Option<&str> {
        self.explicit_hash_key.as_deref()
    }

    fn data(&self) -> aws_sdk_kinesis::primitives::Blob {
        self.data.clone().into()
    }

    fn users(&self) -> u64 {
        self.users.len() as u64
    }
}
