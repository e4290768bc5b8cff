//! An S3 in memory, below the real SDK client.

mod chunked;
mod request;
mod service;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::sdk;
use service::Buckets;

/// An S3 with buckets in memory. Clones share them.
///
/// It knows `PutObject`, `GetObject`, `DeleteObject` and `ListObjectsV2`, with `If-None-Match` and pages; anything else
/// is answered with `NotImplemented`. A bucket that was not named to it does not exist. What is put by a call was last
/// modified in 1970, as there is no clock.
///
/// ```
/// # async fn example() {
/// let s3 = testkit::FakeS3::with_buckets(["quarantine"]);
/// let put = s3.client().put_object().bucket("quarantine").key("a/b");
/// put.body(b"Hello".to_vec().into()).send().await.expect("stored");
/// assert_eq!(s3.objects("quarantine")["a/b"].body, b"Hello");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FakeS3 {
    buckets: Arc<Mutex<Buckets>>,
}

/// An object as it was put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Object {
    /// Its bytes.
    pub body: Vec<u8>,
    /// The `Content-Type` it was put with.
    pub content_type: Option<String>,
    /// The `Content-Encoding` it was put with.
    pub content_encoding: Option<String>,
    /// When it was put, in seconds since the epoch: 0 for what came by a call.
    pub modified: i64,
}

impl FakeS3 {
    /// An S3 with these buckets, all empty.
    pub fn with_buckets<I>(names: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        let buckets = names.into_iter().map(|name| (name.into(), BTreeMap::new()));
        Self {
            buckets: Arc::new(Mutex::new(buckets.collect())),
        }
    }

    /// A client for it, with the SDK's default retries.
    pub fn client(&self) -> Client {
        Client::new(&self.sdk_config())
    }

    /// A configuration for clients of it, with region and credentials.
    pub fn sdk_config(&self) -> SdkConfig {
        self.sdk_config_with(self.http_client())
    }

    /// The same configuration over another HTTP client, such as one that fails now and then.
    pub fn sdk_config_with(&self, http_client: SharedHttpClient) -> SdkConfig {
        sdk::config(http_client, None)
    }

    /// The HTTP client that is this S3, whatever the endpoint.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Route {
            s3: self.clone(),
            others: None,
        })
    }

    /// An HTTP client that sends S3's calls here and all calls with an `x-amz-target` (DynamoDB, Kinesis) to `others`,
    /// so one configuration serves a whole function:
    /// `dynamodb.sdk_config_with(s3.http_client_beside(dynamodb.http_client()))`.
    pub fn http_client_beside(&self, others: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Route {
            s3: self.clone(),
            others: Some(others),
        })
    }

    /// Every object of a bucket by its key.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, S3Object> {
        self.with(|buckets| buckets.get(bucket).cloned().unwrap_or_default())
    }

    /// Puts an object without a call.
    pub fn put(&self, bucket: &str, key: &str, body: impl Into<Vec<u8>>) {
        self.put_at(bucket, key, body, 0);
    }

    /// Puts an object without a call, as if it were `modified` seconds since the epoch: its `Last-Modified`.
    pub fn put_at(&self, bucket: &str, key: &str, body: impl Into<Vec<u8>>, modified: i64) {
        let object = S3Object {
            body: body.into(),
            modified,
            ..S3Object::default()
        };
        self.with(|buckets| {
            let bucket = buckets.entry(bucket.to_owned()).or_default();
            bucket.insert(key.to_owned(), object);
        });
    }

    /// All lines of all gzipped NDJSON objects below a prefix, in the order of their keys.
    pub fn ndjson_gz_lines(&self, bucket: &str, prefix: &str) -> Vec<Value> {
        let objects = self.objects(bucket).into_iter();
        objects
            .filter(|(key, _)| key.starts_with(prefix))
            .flat_map(|(key, object)| lines(&key, &object.body))
            .collect()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Buckets) -> T) -> T {
        act(&mut self.buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn lines(key: &str, body: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    MultiGzDecoder::new(body)
        .read_to_string(&mut text)
        .unwrap_or_else(|error| panic!("object {key}: not gzip: {error}"));
    text.lines()
        .map(|line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("object {key}: not NDJSON: {error}: {line}"))
        })
        .collect()
}

#[derive(Debug)]
struct Route {
    s3: FakeS3,
    others: Option<SharedHttpClient>,
}

impl HttpClient for Route {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let others = self.others.as_ref();
        SharedHttpConnector::new(RouteConnector {
            s3: self.s3.clone(),
            others: others.map(|client| client.http_connector(settings, components)),
        })
    }
}

#[derive(Debug)]
struct RouteConnector {
    s3: FakeS3,
    others: Option<SharedHttpConnector>,
}

impl HttpConnector for RouteConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match &self.others {
            Some(others) if request.headers().get("x-amz-target").is_some() => others.call(request),
            _ => {
                let s3 = self.s3.clone();
                HttpConnectorFuture::new(async move {
                    let request = request::read(request).await?;
                    Ok(s3.with(|buckets| service::answer(buckets, request)))
                })
            }
        }
    }
}
