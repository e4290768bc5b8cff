//! Items and parts of items, read where they are asked for.

use std::borrow::Cow;
use std::fmt;
use std::iter::FusedIterator;

use super::attribute::{AttributeError, AttributeValue};
use crate::json::Reader;

/// Levels of lists and maps in an item (DynamoDB developer guide, "Quotas in Amazon DynamoDB", nested attribute
/// depth).
pub const MAX_DEPTH: usize = 32;

/// The attributes of an item, of its key, or of a map in it.
///
/// Nothing of it is built before it is asked for.
///
/// ```
/// use records::dynamodb::TableChange;
///
/// let change = TableChange::from_json(br#"{"eventName":"INSERT","dynamodb":{
///     "ApproximateCreationDateTime":1596128400000,"NewImage":{"sales":{"N":"42.50"},"ID":{"S":"a"}}}}"#)?;
/// let image = change.new_image.ok_or("no image")?;
/// let sales = image.get("sales")?.ok_or("no such attribute")?;
/// assert_eq!(sales.as_n(), Some("42.50"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Image<'a> {
    inside: Inside<'a>,
}

/// The elements of a list attribute, read as an [`Image`] is.
///
/// ```
/// use records::dynamodb::{AttributeValue, TableChange};
///
/// let change = TableChange::from_json(br#"{"eventName":"INSERT","dynamodb":{
///     "ApproximateCreationDateTime":1596128400000,"NewImage":{"levels":{"L":[{"N":"1"},{"BOOL":true}]}}}}"#)?;
/// let image = change.new_image.ok_or("no image")?;
/// let Some(AttributeValue::L(levels)) = image.get("levels")? else { return Err("no list".into()) };
/// assert_eq!(levels.elements().next(), Some(Ok(AttributeValue::N("1".into()))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct List<'a> {
    inside: Inside<'a>,
}

/// The JSON of a list or map.
#[derive(Clone, Copy)]
pub(super) struct Inside<'a> {
    /// Starts with it and goes on behind it: short texts take longer to look through than the start of a long one.
    text: &'a str,
    /// Lists and maps around it and itself, beside the item.
    depth: usize,
}

impl<'a> Image<'a> {
    /// The object at the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        let inside = Inside { text, depth: 0 };
        Self { inside }
    }

    pub(super) fn nested(inside: Inside<'a>) -> Self {
        Self { inside }
    }

    /// The attribute of that name; `None` if there is none. No other one is built, and none behind it is looked at.
    pub fn get(&self, name: &str) -> Result<Option<AttributeValue<'a>>, AttributeError> {
        let Inside { text, depth } = self.inside;
        let mut reader = Reader::new(text);
        // The event has been checked to be JSON: there is no error to be found here.
        if reader.seek(name) != Ok(true) {
            return Ok(None);
        }
        AttributeValue::read(&mut reader, depth).map(Some)
    }

    /// All attributes as they are written, one behind the other.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            inside: self.inside,
            reader: Some(Reader::new(self.inside.text)),
            first: true,
        }
    }
}

impl<'a> List<'a> {
    pub(super) fn nested(inside: Inside<'a>) -> Self {
        Self { inside }
    }

    /// All elements in their order.
    pub fn elements(&self) -> Elements<'a> {
        Elements {
            inside: self.inside,
            reader: Some(Reader::new(self.inside.text)),
            first: true,
        }
    }
}

impl<'a> Inside<'a> {
    /// What `text` starts with, in a value that has `depth` lists and maps around it.
    pub(super) fn new(text: &'a str, depth: usize) -> Result<Self, AttributeError> {
        if depth == MAX_DEPTH {
            return Err(AttributeError::TooDeep);
        }
        let depth = depth + 1;
        Ok(Self { text, depth })
    }

    /// The attribute that `reader` is at; it goes on behind it.
    fn read(self, reader: &mut Reader<'a>) -> Option<Result<AttributeValue<'a>, AttributeError>> {
        let mut ahead = reader.clone();
        let read = AttributeValue::read(&mut ahead, self.depth);
        if read.is_ok() {
            *reader = ahead;
        } else {
            reader.value().ok()?;
        }
        Some(read)
    }
}

/// The attributes of an [`Image`].
///
/// ```
/// use records::dynamodb::TableChange;
///
/// let change = TableChange::from_json(br#"{"eventName":"INSERT","dynamodb":{
///     "ApproximateCreationDateTime":1596128400000,"NewImage":{"ID":{"S":"a"},"bad":7}}}"#)?;
/// let image = change.new_image.ok_or("no image")?;
/// let readable: Vec<_> = image.attributes().map(|(name, value)| (name, value.is_ok())).collect();
/// assert_eq!(readable, [("ID".into(), true), ("bad".into(), false)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Attributes<'a> {
    inside: Inside<'a>,
    /// `None` behind the last one.
    reader: Option<Reader<'a>>,
    first: bool,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (Cow<'a, str>, Result<AttributeValue<'a>, AttributeError>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        let key = reader.next_key(self.first).ok()??;
        let value = self.inside.read(&mut reader)?;
        self.first = false;
        self.reader = Some(reader);
        Some((key, value))
    }
}

impl FusedIterator for Attributes<'_> {}

impl<'a> IntoIterator for Image<'a> {
    type Item = <Attributes<'a> as Iterator>::Item;
    type IntoIter = Attributes<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.attributes()
    }
}

/// The same attributes in the same order.
impl PartialEq for Image<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attributes().eq(other.attributes())
    }
}

impl Eq for Image<'_> {}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.attributes()).finish()
    }
}

/// The elements of a [`List`].
///
/// ```
/// use records::dynamodb::{AttributeValue, TableChange};
///
/// let change = TableChange::from_json(br#"{"eventName":"INSERT","dynamodb":{
///     "ApproximateCreationDateTime":1596128400000,"NewImage":{"levels":{"L":[{"N":"1"},{"N":"2"}]}}}}"#)?;
/// let image = change.new_image.ok_or("no image")?;
/// let Some(AttributeValue::L(levels)) = image.get("levels")? else { return Err("no list".into()) };
/// let numbers: Result<Vec<_>, _> = levels.elements().collect();
/// assert_eq!(numbers?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Elements<'a> {
    inside: Inside<'a>,
    /// `None` behind the last one.
    reader: Option<Reader<'a>>,
    first: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<AttributeValue<'a>, AttributeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        if !reader.next_element(self.first).ok()? {
            return None;
        }
        let value = self.inside.read(&mut reader)?;
        self.first = false;
        self.reader = Some(reader);
        Some(value)
    }
}

impl FusedIterator for Elements<'_> {}

impl<'a> IntoIterator for List<'a> {
    type Item = <Elements<'a> as Iterator>::Item;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements()
    }
}

impl PartialEq for List<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.elements().eq(other.elements())
    }
}

impl Eq for List<'_> {}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.elements()).finish()
    }
}
