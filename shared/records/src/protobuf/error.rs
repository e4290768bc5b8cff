//! Why messages cannot be read.

use crate::payload::MAX_DEPTH;
use crate::wire::NoMessage;

/// Why a message cannot be read. Always poison, unless the schema is the wrong one.
///
/// ```
/// let schema = records::protobuf::ProtobufSchema::parse(r#"syntax = "proto3"; message M { string a = 1; }"#)?;
/// let message = schema.message("M").ok_or("no such message")?;
/// let error = schema.read(message, b"\x0a\x05ab", 100, &mut Vec::new()).unwrap_err();
/// assert_eq!(error.reason(), "not-a-message");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtobufError {
    /// The bytes are not a Protobuf message.
    #[error("the data is not a Protobuf message")]
    NotAMessage,
    /// A field is written as another type than the schema has. Protobuf's own libraries take it for a field that they
    /// do not know, and its value for missing; here that is no schema to read the message with.
    #[error("field {0} is not of the schema's type")]
    WrongType(u32),
    /// A string is not text.
    #[error("field {0} is not UTF-8")]
    NotUtf8(u32),
    /// The data does not begin with the index of a message that the schema has.
    #[error("the data does not begin with the index of a message")]
    NoIndex,
    /// Messages are in messages deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The text would be longer than the limit.
    #[error("the message's text is longer than {0} bytes")]
    TooLarge(usize),
}

impl ProtobufError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotAMessage => "not-a-message",
            Self::WrongType(_) => "wrong-type",
            Self::NotUtf8(_) => "not-utf8",
            Self::NoIndex => "no-message-index",
            Self::TooDeep => "too-deep",
            Self::TooLarge(_) => "too-large",
        }
    }
}

impl From<NoMessage> for ProtobufError {
    fn from(_: NoMessage) -> Self {
        Self::NotAMessage
    }
}
