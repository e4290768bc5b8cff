//! Why datums cannot be read.

use crate::payload::MAX_DEPTH;

/// Why a datum cannot be read. Always poison, unless the schema is the wrong one.
///
/// ```
/// use records::avro::{AvroReader, AvroSchema};
///
/// let reader = AvroReader::new(&AvroSchema::parse(r#""string""#)?)?;
/// let error = reader.read(b"\x06s-", 100, &mut Vec::new()).unwrap_err();
/// assert_eq!(error.reason(), "truncated");
/// # Ok::<(), records::avro::AvroSchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AvroError {
    /// It ends before its last value does.
    #[error("the datum ends too early")]
    Truncated,
    /// There is more behind it.
    #[error("there are {0} bytes behind the datum")]
    Trailing(usize),
    /// A number, a length, a boolean or a decimal is none.
    #[error("a value of type {0} is out of its range")]
    OutOfRange(&'static str),
    /// A string is not text.
    #[error("a string is not UTF-8")]
    NotUtf8,
    /// The value is of a branch or a symbol that the writer's schema does not have.
    #[error("there is no {kind} {index}: the writer's schema has {length}")]
    NoSuch {
        /// `branch` or `symbol`.
        kind: &'static str,
        /// The index in the datum.
        index: i64,
        /// How many there are.
        length: usize,
    },
    /// The value is nothing that the reader's schema takes.
    #[error("{0}")]
    Mismatch(Box<str>),
    /// Values are in values deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The text would be longer than the limit.
    #[error("the datum's text is longer than {0} bytes")]
    TooLarge(usize),
}

impl AvroError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Trailing(_) => "trailing-bytes",
            Self::OutOfRange(_) => "out-of-range",
            Self::NotUtf8 => "not-utf8",
            Self::NoSuch { .. } => "no-such-branch",
            Self::Mismatch(_) => "schema-mismatch",
            Self::TooDeep => "too-deep",
            Self::TooLarge(_) => "too-large",
        }
    }
}
