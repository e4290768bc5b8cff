//! A record before it is on the stream.

use aws_sdk_kinesis::primitives::Blob;

use super::calls::Ordered;

/// A record to be put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Decides about the shard.
    pub partition_key: String,
    /// The record's bytes.
    pub data: Blob,
    /// Records of the same order are put in the producer's order, whatever Kinesis refuses.
    pub order: u64,
    /// Whether it is meant to be refused. What is written around its bytes must not change them.
    pub is_poison: bool,
}

impl Ordered for Outgoing {
    fn size(&self) -> usize {
        self.partition_key.len() + self.data.as_ref().len()
    }

    fn order(&self) -> u64 {
        self.order
    }
}
