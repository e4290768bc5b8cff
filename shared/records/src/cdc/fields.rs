//! The known fields of an object, each taken once.

use std::borrow::Cow;

use super::error::{CdcError, excerpt};
use super::integer;
use crate::json::{Malformed, Reader, Value};
use crate::payload::PayloadError;

/// Names of fields, and the places they have in [`Fields`], in the order in which they are usually written.
pub(super) type Names<'n, const N: usize> = [(&'n str, Option<usize>); N];

/// The values of an object's known fields; all others are passed over.
pub(super) struct Fields<'a, const N: usize> {
    values: [Option<Value<'a>>; N],
    /// Of a field that has come a second time.
    duplicate: Option<usize>,
}

impl<'a, const N: usize> Fields<'a, N> {
    /// Reads what comes next. Gives `false` for anything but an object.
    #[inline]
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        names: &Names<'_, N>,
    ) -> Result<bool, Malformed> {
        reader.object(names, |reader, field| {
            let value = reader.value()?;
            if let Some(slot) = self.values.get_mut(field)
                && slot.replace(value).is_some()
            {
                self.duplicate = Some(field);
            }
            Ok(())
        })
    }

    /// No field may be there twice.
    pub(super) fn check(&self, names: &Names<'_, N>) -> Result<(), CdcError> {
        match self.duplicate {
            None => Ok(()),
            Some(field) => {
                let name = names.iter().find(|(_, place)| *place == Some(field));
                let name = name.map_or("", |(name, _)| name);
                Err(CdcError::DuplicateField(excerpt(name)))
            }
        }
    }

    /// Whether a field is there, be it null.
    pub(super) fn has(&self, field: usize) -> bool {
        self.values.get(field).is_some_and(Option::is_some)
    }

    /// A field that is there and not null.
    pub(super) fn get(&self, field: usize) -> Option<Value<'a>> {
        let value = self.values.get(field).copied().flatten();
        value.filter(|value| !value.is_null())
    }

    /// The content of a string.
    pub(super) fn string(&self, field: usize) -> Option<Cow<'a, str>> {
        self.get(field)?.string()
    }

    /// The content of a string or the text of a number.
    pub(super) fn text(&self, field: usize) -> Option<Cow<'a, str>> {
        let value = self.get(field)?;
        let is_number = value
            .text()
            .starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if is_number {
            return Some(Cow::Borrowed(value.text()));
        }
        value.string()
    }

    /// A whole number of any spelling.
    pub(super) fn integer<T: TryFrom<i128>>(&self, field: usize) -> Option<T> {
        let integer = integer::parse(&self.text(field)?).ok()?;
        integer.try_into().ok()
    }

    /// The content of a string that every record has. The field's name is for errors.
    pub(super) fn required_string(
        &self,
        field: usize,
        name: &'static str,
    ) -> Result<Cow<'a, str>, CdcError> {
        let value = self.get(field).ok_or(CdcError::MissingField(name))?;
        value.string().ok_or(CdcError::WrongType {
            field: name,
            expected: "a string",
        })
    }
}

impl<const N: usize> Default for Fields<'_, N> {
    fn default() -> Self {
        Self {
            values: [None; N],
            duplicate: None,
        }
    }
}

#[cold]
pub(super) fn not_json(error: Malformed, text: &str) -> CdcError {
    PayloadError::NotJson(error.error(text)).into()
}
