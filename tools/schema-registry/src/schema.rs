//! A schema and its versions.

use std::collections::BTreeMap;

use records::Timestamp;
use records::glue::{DataFormat, SchemaVersionId};
use serde::{Deserialize, Serialize};

use crate::metadata::Metadata;
use crate::{Compatibility, RegistryError, definition};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SchemaEntry {
    pub(crate) format: Format,
    pub(crate) compatibility: Compatibility,
    pub(crate) description: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// The first is number 1.
    pub(crate) versions: Vec<Version>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) definition: String,
    pub(crate) created: i64,
    /// Whether it fits those before it. One that does not is there to be looked at.
    pub(crate) is_available: bool,
    pub(crate) metadata: Metadata,
}

/// A format as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Format {
    Avro,
    Json,
    Protobuf,
}

impl SchemaEntry {
    /// Adds a version of a definition that is none of the others'.
    pub(crate) fn add(&mut self, definition: &str, now: Timestamp) -> Result<(), RegistryError> {
        let format = self.format.into();
        definition::check(format, definition)
            .map_err(|reason| RegistryError::Invalid(format!("SchemaDefinition: {reason}")))?;
        if self.compatibility == Compatibility::Disabled && !self.versions.is_empty() {
            let text = "Compatibility DISABLED does not allow versioning. SchemaDefinition: expected the first one";
            return Err(RegistryError::Invalid(text.to_owned()));
        }
        let before = self.versions.iter().filter(|version| version.is_available);
        let before: Vec<&str> = before.map(|version| version.definition.as_str()).collect();
        let is_available = self.compatibility.allows(format, &before, definition);
        self.versions.push(Version {
            id: new_id().to_string(),
            number: self.next_number(),
            definition: definition.to_owned(),
            created: now.as_micros(),
            is_available,
            metadata: Metadata::default(),
        });
        self.updated = now.as_micros();
        Ok(())
    }

    /// The version of a definition.
    pub(crate) fn index_of(&self, definition: &str) -> Option<usize> {
        let canonical = |text| definition::canonical(self.format.into(), text);
        let wanted = canonical(definition);
        let mut versions = self.versions.iter();
        versions.position(|version| canonical(&version.definition) == wanted)
    }

    pub(crate) fn latest(&self) -> Option<&Version> {
        let mut versions = self.versions.iter().rev();
        versions.find(|version| version.is_available)
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.versions.len() as u64 + 1
    }
}

impl From<DataFormat> for Format {
    fn from(format: DataFormat) -> Self {
        match format {
            DataFormat::Avro => Self::Avro,
            DataFormat::Json => Self::Json,
            DataFormat::Protobuf => Self::Protobuf,
        }
    }
}

impl From<Format> for DataFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Avro => Self::Avro,
            Format::Json => Self::Json,
            Format::Protobuf => Self::Protobuf,
        }
    }
}

/// A random UUID (RFC 9562, version 4).
fn new_id() -> SchemaVersionId {
    let random = fastrand::u128(..);
    let marked = random & !(0xf000 << 64) & !(0b11 << 62) | 0x4000 << 64 | 0b10 << 62;
    SchemaVersionId::from_bytes(marked.to_be_bytes())
}
