//! A mapping's settings, by the names and with the ranges of Lambda's API.

use std::time::Duration;

use records::Timestamp;

use crate::filter::FilterCriteria;

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
