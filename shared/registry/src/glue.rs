//! AWS Glue Schema Registry through the SDK.

use std::error::Error;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_glue::Client;
use aws_sdk_glue::operation::get_schema_version::GetSchemaVersionError;
use records::glue::SchemaVersionId;

use crate::source::{FetchError, Fetched, SchemaSource};

/// Longest time for one try of a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

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
    /// With the SDK's settings: region, credentials, endpoint. A call is tried three times, for 3 seconds each.
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let config = aws_sdk_glue::config::Builder::from(config)
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts.build());
        Self::with_client(Client::from_conf(config.build()))
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
                let reason = causes(&error);
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

/// An error with its causes, on one line.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
