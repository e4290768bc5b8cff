//! Registries, and what each action does to them.

use std::collections::BTreeMap;

use records::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RegistryError;
use crate::metadata::Metadata;
use crate::requests::{DEFAULT_REGISTRY, Wanted};
use crate::schema::{SchemaEntry, Version};

/// The schema registries of one account and region.
#[derive(Clone, Debug, Default)]
pub struct Registries {
    registries: BTreeMap<String, Registry>,
    changes: u64,
}

/// What of the registries is kept in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredRegistries(BTreeMap<String, Registry>);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Registry {
    /// Microseconds since 1970.
    pub(crate) created: i64,
    pub(crate) description: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) schemas: BTreeMap<String, SchemaEntry>,
}

/// Registry and name.
pub(crate) type Place<'a> = (&'a str, &'a str);

impl Registries {
    pub(crate) fn registries(&self) -> &BTreeMap<String, Registry> {
        &self.registries
    }

    pub(crate) fn create_registry(
        &mut self,
        name: &str,
        new: Registry,
    ) -> Result<(), RegistryError> {
        if self.registries.contains_key(name) {
            return Err(RegistryError::Exists {
                what: "Registry",
                named: format!("RegistryName: {name}"),
            });
        }
        self.registries.insert(name.to_owned(), new);
        self.changes += 1;
        Ok(())
    }

    pub(crate) fn delete_registry(&mut self, name: &str) -> Result<(), RegistryError> {
        self.registry(name)?;
        self.registries.remove(name);
        self.changes += 1;
        Ok(())
    }

    /// Adds a schema; the default registry is made for its first one.
    pub(crate) fn create_schema(
        &mut self,
        (registry, name): Place<'_>,
        new: SchemaEntry,
    ) -> Result<&SchemaEntry, RegistryError> {
        if registry == DEFAULT_REGISTRY {
            let entry = self.registries.entry(registry.to_owned());
            entry.or_insert_with(|| Registry {
                created: new.created,
                ..Registry::default()
            });
        }
        let schemas = &mut self.registry_mut(registry)?.schemas;
        if schemas.contains_key(name) {
            return Err(RegistryError::Exists {
                what: "Schema",
                named: format!("SchemaName: {name}, RegistryName: {registry}"),
            });
        }
        schemas.insert(name.to_owned(), new);
        self.changes += 1;
        self.schema((registry, name))
    }

    pub(crate) fn delete_schema(&mut self, place: Place<'_>) -> Result<(), RegistryError> {
        self.schema(place)?;
        let (registry, name) = place;
        self.registry_mut(registry)?.schemas.remove(name);
        self.changes += 1;
        Ok(())
    }

    /// Adds a version, unless there is one of that definition.
    pub(crate) fn register(
        &mut self,
        place: Place<'_>,
        definition: &str,
        now: Timestamp,
    ) -> Result<&Version, RegistryError> {
        let known = self.schema(place)?.index_of(definition);
        let index = if let Some(index) = known {
            index
        } else {
            let schema = self.schema_mut(place)?;
            schema.add(definition, now)?;
            let index = schema.versions.len() - 1;
            self.changes += 1;
            index
        };
        let version = self.schema(place)?.versions.get(index);
        version.ok_or(RegistryError::Internal)
    }

    /// A version with its place.
    pub(crate) fn version<'a>(
        &'a self,
        wanted: Wanted,
        place: impl FnOnce() -> Result<Place<'a>, RegistryError>,
    ) -> Result<(Place<'a>, &'a SchemaEntry, &'a Version), RegistryError> {
        let named = match wanted {
            Wanted::Id(id) => {
                let id = id.to_string();
                let found = self.schemas().find_map(|(place, schema)| {
                    let version = schema.versions.iter().find(|version| version.id == id)?;
                    Some((place, schema, version))
                });
                if let Some(found) = found {
                    return Ok(found);
                }
                format!("SchemaVersionId: {id}")
            }
            Wanted::Number(_) | Wanted::Latest => {
                let place = place()?;
                let schema = self.schema(place)?;
                let version = match wanted {
                    Wanted::Number(number) => {
                        let mut versions = schema.versions.iter();
                        versions.find(|version| version.number == number)
                    }
                    _ => schema.latest(),
                };
                if let Some(version) = version {
                    return Ok((place, schema, version));
                }
                let (registry, name) = place;
                format!("SchemaName: {name}, RegistryName: {registry}")
            }
        };
        Err(RegistryError::not_found("Schema version", named))
    }

    /// Changes the metadata of a version.
    pub(crate) fn change_metadata(
        &mut self,
        (registry, name): Place<'_>,
        number: u64,
        change: impl FnOnce(&mut Metadata) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let schema = self.schema_mut((registry, name))?;
        let mut versions = schema.versions.iter_mut();
        let version = versions.find(|version| version.number == number);
        change(&mut version.ok_or(RegistryError::Internal)?.metadata)?;
        self.changes += 1;
        Ok(())
    }

    pub(crate) fn registry(&self, name: &str) -> Result<&Registry, RegistryError> {
        self.registries.get(name).ok_or_else(|| no_registry(name))
    }

    pub(crate) fn schema(
        &self,
        (registry, name): Place<'_>,
    ) -> Result<&SchemaEntry, RegistryError> {
        let found = self.registries.get(registry);
        let found = found.and_then(|found| found.schemas.get(name));
        found.ok_or_else(|| no_schema((registry, name)))
    }

    /// All schemas with their places.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (Place<'_>, &SchemaEntry)> {
        self.registries.iter().flat_map(|(registry, entry)| {
            let schemas = entry.schemas.iter();
            schemas.map(move |(name, schema)| ((registry.as_str(), name.as_str()), schema))
        })
    }

    /// How many changes there were: what has the same number of changes is the same.
    pub(crate) fn change_count(&self) -> u64 {
        self.changes
    }

    pub(crate) fn to_stored(&self) -> StoredRegistries {
        StoredRegistries(self.registries.clone())
    }

    pub(crate) fn take_up(&mut self, stored: StoredRegistries) {
        self.registries = stored.0;
    }

    fn registry_mut(&mut self, name: &str) -> Result<&mut Registry, RegistryError> {
        let found = self.registries.get_mut(name);
        found.ok_or_else(|| no_registry(name))
    }

    fn schema_mut(
        &mut self,
        (registry, name): Place<'_>,
    ) -> Result<&mut SchemaEntry, RegistryError> {
        let found = self.registries.get_mut(registry);
        let found = found.and_then(|found| found.schemas.get_mut(name));
        found.ok_or_else(|| no_schema((registry, name)))
    }
}

fn no_registry(name: &str) -> RegistryError {
    RegistryError::not_found("Registry", format!("RegistryName: {name}"))
}

fn no_schema((registry, name): Place<'_>) -> RegistryError {
    let named = format!("SchemaName: {name}, RegistryName: {registry}");
    RegistryError::not_found("Schema", named)
}
