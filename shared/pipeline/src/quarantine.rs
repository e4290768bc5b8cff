//! Poison records, kept in S3 with their bytes, position and reason.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use records::{DynamoDbRecord, KinesisRecord, SequenceNumber, Timestamp};
use serde::{Serialize, Serializer};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use crate::outcome::Poison;

/// Longest time for one try of a put.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// Tries of a put before the records are reported for retry instead.
const ATTEMPTS: u32 = 4;

/// Writes quarantine objects: gzip-compressed lines of JSON, one object an invocation.
///
/// The key names function, day, shard and the first and last sequence number, so that the same batch delivered
/// again writes the same object again.
#[derive(Debug)]
pub struct Quarantine {
    function: &'static str,
    bucket: String,
    config: SdkConfig,
    client: OnceCell<Client>,
}

/// Why poison could not be put into quarantine. Always a matter of retry.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// The lines could not be written as compressed JSON.
    #[error("the quarantine object could not be built: {0}")]
    Build(#[from] std::io::Error),
    /// S3 did not take the object.
    #[error("the quarantine object could not be put: {0}")]
    Put(String),
    /// The time left was too short.
    #[error("no time left to put the quarantine object")]
    NoTime,
}

/// What all lines of an object have in common.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// ARN of the stream.
    pub stream_arn: Option<&'a str>,
    /// Lambda's request id.
    pub request_id: &'a str,
    /// The time of day, used where the first record has no arrival time.
    pub now: SystemTime,
}

/// What is kept of a record of any kind of stream.
#[derive(Clone, Copy, Debug)]
pub struct KeptRecord<'a> {
    /// The shard, if it is known.
    pub shard_id: Option<&'a str>,
    /// The sequence number, if it is one.
    pub sequence_number: Option<SequenceNumber<'a>>,
    /// Which of several records of a record of the stream, from 0.
    pub subsequence_number: u64,
    /// The partition key, if there is one.
    pub partition_key: Option<&'a str>,
    /// When the stream took it.
    pub arrival: Option<Timestamp>,
    /// The data of a Kinesis record, without its layers if they were taken off; the whole JSON of a DynamoDB record.
    pub bytes: &'a [u8],
    /// The layers that are still around the data; none if it is empty.
    pub layers: &'a str,
}

impl<'a> From<KinesisRecord<'a>> for KeptRecord<'a> {
    fn from(record: KinesisRecord<'a>) -> Self {
        Self {
            shard_id: record.shard_id,
            sequence_number: record.sequence_number,
            subsequence_number: 0,
            partition_key: record.partition_key,
            arrival: record.arrival,
            bytes: record.bytes,
            layers: "",
        }
    }
}

impl<'a> From<DynamoDbRecord<'a>> for KeptRecord<'a> {
    fn from(record: DynamoDbRecord<'a>) -> Self {
        Self {
            shard_id: None,
            sequence_number: record.sequence_number,
            subsequence_number: 0,
            partition_key: None,
            arrival: record.arrival,
            bytes: record.bytes,
            layers: "",
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    function: &'a str,
    stream_arn: Option<&'a str>,
    shard_id: Option<&'a str>,
    sequence_number: Option<&'a str>,
    subsequence_number: u64,
    partition_key: Option<&'a str>,
    arrival: Option<String>,
    request_id: &'a str,
    stage: &'static str,
    reason: &'static str,
    detail: &'a str,
    /// What is still around the data: `gzip,kpl`, or nothing.
    layers: &'a str,
    #[serde(serialize_with = "base64")]
    data: &'a [u8],
}

impl Quarantine {
    /// A quarantine of `function` in `bucket`. The client is made at the first poison record.
    pub fn new(function: &'static str, bucket: String, config: SdkConfig) -> Self {
        Self {
            function,
            bucket,
            config,
            client: OnceCell::new(),
        }
    }

    /// Puts `poison` into one object and returns its key. Must not be called without poison.
    pub async fn put(
        &self,
        source: Source<'_>,
        poison: &[(KeptRecord<'_>, &Poison)],
        deadline: Instant,
    ) -> Result<String, QuarantineError> {
        let key = self.key(source, poison);
        let body = self.compress(source, poison)?;
        let client = self.client.get_or_init(|| async { self.connect() }).await;
        let put = client
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type("application/x-ndjson")
            .body(ByteStream::from(body))
            .send();
        // Boxed: the call's future is large, and most invocations do not make it.
        let answer = timeout_at(deadline, Box::pin(put))
            .await
            .map_err(|_| QuarantineError::NoTime)?;
        answer.map_err(|error| QuarantineError::Put(DisplayErrorContext(&error).to_string()))?;
        Ok(key)
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

    /// `sensor-ingest/2026/11/21/shardId-000000000000/<first>-<last>.ndjson.gz`
    fn key(&self, source: Source<'_>, poison: &[(KeptRecord<'_>, &Poison)]) -> String {
        let records = || poison.iter().map(|(record, _)| record);
        let arrival = records()
            .find_map(|record| record.arrival)
            .unwrap_or_else(|| source.now.into());
        let day = arrival
            .to_string()
            .get(..10)
            .unwrap_or("unknown")
            .replace('-', "/");
        let shard = records()
            .find_map(|record| record.shard_id)
            .unwrap_or("unknown-shard");
        let mut key = format!("{}/{day}/{}/", self.function, printable(shard));
        let sequence_number = |record: Option<&KeptRecord<'_>>| {
            record
                .and_then(|record| record.sequence_number)
                .map(|number| number.as_str().to_owned())
        };
        match (
            sequence_number(records().next()),
            sequence_number(records().next_back()),
        ) {
            (Some(first), Some(last)) => _ = write!(key, "{first}-{last}.ndjson.gz"),
            // Without positions the object could overwrite another one: the request makes it unique.
            _ => _ = write!(key, "request-{}.ndjson.gz", printable(source.request_id)),
        }
        key
    }

    fn compress(
        &self,
        source: Source<'_>,
        poison: &[(KeptRecord<'_>, &Poison)],
    ) -> Result<Vec<u8>, std::io::Error> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        for (record, poison) in poison {
            let line = Line {
                function: self.function,
                stream_arn: source.stream_arn,
                shard_id: record.shard_id,
                sequence_number: record.sequence_number.map(SequenceNumber::as_str),
                subsequence_number: record.subsequence_number,
                partition_key: record.partition_key,
                arrival: record.arrival.map(|arrival| arrival.to_string()),
                request_id: source.request_id,
                stage: poison.stage.as_str(),
                reason: poison.reason,
                detail: &poison.detail,
                layers: record.layers,
                data: record.bytes,
            };
            serde_json::to_writer(&mut gzip, &line)?;
            gzip.write_all(b"\n")?;
        }
        gzip.finish()
    }
}

/// Keeps what an event says of itself from making a key that means another folder.
fn printable(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.chars()
        .take(128)
        .map(|c| if allowed(c) { c } else { '_' })
        .collect()
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}
