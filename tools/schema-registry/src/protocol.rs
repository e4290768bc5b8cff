//! AWS JSON 1.1: targets and bodies in, statuses and bodies out.

use records::Timestamp;
use serde_json::{Value, json};
use stand_in::{Answer, StandIn};

use crate::definition;
use crate::registries::{Place, Registries, Registry, StoredRegistries};
use crate::requests::{Request, registry_arn, schema_arn};
use crate::schema::SchemaEntry;
use crate::{RegistryError, responses};

impl StandIn for Registries {
    const SERVICE: &'static str = "AWSGlue";
    const NAME: &'static str = "schema registry";
    const CONTENT_TYPE: &'static str = "application/x-amz-json-1.1";
    /// A definition of 170,000 characters, each of them escaped.
    const MOST_BODY: usize = 1 << 20;
    type Stored = StoredRegistries;

    fn answer(&mut self, target: &str, body: &[u8], now: Timestamp) -> Answer {
        match act(self, target, body, now) {
            Ok(body) => Answer {
                status: 200,
                body: body.to_string(),
            },
            Err(error) => error.into(),
        }
    }

    fn too_large() -> Answer {
        RegistryError::invalid("body", "at most 1 MiB").into()
    }

    fn not_kept() -> Answer {
        RegistryError::Internal.into()
    }

    fn changes(&self) -> u64 {
        self.change_count()
    }

    fn stored(&self) -> StoredRegistries {
        self.to_stored()
    }

    fn restore(&mut self, stored: StoredRegistries) {
        self.take_up(stored);
    }
}

fn act(
    all: &mut Registries,
    target: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<Value, RegistryError> {
    let request = &Request::read(body)?;
    match target.strip_prefix("AWSGlue.").unwrap_or_default() {
        "CreateRegistry" => create_registry(all, request, now),
        "GetRegistry" => {
            let name = request.registry()?;
            Ok(responses::registry(name, all.registry(name)?))
        }
        "ListRegistries" => {
            let (page, next) = request.page(all.registries().iter())?;
            let page = page.into_iter();
            let page = page.map(|(name, registry)| responses::registry(name, registry));
            Ok(responses::page("Registries", page, next))
        }
        "DeleteRegistry" => {
            let name = request.registry()?;
            all.delete_registry(name)?;
            Ok(json!({
                "RegistryName": name,
                "RegistryArn": registry_arn(name),
                "Status": "DELETING",
            }))
        }
        "CreateSchema" => create_schema(all, request, now),
        "GetSchema" => {
            let place = request.schema()?;
            let schema = all.schema(place)?;
            let mut body = responses::schema(place, schema);
            body["CreatedTime"] = json!(responses::time(schema.created));
            body["UpdatedTime"] = json!(responses::time(schema.updated));
            Ok(body)
        }
        "ListSchemas" => list_schemas(all, request),
        "DeleteSchema" => {
            let place = request.schema()?;
            all.delete_schema(place)?;
            Ok(json!({
                "SchemaArn": schema_arn(place.0, place.1),
                "SchemaName": place.1,
                "Status": "DELETING",
            }))
        }
        "RegisterSchemaVersion" => {
            let version = all.register(request.schema()?, request.definition()?, now)?;
            Ok(json!({
                "SchemaVersionId": version.id,
                "VersionNumber": version.number,
                "Status": responses::status(version),
            }))
        }
        "GetSchemaVersion" => {
            let (place, schema, version) = all.version(request.version()?, || request.schema())?;
            let mut body = responses::version(place, version);
            body["SchemaDefinition"] = json!(version.definition);
            body["DataFormat"] = json!(schema.format);
            Ok(body)
        }
        "GetSchemaByDefinition" => by_definition(all, request),
        "ListSchemaVersions" => {
            let place = request.schema()?;
            let (page, next) = request.page(all.schema(place)?.versions.iter())?;
            let page = page.into_iter();
            let page = page.map(|version| responses::version(place, version));
            Ok(responses::page("Schemas", page, next))
        }
        "CheckSchemaVersionValidity" => Ok(
            match definition::check(request.format()?, request.definition()?) {
                Ok(()) => json!({ "Valid": true }),
                Err(reason) => json!({ "Valid": false, "Error": reason }),
            },
        ),
        "PutSchemaVersionMetadata" => put_metadata(all, request, now),
        "QuerySchemaVersionMetadata" => {
            let (_, _, version) = all.version(request.version()?, || request.schema())?;
            let wanted = request.metadata_list.as_deref().unwrap_or_default();
            Ok(json!({
                "MetadataInfoMap": version.metadata.to_json(wanted),
                "SchemaVersionId": version.id,
            }))
        }
        _ => Err(RegistryError::Invalid(format!(
            "X-Amz-Target: expected an action on schema registries, not {target:?}"
        ))),
    }
}

fn create_registry(
    all: &mut Registries,
    request: &Request,
    now: Timestamp,
) -> Result<Value, RegistryError> {
    let name = request.new_registry()?;
    let registry = Registry {
        created: now.as_micros(),
        description: request.description.clone(),
        tags: request.tags.clone().unwrap_or_default(),
        ..Registry::default()
    };
    let body = responses::new_registry(name, &registry);
    all.create_registry(name, registry)?;
    Ok(body)
}

fn create_schema(
    all: &mut Registries,
    request: &Request,
    now: Timestamp,
) -> Result<Value, RegistryError> {
    let place = (request.registry()?, request.new_schema()?);
    let mut schema = SchemaEntry {
        format: request.format()?.into(),
        compatibility: request.compatibility()?,
        description: request.description.clone(),
        tags: request.tags.clone().unwrap_or_default(),
        created: now.as_micros(),
        updated: now.as_micros(),
        versions: Vec::new(),
    };
    if let Some(definition) = request.new_definition() {
        schema.add(definition, now)?;
    }
    let schema = all.create_schema(place, schema)?;
    let mut body = responses::schema(place, schema);
    body["Tags"] = json!(schema.tags);
    if let Some(version) = schema.latest() {
        body["SchemaVersionId"] = json!(version.id);
        body["SchemaVersionStatus"] = json!(responses::status(version));
    }
    Ok(body)
}

fn list_schemas(all: &Registries, request: &Request) -> Result<Value, RegistryError> {
    let registry = request.registry()?;
    if request.names_registry() {
        all.registry(registry)?;
    }
    let is_wanted =
        |((of, _), _): &(Place<'_>, &SchemaEntry)| !request.names_registry() || *of == registry;
    let (page, next) = request.page(all.schemas().filter(is_wanted))?;
    let page = page.into_iter();
    let page = page.map(|(place, schema)| responses::listed_schema(place, schema));
    Ok(responses::page("Schemas", page, next))
}

fn by_definition(all: &Registries, request: &Request) -> Result<Value, RegistryError> {
    let place = request.schema()?;
    let schema = all.schema(place)?;
    let index = schema.index_of(request.definition()?);
    let version = index.and_then(|index| schema.versions.get(index));
    let version = version.ok_or_else(|| {
        let named = format!("SchemaName: {}, RegistryName: {}", place.1, place.0);
        RegistryError::not_found("Schema version", named)
    })?;
    let mut body = responses::version(place, version);
    body["DataFormat"] = json!(schema.format);
    Ok(body)
}

fn put_metadata(
    all: &mut Registries,
    request: &Request,
    now: Timestamp,
) -> Result<Value, RegistryError> {
    let pair = request.metadata_key_value.as_ref();
    let pair =
        pair.and_then(|pair| Some((pair.metadata_key.as_ref()?, pair.metadata_value.as_ref()?)));
    let (key, value) =
        pair.ok_or_else(|| RegistryError::invalid("MetadataKeyValue", "a key and a value"))?;
    let (place, schema, version) = all.version(request.version()?, || request.schema())?;
    let (registry, name) = (place.0.to_owned(), place.1.to_owned());
    let latest = schema.latest().map(|latest| latest.number);
    let (number, id) = (version.number, version.id.clone());
    all.change_metadata((&registry, &name), number, |metadata| {
        metadata.put(key, value, now.as_micros())
    })?;
    Ok(json!({
        "SchemaArn": schema_arn(&registry, &name),
        "SchemaName": name,
        "RegistryName": registry,
        "LatestVersion": latest == Some(number),
        "VersionNumber": number,
        "SchemaVersionId": id,
        "MetadataKey": key,
        "MetadataValue": value,
    }))
}
