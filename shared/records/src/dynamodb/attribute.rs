//! One attribute value.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::image::Inside;
use super::{Image, List, MAX_DEPTH};
use crate::json::{Reader, Value};

/// A value as DynamoDB knows them (DynamoDB API reference, `AttributeValue`). Text is borrowed from the event unless
/// it was written with escapes.
///
/// ```
/// use records::dynamodb::{AttributeValue, TableChange};
///
/// let change = TableChange::from_json(br#"{"eventName":"INSERT","dynamodb":{
///     "ApproximateCreationDateTime":1596128400000,"NewImage":{"id":{"S":"a"},"tags":{"SS":["x","y"]}}}}"#)?;
/// let image = change.new_image.ok_or("no image")?;
/// assert_eq!(image.get("id")?.as_ref().and_then(AttributeValue::as_s), Some("a"));
/// assert!(matches!(image.get("tags")?, Some(AttributeValue::Ss(tags)) if tags.len() == 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue<'a> {
    /// A string.
    S(Cow<'a, str>),
    /// The digits of a number: [`Number::parse`](crate::Number::parse) makes one of them.
    N(Cow<'a, str>),
    /// Bytes.
    B(Vec<u8>),
    /// A truth value.
    Bool(bool),
    /// No value.
    Null,
    /// A set of strings.
    Ss(Vec<Cow<'a, str>>),
    /// A set of numbers, as digits.
    Ns(Vec<Cow<'a, str>>),
    /// A set of bytes.
    Bs(Vec<Vec<u8>>),
    /// A list.
    L(List<'a>),
    /// A map.
    M(Image<'a>),
}

/// Why an attribute cannot be read. Always poison.
///
/// ```
/// use records::dynamodb::TableChange;
///
/// let change = TableChange::from_json(br#"{"eventName":"INSERT","dynamodb":{
///     "ApproximateCreationDateTime":1596128400000,"NewImage":{"id":{"N":7}}}}"#)?;
/// let image = change.new_image.ok_or("no image")?;
/// let error = image.get("id").unwrap_err();
/// assert_eq!(error.to_string(), "the attribute's content does not fit its type N");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    /// Not an object with one member, its type.
    #[error("the attribute is not an object with one type")]
    NotTyped,
    /// The type is not one of DynamoDB's.
    #[error("the attribute's type is none of S, N, B, BOOL, NULL, SS, NS, BS, L, M")]
    UnknownType,
    /// The content does not fit the type.
    #[error("the attribute's content does not fit its type {0}")]
    WrongContent(&'static str),
    /// The content is not base64 (RFC 4648, standard alphabet, padded).
    #[error("the attribute's content is not base64")]
    NotBase64,
    /// Lists and maps are nested deeper than [`MAX_DEPTH`].
    #[error("the attribute is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

impl AttributeError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotTyped => "attribute-not-typed",
            Self::UnknownType => "attribute-type-unknown",
            Self::WrongContent(_) => "attribute-content-wrong",
            Self::NotBase64 => "attribute-not-base64",
            Self::TooDeep => "attribute-too-deep",
        }
    }
}

impl<'a> AttributeValue<'a> {
    /// The text of a string.
    pub fn as_s(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// The digits of a number.
    pub fn as_n(&self) -> Option<&str> {
        match self {
            Self::N(digits) => Some(digits),
            _ => None,
        }
    }

    /// Reads `{"S":"…"}` and the like, given the count of lists and maps around it. Behind an error, the reader is
    /// anywhere.
    pub(super) fn read(reader: &mut Reader<'a>, depth: usize) -> Result<Self, AttributeError> {
        let (name, value) = reader.only_member().map_err(|_| AttributeError::NotTyped)?;
        let inside = |reader: &Reader<'a>| Inside::new(reader.text_from(value), depth);
        let truth = |name| match value.text() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(AttributeError::WrongContent(name)),
        };
        match &*name {
            "S" => text(value, "S").map(Self::S),
            "N" => text(value, "N").map(Self::N),
            "B" => bytes(value, "B").map(Self::B),
            "BOOL" => truth("BOOL").map(Self::Bool),
            "NULL" => truth("NULL").map(|_| Self::Null),
            "SS" => set(value, "SS", text).map(Self::Ss),
            "NS" => set(value, "NS", text).map(Self::Ns),
            "BS" => set(value, "BS", bytes).map(Self::Bs),
            "L" if value.is_array() => inside(reader).map(|list| Self::L(List::nested(list))),
            "L" => Err(AttributeError::WrongContent("L")),
            "M" if value.is_object() => inside(reader).map(|map| Self::M(Image::nested(map))),
            "M" => Err(AttributeError::WrongContent("M")),
            _ => Err(AttributeError::UnknownType),
        }
    }
}

fn text<'a>(value: Value<'a>, name: &'static str) -> Result<Cow<'a, str>, AttributeError> {
    value.string().ok_or(AttributeError::WrongContent(name))
}

fn bytes(value: Value<'_>, name: &'static str) -> Result<Vec<u8>, AttributeError> {
    let base64 = text(value, name)?;
    STANDARD
        .decode(&*base64)
        .map_err(|_| AttributeError::NotBase64)
}

fn set<'a, T>(
    value: Value<'a>,
    name: &'static str,
    element: impl Fn(Value<'a>, &'static str) -> Result<T, AttributeError>,
) -> Result<Vec<T>, AttributeError> {
    let mut reader = Reader::new(value.text());
    let mut elements = Vec::new();
    let mut read = Ok(());
    let is_array = reader.array(|reader| {
        match element(reader.value()?, name) {
            Ok(element) => elements.push(element),
            Err(error) => read = Err(error),
        }
        Ok(())
    });
    read?;
    match is_array {
        Ok(true) => Ok(elements),
        _ => Err(AttributeError::WrongContent(name)),
    }
}
