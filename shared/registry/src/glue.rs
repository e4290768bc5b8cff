//! AWS Glue Schema Registry through the SDK.

use aws_config::SdkConfig;
use aws_sdk_glue::Client;
use aws_sdk_glue::error::DisplayErrorContext;
use aws_sdk_glue::operation::get_schema_version::GetSchemaVersionError;
use records::glue::SchemaVersionId;

use crate::source::{FetchError, Fetched, SchemaSource};

/// The registry of an account and a region.
///
/// ```
/// use registry::{GlueSource, Registry};
///
/// let config = aws_config::SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest()).build();
/// let registry = Registry::new(GlueSource::new(&config), None);
/// ```
#[derive(Clone, Debug)]
pub struct GlueSource {
    client: Client,
}

impl GlueSource {
    /// With the SDK's settings: region, credentials, retries.
    pub fn new(config: &SdkConfig) -> Self {
        Self::with_client(Client::new(config))
    }

    /// With a client of one's own.
    pub fn with_client(client: Client) -> Self {
        Self { client }
    }
}

impl SchemaSource for GlueSource {
    async fn fetch(&self, id: SchemaVersionId) -> Result<Option<Fetched>, FetchError> {
        let call = self.client.get_schema_version();
        let answer = match call.schema_version_id(id.to_string()).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let is_unknown = error
                    .as_service_error()
                    .is_some_and(GetSchemaVersionError::is_entity_not_found_exception);
                if is_unknown {
                    return Ok(None);
                }
                let reason = DisplayErrorContext(error).to_string();
                return Err(FetchError::Failed { id, reason });
            }
        };
        let format = answer
            .data_format
            .and_then(|format| format.as_str().parse().ok());
        match (format, answer.schema_definition) {
            (Some(format), Some(definition)) => Ok(Some(Fetched { format, definition })),
            _ => Err(FetchError::NoSchema { id }),
        }
    }
}
