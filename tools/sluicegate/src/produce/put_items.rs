//! Writing items to a DynamoDB table.

use std::collections::HashMap;
use std::num::NonZeroU32;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};

use super::calls::{Calls, Entry, Limits, Ordered};
use super::effort::{Effort, MAX_REFUSALS, PutError, Waits};
use super::pace::Pace;
use crate::causes;
use crate::system::now_ms;

/// Most of one call (DynamoDB API reference, `BatchWriteItem`: 25 requests, 16 MB).
pub const LIMITS: Limits = Limits {
    records: 25,
    bytes: 16_000_000,
};
/// How many writes are kept ready, so that calls are full although writes to one item wait.
const READY: usize = 8 * LIMITS.records;
/// What a table says that has no capacity left for any write of a call.
const THROTTLED: [&str; 3] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
];
/// The code that a write is refused with which comes back among the unprocessed ones: the answer names none.
const UNPROCESSED: &str = "UnprocessedItems";

/// An item: its attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// A write to be done. The table's key is one text attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The key's name.
    pub key: &'static str,
    /// The key's value.
    pub id: String,
    /// The item to be put; `None` deletes it.
    pub item: Option<Item>,
    /// Writes of the same order are done in the producer's order. Writes to one item must share theirs.
    pub order: u64,
}

/// When a write was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The write's place in the producer's order, from 0.
    pub index: u64,
    /// When the call that took it began, in milliseconds since 1970.
    pub put_at: i64,
}

impl Write {
    /// Puts an item, which has its key as text.
    pub fn put(key: &'static str, item: Item, order: u64) -> Self {
        let id = item.get(key).and_then(|id| id.as_s().ok());
        Self {
            key,
            id: id.cloned().unwrap_or_default(),
            item: Some(item),
            order,
        }
    }

    fn request(&self) -> Result<WriteRequest, String> {
        let request = WriteRequest::builder();
        let request = if let Some(item) = &self.item {
            let put = PutRequest::builder().set_item(Some(item.clone())).build();
            request.put_request(put.map_err(|error| error.to_string())?)
        } else {
            let id = AttributeValue::S(self.id.clone());
            let delete = DeleteRequest::builder().key(self.key, id).build();
            request.delete_request(delete.map_err(|error| error.to_string())?)
        };
        Ok(request.build())
    }

    /// Bytes of names and values, about as DynamoDB counts them.
    fn bytes(&self) -> usize {
        let value = |value: &AttributeValue| match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            _ => 1,
        };
        match &self.item {
            Some(item) => item.iter().map(|(name, v)| name.len() + value(v)).sum(),
            None => self.key.len() + self.id.len(),
        }
    }
}

impl Ordered for Write {
    fn size(&self) -> usize {
        self.bytes()
    }

    fn order(&self) -> u64 {
        self.order
    }
}

/// Writes to `table` in calls of up to 25; only what a call leaves unprocessed is written again, after a wait with full
/// jitter. `on_written` hears of each answer.
///
/// An answer that is lost makes the SDK send a call again. That changes nothing: no two writes of a call are to one item.
pub async fn put_items(
    client: &Client,
    table: &str,
    writes: impl Iterator<Item = Write>,
    per_second: Option<NonZeroU32>,
    mut on_written: impl FnMut(Vec<Written>),
) -> Result<Effort, PutError> {
    let mut writes = (0..).zip(writes);
    let mut calls = Calls::new(LIMITS);
    let mut effort = Effort::default();
    let mut waits = Waits::new();
    let pace = Pace::new(per_second);
    loop {
        for (index, write) in writes.by_ref().take(READY - calls.len().min(READY)) {
            calls.push(index, write);
        }
        if calls.is_empty() {
            return Ok(effort);
        }
        let due = pace.due(effort.records).await;
        let call = calls.next_call(usize::try_from(due).unwrap_or(usize::MAX));
        let put_at = now_ms();
        let refused = send(client, table, &call).await?;
        effort.calls += 1;

        let (written, refused) = sort(call, &refused, put_at, &mut effort)?;
        waits.after(refused.len()).await;
        calls.put_back(refused);
        on_written(written);
    }
}

/// Ids of the items that are still to be written, and why.
struct Refused {
    ids: Vec<String>,
    code: String,
    message: String,
}

async fn send(client: &Client, table: &str, call: &[Entry<Write>]) -> Result<Refused, PutError> {
    let failed = |reason: String| PutError::Call {
        operation: "BatchWriteItem",
        place: format!("table {table}"),
        reason,
    };
    let requests: Result<Vec<_>, _> = call.iter().map(|entry| entry.record.request()).collect();
    let request = client.batch_write_item();
    let request = request.request_items(table, requests.map_err(failed)?);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.code().is_some_and(|code| THROTTLED.contains(&code)) => {
            return Ok(Refused {
                ids: call.iter().map(|entry| entry.record.id.clone()).collect(),
                code: error.code().unwrap_or_default().to_owned(),
                message: error.message().unwrap_or_default().to_owned(),
            });
        }
        Err(error) => return Err(failed(causes(&error))),
    };
    let left = answer.unprocessed_items.unwrap_or_default();
    let key = call.first().map_or("", |entry| entry.record.key);
    let left = left.get(table).map_or(&[][..], Vec::as_slice);
    Ok(Refused {
        ids: left.iter().filter_map(|request| id(request, key)).collect(),
        code: UNPROCESSED.to_owned(),
        message: "the table has no capacity left".to_owned(),
    })
}

/// The key's value in a request that came back.
fn id(request: &WriteRequest, key: &str) -> Option<String> {
    let put = request.put_request().map(PutRequest::item);
    let attributes = put.or(request.delete_request().map(DeleteRequest::key))?;
    attributes.get(key)?.as_s().ok().cloned()
}

/// Sorts a call's writes: what is done, and entries to be written again.
fn sort(
    call: Vec<Entry<Write>>,
    refused: &Refused,
    put_at: i64,
    effort: &mut Effort,
) -> Result<(Vec<Written>, Vec<Entry<Write>>), PutError> {
    let (again, done): (Vec<_>, Vec<_>) = call
        .into_iter()
        .partition(|entry| refused.ids.contains(&entry.record.id));
    effort.refused += again.len() as u64;
    if let Some(entry) = again
        .iter()
        .find(|entry| entry.refusals + 1 >= MAX_REFUSALS)
    {
        return Err(PutError::Refused {
            index: entry.index,
            code: refused.code.clone(),
            message: refused.message.clone(),
        });
    }
    let written = done.into_iter().map(|entry| {
        effort.records += 1;
        effort.bytes += entry.record.size() as u64;
        Written {
            index: entry.index,
            put_at,
        }
    });
    Ok((written.collect(), again))
}
