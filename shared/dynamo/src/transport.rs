//! One signed call to DynamoDB, and the classes of its failures.

mod credentials;
mod endpoint;

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_http_client::{Connector, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use http::uri::Uri;
use serde::Deserialize;

use credentials::CachedCredentials;

/// Longest time for a connection to be made; the SDK's default.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
/// Content type of DynamoDB's protocol, JSON 1.0.
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Signs and sends calls to one region's DynamoDB. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Transport {
    connector: SharedHttpConnector,
    credentials: CachedCredentials,
    endpoint: Uri,
    region: String,
    now: fn() -> SystemTime,
}

/// Why a transport cannot be built from the SDK's configuration.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No region is configured.
    #[error("no AWS region is set: expected AWS_REGION or a profile with a region")]
    NoRegion,
    /// No source of credentials is configured.
    #[error("no AWS credentials are set")]
    NoCredentials,
    /// The SDK's endpoint rules have no address for this configuration.
    #[error("no DynamoDB endpoint: {0}")]
    NoEndpoint(String),
}

/// Why a call failed, by what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// DynamoDB refuses something in the request for good: halve it to find the guilty item.
    #[error("refused: {0}")]
    Refused(String),
    /// Throttled, broken off or failed inside the service: try again.
    #[error("transient: {0}")]
    Transient(String),
    /// Neither the request's fault nor passing soon (no permission, no table): report and stop calling.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl Transport {
    /// A transport with the SDK's HTTP client over TLS, with its region, credentials, endpoint rules and proxy
    /// settings.
    pub fn new(config: &SdkConfig) -> Result<Self, TransportError> {
        let settings = aws_smithy_runtime_api::client::http::HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let mut builder = Connector::builder()
            .connector_settings(settings)
            .proxy_config(ProxyConfig::from_env());
        builder.set_sleep_impl(config.sleep_impl());
        let connector = builder
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::AwsLc,
            ))
            .build();
        Self::with_connector(config, SharedHttpConnector::new(connector))
    }

    /// A transport over a connector of one's own.
    pub fn with_connector(
        config: &SdkConfig,
        connector: SharedHttpConnector,
    ) -> Result<Self, TransportError> {
        let region = config.region().ok_or(TransportError::NoRegion)?.to_string();
        let provider = config
            .credentials_provider()
            .ok_or(TransportError::NoCredentials)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "signatures carry the true time, also where a test's clock stands still"
        )]
        let now = SystemTime::now;
        Ok(Self {
            connector,
            credentials: CachedCredentials::new(provider),
            endpoint: endpoint::resolve(config, &region)?,
            region,
            now,
        })
    }

    /// Sends one call; `operation` is DynamoDB's name of it (`BatchWriteItem`), `body` its JSON. Gives the
    /// JSON of the answer.
    pub async fn call(&self, operation: &str, body: Bytes) -> Result<Bytes, CallError> {
        let request = self.signed(operation, body).await?;
        let response = self.connector.call(request).await.map_err(|error| {
            CallError::Transient(format!(
                "{}",
                aws_smithy_types::error::display::DisplayErrorContext(&error)
            ))
        })?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.into_body()).collect().await;
        let body = body
            .map_err(|error| CallError::Transient(format!("the answer broke off: {error}")))?
            .into_bytes();
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let error = ServiceError::read(&body);
        if error.is_stale_credentials() {
            self.credentials.forget();
        }
        Err(error.classify(status))
    }

    async fn signed(&self, operation: &str, body: Bytes) -> Result<Request, CallError> {
        let now = (self.now)();
        let identity = self.credentials.get(now).await?;
        let target = format!("DynamoDB_20120810.{operation}");
        let failed = |what: &dyn std::fmt::Display| {
            CallError::Unavailable(format!("the request cannot be built: {what}"))
        };
        let mut request = http::Request::post(self.endpoint.clone())
            .header(http::header::CONTENT_TYPE, CONTENT_TYPE)
            .header(http::header::CONTENT_LENGTH, body.len())
            .header("x-amz-target", &target)
            .body(())
            .map_err(|error| failed(&error))?;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("dynamodb")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let uri = self.endpoint.to_string();
        let headers = [
            (http::header::CONTENT_TYPE.as_str(), CONTENT_TYPE),
            ("x-amz-target", &target),
        ];
        let signable = SignableRequest::new(
            "POST",
            &uri,
            headers.into_iter(),
            SignableBody::Bytes(&body),
        )
        .map_err(|error| failed(&error))?;
        let (instructions, _signature) = sign(signable, &params)
            .map_err(|error| failed(&error))?
            .into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Request::try_from(request.map(|()| SdkBody::from(body))).map_err(|error| failed(&error))
    }
}

/// The JSON of an error answer.
#[derive(Debug, Default, Deserialize)]
struct ServiceError {
    #[serde(default, rename = "__type")]
    kind: String,
    #[serde(default, alias = "Message")]
    message: String,
    /// Why each write of a transaction did not happen.
    #[serde(default, rename = "CancellationReasons")]
    reasons: Vec<CancellationReason>,
}

#[derive(Debug, Deserialize)]
struct CancellationReason {
    #[serde(default, rename = "Code")]
    code: String,
}

impl ServiceError {
    fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The error's name without its name space (`com.amazonaws.dynamodb.v20120810#ThrottlingException`).
    fn name(&self) -> &str {
        self.kind
            .rsplit_once('#')
            .map_or(&*self.kind, |(_, name)| name)
    }

    fn is_stale_credentials(&self) -> bool {
        matches!(self.name(), "ExpiredTokenException" | "ExpiredToken")
    }

    /// What to do, by the error's name and else by the HTTP status (DynamoDB developer guide, "Error handling").
    fn classify(&self, status: u16) -> CallError {
        let text = format!("{} {}: {}", status, self.name(), self.message);
        match self.name() {
            "ValidationException"
            | "ItemCollectionSizeLimitExceededException"
            | "SerializationException" => CallError::Refused(text),
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "LimitExceededException"
            | "TransactionConflictException"
            | "TransactionInProgressException"
            | "ReplicatedWriteConflictException"
            | "ExpiredTokenException"
            | "ExpiredToken" => CallError::Transient(text),
            // A condition that does not hold or another transaction in the way: read again. What is wrong with an
            // item itself stays wrong.
            "TransactionCanceledException" => {
                let for_good = |reason: &CancellationReason| {
                    matches!(
                        &*reason.code,
                        "ValidationError" | "ItemCollectionSizeLimitExceeded"
                    )
                };
                if self.reasons.iter().any(for_good) {
                    CallError::Refused(text)
                } else {
                    CallError::Transient(text)
                }
            }
            _ if status == 413 => CallError::Refused(text),
            _ if status >= 500 || status == 429 || status == 408 => CallError::Transient(text),
            _ => CallError::Unavailable(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_classified_by_what_to_do_about_them() {
        let refused = |status, body: &str| {
            matches!(
                ServiceError::read(body.as_bytes()).classify(status),
                CallError::Refused(_)
            )
        };
        let transient = |status, body: &str| {
            matches!(
                ServiceError::read(body.as_bytes()).classify(status),
                CallError::Transient(_)
            )
        };
        let named = |name: &str| {
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"m"}}"#)
        };
        for name in [
            "ValidationException",
            "ItemCollectionSizeLimitExceededException",
        ] {
            assert!(refused(400, &named(name)), "{name}");
        }
        for name in [
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "ExpiredTokenException",
        ] {
            assert!(transient(400, &named(name)), "{name}");
        }
        for (status, body) in [
            (500, ""),
            (503, "<html>"),
            (429, "{}"),
            (500, r#"{"__type":"InternalServerError"}"#),
        ] {
            assert!(transient(status, body), "{status} {body}");
        }
        for name in [
            "AccessDeniedException",
            "ResourceNotFoundException",
            "UnrecognizedClientException",
        ] {
            let error = ServiceError::read(named(name).as_bytes()).classify(400);
            assert_eq!(error, CallError::Unavailable(format!("400 {name}: m")));
        }
    }
}
