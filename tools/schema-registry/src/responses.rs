//! The bodies of the answers.

use records::Timestamp;
use serde_json::{Value, json};

use crate::registries::{Place, Registry};
use crate::requests::{registry_arn, schema_arn};
use crate::schema::{SchemaEntry, Version};

/// The first version that later ones are compared with.
const CHECKPOINT: u64 = 1;

/// A time as this API writes it: text.
pub(crate) fn time(micros: i64) -> String {
    Timestamp::from_micros(micros).to_string()
}

pub(crate) fn registry(name: &str, registry: &Registry) -> Value {
    let mut body = json!({
        "RegistryName": name,
        "RegistryArn": registry_arn(name),
        "Status": "AVAILABLE",
        "CreatedTime": time(registry.created),
        "UpdatedTime": time(registry.created),
    });
    describe(&mut body, registry.description.as_deref());
    body
}

pub(crate) fn new_registry(name: &str, registry: &Registry) -> Value {
    let mut body = json!({
        "RegistryName": name,
        "RegistryArn": registry_arn(name),
        "Tags": registry.tags,
    });
    describe(&mut body, registry.description.as_deref());
    body
}

/// What `GetSchema` and `CreateSchema` say both.
pub(crate) fn schema(place: Place<'_>, schema: &SchemaEntry) -> Value {
    let mut body = json!({
        "RegistryName": place.0,
        "RegistryArn": registry_arn(place.0),
        "SchemaName": place.1,
        "SchemaArn": schema_arn(place.0, place.1),
        "DataFormat": schema.format,
        "Compatibility": schema.compatibility,
        "SchemaCheckpoint": CHECKPOINT,
        "LatestSchemaVersion": schema.latest().map_or(0, |version| version.number),
        "NextSchemaVersion": schema.next_number(),
        "SchemaStatus": "AVAILABLE",
    });
    describe(&mut body, schema.description.as_deref());
    body
}

pub(crate) fn listed_schema(place: Place<'_>, schema: &SchemaEntry) -> Value {
    let mut body = json!({
        "RegistryName": place.0,
        "SchemaName": place.1,
        "SchemaArn": schema_arn(place.0, place.1),
        "SchemaStatus": "AVAILABLE",
        "CreatedTime": time(schema.created),
        "UpdatedTime": time(schema.updated),
    });
    describe(&mut body, schema.description.as_deref());
    body
}

pub(crate) fn version(place: Place<'_>, version: &Version) -> Value {
    json!({
        "SchemaArn": schema_arn(place.0, place.1),
        "SchemaVersionId": version.id,
        "VersionNumber": version.number,
        "Status": status(version),
        "CreatedTime": time(version.created),
    })
}

pub(crate) fn status(version: &Version) -> &'static str {
    if version.is_available {
        "AVAILABLE"
    } else {
        "FAILURE"
    }
}

/// A page of a list called `name`.
pub(crate) fn page(name: &str, page: impl Iterator<Item = Value>, next: Option<String>) -> Value {
    let mut body = json!({ name: page.collect::<Vec<_>>() });
    if let Some(next) = next {
        body["NextToken"] = json!(next);
    }
    body
}

fn describe(body: &mut Value, description: Option<&str>) {
    if let Some(description) = description {
        body["Description"] = json!(description);
    }
}
