//! The object of the products from S3.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use tokio::sync::OnceCell;

use super::list::{ListBuilder, ProductList, version};
use super::{ProductsError, list::BadLines};

/// Longest time for one try, until its answer begins.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS: u32 = 3;
/// Largest object that is read, in bytes: its list has to fit beside the function's work.
pub(super) const MAX_BYTES: usize = 100 * 1024 * 1024;

/// Reads the object. The client is made at the first call.
#[derive(Debug)]
pub(super) struct Fetcher {
    bucket: String,
    key: String,
    config: SdkConfig,
    client: OnceCell<Client>,
}

/// What S3 has.
#[derive(Debug)]
pub(super) enum Fetched {
    /// The object that was known.
    NotModified,
    /// This, with the object's entity tag if there is an object.
    List(ProductList, Option<String>),
}

impl Fetcher {
    pub(super) fn new(bucket: String, key: String, config: SdkConfig) -> Self {
        Self {
            bucket,
            key,
            config,
            client: OnceCell::new(),
        }
    }

    /// Reads the object unless it has the entity tag `known`.
    pub(super) async fn fetch(&self, known: Option<&str>) -> Result<Fetched, ProductsError> {
        let client = self.client.get_or_init(|| async { self.connect() }).await;
        let get = client.get_object().bucket(&self.bucket).key(&self.key);
        let get = get.set_if_none_match(known.map(str::to_owned));
        match get.send().await {
            Ok(object) => self.read(object).await,
            Err(error) if is_not_modified(&error) => Ok(Fetched::NotModified),
            // Not `NoSuchBucket`, which is 404 as well: that is a mistake in the deployment.
            Err(error) if error.code() == Some("NoSuchKey") => {
                Ok(Fetched::List(ProductList::empty(), None))
            }
            Err(error) => Err(ProductsError(DisplayErrorContext(&error).to_string())),
        }
    }

    /// Reads the body as it comes, so that it is never in memory beside its list.
    async fn read(&self, object: GetObjectOutput) -> Result<Fetched, ProductsError> {
        let modified = object
            .last_modified()
            .and_then(|time| time.to_millis().ok());
        let (Some(tag), Some(modified)) = (object.e_tag().map(str::to_owned), modified) else {
            // Not from S3: something on the way has answered.
            let text = "the answer has no entity tag or no time of the object";
            return Err(ProductsError(text.to_owned()));
        };
        let version = version(modified, &tag);
        let mut builder = ListBuilder::new(version);
        let mut body = object.body;
        let mut bytes = 0_usize;
        while let Some(piece) = body.next().await {
            let piece =
                piece.map_err(|error| ProductsError(format!("the object broke off: {error}")))?;
            bytes = bytes.saturating_add(piece.len());
            if bytes > MAX_BYTES {
                // It would not become smaller by waiting for it: rows are marked, and completed when it is in order.
                tracing::error!(
                    key = self.key,
                    limit = MAX_BYTES,
                    "the products' object is too large and is not used"
                );
                return Ok(Fetched::List(ProductList::empty(), Some(tag)));
            }
            builder.add(&piece);
        }
        let (list, bad) = builder.finish();
        self.tell(&list, bad);
        Ok(Fetched::List(list, Some(tag)))
    }

    fn tell(&self, list: &ProductList, bad: BadLines) {
        let BadLines { count, first } = bad;
        if count > 0 {
            let key = &self.key;
            tracing::warn!(
                key,
                lines = count,
                first,
                "lines are no products and are skipped"
            );
        }
        let (products, version) = (list.len(), list.version());
        tracing::info!(products, version, "products read");
    }

    fn connect(&self) -> Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            )
            // An endpoint of one's own rarely answers to bucket names as host names.
            .force_path_style(self.config.endpoint_url().is_some())
            .build();
        Client::from_conf(config)
    }
}

fn is_not_modified(error: &SdkError<GetObjectError>) -> bool {
    error
        .raw_response()
        .is_some_and(|response| response.status().as_u16() == 304)
}
