//! What putting takes, why it fails, and how long to wait after a refusal.

use std::time::Duration;

use fastrand::Rng;
use records::compression::Compression;

/// How often a record may be refused before the producer gives up.
pub const MAX_REFUSALS: u32 = 20;
/// Longest wait after a first refusal; it doubles with each call that is refused something.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Longest wait at all: shards and tables give their capacity by the second.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What it took to put all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Effort {
    /// Records put.
    pub records: u64,
    /// Records of a stream that they are in, fewer if they are aggregated; none for a table.
    pub stream_records: u64,
    /// Bytes that were put, without partition keys.
    pub bytes: u64,
    /// Calls that were answered.
    pub calls: u64,
    /// Records that were refused and put again; one record may count several times.
    pub refused: u64,
}

/// Why not all records could be put.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// A whole call failed, after the SDK's retries.
    #[error("{operation} on {place}: {reason}")]
    Call {
        /// The operation, for instance `PutRecords`.
        operation: &'static str,
        /// What it was about, for instance `stream readings`.
        place: String,
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
        /// What the service says about it.
        message: String,
    },
    /// No open shard takes the record.
    #[error("no open shard of the stream has the hash key {0}")]
    NoShard(u128),
    /// What is to be put cannot be compressed.
    #[error("{}: {reason}", compression.name())]
    Compression {
        /// How it should be.
        compression: Compression,
        /// Why it is not.
        reason: String,
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

/// Waits between calls that are refused something: exponential, with full jitter.
pub(super) struct Waits {
    longest: Duration,
    rng: Rng,
}

impl Waits {
    pub(super) fn new() -> Self {
        Self {
            longest: FIRST_WAIT,
            rng: Rng::new(),
        }
    }

    pub(super) async fn after(&mut self, refused: usize) {
        if refused == 0 {
            self.longest = FIRST_WAIT;
            return;
        }
        let longest = u64::try_from(self.longest.as_millis()).unwrap_or(u64::MAX);
        tokio::time::sleep(Duration::from_millis(self.rng.u64(0..=longest))).await;
        self.longest = (self.longest * 2).min(LONGEST_WAIT);
    }
}
