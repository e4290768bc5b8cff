//! JSON as a pattern looks at it: numbers as text, so that none is rounded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::{RawValue, Value};

/// Deeper nesting is refused, as `serde_json` does for its own values: reading must not exhaust the stack, and each
/// level is scanned once more.
const DEEPEST: usize = 128;

/// A value that is neither array nor object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leaf<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(&'a str),
}

/// A JSON value that a pattern can be held against.
pub(super) trait Node: Copy {
    /// The value, if it is neither array nor object.
    fn leaf(&self) -> Option<Leaf<'_>>;
    /// The elements of an array; `None` for anything else.
    fn elements(self) -> Option<impl Iterator<Item = Self>>;
    /// The members of an object; none for anything else.
    fn members(&self) -> impl Iterator<Item = (&str, Self)>;
}

/// A JSON text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Text<'a>),
    Array(Vec<Json<'a>>),
    Object(BTreeMap<Text<'a>, Json<'a>>),
}

/// A string of a JSON text, borrowed where it holds no escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'a> Json<'a> {
    /// Reads a whole text.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_slice(text)?;
        if depth(raw.get()) > DEEPEST {
            let reason = format!("nested more than {DEEPEST} levels deep");
            return Err(serde_json::Error::custom(reason));
        }
        Self::read(raw)
    }

    fn read(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        Ok(match text.as_bytes() {
            [b'{', ..] => Self::Object(
                serde_json::from_str::<BTreeMap<Text<'a>, &RawValue>>(text)?
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::read(value)?)))
                    .collect::<Result<_, serde_json::Error>>()?,
            ),
            [b'[', ..] => Self::Array(
                serde_json::from_str::<Vec<&RawValue>>(text)?
                    .into_iter()
                    .map(Self::read)
                    .collect::<Result<_, _>>()?,
            ),
            [b'"', ..] => Self::Text(serde_json::from_str(text)?),
            [b't', ..] => Self::Bool(true),
            [b'f', ..] => Self::Bool(false),
            [b'n', ..] => Self::Null,
            _ => Self::Number(text),
        })
    }
}

/// How deep arrays and objects are nested in a valid JSON text.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut in_text = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_text = !in_text,
            b'\\' => drop(bytes.next()),
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// For messages.
impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => value.serialize(serializer),
            Self::Number(text) => match serde_json::from_str::<&RawValue>(text) {
                Ok(number) => number.serialize(serializer),
                Err(_) => text.serialize(serializer),
            },
            Self::Text(text) => text.serialize(serializer),
            Self::Array(elements) => elements.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

impl Node for &Json<'_> {
    fn leaf(&self) -> Option<Leaf<'_>> {
        match self {
            Json::Null => Some(Leaf::Null),
            Json::Bool(value) => Some(Leaf::Bool(*value)),
            Json::Number(text) => Some(Leaf::Number(Cow::Borrowed(text))),
            Json::Text(text) => Some(Leaf::Text(&text.0)),
            Json::Array(_) | Json::Object(_) => None,
        }
    }

    fn elements(self) -> Option<impl Iterator<Item = Self>> {
        match self {
            Json::Array(elements) => Some(elements.iter()),
            _ => None,
        }
    }

    fn members(&self) -> impl Iterator<Item = (&str, Self)> {
        let members = match self {
            Json::Object(members) => Some(members),
            _ => None,
        };
        let pairs = members.into_iter().flatten();
        pairs.map(|(name, value)| (&*name.0, value))
    }
}

impl Node for &Value {
    fn leaf(&self) -> Option<Leaf<'_>> {
        match self {
            Value::Null => Some(Leaf::Null),
            Value::Bool(value) => Some(Leaf::Bool(*value)),
            Value::Number(number) => Some(Leaf::Number(Cow::Owned(number.to_string()))),
            Value::String(text) => Some(Leaf::Text(text)),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn elements(self) -> Option<impl Iterator<Item = Self>> {
        self.as_array().map(|elements| elements.iter())
    }

    fn members(&self) -> impl Iterator<Item = (&str, Self)> {
        let pairs = self.as_object().into_iter().flatten();
        pairs.map(|(name, value)| (name.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_escapes_are_read() {
        let json =
            Json::parse(br#" {"a\n": [1.00000000000000000001, "x", true, false, null]} "#).unwrap();
        let Json::Object(members) = &json else {
            panic!("{json:?}")
        };
        let text = |text: &'static str| Text(Cow::Borrowed(text));
        assert_eq!(
            members[&text("a\n")],
            Json::Array(vec![
                Json::Number("1.00000000000000000001"),
                Json::Text(text("x")),
                Json::Bool(true),
                Json::Bool(false),
                Json::Null
            ])
        );
    }

    #[test]
    fn what_is_not_json_or_too_deep_is_an_error() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(Json::parse(&nested(128)).is_ok());
        assert!(Json::parse(&nested(129)).is_err());
        assert!(Json::parse(&nested(1_000_000)).is_err());
        assert!(Json::parse(format!(r#""\"{}""#, "[".repeat(129)).as_bytes()).is_ok());
        for bad in [&b""[..], b"plain text", b"{", b"1 2", b"\"\xff\"", b"01"] {
            assert!(Json::parse(bad).is_err(), "{bad:?}");
        }
    }
}
