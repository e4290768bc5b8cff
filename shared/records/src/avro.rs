//! Avro data (Apache Avro 1.12, "Specification"): bare binary datums to JSON text.
//!
//! The text is what a function's own parser takes. No value is built in between, no number passes through a float that
//! was not one before, and what hostile data can cost is bounded: by a limit of the text's length, by a depth of
//! [`MAX_DEPTH`](crate::payload::MAX_DEPTH).
//!
//! ```
//! use records::avro::{AvroReader, AvroSchema};
//!
//! let written = AvroSchema::parse(r#"{"type": "record", "name": "Reading", "fields": [
//!     {"name": "sensor_id", "type": "string"},
//!     {"name": "temperature", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]}"#)?;
//! let mut text = Vec::new();
//! AvroReader::new(&written)?.read(b"\x06s-1\x04\x1f\xcc", 1_000, &mut text)?;
//! assert_eq!(text, br#"{"sensor_id":"s-1","temperature":81.40}"#);
//!
//! // As a reader of another schema sees it: fields are renamed, left out, added with their defaults.
//! let wanted = AvroSchema::parse(r#"{"type": "record", "name": "Reading", "fields": [
//!     {"name": "id", "aliases": ["sensor_id"], "type": "string"},
//!     {"name": "unit", "type": "string", "default": "C"}]}"#)?;
//! text.clear();
//! AvroReader::resolving(&written, &wanted)?.read(b"\x06s-1\x04\x1f\xcc", 1_000, &mut text)?;
//! assert_eq!(text, br#"{"id":"s-1","unit":"C"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Avro | JSON |
//! |---|---|
//! | null, boolean, int, long | the same; times and dates are the numbers that they are in Avro |
//! | float, double | the shortest decimal that is read as the same binary number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | string, enum | a string |
//! | bytes, fixed | a string of base64 |
//! | decimal in bytes or fixed | a number with all of its digits |
//! | uuid in fixed | a string like `b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63` |
//! | array, map, record | an array, an object; fields stand in the order of the writer, added ones behind |
//! | union | the value, without a tag |
//!
//! Where a reader's schema widens a number, its digits stay those of the writer: an int read as a double is `5`.

mod decode;
mod default;
mod encode;
mod error;
mod plan;
mod resolve;
mod schema;

pub use encode::AvroWriteError;
pub use error::AvroError;
pub use plan::AvroReader;
pub use schema::{AvroSchema, AvroSchemaError};

#[cfg(test)]
mod tests;
