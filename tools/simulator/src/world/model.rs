//! What a function is held against.

use std::time::Duration;

use fastrand::Rng;
use mapping::{Condition, Settings};
use records::Timestamp;
use serde_json::{Map, Value};

use super::draw;

/// What producers put on the stream, and what the function has to have made of it in the end.
pub trait Model {
    /// A record as its producer thinks of it.
    type Record: Clone + std::fmt::Debug;

    /// Settings of the mapping, drawn at random.
    fn settings(random: &mut Rng) -> Settings {
        draw::settings(random)
    }

    /// A record, drawn at random. Draw from few keys: order is about records of the same one.
    fn record(random: &mut Rng) -> Self::Record;

    /// The record as it is put on the stream.
    fn put(record: &Self::Record) -> Put;

    /// Compares what the function has left with what it was told; an error says what is wrong.
    fn check(&self, told: &Told<Self::Record>) -> impl Future<Output = Result<(), String>>;
}

/// A record as it is put on the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// The partition key; the key of the item on a DynamoDB stream. Without one there is no order.
    pub key: Option<String>,
    /// What it says.
    pub body: Body,
}

/// What a record says, by the kind of its stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// The data of a Kinesis record.
    Kinesis(Vec<u8>),
    /// A change of an item, on a DynamoDB stream.
    DynamoDb {
        /// `INSERT`, `MODIFY` or `REMOVE`.
        event_name: &'static str,
        /// The `StreamRecord`: keys and images. Sequence number and time are added.
        change: Map<String, Value>,
    },
}

/// What the function was told in a history, in the order in which it was put on the stream.
#[derive(Clone, Debug)]
pub struct Told<R> {
    /// Settings of the mapping.
    pub settings: Settings,
    /// The records. `number` counts them from 1.
    pub records: Vec<Stored<R>>,
    /// Tumbling windows whose state was given up, as the failure destination was told.
    pub lost_windows: Vec<LostWindow>,
}

/// A tumbling window whose state could not be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostWindow {
    /// The shard.
    pub shard: String,
    /// The window's first moment.
    pub start: Timestamp,
}

/// A record on the stream, and what became of it.
#[derive(Clone, Debug)]
pub struct Stored<R> {
    /// The place in the whole stream, from 1: what timelines name it by.
    pub number: u64,
    /// What the producer put.
    pub record: R,
    /// How it was put.
    pub put: Put,
    /// The shard that it is in.
    pub shard: String,
    /// Its sequence number.
    pub sequence_number: String,
    /// When the stream took it.
    pub arrival: Timestamp,
    /// In how many invocations the function was given it.
    pub sent: u32,
    /// What became of it; `None` only as long as the history goes on.
    pub fate: Option<Fate>,
    /// What had become of it each time that the mapping went back to a checkpoint before it.
    pub earlier_fates: Vec<Fate>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The function has said that it is done.
    Done,
    /// It is at the failure destination.
    GivenUp(Condition),
    /// The filters kept it from the function.
    Filtered,
}

impl<R> Told<R> {
    /// Whether the mapping promises that `earlier` is done with before `later` is sent: both have the same key, or are
    /// in a shard whose batches run one after the other.
    pub fn in_order(&self, earlier: &Stored<R>, later: &Stored<R>) -> bool {
        let same_key = earlier.put.key.is_some() && earlier.put.key == later.put.key;
        let same_line = earlier.shard == later.shard && self.one_at_a_time();
        earlier.number < later.number && (same_key || same_line)
    }

    /// Whether no two batches of a shard run at once.
    pub fn one_at_a_time(&self) -> bool {
        one_at_a_time(&self.settings)
    }
}

pub(super) fn one_at_a_time(settings: &Settings) -> bool {
    settings.parallelization_factor <= 1 || settings.tumbling_window > Some(Duration::ZERO)
}
