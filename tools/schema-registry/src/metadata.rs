//! What producers note of a version.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::RegistryError;
use crate::requests::MetadataPair;
use crate::responses::time;

/// Most pairs of a version (Glue developer guide, "Schema registry quotas").
const MOST: usize = 10;

/// Pairs of a key and a value, in the order in which they came. A key may have several values.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Metadata(Vec<Noted>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Noted {
    key: String,
    value: String,
    created: i64,
}

impl Metadata {
    /// Adds a pair.
    pub(crate) fn put(&mut self, key: &str, value: &str, now: i64) -> Result<(), RegistryError> {
        let is_same = |noted: &Noted| noted.key == key && noted.value == value;
        if self.0.iter().any(is_same) {
            return Err(RegistryError::Exists {
                what: "Resource",
                named: format!("MetadataKey: {key}"),
            });
        }
        if self.0.len() >= MOST {
            return Err(RegistryError::invalid("MetadataKeyValue", "10 at most"));
        }
        self.0.push(Noted {
            key: key.to_owned(),
            value: value.to_owned(),
            created: now,
        });
        Ok(())
    }

    /// `MetadataInfoMap` of the pairs that fit one of those wanted, of all if none are.
    pub(crate) fn to_json(&self, wanted: &[MetadataPair]) -> Value {
        let fits = |noted: &&Noted| {
            let is_of = |pair: &MetadataPair| {
                let key = pair.metadata_key.as_ref();
                let value = pair.metadata_value.as_ref();
                key.is_none_or(|key| *key == noted.key)
                    && value.is_none_or(|value| *value == noted.value)
            };
            wanted.is_empty() || wanted.iter().any(is_of)
        };
        let mut map = Map::new();
        for noted in self.0.iter().filter(fits) {
            let one = json!({
                "MetadataValue": noted.value,
                "CreatedTime": time(noted.created),
            });
            let Some(first) = map.get_mut(&noted.key) else {
                map.insert(noted.key.clone(), one);
                continue;
            };
            match first["OtherMetadataValueList"].as_array_mut() {
                Some(others) => others.push(one),
                None => first["OtherMetadataValueList"] = json!([one]),
            }
        }
        Value::Object(map)
    }
}
