//! Why a record is no change of consent.

use pipeline::{Poison, Stage};
use records::cdc::{CdcError, ColumnError};

/// Why a record, or a part of it, is no change of consent. Always poison. No text of it holds a number or an id.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is no change record. What else there is to say may quote the record, so it is not said.
    #[error("the record is no change of a row: {}", .0.reason())]
    Record(#[from] CdcError),
    /// A column of it is not what it has to be.
    #[error(transparent)]
    Column(ColumnError),
    /// A deleted row without a column of its key.
    #[error(
        "the deleted row comes without the column `{0}`: the source has to log whole rows (MySQL binlog_row_image=FULL, \
         PostgreSQL REPLICA IDENTITY FULL)"
    )]
    DeleteWithoutKey(&'static str),
    /// A part of a key before an update.
    #[error(
        "the row before the update comes without the column `{0}` but with the rest of its key: the source has to log \
         whole rows (MySQL binlog_row_image=FULL, PostgreSQL REPLICA IDENTITY FULL)"
    )]
    BeforeWithoutKey(&'static str),
    /// The number is not valid.
    #[error("the column `phone` is not a valid phone number")]
    InvalidPhone,
    /// The user id is empty.
    #[error("the column `userid` is empty")]
    EmptyUser,
    /// The user id is too long for a key; its length in bytes.
    #[error("the column `userid` has {0} bytes: expected at most 900")]
    LongUser(usize),
}

impl SourceError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Record(error) => error.reason(),
            Self::Column(error) => error.reason(),
            Self::DeleteWithoutKey(_) => "delete-without-key",
            Self::BeforeWithoutKey(_) => "before-without-key",
            Self::InvalidPhone => "invalid-phone",
            Self::EmptyUser => "empty-user",
            Self::LongUser(_) => "long-user",
        }
    }
}

impl From<SourceError> for Poison {
    fn from(error: SourceError) -> Self {
        let stage = match &error {
            SourceError::Record(_) => Stage::Payload,
            _ => Stage::Domain,
        };
        Self {
            stage,
            reason: error.reason(),
            detail: error.to_string().into(),
        }
    }
}
