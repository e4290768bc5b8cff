//! Protobuf messages to JSON text, by a schema in Protobuf's language.
//!
//! The text is what a function's own parser takes. No message is built in between: what hostile data can cost is bounded
//! by a limit of the text's length, a depth of [`MAX_DEPTH`](crate::payload::MAX_DEPTH), and memory of about eight times
//! the message.
//!
//! ```
//! use records::protobuf::ProtobufSchema;
//!
//! let schema = ProtobufSchema::parse(r#"syntax = "proto3";
//!     message Reading { string sensor_id = 1; int64 current_time = 2; repeated int32 levels = 3; }"#)?;
//! let reading = schema.message("Reading").ok_or("no such message")?;
//! let mut text = Vec::new();
//! schema.read(reading, b"\x0a\x03s-1\x10\xac\x02", 1_000, &mut text)?;
//! assert_eq!(text, br#"{"sensor_id":"s-1","current_time":300,"levels":[]}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This is Protobuf's JSON mapping, except where that would lose digits or names:
//!
//! | Protobuf | JSON |
//! |---|---|
//! | names of fields | as in the schema |
//! | all integers | numbers, those of 64 bits as well |
//! | float, double | the shortest decimal that is read as the same binary number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | bool, string, bytes | a boolean, a string, a string of base64 |
//! | enum | the value's name; a number that has none stays a number |
//! | repeated, map, message | an array, an object, an object |
//! | not written | the default where the field cannot tell it from a value written, else no member |
//!
//! Messages of google.protobuf are objects of their fields, as all others are.

mod decode;
mod error;
mod schema;
mod value;

pub use error::ProtobufError;
pub use schema::{MessageId, ProtobufSchema, ProtobufSchemaError};

#[cfg(test)]
mod tests;
