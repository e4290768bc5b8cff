//! A mapping's settings, by the names and with the ranges of Lambda's API.

mod error;
#[cfg(test)]
mod message_tests;
mod names;
mod parse;
mod range;
#[cfg(test)]
mod tests;

use std::time::Duration;

use records::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

pub use self::error::SettingsError;
pub use self::names::{OTHER_SOURCES, RESOURCE_PROPERTIES, SETTINGS};
use self::range::{
    BATCH_SIZE, BATCHING_WINDOW, PARALLELIZATION_FACTOR, RECORD_AGE, RETRY_ATTEMPTS,
    TUMBLING_WINDOW,
};
use crate::filter::FilterCriteria;
use crate::text::shown;

const SECONDS_SINCE_1970: &str = "a number of seconds since 1970";

/// The settings of an event source mapping for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `BatchSize`: most records in one invocation, 1 to 10,000.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`: how long a batch may wait to fill, 0 to 300 s.
    pub maximum_batching_window: Duration,
    /// `ParallelizationFactor`: batches of one shard that run at once, 1 to 10. Order holds per partition key.
    pub parallelization_factor: usize,
    /// `StartingPosition`: where reading begins when there is no checkpoint.
    pub starting_position: StartingPosition,
    /// `MaximumRetryAttempts`: how often the same batch is sent again, 0 to 10,000; `None` (-1) without end.
    pub maximum_retry_attempts: Option<u32>,
    /// `MaximumRecordAgeInSeconds`: oldest record that is sent, 60 to 604,800 s; `None` (-1) for any age.
    pub maximum_record_age: Option<Duration>,
    /// `BisectBatchOnFunctionError`: split a failed batch in two.
    pub bisect_batch_on_function_error: bool,
    /// `FunctionResponseTypes: [ReportBatchItemFailures]`: read the answer for the first failed record.
    pub report_batch_item_failures: bool,
    /// `TumblingWindowInSeconds`: length of the windows, 1 to 900 s; `None` (0) without windows.
    pub tumbling_window: Option<Duration>,
    /// `FilterCriteria`: which records reach the function.
    pub filters: FilterCriteria,
    /// `DestinationConfig.OnFailure.Destination`: where what has failed for good is told.
    pub on_failure: Option<String>,
}

/// Where reading begins when there is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartingPosition {
    /// With the oldest record in the stream.
    TrimHorizon,
    /// With the first record that comes from now on.
    Latest,
    /// With the first record that arrived at this time or later.
    AtTimestamp(Timestamp),
}

impl Default for Settings {
    /// Lambda's defaults; the starting position, which has none there, is the oldest record.
    fn default() -> Self {
        Self {
            batch_size: 100,
            maximum_batching_window: Duration::ZERO,
            parallelization_factor: 1,
            starting_position: StartingPosition::TrimHorizon,
            maximum_retry_attempts: None,
            maximum_record_age: None,
            bisect_batch_on_function_error: false,
            report_batch_item_failures: false,
            tumbling_window: None,
            filters: FilterCriteria::default(),
            on_failure: None,
        }
    }
}

impl Settings {
    /// Reads properties by the names that `CloudFormation` and Lambda's API have for them. What is not given has its
    /// default. Numbers and booleans may be texts, as processed templates have them.
    ///
    /// Refuses anything else, also the [properties of the resource](RESOURCE_PROPERTIES) that are no settings.
    pub fn from_cloudformation(properties: &Map<String, Value>) -> Result<Self, SettingsError> {
        parse::parse(properties)
    }

    /// Checks ranges, and settings that exclude each other.
    pub fn check(&self) -> Result<(), SettingsError> {
        BATCH_SIZE.check(self.batch_size)?;
        BATCHING_WINDOW.check_span(self.maximum_batching_window)?;
        PARALLELIZATION_FACTOR.check(self.parallelization_factor)?;
        if let Some(attempts) = self.maximum_retry_attempts {
            RETRY_ATTEMPTS.check(attempts)?;
        }
        if let Some(age) = self.maximum_record_age {
            RECORD_AGE.check_span(age)?;
        }
        if let StartingPosition::AtTimestamp(time) = self.starting_position
            && time.as_micros() < 0
        {
            return Err(SettingsError::Invalid {
                setting: "StartingPositionTimestamp",
                value: time.to_string(),
                expected: SECONDS_SINCE_1970,
            });
        }
        if let Some(arn) = &self.on_failure {
            check_destination(arn)?;
        }
        let Some(window) = self.tumbling_window else {
            return Ok(());
        };
        TUMBLING_WINDOW.check_span(window)?;
        if self.parallelization_factor > 1 {
            return Err(SettingsError::ParallelWindows {
                factor: self.parallelization_factor,
                seconds: window.as_secs(),
            });
        }
        Ok(())
    }

    /// [`check`](Self::check), and what a Kinesis stream does not take.
    pub fn check_kinesis(&self) -> Result<(), SettingsError> {
        self.check()?;
        Ok(self.filters.check_kinesis()?)
    }

    /// [`check`](Self::check), and what a DynamoDB stream does not take.
    pub fn check_dynamodb(&self) -> Result<(), SettingsError> {
        self.check()?;
        if matches!(self.starting_position, StartingPosition::AtTimestamp(_)) {
            return Err(SettingsError::TimestampForDynamoDb);
        }
        Ok(self.filters.check_dynamodb()?)
    }
}

/// Where failures can be told (Lambda API reference, "`OnFailure`"). FIFO queues and topics are not taken.
fn check_destination(destination: &str) -> Result<(), SettingsError> {
    let service = destination
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').nth(1));
    let is_taken = match service {
        Some("sqs" | "sns") => destination.rsplit('.').next() != Some("fifo"),
        Some("s3") => true,
        _ => destination.starts_with("kafka://"),
    };
    if is_taken {
        Ok(())
    } else {
        Err(wrong_destination(&destination))
    }
}

fn wrong_destination(value: &impl Serialize) -> SettingsError {
    SettingsError::Invalid {
        setting: "DestinationConfig.OnFailure.Destination",
        value: shown(value),
        expected: "the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket, or kafka:// and a topic; \
                   Lambda takes no FIFO queue or topic",
    }
}
