//! Schemas as they stand in JSON.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Scales beyond that are no decimals anybody has; the bytes are left as they are.
const MAX_SCALE: usize = 1_000;

/// A schema that is a JSON object. What is not there for its type is an error where it is needed.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Object<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'a RawValue,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) namespace: Option<Cow<'a, str>>,
    pub(super) aliases: Option<Vec<Cow<'a, str>>>,
    pub(super) fields: Option<Vec<FieldObject<'a>>>,
    pub(super) symbols: Option<Vec<String>>,
    pub(super) items: Option<&'a RawValue>,
    pub(super) values: Option<&'a RawValue>,
    pub(super) size: Option<usize>,
    #[serde(rename = "logicalType")]
    pub(super) logical_type: Option<&'a RawValue>,
    pub(super) scale: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "with_null")]
    pub(super) default: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct FieldObject<'a> {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'a RawValue,
    pub(super) aliases: Option<Vec<String>>,
    #[serde(default, deserialize_with = "with_null")]
    pub(super) default: Option<&'a RawValue>,
}

/// A value that is there, null included.
fn with_null<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Object<'_> {
    pub(super) fn logical(&self) -> Option<&str> {
        let text = self.logical_type?.get();
        text.strip_prefix('"')?.strip_suffix('"')
    }

    /// The scale of a decimal: 0 unless it is given. An unusable one makes the logical type be ignored.
    pub(super) fn scale(&self) -> Option<usize> {
        match self.scale {
            None => Some(0),
            Some(json) => {
                let scale: usize = serde_json::from_str(json.get()).ok()?;
                (scale <= MAX_SCALE).then_some(scale)
            }
        }
    }
}
