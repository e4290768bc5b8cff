//! Records that the Kinesis Producer Library has aggregated: many user records in one record of the stream.
//!
//! The format is that of the library's "KPL Aggregated Record Format": four bytes, a Protobuf message, its MD5. Here the
//! message is read by hand and nothing is copied; the two tables of keys are kept as places in it.
//!
//! ```
//! use records::kpl::{Aggregator, Reading, Tables, read};
//!
//! let mut aggregator = Aggregator::default();
//! aggregator.push("sensor-1", None, br#"{"a":1}"#)?;
//! aggregator.push("sensor-2", Some("42"), br#"{"a":2}"#)?;
//! let data = aggregator.finish().ok_or("nothing was pushed")?.data;
//!
//! let mut tables = Tables::default();
//! let Reading::Aggregate(aggregate) = read(&data, &mut tables) else { return Err("not aggregated".into()) };
//! let second = aggregate.records().nth(1).ok_or("one record only")?.map_err(|bad| bad.error)?;
//! assert_eq!((second.partition_key, second.explicit_hash_key), ("sensor-2", Some("42")));
//! assert_eq!((second.subsequence_number, second.data), (1, br#"{"a":2}"#.as_slice()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is odd is read so that no record is lost:
//!
//! | data | becomes |
//! |---|---|
//! | no magic bytes, or no room for a message and a digest | [`Reading::Plain`]: a record as it is |
//! | a digest that does not hold | [`Doubt::Digest`]: a record as it is, to be counted |
//! | a digest that holds over what is no such message | [`Doubt::Message`]: likewise |
//! | a partition key that is not in the table, or not UTF-8 | an error for that record; the others are read |
//! | an explicit hash key that is not in the table, or not UTF-8 | none |
//! | no records | an aggregate without records, to be counted |
//! | an aggregate in a record | left as it is |
//! | fields and tags that are not known, any order of fields | passed over |

mod aggregate;
mod encode;

pub use aggregate::{Aggregate, BadRecord, KplError, Record, Records, Tables};
pub use encode::{Aggregated, Aggregator, DEFAULT_MAX_SIZE, FullError};

use md5::{Digest, Md5};

/// What an aggregated record starts with.
pub const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];

/// Bytes of the digest at its end.
pub const DIGEST_LENGTH: usize = 16;

/// What a record's data is.
///
/// ```
/// use records::kpl::{Reading, Tables, read};
///
/// assert!(matches!(read(br#"{"a":1}"#, &mut Tables::default()), Reading::Plain));
/// ```
#[derive(Debug)]
pub enum Reading<'a, 't> {
    /// One record.
    Plain,
    /// One record, though it begins like an aggregate.
    Doubtful(Doubt),
    /// Several records.
    Aggregate(Aggregate<'a, 't>),
}

/// Why data that begins like an aggregate is none.
///
/// ```
/// use records::kpl::{Doubt, MAGIC, Reading, Tables, read};
///
/// let data = [&MAGIC, [0; 20].as_slice()].concat();
/// let mut tables = Tables::default();
/// let Reading::Doubtful(doubt) = read(&data, &mut tables) else { return };
/// assert_eq!((doubt, doubt.reason()), (Doubt::Digest, "kpl-bad-digest"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Its end is not the MD5 of what is before it.
    Digest,
    /// The digest holds, but what it is of is no message of aggregated records.
    Message,
}

impl Doubt {
    /// A short fixed name, for metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Digest => "kpl-bad-digest",
            Self::Message => "kpl-bad-message",
        }
    }
}

/// Reads a record's data. `tables` is where the keys' places are kept; what it held before is gone.
pub fn read<'a, 't>(data: &'a [u8], tables: &'t mut Tables) -> Reading<'a, 't> {
    let Some((message, digest)) = data
        .strip_prefix(&MAGIC)
        .and_then(|rest| rest.split_last_chunk::<DIGEST_LENGTH>())
        // As the libraries do: a digest alone is no aggregate.
        .filter(|(message, _)| !message.is_empty())
    else {
        return Reading::Plain;
    };
    if self::digest(message) != *digest {
        return Reading::Doubtful(Doubt::Digest);
    }
    match Aggregate::read(message, tables) {
        Some(aggregate) => Reading::Aggregate(aggregate),
        None => Reading::Doubtful(Doubt::Message),
    }
}

/// What stands behind a message: its MD5 (RFC 1321), which guards against accidents only.
pub fn digest(message: &[u8]) -> [u8; DIGEST_LENGTH] {
    Md5::digest(message).into()
}
