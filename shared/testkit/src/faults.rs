//! An HTTP client that fails as AWS and networks fail, under any SDK client.
//!
//! It sits below the SDK's retries: each attempt is a call and may meet a fault. Answers made up here have the shape of
//! the service's own: JSON for calls with an `x-amz-target` (DynamoDB, Kinesis), XML for S3.

mod answer;
mod client;
mod plan;
mod unprocessed;

use std::time::Duration;

pub use client::{FaultyHttpClient, LoggedCall};
pub use plan::FaultPlan;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the call is forwarded and its answer returned.
    None,
    /// Not forwarded. 400 `ProvisionedThroughputExceededException`; S3: 503 `SlowDown`.
    Throttle,
    /// Not forwarded. 400 `ThrottlingException`; S3: 503 `SlowDown`.
    ThrottlingException,
    /// Not forwarded. 500 `InternalServerError`; S3: `InternalError`.
    ServerError500,
    /// Not forwarded. 503 `ServiceUnavailable`.
    ServiceUnavailable503,
    /// Not forwarded. The connection breaks.
    ConnectionResetBefore,
    /// Forwarded, but the connection breaks before the answer arrives.
    ConnectionResetAfter,
    /// Not forwarded. No answer, ever: the caller's own timeout has to end the call.
    TimeoutBefore,
    /// Forwarded, but no answer ever arrives.
    TimeoutAfter,
    /// `BatchWriteItem` loses this many of its writes, the last ones, and `BatchGetItem` of its keys: they are not
    /// forwarded and come back as `UnprocessedItems` or `UnprocessedKeys`. If that is all of them nothing is forwarded and all come back with a 200, where DynamoDB
    /// would rather throttle. Other operations are left alone.
    Unprocessed(usize),
    /// Not forwarded. 400 `AccessDeniedException`; S3: 403 `AccessDenied`.
    AccessDenied,
    /// Not forwarded. 400 `ResourceNotFoundException`; S3: 404 `NoSuchBucket`.
    ResourceNotFound,
    /// Forwarded, but what arrives is a 200 whose body is neither JSON nor XML.
    GarbageBody,
    /// Forwarded after this delay, on the caller's clock (so virtual when the test's time is paused).
    Latency(Duration),
}

impl Fault {
    /// The faults that go away: a caller that tries again long enough gets its work done.
    pub const TRANSIENT: &'static [Self] = &[
        Self::Throttle,
        Self::ThrottlingException,
        Self::ServerError500,
        Self::ServiceUnavailable503,
        Self::ConnectionResetBefore,
        Self::ConnectionResetAfter,
        Self::TimeoutBefore,
        Self::TimeoutAfter,
        Self::Unprocessed(1),
        Self::Unprocessed(7),
        Self::Unprocessed(25),
        Self::GarbageBody,
        Self::Latency(Duration::from_millis(250)),
    ];

    /// The faults that stay until somebody changes the deployment.
    pub const PERMANENT: &'static [Self] = &[Self::AccessDenied, Self::ResourceNotFound];
}
