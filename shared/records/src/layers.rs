//! What is around the payload of a stream's records, and how it is taken off.
//!
//! A stream's records are wrapped in layers, which its configuration names from the outside to the inside: compression,
//! aggregation by the Kinesis Producer Library, compression again, the schema registry's header, a payload that is not
//! JSON. A [`Decoder`] takes them off: of the data of a stream's record, or of a whole event, it makes user records or
//! errors with a stage and a reason.
//!
//! ```
//! use records::glue::NoSchemas;
//! use records::layers::{Decoder, Layers};
//! use records::{compression, kpl};
//!
//! let mut aggregator = kpl::Aggregator::default();
//! aggregator.push("sensor-1", None, br#"{"a":1}"#)?;
//! aggregator.push("sensor-2", None, br#"{"a":2}"#)?;
//! let aggregate = aggregator.finish().ok_or("nothing was pushed")?.data;
//! let data = compression::compress(compression::Compression::Gzip, &aggregate)?;
//!
//! let mut decoder = Decoder::new("gzip,kpl".parse::<Layers>()?);
//! let decoded = decoder.decode(&data, &NoSchemas);
//! let second = decoded.records().nth(1).ok_or("one record only")?;
//! assert_eq!(second.subsequence_number, 1);
//! assert_eq!(second.data, Ok(br#"{"a":2}"#.as_slice()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data that needs no rewriting is not copied, and a decoder keeps its buffers: records that are plain or aggregated
//! take no memory beyond a few words each, compressed and rewritten ones what they inflate to, see [`Limits`].

mod buffers;
mod config;
mod decoder;
mod detect;
mod error;
mod found;
mod payload;
mod view;

pub use config::{FixedSchema, Layers, LayersError, Limits};
pub use decoder::Decoder;
pub use detect::{Detected, Kind, detect};
pub use error::LayerError;
pub use found::{Found, Layer};
pub use view::{Decoded, DecodedEvent, LayeredRecord, Skip, Skipped};
