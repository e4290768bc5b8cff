//! Schemas in AWS Glue Schema Registry, and payloads with their header.

use aws_sdk_glue::Client;
use aws_sdk_glue::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_glue::types::{Compatibility, DataFormat, RegistryId, SchemaId, SchemaVersionStatus};
use records::avro::AvroSchema;
use records::glue::{Header, SchemaVersionId};

use super::avro::AvroPayloads;

/// A schema of JSON that takes any text: so a payload goes as it is, whatever it is.
const ANY_JSON: &str =
    r#"{"$schema": "http://json-schema.org/draft-07/schema#", "description": "anything"}"#;

/// What schemas are of.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The schemas' names begin with it.
    pub name: String,
    /// Payloads that have its form are written as Avro.
    pub avro: Option<String>,
}

impl Subject {
    /// Payloads that stay JSON all.
    pub fn json(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            avro: None,
        }
    }
}

/// Schemas that are in a registry, by the ids of their versions.
#[derive(Clone, Debug)]
pub struct Registered {
    avro: Option<(Header, AvroPayloads)>,
    json: Header,
}

/// Why a schema is not in the registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A call failed.
    #[error("schema {schema} of registry {registry}: {reason}")]
    Call {
        /// The registry.
        registry: String,
        /// The schema.
        schema: String,
        /// What the SDK says.
        reason: String,
    },
    /// The registry does not let the version be used.
    #[error("schema {schema} of registry {registry}: its version is {status}, expected AVAILABLE")]
    Status {
        /// The registry.
        registry: String,
        /// The schema.
        schema: String,
        /// What it says.
        status: String,
    },
}

/// A schema, and where it is to be.
struct Place<'a> {
    client: &'a Client,
    registry: &'a str,
    schema: String,
    format: DataFormat,
    definition: &'a str,
}

impl Registered {
    /// Makes the registry and the schemas, where there are none, and registers the versions.
    pub async fn register(
        client: &Client,
        registry: &str,
        subject: &Subject,
    ) -> Result<Self, RegistryError> {
        let place = |format: DataFormat, definition| Place {
            client,
            registry,
            schema: format!("{}-{}", subject.name, format.as_str().to_lowercase()),
            format,
            definition,
        };
        let avro = match &subject.avro {
            Some(definition) => {
                let place = place(DataFormat::Avro, definition.as_str());
                let payloads = AvroSchema::parse(definition).and_then(AvroPayloads::new);
                let payloads = payloads.map_err(|error| place.failed(error.to_string()))?;
                Some((Header::new(place.register().await?), payloads))
            }
            None => None,
        };
        let json = place(DataFormat::Json, ANY_JSON).register().await?;
        Ok(Self {
            avro,
            json: Header::new(json),
        })
    }

    /// With versions of these ids.
    #[cfg(test)]
    pub(super) fn of(
        avro: Option<(SchemaVersionId, &str)>,
        json: SchemaVersionId,
    ) -> Result<Self, records::avro::AvroSchemaError> {
        let avro = match avro {
            Some((id, definition)) => {
                let payloads = AvroPayloads::new(AvroSchema::parse(definition)?)?;
                Some((Header::new(id), payloads))
            }
            None => None,
        };
        Ok(Self {
            avro,
            json: Header::new(json),
        })
    }

    /// The ids of the schemas' versions: of Avro, if there is one, and of JSON.
    pub fn ids(&self) -> (Option<SchemaVersionId>, SchemaVersionId) {
        let avro = self.avro.as_ref();
        let avro = avro.map(|(header, _)| header.schema_version_id);
        (avro, self.json.schema_version_id)
    }

    /// The payload with a header: as Avro, if that says all that the payload says, else as it is. What is meant to be
    /// refused always stays as it is.
    pub fn write(&self, payload: &[u8], is_poison: bool) -> Vec<u8> {
        let avro = self.avro.as_ref().filter(|_| !is_poison);
        let written = avro.and_then(|(header, payloads)| Some((header, payloads.write(payload)?)));
        match written {
            Some((header, datum)) => with_header(*header, &datum),
            None => with_header(self.json, payload),
        }
    }
}

/// A header that is not compressed takes any payload.
fn with_header(header: Header, payload: &[u8]) -> Vec<u8> {
    header.write(payload).unwrap_or_default()
}

impl Place<'_> {
    async fn register(&self) -> Result<SchemaVersionId, RegistryError> {
        let (id, status) = match self.find().await? {
            Some(found) => found,
            None => self.create().await?,
        };
        if status != Some(SchemaVersionStatus::Available) {
            return Err(RegistryError::Status {
                registry: self.registry.to_owned(),
                schema: self.schema.clone(),
                status: status.map_or_else(String::new, |status| status.as_str().to_owned()),
            });
        }
        let id = id.unwrap_or_default();
        id.parse()
            .map_err(|error| self.failed(format!("{id:?}: {error}")))
    }

    /// The version, if it is there.
    async fn find(&self) -> Result<Option<Version>, RegistryError> {
        let call = self.client.get_schema_by_definition();
        let call = call
            .schema_id(self.schema_id())
            .schema_definition(self.definition);
        match call.send().await {
            Ok(found) => Ok(Some((found.schema_version_id, found.status))),
            Err(error) if error.code() == Some("EntityNotFoundException") => Ok(None),
            Err(error) => Err(self.failed(DisplayErrorContext(error).to_string())),
        }
    }

    /// Makes what there is not: the registry, the schema, the version.
    async fn create(&self) -> Result<Version, RegistryError> {
        let registry = self.client.create_registry().registry_name(self.registry);
        if let Err(error) = registry.send().await
            && error.code() != Some("AlreadyExistsException")
        {
            return Err(self.failed(DisplayErrorContext(error).to_string()));
        }
        let registry = RegistryId::builder().registry_name(self.registry).build();
        let call = self.client.create_schema().registry_id(registry);
        let call = call
            .schema_name(&self.schema)
            .data_format(self.format.clone())
            .compatibility(Compatibility::Backward)
            .schema_definition(self.definition);
        match call.send().await {
            Ok(made) => return Ok((made.schema_version_id, made.schema_version_status)),
            Err(error) if error.code() == Some("AlreadyExistsException") => {}
            Err(error) => return Err(self.failed(DisplayErrorContext(error).to_string())),
        }
        let call = self.client.register_schema_version();
        let call = call
            .schema_id(self.schema_id())
            .schema_definition(self.definition);
        match call.send().await {
            Ok(made) => Ok((made.schema_version_id, made.status)),
            Err(error) => Err(self.failed(DisplayErrorContext(error).to_string())),
        }
    }

    fn schema_id(&self) -> SchemaId {
        let id = SchemaId::builder().registry_name(self.registry);
        id.schema_name(&self.schema).build()
    }

    fn failed(&self, reason: String) -> RegistryError {
        RegistryError::Call {
            registry: self.registry.to_owned(),
            schema: self.schema.clone(),
            reason,
        }
    }
}

/// Its id and its status.
type Version = (Option<String>, Option<SchemaVersionStatus>);
