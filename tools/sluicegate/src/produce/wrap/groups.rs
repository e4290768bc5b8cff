//! User records on their way into aggregates, a group for each shard. Free of IO.

use std::collections::BTreeMap;

use records::kpl::Aggregator;
use tokio::time::Instant;

use super::shards::hash_key;
use crate::produce::calls::Ordered;

/// The partition key of an aggregate: its hash key decides.
const PARTITION_KEY: &str = "a";

/// Records of the stream that are to be put, in the order of their shards.
#[derive(Debug)]
pub(super) struct Groups {
    most: usize,
    by_shard: BTreeMap<usize, Group>,
    full: Vec<Packed>,
}

/// A record of the stream with the user records in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    /// The number of the shard where it should come to lie.
    pub(super) shard: usize,
    pub(super) partition_key: String,
    pub(super) explicit_hash_key: Option<String>,
    pub(super) data: Vec<u8>,
    /// The places of the user records in the producer's order.
    pub(super) users: Vec<u64>,
}

#[derive(Debug)]
struct Group {
    aggregator: Aggregator,
    users: Vec<u64>,
    /// When the first record came.
    since: Instant,
    /// As it goes if it stays alone.
    first: Single,
}

#[derive(Debug)]
struct Single {
    partition_key: String,
    data: Vec<u8>,
}

impl Groups {
    /// Aggregates have `most` bytes at most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            by_shard: BTreeMap::new(),
            full: Vec::new(),
        }
    }

    /// Adds a user record behind all others of its shard.
    pub(super) fn push(
        &mut self,
        shard: usize,
        index: u64,
        partition_key: String,
        data: Vec<u8>,
        now: Instant,
    ) {
        if let Some(group) = self.by_shard.get_mut(&shard) {
            if group.aggregator.push(&partition_key, None, &data).is_ok() {
                group.users.push(index);
                return;
            }
            self.flush(shard);
        }
        let mut aggregator = Aggregator::new(self.most);
        let fits = aggregator.push(&partition_key, None, &data).is_ok();
        let group = Group {
            aggregator,
            users: vec![index],
            since: now,
            first: Single {
                partition_key,
                data,
            },
        };
        if fits {
            self.by_shard.insert(shard, group);
        } else {
            // Larger than any aggregate: it goes by itself.
            self.full.push(group.alone(shard));
        }
    }

    /// Since when the oldest record waits to be put.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.by_shard.values().map(|group| group.since).min()
    }

    /// What is full. With a time also what waits since then or longer.
    pub(super) fn take(&mut self, since: Option<Instant>) -> Vec<Packed> {
        let all = self.by_shard.iter();
        let due = all.filter(|(_, group)| since.is_some_and(|since| group.since <= since));
        let due: Vec<usize> = due.map(|(shard, _)| *shard).collect();
        for shard in due {
            self.flush(shard);
        }
        std::mem::take(&mut self.full)
    }

    /// How many records of the stream are full.
    pub(super) fn full(&self) -> usize {
        self.full.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_shard.is_empty() && self.full.is_empty()
    }

    fn flush(&mut self, shard: usize) {
        if let Some(group) = self.by_shard.remove(&shard) {
            self.full.push(group.packed(shard));
        }
    }
}

impl Group {
    /// As the library does it, one record by itself is not aggregated.
    fn packed(mut self, shard: usize) -> Packed {
        if self.users.len() == 1 {
            return self.alone(shard);
        }
        let data = self.aggregator.finish();
        Packed {
            shard,
            partition_key: PARTITION_KEY.to_owned(),
            explicit_hash_key: Some(hash_key(&self.first.partition_key).to_string()),
            data: data.map(|aggregate| aggregate.data).unwrap_or_default(),
            users: self.users,
        }
    }

    fn alone(self, shard: usize) -> Packed {
        Packed {
            shard,
            partition_key: self.first.partition_key,
            explicit_hash_key: None,
            data: self.first.data,
            users: self.users,
        }
    }
}

impl Ordered for Packed {
    fn size(&self) -> usize {
        self.partition_key.len() + self.data.len()
    }

    /// Records of a shard are put in their order.
    fn order(&self) -> u64 {
        self.shard as u64
    }
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
