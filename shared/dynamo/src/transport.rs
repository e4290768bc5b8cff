//! One signed call to DynamoDB, and the classes of its failures.

mod credentials;
mod endpoint;
mod failure;

use std::sync::Arc;
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
use tokio::time::{Instant, timeout_at};

pub use failure::CallError;
pub(crate) use failure::Failure;

use credentials::CachedCredentials;
use failure::ServiceError;

/// Longest time for a connection to be made; the SDK's default.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
/// Longest time for one call. DynamoDB answers within tens of milliseconds; a call that takes this long is lost, and
/// another connection does better.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);
/// Content type of DynamoDB's protocol, JSON 1.0.
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Signs and sends calls to one region's DynamoDB. Clones share its connections and credentials.
#[derive(Clone, Debug)]
pub struct Transport {
    connector: SharedHttpConnector,
    credentials: Arc<CachedCredentials>,
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
            credentials: Arc::new(CachedCredentials::new(provider)),
            endpoint: endpoint::resolve(config, &region)?,
            region,
            now,
        })
    }

    /// Sends one call; `operation` is DynamoDB's name of it (`BatchWriteItem`), `body` its JSON. Gives the
    /// JSON of the answer.
    pub async fn call(&self, operation: &str, body: Bytes) -> Result<Bytes, CallError> {
        Ok(self.send(operation, body).await?)
    }

    /// As [`call`](Self::call), not begun after `deadline` and not waited for beyond it, nor longer than a call takes.
    pub(crate) async fn call_by(
        &self,
        deadline: Instant,
        operation: &str,
        body: Bytes,
    ) -> Result<Bytes, Failure> {
        let now = Instant::now();
        if now >= deadline {
            return Err(CallError::Unavailable("no time left".to_owned()).into());
        }
        let answer = timeout_at(deadline.min(now + CALL_TIMEOUT), self.send(operation, body)).await;
        answer.map_err(|_| CallError::Transient("no answer in time".to_owned()))?
    }

    async fn send(&self, operation: &str, body: Bytes) -> Result<Bytes, Failure> {
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
        Err(error.into_failure(status))
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
