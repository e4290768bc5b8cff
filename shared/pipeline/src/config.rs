//! Settings from environment variables, read once, typed, before the runtime starts.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::layers::LayersConfig;

/// The settings that every stream function has.
#[derive(Clone, Debug)]
pub struct PipelineConfig {
    /// `QUARANTINE_BUCKET`: the S3 bucket that poison records go to.
    pub quarantine_bucket: String,
    /// `DEADLINE_MARGIN_MS`, 100 to 60,000, default 1,000: work ends this long before Lambda's deadline.
    pub deadline_margin: Duration,
    /// `RECORD_LAYERS` and what belongs to them.
    pub layers: LayersConfig,
}

impl PipelineConfig {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            quarantine_bucket: environment
                .required("QUARANTINE_BUCKET", "the name of an S3 bucket")?,
            deadline_margin: deadline_margin(environment)?,
            layers: LayersConfig::read(environment)?,
        })
    }
}

/// `DEADLINE_MARGIN_MS`, for functions that have no quarantine.
pub fn deadline_margin(environment: &Environment<'_>) -> Result<Duration, ConfigError> {
    let millis = environment.number("DEADLINE_MARGIN_MS", 1_000, 100..=60_000)?;
    Ok(Duration::from_millis(millis))
}

/// Where settings are read from: the process environment, or a map in a test.
pub struct Environment<'e>(&'e dyn Fn(&str) -> Option<String>);

/// Why a function cannot start: one variable, what it holds and what it should hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A required variable is not set, or empty.
    #[error("environment variable {variable} is not set: expected {expected}")]
    Missing {
        /// The variable.
        variable: String,
        /// What it should hold.
        expected: String,
    },
    /// A variable holds something else than it should.
    #[error("environment variable {variable} is {value:?}: expected {expected}")]
    Invalid {
        /// The variable.
        variable: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: String,
    },
}

impl<'e> Environment<'e> {
    /// Settings from a lookup of one's own.
    pub fn new(lookup: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self(lookup)
    }

    /// The environment of the process. A value that is not UTF-8 counts as not set.
    pub fn process() -> Environment<'static> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the environment"
        )]
        Environment(&|name| std::env::var(name).ok())
    }

    /// A variable's value; `None` if it is not set or empty.
    pub fn optional(&self, variable: &str) -> Option<String> {
        (self.0)(variable).filter(|value| !value.is_empty())
    }

    /// A variable that must be set; `expected` says what it holds.
    pub fn required(&self, variable: &str, expected: &str) -> Result<String, ConfigError> {
        self.optional(variable).ok_or_else(|| ConfigError::Missing {
            variable: variable.to_owned(),
            expected: expected.to_owned(),
        })
    }

    /// A whole number within `range`, `default` if it is not set.
    pub fn number<T>(
        &self,
        variable: &str,
        default: T,
        range: RangeInclusive<T>,
    ) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(value) = self.optional(variable) else {
            return Ok(default);
        };
        match value.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(ConfigError::Invalid {
                variable: variable.to_owned(),
                value,
                expected: format!("a whole number from {} to {}", range.start(), range.end()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<PipelineConfig, String> {
        let lookup = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        PipelineConfig::read(&Environment::new(&lookup)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_error_names_the_variable_its_value_and_what_was_expected() {
        assert_eq!(
            read(&[]).unwrap_err(),
            "environment variable QUARANTINE_BUCKET is not set: expected the name of an S3 bucket"
        );
        assert_eq!(
            read(&[("QUARANTINE_BUCKET", "")]).unwrap_err(),
            read(&[]).unwrap_err()
        );
        for value in ["99", "60001", "-1", "1s", "1e3", " 500"] {
            assert_eq!(
                read(&[("QUARANTINE_BUCKET", "b"), ("DEADLINE_MARGIN_MS", value)]).unwrap_err(),
                format!(
                    "environment variable DEADLINE_MARGIN_MS is {value:?}: expected a whole number from 100 to 60000"
                )
            );
        }
    }

    #[test]
    fn unset_variables_have_defaults() {
        for (variables, margin) in [
            (&[("QUARANTINE_BUCKET", "b")][..], 1_000),
            (
                &[("QUARANTINE_BUCKET", "b"), ("DEADLINE_MARGIN_MS", "100")],
                100,
            ),
        ] {
            let config = read(variables).unwrap();
            assert_eq!(config.deadline_margin, Duration::from_millis(margin));
            assert_eq!(config.quarantine_bucket, "b");
        }
    }
}
