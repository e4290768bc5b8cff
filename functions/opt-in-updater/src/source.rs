//! From the bytes of a record to what it changes: whose consent, of which number, as of which version.

mod answer;
mod error;
mod phone;

use std::borrow::Cow;
use std::fmt;

use records::cdc::{
    CdcFormat, CdcRecord, Column, ColumnError, ColumnValue, Operation, Row, RowChange,
};
use records::{UserRecord, Version};

pub use answer::Answer;
pub use error::SourceError;
pub use phone::{Country, Phone};

/// Longest user id in bytes: it has to fit into a sort key of DynamoDB (1,024) with what stands before it.
pub const MOST_USER_BYTES: usize = 900;

/// Longest `lastupdate` in bytes that is kept. It is for people to read and decides nothing.
const MOST_TIME_BYTES: usize = 256;

/// Reads records of one source.
#[derive(Clone, Debug)]
pub struct SourceReader {
    /// Who writes them, and how.
    pub format: CdcFormat,
    /// The schema (MySQL: the database) of the table.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The epoch of all versions.
    pub epoch: u16,
    /// The country of numbers without a `+`.
    pub default_country: Country,
}

/// The user of a number, as the source names users. What it is shown as has nothing of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId<'a>(Cow<'a, str>);

/// A row of the source. Ordered by its number first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey<'a> {
    /// The number.
    pub phone: Phone,
    /// Who has it.
    pub user: UserId<'a>,
}

/// What a user has said about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent<'a> {
    /// Yes or no.
    pub answer: Answer,
    /// When, in the words of the source. For people: which of two changes is the later one, the version says.
    pub source_time: Option<Cow<'a, str>>,
}

/// A change of one row of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChange<'a> {
    /// The row.
    pub key: SourceKey<'a>,
    /// Which of two changes is the later one.
    pub version: Version<'a>,
    /// What the row says from then on; `None` if it is gone.
    pub consent: Option<Consent<'a>>,
}

/// What one record changes.
#[derive(Debug, Default)]
pub struct SourceChanges<'a> {
    /// The row that the record is about, and the one that it was before, which is gone.
    pub changes: Vec<SourceChange<'a>>,
    /// What of the record can never be applied. What else is in it is applied all the same: an opt-out does not wait
    /// for what has nothing to do with it.
    pub error: Option<SourceError>,
}

impl SourceReader {
    /// What a record changes: nothing if it is about something else, which is a control record, a table of DMS's own
    /// or another one, a tombstone of Debezium.
    pub fn read<'a>(&self, record: &UserRecord<'a>) -> SourceChanges<'a> {
        let change = match self.format.read(record.data) {
            Ok(CdcRecord::Row(change)) => change,
            Ok(_) => return SourceChanges::default(),
            Err(error) => return SourceChanges::failed(error.into()),
        };
        if change.table.schema != self.schema || change.table.name != self.table {
            return SourceChanges::default();
        }
        let version = change.version(record.position).in_epoch(self.epoch);
        let gone = |key| SourceChange {
            key,
            version,
            consent: None,
        };
        if change.operation == Operation::Delete {
            return match self.deleted(&change.row) {
                Ok(key) => SourceChanges::of([gone(key)]),
                Err(error) => SourceChanges::failed(error),
            };
        }
        let mut read = SourceChanges::default();
        let key = match self.key(&change.row) {
            Ok(key) => {
                let consent = Some(Consent::of(&change.row));
                read.changes.push(SourceChange {
                    key: key.clone(),
                    version,
                    consent,
                });
                Some(key)
            }
            Err(error) => {
                read.error = Some(error);
                None
            }
        };
        match self.before(&change) {
            Ok(before) => {
                let moved_from = before.filter(|before| Some(before) != key.as_ref());
                read.changes.extend(moved_from.map(gone));
            }
            Err(error) => {
                read.error.get_or_insert(error);
            }
        }
        read
    }

    /// The key of a row that is there.
    fn key<'a>(&self, row: &Row<'a>) -> Result<SourceKey<'a>, SourceError> {
        let user = UserId::of(row.required("userid")?)?;
        let phone = self.phone(row.required("phone")?)?;
        Ok(SourceKey { phone, user })
    }

    /// The key of a row that is gone. The source tells of it what its log keeps of deleted rows.
    fn deleted<'a>(&self, row: &Row<'a>) -> Result<SourceKey<'a>, SourceError> {
        for column in ["userid", "phone"] {
            if row.present(column).is_none() {
                return Err(SourceError::DeleteWithoutKey(column));
            }
        }
        self.key(row)
    }

    /// The key of an updated row before the update, if its image before tells of the key. A number that is not valid
    /// never was in the table.
    fn before<'a>(&self, change: &RowChange<'a>) -> Result<Option<SourceKey<'a>>, SourceError> {
        let Some(before) = change.before.as_ref() else {
            return Ok(None);
        };
        if change.operation != Operation::Update {
            return Ok(None);
        }
        let (user, phone) = match (before.present("userid"), before.present("phone")) {
            (Some(user), Some(phone)) => (UserId::of(user)?, self.phone(phone)),
            (None, None) => return Ok(None),
            (None, Some(_)) => return Err(SourceError::BeforeWithoutKey("userid")),
            (Some(_), None) => return Err(SourceError::BeforeWithoutKey("phone")),
        };
        Ok(phone.ok().map(|phone| SourceKey { phone, user }))
    }

    fn phone(&self, column: &Column<'_>) -> Result<Phone, SourceError> {
        let text = column.key_text()?;
        Phone::parse(&text, self.default_country).ok_or(SourceError::InvalidPhone)
    }
}

impl<'a> SourceChanges<'a> {
    fn of<const N: usize>(changes: [SourceChange<'a>; N]) -> Self {
        Self {
            changes: changes.into(),
            error: None,
        }
    }

    fn failed(error: SourceError) -> Self {
        Self {
            changes: Vec::new(),
            error: Some(error),
        }
    }
}

impl<'a> UserId<'a> {
    fn of(column: &Column<'a>) -> Result<Self, SourceError> {
        let text = column.key_text()?;
        match text.len() {
            0 => Err(SourceError::EmptyUser),
            1..=MOST_USER_BYTES => Ok(Self(text)),
            bytes => Err(SourceError::LongUser(bytes)),
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(..)")
    }
}

impl<'a> Consent<'a> {
    fn of(row: &Row<'a>) -> Self {
        let time = row.present("lastupdate").map(Column::value);
        let time: Option<Cow<'a, str>> = match time {
            Some(Ok(ColumnValue::Text(text))) => Some(text),
            Some(Ok(ColumnValue::Number(digits))) => Some(digits.into()),
            _ => None,
        };
        Self {
            answer: Answer::of(row.get("optin")),
            source_time: time.filter(|time| (1..=MOST_TIME_BYTES).contains(&time.len())),
        }
    }
}

impl From<ColumnError> for SourceError {
    fn from(error: ColumnError) -> Self {
        Self::Column(error)
    }
}

#[cfg(test)]
mod tests;
