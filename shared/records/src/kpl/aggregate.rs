//! The message of aggregated records.

use std::iter::FusedIterator;

use crate::span::Span;
use crate::wire::{Fields, NoMessage, Value};

/// Fields of `AggregatedRecord`.
const PARTITION_KEY_TABLE: u32 = 1;
const EXPLICIT_HASH_KEY_TABLE: u32 = 2;
const RECORDS: u32 = 3;

/// Fields of `Record`; 4 are the tags.
const PARTITION_KEY_INDEX: u32 = 1;
const EXPLICIT_HASH_KEY_INDEX: u32 = 2;
const DATA: u32 = 3;

/// Where the keys of an aggregate are in it. To be used again for the next one, which then takes no memory.
///
/// ```
/// use records::kpl::{Aggregator, Reading, Tables, read};
///
/// let mut tables = Tables::default();
/// for data in [b"one", b"two"] {
///     let mut aggregator = Aggregator::default();
///     aggregator.push("key", None, data)?;
///     let aggregated = aggregator.finish().ok_or("nothing was pushed")?;
///     assert!(matches!(read(&aggregated.data, &mut tables), Reading::Aggregate(_)));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tables {
    partition_keys: Vec<Span>,
    explicit_hash_keys: Vec<Span>,
}

/// An aggregate: its digest holds, and each of its records has an index of a key and data.
///
/// ```
/// use records::kpl::{Aggregator, Reading, Tables, read};
///
/// let mut aggregator = Aggregator::default();
/// aggregator.push("key", None, b"one")?;
/// let data = aggregator.finish().ok_or("nothing was pushed")?.data;
/// let mut tables = Tables::default();
/// let Reading::Aggregate(aggregate) = read(&data, &mut tables) else { return Err("not aggregated".into()) };
/// assert_eq!((aggregate.len(), aggregate.is_empty()), (1, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Aggregate<'a, 't> {
    message: &'a [u8],
    tables: &'t Tables,
    count: usize,
}

/// A user record of an aggregate.
///
/// ```
/// let record = records::kpl::Record {
///     subsequence_number: 0,
///     partition_key: "sensor-1",
///     explicit_hash_key: None,
///     data: br#"{"a":1}"#,
/// };
/// assert_eq!(record.explicit_hash_key.unwrap_or(record.partition_key), "sensor-1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its index in the aggregate, from 0: the second part of its position.
    pub subsequence_number: u64,
    /// The key that its producer gave. Producers keep to 1 to 256 characters; it is not checked.
    pub partition_key: &'a str,
    /// What takes the place of the key's hash: a number of up to 128 bits in decimal, if the producer keeps to the
    /// format.
    pub explicit_hash_key: Option<&'a str>,
    /// The data.
    pub data: &'a [u8],
}

/// Why a record of an aggregate cannot be read. Always poison.
///
/// ```
/// use records::kpl::{MAGIC, Reading, Tables, digest, read};
///
/// // A record of the key 7, and no keys.
/// let message = b"\x1a\x05\x08\x07\x1a\x01a";
/// let data = [&MAGIC, message.as_slice(), &digest(message)].concat();
/// let mut tables = Tables::default();
/// let Reading::Aggregate(aggregate) = read(&data, &mut tables) else { return };
/// let error = aggregate.records().next().and_then(Result::err).map(|bad| bad.error.to_string());
/// assert_eq!(error.as_deref(), Some("the partition key's index is 7, the table's length is 0"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KplError {
    /// The table has no such partition key.
    #[error("the partition key's index is {index}, the table's length is {length}")]
    NoPartitionKey {
        /// What the record has.
        index: u64,
        /// How many keys there are.
        length: usize,
    },
    /// The partition key is not text.
    #[error("the partition key is not UTF-8")]
    PartitionKeyNotUtf8,
}

impl KplError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoPartitionKey { .. } => "no-partition-key",
            Self::PartitionKeyNotUtf8 => "partition-key-not-utf8",
        }
    }
}

/// A record of an aggregate that cannot be read, with what it holds.
///
/// ```
/// use records::kpl::{BadRecord, KplError};
///
/// let bad = BadRecord { error: KplError::PartitionKeyNotUtf8, data: b"one" };
/// assert_eq!(bad.error.reason(), "partition-key-not-utf8");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRecord<'a> {
    /// Why.
    pub error: KplError,
    /// The data.
    pub data: &'a [u8],
}

impl<'a, 't> Aggregate<'a, 't> {
    /// Reads all of the message, so that tables behind the records are known as well.
    pub(super) fn read(message: &'a [u8], tables: &'t mut Tables) -> Option<Self> {
        tables.partition_keys.clear();
        tables.explicit_hash_keys.clear();
        let mut fields = Fields::new(message);
        let mut count = 0;
        while let Some((number, value)) = fields.next().ok()? {
            let Value::Bytes(bytes) = value else { continue };
            match number {
                PARTITION_KEY_TABLE => tables.partition_keys.push(place(message, bytes)?),
                EXPLICIT_HASH_KEY_TABLE => tables.explicit_hash_keys.push(place(message, bytes)?),
                RECORDS => {
                    RawRecord::read(bytes).ok()?;
                    count += 1;
                }
                _ => {}
            }
        }
        Some(Self {
            message,
            tables,
            count,
        })
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The records in the order in which they were put in.
    pub fn records(&self) -> Records<'a, 't> {
        Records {
            fields: Fields::new(self.message),
            aggregate: *self,
            next: 0,
        }
    }

    fn record(
        &self,
        raw: RawRecord<'a>,
        subsequence_number: u64,
    ) -> Result<Record<'a>, BadRecord<'a>> {
        let data = raw.data;
        let partition_key = self
            .partition_key(raw.partition_key)
            .map_err(|error| BadRecord { error, data })?;
        let explicit_hash_key = raw
            .explicit_hash_key
            .and_then(|index| self.key(&self.tables.explicit_hash_keys, index))
            .and_then(|key| std::str::from_utf8(key).ok());
        Ok(Record {
            subsequence_number,
            partition_key,
            explicit_hash_key,
            data,
        })
    }

    fn partition_key(&self, index: u64) -> Result<&'a str, KplError> {
        let table = &self.tables.partition_keys;
        let length = table.len();
        let key = self.key(table, index);
        let key = key.ok_or(KplError::NoPartitionKey { index, length })?;
        std::str::from_utf8(key).map_err(|_| KplError::PartitionKeyNotUtf8)
    }

    fn key(&self, table: &[Span], index: u64) -> Option<&'a [u8]> {
        let place = table.get(usize::try_from(index).ok()?)?;
        self.message.get(place.range())
    }
}

/// The records of an aggregate.
///
/// ```
/// use records::kpl::{Aggregator, Reading, Tables, read};
///
/// let mut aggregator = Aggregator::default();
/// aggregator.push("key", None, b"one")?;
/// aggregator.push("key", None, b"two")?;
/// let data = aggregator.finish().ok_or("nothing was pushed")?.data;
/// let mut tables = Tables::default();
/// let Reading::Aggregate(aggregate) = read(&data, &mut tables) else { return Err("not aggregated".into()) };
/// let records: Result<Vec<_>, _> = aggregate.records().collect();
/// let records = records.map_err(|bad| bad.error)?;
/// assert_eq!(records.iter().map(|record| record.data).collect::<Vec<_>>(), [b"one", b"two"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Records<'a, 't> {
    fields: Fields<'a>,
    aggregate: Aggregate<'a, 't>,
    next: u64,
}

impl<'a> Iterator for Records<'a, '_> {
    type Item = Result<Record<'a>, BadRecord<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Ok(Some((number, value))) = self.fields.next() {
            if let (RECORDS, Value::Bytes(bytes)) = (number, value) {
                let raw = RawRecord::read(bytes).ok()?;
                let subsequence_number = self.next;
                self.next += 1;
                return Some(self.aggregate.record(raw, subsequence_number));
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let passed = usize::try_from(self.next).unwrap_or(usize::MAX);
        let left = self.aggregate.count.saturating_sub(passed);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Records<'_, '_> {}
impl FusedIterator for Records<'_, '_> {}

/// A record with indexes for keys.
#[derive(Clone, Copy)]
struct RawRecord<'a> {
    partition_key: u64,
    explicit_hash_key: Option<u64>,
    data: &'a [u8],
}

impl<'a> RawRecord<'a> {
    /// Of fields that come twice the last one holds, as in all of Protobuf.
    #[inline]
    fn read(message: &'a [u8]) -> Result<Self, NoMessage> {
        let (mut partition_key, mut explicit_hash_key, mut data) = (None, None, None);
        let mut fields = Fields::new(message);
        while let Some((number, value)) = fields.next()? {
            match (number, value) {
                (PARTITION_KEY_INDEX, Value::Varint(index)) => partition_key = Some(index),
                (EXPLICIT_HASH_KEY_INDEX, Value::Varint(index)) => explicit_hash_key = Some(index),
                (DATA, Value::Bytes(bytes)) => data = Some(bytes),
                _ => {}
            }
        }
        Ok(Self {
            partition_key: partition_key.ok_or(NoMessage)?,
            explicit_hash_key,
            data: data.ok_or(NoMessage)?,
        })
    }
}

/// Where `part` is in `whole`, of which it is a part.
fn place(whole: &[u8], part: &[u8]) -> Option<Span> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    Span::new(start, start + part.len())
}
