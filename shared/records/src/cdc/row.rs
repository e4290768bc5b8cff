//! The columns of a row.

use std::borrow::Cow;

use super::column::Column;
use super::error::{CdcError, ColumnError, excerpt};
use super::fields::not_json;
use crate::json::{Malformed, Reader};
use crate::payload::{PayloadError, not_an_object};

/// Columns for which memory is taken at once: nearly all tables have fewer.
const USUAL_COLUMNS: usize = 16;
/// From so many columns on, names are sorted to find duplicates.
const MANY_COLUMNS: usize = 64;

/// The columns of a row as they come, or of an image of it. No two have the same name.
///
/// ```
/// use records::cdc::Row;
///
/// let row = Row::from_json(r#"{"orderId":"10000001","orderAmount":300.00,"shipToName":null}"#)?;
/// assert_eq!(row.required("orderId")?.integer::<u64>()?, 10000001);
/// assert!(row.get("shipToName").is_some() && row.present("shipToName").is_none());
/// let error = row.required("orderStatus").unwrap_err();
/// assert_eq!(error.to_string(), "the column `orderStatus` is missing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    columns: Vec<Column<'a>>,
}

impl<'a> Row<'a> {
    /// Reads the JSON text of an object: a column's that holds a document.
    pub fn from_json(text: &'a str) -> Result<Self, CdcError> {
        let mut reader = Reader::new(text);
        let row = Self::read(&mut reader).and_then(|row| reader.end().map(|()| row));
        match row.map_err(|error| not_json(error, text))? {
            Some(row) => row.without_duplicates(),
            None => Err(PayloadError::WrongShape(not_an_object()).into()),
        }
    }

    /// The column of that name; `None` if the row comes without it.
    pub fn get(&self, name: &str) -> Option<&Column<'a>> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// The column of that name; `None` if the row comes without it or it is NULL, which is the same in records of
    /// DMS unless it is told to write NULL.
    pub fn present(&self, name: &str) -> Option<&Column<'a>> {
        self.get(name).filter(|column| !column.is_null())
    }

    /// The column of that name; an error if the row comes without it or it is NULL.
    pub fn required(&self, name: &str) -> Result<&Column<'a>, ColumnError> {
        match self.get(name) {
            Some(column) if column.is_null() => Err(ColumnError::Null(excerpt(name))),
            Some(column) => Ok(column),
            None => Err(ColumnError::Missing(excerpt(name))),
        }
    }

    /// All columns as they come.
    pub fn columns(&self) -> &[Column<'a>] {
        &self.columns
    }

    /// Whether there are no columns at all.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Reads what comes next: `None` for anything but an object. Duplicates are not looked for yet.
    #[inline]
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Malformed> {
        let mut columns = Vec::with_capacity(USUAL_COLUMNS);
        let is_object =
            reader.members(|key, value| columns.push(Column::new(key.name(), value)))?;
        Ok(is_object.then_some(Self { columns }))
    }

    pub(super) fn without_duplicates(self) -> Result<Self, CdcError> {
        match self.duplicate() {
            Some(name) => Err(CdcError::DuplicateField(excerpt(name))),
            None => Ok(self),
        }
    }

    fn duplicate(&self) -> Option<&str> {
        if self.columns.len() > MANY_COLUMNS {
            let mut names: Vec<_> = self.columns.iter().map(Column::name).collect();
            names.sort_unstable();
            let twice = |pair: &&[&str]| matches!(pair, [left, right] if left == right);
            return names.windows(2).find(twice)?.first().copied();
        }
        let mut seen = 0_u64;
        for (index, column) in self.columns.iter().enumerate() {
            let name = column.name();
            // Names that differ here need no comparison.
            let bit = 1_u64 << (mark(name) % 64);
            let earlier = self.columns.iter().take(index);
            if seen & bit != 0 && earlier.map(Column::name).any(|other| other == name) {
                return Some(name);
            }
            seen |= bit;
        }
        None
    }

    /// Takes the columns out whose names have that prefix and suffix, and cuts these off.
    pub(super) fn split_off(&mut self, prefix: &str, suffix: &str) -> Self {
        let is_marked = |column: &mut Column<'a>| {
            let rest = column.name().strip_prefix(prefix);
            rest.and_then(|rest| rest.strip_suffix(suffix))
                .is_some_and(|name| !name.is_empty() && name.len() < column.name().len())
        };
        let marked = self.columns.extract_if(.., is_marked);
        let columns = marked.map(|column| column.with_name_cut(prefix.len(), suffix.len()));
        let columns = columns.collect();
        Self { columns }
    }

    /// The rule action `map-record-to-document` nests the row under `_doc`: its columns are put in the place of that
    /// one. Of columns beside it that have the name of one inside, the one inside stays.
    pub(super) fn with_document_opened(mut self) -> Result<Self, CdcError> {
        let Some(at) = self.columns.iter().position(Column::is_document) else {
            return Ok(self);
        };
        let document = Self::from_json(self.columns.swap_remove(at).json())?;
        self.columns
            .retain(|column| document.get(column.name()).is_none());
        self.columns.extend(document.columns);
        Ok(self)
    }
}

impl Column<'_> {
    fn is_document(&self) -> bool {
        self.name() == "_doc" && self.json().starts_with('{')
    }

    /// The same column with so many bytes cut off its name, where characters begin and end.
    fn with_name_cut(self, front: usize, back: usize) -> Self {
        let cut = |name: &str| front..name.len() - back;
        let name = match self.name {
            Cow::Borrowed(name) => Cow::Borrowed(name.get(cut(name)).unwrap_or_default()),
            Cow::Owned(name) => Cow::Owned(name.get(cut(&name)).unwrap_or_default().to_owned()),
        };
        Self { name, ..self }
    }
}

/// A number that differs for most pairs of names.
fn mark(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let [first, middle, last] = [0, bytes.len() / 2, bytes.len().saturating_sub(1)]
        .map(|index| u32::from(bytes.get(index).copied().unwrap_or_default()));
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    length
        .wrapping_add(first * 7 + middle * 29 + last * 53)
        .wrapping_mul(0x9e37_79b1)
        >> 26
}
