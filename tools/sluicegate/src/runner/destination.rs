//! Telling the failure destination of records that will not be sent to the function any more.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;

use mapping::Failure;
use mapping::event::failed_event_json;
use mapping::failure_record::{self, FailureContext, FailureRecord};
use thiserror::Error;

use super::arn::Destination;
use super::mappings::Mapping;
use super::stream::RecordJson;
use crate::causes::causes;
use crate::system;

/// Wait before another try; the emulator is on this machine.
const PAUSE: Duration = Duration::from_secs(1);
/// Tries while the destination answers with a failure. A connection that fails is no answer: that is tried for ever,
/// and ends with the emulator.
const ATTEMPTS: u32 = 5;

/// The failure destination of a mapping.
#[derive(Clone, Debug)]
pub(super) struct FailureDestination {
    to: Destination,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    /// Lambda knows a queue's address without asking with the role's permissions.
    sqs_as_service: aws_sdk_sqs::Client,
}

/// Why the destination was not told.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum DeliveryError {
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Unreachable(String),
}

impl DeliveryError {
    fn new<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match error {
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
                Self::Unreachable(causes(error))
            }
            _ => Self::Refused(error.message().map_or_else(|| causes(error), str::to_owned)),
        }
    }
}

impl FailureDestination {
    /// `role` has the credentials of the mapping's role, `service` those of Lambda itself.
    pub(super) fn new(to: &Destination, role: &SdkConfig, service: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(role)
            .force_path_style(true)
            .build();
        Self {
            to: to.clone(),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(role),
            sqs_as_service: aws_sdk_sqs::Client::new(service),
        }
    }

    /// Tells it of a failure; tries again while that may help.
    pub(super) async fn deliver(
        &self,
        mapping: &Mapping,
        shard: &str,
        failure: &Failure<RecordJson>,
        request_id: &str,
    ) -> Result<(), DeliveryError> {
        let context = FailureContext {
            request_id,
            function_arn: &mapping.function_arn,
            stream: mapping.stream.kind,
            stream_arn: &mapping.stream.arn,
            shard_id: shard,
            now: system::now(),
        };
        let record = FailureRecord::new(failure, &context);
        let event = failed_event_json(failure, shard, &mapping.stream.arn);
        let key = failure_record::s3_key(&mapping.id, shard, context.now, &random_uuid());
        let text = match &self.to {
            Destination::S3 { .. } => serde_json::to_string(&record.with_payload(&event)),
            Destination::Sqs { .. } => serde_json::to_string(&record),
        };
        let text = text.map_err(|error| DeliveryError::Refused(error.to_string()))?;
        let mut refusals = 0;
        loop {
            let error = match self.send(&key, &text).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if matches!(error, DeliveryError::Refused(_)) {
                refusals += 1;
            }
            if refusals == ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send(&self, key: &str, text: &str) -> Result<(), DeliveryError> {
        match &self.to {
            Destination::S3 { bucket } => {
                // Lambda asks for the bucket first, which takes s3:ListBucket.
                let head = self.s3.head_bucket().bucket(bucket).send().await;
                head.map_err(|error| DeliveryError::new(&error))?;
                let put = self.s3.put_object().bucket(bucket).key(key);
                let body = ByteStream::from(text.as_bytes().to_vec());
                let put = put.content_type("application/json").body(body).send().await;
                put.map_err(|error| DeliveryError::new(&error)).map(drop)
            }
            Destination::Sqs { queue } => {
                let url = self.sqs_as_service.get_queue_url().queue_name(queue);
                let url = url.send().await;
                let url = url.map_err(|error| DeliveryError::new(&error))?.queue_url;
                let message = self.sqs.send_message().set_queue_url(url);
                let sent = message.message_body(text).send().await;
                sent.map_err(|error| DeliveryError::new(&error)).map(drop)
            }
        }
    }
}

/// A random UUID, version 4.
pub(super) fn random_uuid() -> String {
    let bits = fastrand::u128(..);
    let bits = bits & !(0xf << 76) | 4 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_uuids_are_of_version_4() {
        for _ in 0..100 {
            let uuid = random_uuid();
            let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
            assert!(uuid[14..].starts_with('4'), "{uuid}");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }
}
