//! The ranges of whole numbers (Lambda API reference, "`CreateEventSourceMapping`").

use std::time::Duration;

use serde_json::Value;

use super::error::SettingsError;
use crate::text::shown;

/// What a setting that is a whole number may be.
pub(super) struct Range {
    setting: &'static str,
    least: i64,
    most: i64,
    /// A value outside of the range that switches the setting off.
    off: Option<i64>,
    expected: &'static str,
}

pub(super) const BATCH_SIZE: Range = Range {
    setting: "BatchSize",
    least: 1,
    most: 10_000,
    off: None,
    expected: "a whole number from 1 to 10,000",
};

pub(super) const BATCHING_WINDOW: Range = Range {
    setting: "MaximumBatchingWindowInSeconds",
    least: 0,
    most: 300,
    off: None,
    expected: "a whole number of seconds from 0 to 300",
};

pub(super) const PARALLELIZATION_FACTOR: Range = Range {
    setting: "ParallelizationFactor",
    least: 1,
    most: 10,
    off: None,
    expected: "a whole number from 1 to 10",
};

pub(super) const RETRY_ATTEMPTS: Range = Range {
    setting: "MaximumRetryAttempts",
    least: 0,
    most: 10_000,
    off: Some(-1),
    expected: "a whole number from 0 to 10,000, or -1 to retry without end",
};

/// -1 to 604,800 by the API's own check of ranges; what lies below a minute is refused after it.
pub(super) const RECORD_AGE: Range = Range {
    setting: "MaximumRecordAgeInSeconds",
    least: 60,
    most: 604_800,
    off: Some(-1),
    expected: "a whole number of seconds from 60 to 604,800, or -1 for any age; Lambda takes no limit under a minute",
};

pub(super) const TUMBLING_WINDOW: Range = Range {
    setting: "TumblingWindowInSeconds",
    least: 1,
    most: 900,
    off: Some(0),
    expected: "a whole number of seconds from 1 to 900, or 0 for no windows",
};

impl Range {
    /// Reads a JSON integer or, as processed templates have it, its digits as a text.
    pub(super) fn read<T: TryFrom<i64>>(&self, value: &Value) -> Result<T, SettingsError> {
        whole_number(value)
            .filter(|number| self.off == Some(*number) || self.holds(*number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| self.invalid(shown(value)))
    }

    /// Reads a number that may be [`off`](Self::off), which gives `None`.
    pub(super) fn read_or_off<T: TryFrom<i64>>(
        &self,
        value: &Value,
    ) -> Result<Option<T>, SettingsError> {
        match whole_number(value) {
            off @ Some(_) if off == self.off => Ok(None),
            _ => self.read(value).map(Some),
        }
    }

    /// Checks a number that is not read from JSON.
    pub(super) fn check<T: TryInto<i64> + Copy + ToString>(
        &self,
        number: T,
    ) -> Result<(), SettingsError> {
        match number.try_into() {
            Ok(number) if self.holds(number) => Ok(()),
            _ => Err(self.invalid(number.to_string())),
        }
    }

    /// Checks a span of time, which has to be of whole seconds.
    pub(super) fn check_span(&self, span: Duration) -> Result<(), SettingsError> {
        match span.subsec_nanos() {
            0 => self.check(span.as_secs()),
            _ => Err(self.invalid(format!("{span:?}"))),
        }
    }

    fn holds(&self, number: i64) -> bool {
        (self.least..=self.most).contains(&number)
    }

    fn invalid(&self, value: String) -> SettingsError {
        SettingsError::Invalid {
            setting: self.setting,
            value,
            expected: self.expected,
        }
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    }
}
