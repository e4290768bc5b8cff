//! The bodies of the requests, checked.

use std::collections::BTreeMap;

use records::glue::{DataFormat, SchemaVersionId};
use serde::Deserialize;

use crate::{Compatibility, RegistryError};

/// Most results of a page, and what a page has unless the request wants less.
const PAGE: usize = 100;
/// The registry of schemas that name none.
pub(crate) const DEFAULT_REGISTRY: &str = "default-registry";

/// Any request of the API: every action reads the members it knows.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Request {
    registry_name: Option<String>,
    registry_id: Option<RegistryId>,
    schema_name: Option<String>,
    schema_id: Option<SchemaId>,
    schema_version_id: Option<String>,
    schema_version_number: Option<SchemaVersionNumber>,
    schema_definition: Option<String>,
    data_format: Option<String>,
    compatibility: Option<serde_json::Value>,
    pub(crate) metadata_key_value: Option<MetadataPair>,
    pub(crate) metadata_list: Option<Vec<MetadataPair>>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RegistryId {
    registry_name: Option<String>,
    registry_arn: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SchemaId {
    schema_arn: Option<String>,
    schema_name: Option<String>,
    registry_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SchemaVersionNumber {
    latest_version: Option<bool>,
    version_number: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct MetadataPair {
    pub(crate) metadata_key: Option<String>,
    pub(crate) metadata_value: Option<String>,
}

/// Which version of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Id(SchemaVersionId),
    Number(u64),
    Latest,
}

impl Request {
    pub(crate) fn read(body: &[u8]) -> Result<Self, RegistryError> {
        serde_json::from_slice(body)
            .map_err(|_| RegistryError::invalid("body", "a JSON object with the action's members"))
    }

    /// The name of a new registry.
    pub(crate) fn new_registry(&self) -> Result<&str, RegistryError> {
        name("RegistryName", self.registry_name.as_deref())
    }

    /// The name of the registry asked for.
    pub(crate) fn registry(&self) -> Result<&str, RegistryError> {
        let Some(id) = &self.registry_id else {
            return Ok(DEFAULT_REGISTRY);
        };
        match (&id.registry_name, &id.registry_arn) {
            (Some(given), None) => name("RegistryName", Some(given)),
            (None, Some(arn)) => match arn.rsplit_once(":registry/") {
                Some((_, given)) if *arn == registry_arn(given) => Ok(given),
                _ => Err(RegistryError::not_found(
                    "Registry",
                    format!("RegistryArn: {arn}"),
                )),
            },
            _ => Err(RegistryError::invalid("RegistryId", "a name or an ARN")),
        }
    }

    /// Whether a registry was named at all.
    pub(crate) fn names_registry(&self) -> bool {
        self.registry_id.is_some()
    }

    /// The name of a new schema.
    pub(crate) fn new_schema(&self) -> Result<&str, RegistryError> {
        name("SchemaName", self.schema_name.as_deref())
    }

    /// Registry and name of the schema asked for.
    pub(crate) fn schema(&self) -> Result<(&str, &str), RegistryError> {
        let id = self.schema_id.as_ref();
        let id = id.ok_or_else(|| RegistryError::invalid("SchemaId", "a name or an ARN"))?;
        match (&id.schema_arn, &id.schema_name) {
            (Some(arn), None) => {
                let place = arn.rsplit_once(":schema/");
                let place = place.and_then(|(_, place)| place.split_once('/'));
                match place {
                    Some((registry, schema)) if *arn == schema_arn(registry, schema) => {
                        Ok((registry, schema))
                    }
                    _ => Err(RegistryError::not_found(
                        "Schema",
                        format!("SchemaArn: {arn}"),
                    )),
                }
            }
            (None, schema @ Some(_)) => {
                let registry = id.registry_name.as_deref().unwrap_or(DEFAULT_REGISTRY);
                Ok((
                    name("RegistryName", Some(registry))?,
                    name("SchemaName", schema.as_deref())?,
                ))
            }
            _ => Err(RegistryError::invalid("SchemaId", "a name or an ARN")),
        }
    }

    /// The version asked for.
    pub(crate) fn version(&self) -> Result<Wanted, RegistryError> {
        let number = self.schema_version_number.as_ref();
        match (&self.schema_version_id, number) {
            (Some(id), None) => {
                let id = id.parse();
                id.map(Wanted::Id)
                    .map_err(|_| RegistryError::invalid("SchemaVersionId", "a UUID"))
            }
            (None, Some(number)) => match (number.latest_version, number.version_number) {
                (Some(true), None) => Ok(Wanted::Latest),
                (None | Some(false), Some(number @ 1..=100_000)) => Ok(Wanted::Number(number)),
                _ => Err(RegistryError::invalid(
                    "SchemaVersionNumber",
                    "either LatestVersion or VersionNumber from 1 to 100000",
                )),
            },
            _ => Err(RegistryError::invalid(
                "SchemaVersionId",
                "either it, or SchemaId and SchemaVersionNumber",
            )),
        }
    }

    pub(crate) fn definition(&self) -> Result<&str, RegistryError> {
        let definition = self.new_definition();
        definition.ok_or_else(|| RegistryError::invalid("SchemaDefinition", "a definition"))
    }

    /// The definition of a schema's first version, which it may lack.
    pub(crate) fn new_definition(&self) -> Option<&str> {
        self.schema_definition.as_deref()
    }

    pub(crate) fn format(&self) -> Result<DataFormat, RegistryError> {
        let format = self.data_format.as_deref().unwrap_or_default();
        let read = format
            .parse()
            .ok()
            .filter(|_| format.to_uppercase() == format);
        read.ok_or_else(|| RegistryError::invalid("DataFormat", "AVRO, JSON or PROTOBUF"))
    }

    pub(crate) fn compatibility(&self) -> Result<Compatibility, RegistryError> {
        let Some(value) = &self.compatibility else {
            return Ok(Compatibility::default());
        };
        serde_json::from_value(value.clone())
            .map_err(|_| RegistryError::invalid("Compatibility", "a compatibility mode"))
    }

    /// The page asked for, and the token of the next one if there is one.
    pub(crate) fn page<T>(
        &self,
        all: impl Iterator<Item = T>,
    ) -> Result<(Vec<T>, Option<String>), RegistryError> {
        let most = match self.max_results.map(usize::try_from) {
            None => PAGE,
            Some(Ok(most @ 1..=PAGE)) => most,
            Some(_) => return Err(RegistryError::invalid("MaxResults", "1 to 100")),
        };
        let passed: usize = match &self.next_token {
            None => 0,
            Some(token) => token
                .parse()
                .map_err(|_| RegistryError::invalid("NextToken", "that of the page before"))?,
        };
        let mut rest = all.skip(passed);
        let page: Vec<T> = rest.by_ref().take(most).collect();
        let next = rest.next().map(|_| (passed + page.len()).to_string());
        Ok((page, next))
    }
}

/// `[a-zA-Z0-9-_$#.]+`, of 255 characters at most.
fn name<'a>(field: &str, given: Option<&'a str>) -> Result<&'a str, RegistryError> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "-_$#.".contains(char);
    let fits = |name: &&str| (1..=255).contains(&name.len()) && name.chars().all(allowed);
    given.filter(fits).ok_or_else(|| {
        RegistryError::invalid(field, "1 to 255 letters, digits, -, _, $, # or dots")
    })
}

/// The ARN of a registry, in the account that local emulators use.
pub(crate) fn registry_arn(registry: &str) -> String {
    format!("arn:aws:glue:us-east-1:000000000000:registry/{registry}")
}

/// The ARN of a schema.
pub(crate) fn schema_arn(registry: &str, schema: &str) -> String {
    format!("arn:aws:glue:us-east-1:000000000000:schema/{registry}/{schema}")
}
