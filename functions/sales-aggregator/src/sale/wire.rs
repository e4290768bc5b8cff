//! The payload of a Kinesis record, field by field.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The payload as it comes. Numbers stay text, so that no digit is lost.
#[derive(Default)]
pub(super) struct Wire<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) group: Option<Cow<'a, str>>,
    pub(super) sales: Option<&'a RawValue>,
}

/// Text, or a number taken as the text that it is: stores and ids are written both ways.
struct Name<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let text = match raw.as_bytes() {
            [b'"', content @ .., b'"'] if !content.contains(&b'\\') => &raw[1..raw.len() - 1],
            [b'"', ..] => {
                let text: String = serde_json::from_str(raw).map_err(serde::de::Error::custom)?;
                return Ok(Self(Some(text.into())));
            }
            [b'-' | b'0'..=b'9', ..] | b"true" | b"false" => raw,
            b"null" => return Ok(Self(None)),
            _ => return Err(serde::de::Error::custom("expected a text or a number")),
        };
        Ok(Self(Some(text.into())))
    }
}

/// Reads an object whose group attribute has this name.
#[derive(Clone, Copy)]
pub(super) struct WireSeed<'g>(pub(super) Option<&'g str>);

impl<'de> DeserializeSeed<'de> for WireSeed<'_> {
    type Value = Wire<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Wire<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WireSeed<'_> {
    type Value = Wire<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sale")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire<'de>, A::Error> {
        let mut wire = Wire::default();
        while let Some(Key(name)) = map.next_key()? {
            match &*name {
                "sales" => wire.sales = Some(map.next_value()?),
                "Item" => return self.item(map),
                name => {
                    if name == "ID" {
                        wire.id = map.next_value::<Name<'de>>()?.0;
                        // Sales may be grouped by their id, however little sense that makes.
                        if self.0 == Some("ID") {
                            wire.group.clone_from(&wire.id);
                        }
                    } else if self.0 == Some(name) {
                        wire.group = map.next_value::<Name<'de>>()?.0;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
        }
        Ok(wire)
    }
}

impl WireSeed<'_> {
    /// The object `Item` is the sale; what stands beside it is not.
    fn item<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Wire<'de>, A::Error> {
        let wire = map.next_value_seed(self)?;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(wire)
    }
}

/// A field's name, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
