//! The stream: its shards, and which record goes where.

use std::ops::Range;

use mapping::event::{DynamoDbRecord, DynamoDbSource, KinesisRecord, KinesisSource};
use records::Timestamp;
use serde_json::Value;

use super::history::Reshard;
use super::journal;
use super::model::{Body, Put};

/// ARN of the stream in a history, if it is one of Kinesis.
pub const KINESIS_ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/history";
/// ARN of the stream in a history, if it is one of DynamoDB.
pub const DYNAMODB_ARN: &str =
    "arn:aws:dynamodb:us-east-1:123456789012:table/history/stream/2025-11-21T08:00:00.000";
const REGION: &str = "us-east-1";
/// Shards of a stream are not split beyond this number.
const MOST_SHARDS: usize = 8;

/// The shards of a stream, closed ones as well, in the order in which they came to be.
#[derive(Debug)]
pub(super) struct Stream {
    shards: Vec<Extent>,
}

/// What makes a shard.
#[derive(Debug)]
pub(super) struct Extent {
    pub(super) id: String,
    /// The hashes of its partition keys.
    hashes: Range<u64>,
    /// The shards that it goes on from.
    pub(super) parents: Vec<usize>,
    closed: bool,
}

impl Stream {
    pub(super) fn new(shards: usize) -> Self {
        let all = 1 << 32;
        let mut stream = Self { shards: Vec::new() };
        let count = shards.max(1) as u64;
        for index in 0..count {
            stream.add(all * index / count..all * (index + 1) / count, Vec::new());
        }
        stream
    }

    pub(super) fn shards(&self) -> &[Extent] {
        &self.shards
    }

    /// The shard that a record goes to now.
    pub(super) fn shard_of(&self, put: &Put, spread: u32) -> usize {
        let hash = put.key.as_deref().map_or(u64::from(spread), hash);
        self.open()
            .find(|index| self.shards[*index].hashes.contains(&hash))
            .expect("the open shards share all hashes")
    }

    /// Splits a shard or merges two; gives those that are closed by it.
    pub(super) fn reshard(&mut self, reshard: Reshard) -> Vec<usize> {
        let mut open: Vec<usize> = self.open().collect();
        open.sort_by_key(|index| self.shards[*index].hashes.start);
        let place = reshard.pick % open.len();
        let first = open[place];
        let Range { start, end } = self.shards[first].hashes.clone();
        let closed = match (reshard.merge, open.get(place + 1)) {
            (true, Some(&second)) => {
                let end = self.shards[second].hashes.end;
                self.add(start..end, vec![first, second]);
                vec![first, second]
            }
            (false, _) if open.len() < MOST_SHARDS => {
                let middle = start.midpoint(end);
                self.add(start..middle, vec![first]);
                self.add(middle..end, vec![first]);
                vec![first]
            }
            _ => Vec::new(),
        };
        for index in &closed {
            self.shards[*index].closed = true;
        }
        closed
    }

    fn open(&self) -> impl Iterator<Item = usize> {
        let shards = self.shards.iter().enumerate();
        shards.filter_map(|(index, shard)| (!shard.closed).then_some(index))
    }

    fn add(&mut self, hashes: Range<u64>, parents: Vec<usize>) {
        self.shards.push(Extent {
            id: format!("shardId-{:012}", self.shards.len()),
            hashes,
            parents,
            closed: false,
        });
    }
}

/// FNV-1a, of 32 bits.
fn hash(key: &str) -> u64 {
    let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    u64::from(hash)
}

/// The sequence number of a record.
pub(super) fn sequence_number(number: u64, put: &Put) -> String {
    journal::sequence_number(number, matches!(put.body, Body::Kinesis(_)))
}

/// ARN of the stream that a record is on.
pub(super) fn arn(put: &Put) -> &'static str {
    match put.body {
        Body::Kinesis(_) => KINESIS_ARN,
        Body::DynamoDb { .. } => DYNAMODB_ARN,
    }
}

/// The element of `Records` for a record.
pub(super) fn record_json(
    put: &Put,
    shard_id: &str,
    sequence_number: &str,
    arrival: Timestamp,
) -> String {
    match &put.body {
        Body::Kinesis(data) => KinesisSource {
            stream_arn: KINESIS_ARN.to_owned(),
            region: REGION.to_owned(),
            shard_id: shard_id.to_owned(),
            invoke_identity_arn: "arn:aws:iam::123456789012:role/history".to_owned(),
        }
        .record_json(&KinesisRecord {
            sequence_number,
            partition_key: put.key.as_deref(),
            arrival,
            data,
            encryption_type: None,
        }),
        Body::DynamoDb { event_name, change } => {
            let mut change = change.clone();
            change.insert("SequenceNumber".to_owned(), sequence_number.into());
            let seconds = arrival.as_seconds().into();
            change.insert("ApproximateCreationDateTime".to_owned(), seconds);
            DynamoDbSource {
                stream_arn: DYNAMODB_ARN.to_owned(),
                region: REGION.to_owned(),
            }
            .record_json(&DynamoDbRecord {
                event_id: &format!("{:032x}", journal::number(sequence_number)),
                event_name,
                dynamodb: &Value::Object(change),
                user_identity: None,
            })
        }
    }
}
