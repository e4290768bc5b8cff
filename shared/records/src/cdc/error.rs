//! Why a record is no change, and why a column is not what is wanted of it.

use crate::number::NumberError;
use crate::payload::PayloadError;

/// Longest piece of a payload that an error quotes, in characters.
const EXCERPT: usize = 64;

/// Why the bytes of a record are no change of a database. Always poison.
///
/// The text of an error may quote the payload: it belongs into the quarantine, not into a log.
///
/// ```
/// let error = records::CdcFormat::default().read(br#"{"data":{"id":1}}"#).unwrap_err();
/// assert_eq!(error.to_string(), "the field `metadata` is missing");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum CdcError {
    /// Not UTF-8, not JSON, or not an object.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A field that every record of its kind has is missing.
    #[error("the field `{0}` is missing")]
    MissingField(&'static str),
    /// A field is of another type.
    #[error("the field `{field}` is not {expected}")]
    WrongType {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A field or a column is there twice: which of them holds cannot be known.
    #[error("the field `{0}` is there twice")]
    DuplicateField(Box<str>),
    /// DMS: neither data nor control.
    #[error("the field `metadata.record-type` is `{0}`, not `data` or `control`")]
    UnknownRecordType(Box<str>),
    /// Something happened to the row that is not known here.
    #[error("the operation `{0}` of a row is unknown")]
    UnknownOperation(Box<str>),
}

impl CdcError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Payload(error) => error.reason(),
            Self::MissingField(_) => "missing-field",
            Self::WrongType { .. } => "wrong-shape",
            Self::DuplicateField(_) => "duplicate-field",
            Self::UnknownRecordType(_) => "unknown-record-type",
            Self::UnknownOperation(_) => "unknown-operation",
        }
    }
}

/// Why a column is not the value that is asked for. Always poison. Names the column, never its value.
///
/// ```
/// let row = records::Row::from_json(r#"{"amount":null,"paid":"yes"}"#)?;
/// let error = row.required("amount").unwrap_err();
/// assert_eq!((error.column(), error.to_string().as_str()), ("amount", "the column `amount` is null"));
/// assert!(row.required("paid")?.integer::<u32>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// The row comes without the column. DMS leaves out NULL and empty columns unless told otherwise.
    #[error("the column `{0}` is missing")]
    Missing(Box<str>),
    /// The column is NULL.
    #[error("the column `{0}` is null")]
    Null(Box<str>),
    /// The column holds something else.
    #[error("the column `{column}` is {found}, not {expected}")]
    WrongType {
        /// The column.
        column: Box<str>,
        /// What there is, with its article.
        found: &'static str,
        /// What was asked for, with its article.
        expected: &'static str,
    },
    /// A whole number, but not one of the type that was asked for.
    #[error("the column `{column}` does not fit {expected}")]
    IntegerOutOfRange {
        /// The column.
        column: Box<str>,
        /// The type's name.
        expected: &'static str,
    },
    /// A number that DynamoDB cannot keep.
    #[error("the column `{column}` cannot be kept: {error}")]
    NumberNotKept {
        /// The column.
        column: Box<str>,
        /// What is too much about it.
        error: NumberError,
    },
}

impl ColumnError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-column",
            Self::Null(_) => "null-column",
            Self::WrongType { .. } => "wrong-column-type",
            Self::IntegerOutOfRange { .. } => "integer-out-of-range",
            Self::NumberNotKept { error, .. } => match error {
                NumberError::NotANumber => "wrong-column-type",
                NumberError::TooManyDigits(_) => "too-many-digits",
                NumberError::OutOfRange(_) => "number-out-of-range",
            },
        }
    }

    /// The column at fault.
    pub fn column(&self) -> &str {
        match self {
            Self::Missing(column)
            | Self::Null(column)
            | Self::WrongType { column, .. }
            | Self::IntegerOutOfRange { column, .. }
            | Self::NumberNotKept { column, .. } => column,
        }
    }
}

/// So much of a text that the error stays short whatever the text is.
#[cold]
pub(super) fn excerpt(text: &str) -> Box<str> {
    text.chars().take(EXCERPT).collect()
}
