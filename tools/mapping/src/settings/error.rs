//! Why settings are refused.

use super::names::SETTINGS;
use crate::filter::FilterError;

/// Why settings are refused: one line that begins with the setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Out of range or of the wrong type.
    #[error("{setting} is {value}: must be {expected}")]
    Invalid {
        /// The setting; below a setting with the path, as in `DestinationConfig.OnFailure`.
        setting: &'static str,
        /// The value as JSON.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// No setting has this name.
    #[error("{} is no setting of a mapping for a stream: {}", .setting.escape_debug(), hint(*nearest))]
    Unknown {
        /// The name.
        setting: String,
        /// The setting that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A setting of mappings for sources that are no streams.
    #[error("{setting} is not for streams: it belongs to mappings for {sources}")]
    NotForStreams {
        /// The setting.
        setting: &'static str,
        /// What it is for.
        sources: &'static str,
    },
    /// A property of the resource that does not change how records are handled.
    #[error("{setting} is no setting: it belongs to the resource and has to be left out here")]
    NotASetting {
        /// The property.
        setting: &'static str,
    },
    /// `AT_TIMESTAMP` without a time.
    #[error(
        "StartingPositionTimestamp is missing: must be the seconds since 1970 to start at, as StartingPosition is AT_TIMESTAMP"
    )]
    MissingTimestamp,
    /// A time without `AT_TIMESTAMP`.
    #[error(
        "StartingPositionTimestamp is {value}: must be left out unless StartingPosition is AT_TIMESTAMP"
    )]
    StrayTimestamp {
        /// The value as JSON.
        value: String,
    },
    /// A DynamoDB stream cannot be read from a point in time.
    #[error(
        "StartingPosition is AT_TIMESTAMP: must be TRIM_HORIZON or LATEST for a DynamoDB stream"
    )]
    TimestampForDynamoDb,
    /// Tumbling windows with several batches of a shard at once.
    #[error(
        "ParallelizationFactor is {factor}: must be 1 with tumbling windows, as TumblingWindowInSeconds is {seconds}"
    )]
    ParallelWindows {
        /// The factor.
        factor: usize,
        /// Length of the windows.
        seconds: u64,
    },
    /// A filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

impl SettingsError {
    /// The setting that is wrong, without the path below it.
    pub fn setting(&self) -> &str {
        match self {
            Self::Invalid { setting, .. } => setting.split('.').next().unwrap_or(setting),
            Self::Unknown { setting, .. } => setting,
            Self::NotForStreams { setting, .. } | Self::NotASetting { setting } => setting,
            Self::MissingTimestamp | Self::StrayTimestamp { .. } => "StartingPositionTimestamp",
            Self::TimestampForDynamoDb => "StartingPosition",
            Self::ParallelWindows { .. } => "ParallelizationFactor",
            Self::Filter(_) => "FilterCriteria",
        }
    }
}

fn hint(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("there are {}", SETTINGS.join(", ")),
    }
}
