//! Aggregating records.

use std::collections::HashMap;

use super::{DIGEST_LENGTH, MAGIC, digest};

/// What an aggregate may weigh unless said otherwise, in bytes: `AggregationMaxSize` of the Kinesis Producer Library's
/// default configuration.
pub const DEFAULT_MAX_SIZE: usize = 51_200;

/// Collects records until they fill an aggregate.
///
/// ```
/// use records::kpl::Aggregator;
///
/// let mut aggregator = Aggregator::new(100);
/// let mut full = Vec::new();
/// for number in 0..10 {
///     let data = format!("record {number}");
///     if aggregator.push("key", None, data.as_bytes()).is_err() {
///         full.extend(aggregator.finish());
///         aggregator.push("key", None, data.as_bytes())?;
///     }
/// }
/// full.extend(aggregator.finish());
/// assert_eq!(full.iter().map(|aggregated| aggregated.count).sum::<usize>(), 10);
/// # Ok::<(), records::kpl::FullError>(())
/// ```
#[derive(Debug)]
pub struct Aggregator {
    max_size: usize,
    partition_keys: Keys,
    explicit_hash_keys: Keys,
    /// The encoded tables and the encoded records.
    tables: Vec<u8>,
    records: Vec<u8>,
    count: usize,
    /// The keys of the first record.
    first: Option<(String, Option<String>)>,
}

/// An aggregate, to be put on a stream.
///
/// ```
/// let mut aggregator = records::kpl::Aggregator::default();
/// aggregator.push("sensor-1", None, b"one")?;
/// aggregator.push("sensor-2", None, b"two")?;
/// let aggregated = aggregator.finish().ok_or("nothing was pushed")?;
/// assert_eq!((aggregated.partition_key.as_str(), aggregated.count), ("sensor-1", 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregated {
    /// The key for the stream's record: that of the first record in it. All of them go to its shard.
    pub partition_key: String,
    /// The explicit hash key of the first record in it.
    pub explicit_hash_key: Option<String>,
    /// The data.
    pub data: Vec<u8>,
    /// The number of records in it.
    pub count: usize,
}

/// The record does not fit into the aggregate any more.
///
/// ```
/// let error = records::kpl::Aggregator::new(30).push("key", None, b"one").unwrap_err();
/// assert_eq!(error.to_string(), "a record of 3 bytes does not fit into an aggregate of 20 bytes: 30 is the most");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a record of {length} bytes does not fit into an aggregate of {size} bytes: {max_size} is the most"
)]
pub struct FullError {
    /// Length of the record's data, in bytes.
    pub length: usize,
    /// Size of the aggregate without it, in bytes.
    pub size: usize,
    /// The most it may have.
    pub max_size: usize,
}

#[derive(Debug, Default)]
struct Keys(HashMap<String, u64>);

impl Default for Aggregator {
    /// With [`DEFAULT_MAX_SIZE`].
    fn default() -> Self {
        Self::new(DEFAULT_MAX_SIZE)
    }
}

impl Aggregator {
    /// For aggregates of at most `max_size` bytes. Streams take 1 MiB with the key, unless they are set to take more.
    pub fn new(max_size: usize) -> Self {
        Self {
            max_size,
            partition_keys: Keys::default(),
            explicit_hash_keys: Keys::default(),
            tables: Vec::new(),
            records: Vec::new(),
            count: 0,
            first: None,
        }
    }

    /// Adds a record. If it does not fit, nothing is changed: [`Aggregator::finish`], and push it again.
    pub fn push(
        &mut self,
        partition_key: &str,
        explicit_hash_key: Option<&str>,
        data: &[u8],
    ) -> Result<(), FullError> {
        let (tables, records) = (self.tables.len(), self.records.len());
        let pk = self.partition_keys.index(partition_key);
        let ehk = explicit_hash_key.map(|key| (key, self.explicit_hash_keys.index(key)));
        let mut record = Vec::with_capacity(data.len() + 32);
        write_varint(&mut record, 0x08);
        write_varint(&mut record, pk);
        if let Some((_, index)) = ehk {
            write_varint(&mut record, 0x10);
            write_varint(&mut record, index);
        }
        write_bytes(&mut record, 0x1a, data);
        if self.partition_keys.is_new(pk) {
            write_bytes(&mut self.tables, 0x0a, partition_key.as_bytes());
        }
        if let Some((key, _)) = ehk.filter(|(_, index)| self.explicit_hash_keys.is_new(*index)) {
            write_bytes(&mut self.tables, 0x12, key.as_bytes());
        }
        write_bytes(&mut self.records, 0x1a, &record);
        if self.size() > self.max_size {
            self.tables.truncate(tables);
            self.records.truncate(records);
            return Err(FullError {
                length: data.len(),
                size: self.size(),
                max_size: self.max_size,
            });
        }
        self.partition_keys.keep(partition_key, pk);
        if let Some((key, index)) = ehk {
            self.explicit_hash_keys.keep(key, index);
        }
        self.count += 1;
        self.first.get_or_insert_with(|| {
            (
                partition_key.to_owned(),
                explicit_hash_key.map(str::to_owned),
            )
        });
        Ok(())
    }

    /// What the aggregate weighs with the records pushed so far, in bytes.
    pub fn size(&self) -> usize {
        MAGIC.len() + self.tables.len() + self.records.len() + DIGEST_LENGTH
    }

    /// The number of records pushed so far.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no record was pushed so far.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The aggregate of all records pushed, `None` without any. Then it starts anew.
    pub fn finish(&mut self) -> Option<Aggregated> {
        let full = std::mem::replace(self, Self::new(self.max_size));
        let (partition_key, explicit_hash_key) = full.first?;
        let mut data = Vec::with_capacity(full.tables.len() + full.records.len() + 20);
        data.extend_from_slice(&MAGIC);
        data.extend_from_slice(&full.tables);
        data.extend_from_slice(&full.records);
        let digest = digest(data.get(MAGIC.len()..).unwrap_or_default());
        data.extend_from_slice(&digest);
        Some(Aggregated {
            partition_key,
            explicit_hash_key,
            data,
            count: full.count,
        })
    }
}

impl Keys {
    /// The key's index, or the one it is going to have.
    fn index(&self, key: &str) -> u64 {
        let next = self.0.len() as u64;
        self.0.get(key).copied().unwrap_or(next)
    }

    fn is_new(&self, index: u64) -> bool {
        index == self.0.len() as u64
    }

    fn keep(&mut self, key: &str, index: u64) {
        if self.is_new(index) {
            self.0.insert(key.to_owned(), index);
        }
    }
}

fn write_bytes(out: &mut Vec<u8>, key: u64, bytes: &[u8]) {
    write_varint(out, key);
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}
