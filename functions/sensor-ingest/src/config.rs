//! The function's settings.

use pipeline::{ConfigError, Environment};

/// All environment variables that the function reads, its own and those of every stream function; template.yaml
/// sets exactly these.
pub const VARIABLES: &[&str] = &[
    "TABLE_NAME",
    "RETENTION_DAYS",
    "WRITE_CONCURRENCY",
    "QUARANTINE_BUCKET",
    "DEADLINE_MARGIN_MS",
    "RECORD_LAYERS",
    "RECORD_SCHEMA",
    "RECORD_MESSAGE",
    "RECORD_READER_SCHEMA",
    "RECORD_MAX_BYTES",
];

/// Ten years.
const MAX_RETENTION_DAYS: u32 = 3_650;

/// The function's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `TABLE_NAME`: the table that readings go to.
    pub table: String,
    /// `RETENTION_DAYS`, 0 to 3,650, default 0: readings expire this many days after they arrived; 0 keeps them
    /// for ever.
    pub retention_days: u32,
    /// `WRITE_CONCURRENCY`, 1 to 64, default 20, a wave for a batch of 500: calls of `BatchWriteItem` in flight.
    pub write_concurrency: usize,
}

impl Config {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: environment
                .required("TABLE_NAME", "the name of the DynamoDB table for readings")?,
            retention_days: environment.number("RETENTION_DAYS", 0, 0..=MAX_RETENTION_DAYS)?,
            write_concurrency: environment.number("WRITE_CONCURRENCY", 20, 1..=64)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use pipeline::config::PipelineConfig;

    use super::*;

    #[test]
    fn the_variables_that_are_read_are_the_variables_that_are_declared() {
        let asked = RefCell::new(Vec::new());
        let lookup = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            // 500 is no layer.
            (!name.starts_with("RECORD_")).then(|| "500".to_owned())
        };
        let environment = Environment::new(&lookup);
        // 500 is no valid concurrency, which must not keep the other variables from being asked for.
        let _ = Config::read(&environment);
        PipelineConfig::read(&environment).unwrap();
        let mut asked = asked.into_inner();
        let mut declared = VARIABLES.to_vec();
        asked.sort();
        declared.sort_unstable();
        assert_eq!(asked, declared);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (variable, value, expected) in [
            (
                "TABLE_NAME",
                "",
                "environment variable TABLE_NAME is not set: expected the name of the DynamoDB table for readings",
            ),
            (
                "RETENTION_DAYS",
                "-1",
                "environment variable RETENTION_DAYS is \"-1\": expected a whole number from 0 to 3650",
            ),
            (
                "WRITE_CONCURRENCY",
                "65",
                "environment variable WRITE_CONCURRENCY is \"65\": expected a whole number from 1 to 64",
            ),
        ] {
            let lookup = |name: &str| match name {
                _ if name == variable => Some(value.to_owned()),
                "TABLE_NAME" => Some("SensorData".to_owned()),
                _ => None,
            };
            assert_eq!(
                Config::read(&Environment::new(&lookup))
                    .unwrap_err()
                    .to_string(),
                expected
            );
        }
    }
}
