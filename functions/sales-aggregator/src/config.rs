//! The function's settings.

use pipeline::{ConfigError, Environment};

use crate::sale::SaleFields;

/// All environment variables that the function reads, its own and those of every stream function; template.yaml
/// sets exactly these.
pub const VARIABLES: &[&str] = &[
    "TABLE_NAME",
    "GROUP_ATTRIBUTE",
    "COUNT_EACH_ID_ONCE",
    "RETENTION_DAYS",
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
    /// `TABLE_NAME`: the table of the results.
    pub table: String,
    /// `GROUP_ATTRIBUTE`: the attribute that sales are grouped by; empty or not set for one group of all.
    /// `COUNT_EACH_ID_ONCE`, 0 or 1, default 0: sales of one id count once in a window and shard.
    pub fields: SaleFields,
    /// `RETENTION_DAYS`, 0 to 3,650, default 0: rows expire this many days after their window; 0 keeps them for ever.
    pub retention_days: u32,
}

impl Config {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: environment
                .required("TABLE_NAME", "the name of the DynamoDB table for results")?,
            fields: SaleFields {
                group: environment.optional("GROUP_ATTRIBUTE"),
                needs_id: environment.number("COUNT_EACH_ID_ONCE", 0_u32, 0..=1)? == 1,
            },
            retention_days: environment.number("RETENTION_DAYS", 0, 0..=MAX_RETENTION_DAYS)?,
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
            let value = match name {
                "COUNT_EACH_ID_ONCE" => "1",
                _ => "500",
            };
            // 500 is no layer.
            (!name.starts_with("RECORD_")).then(|| value.to_owned())
        };
        let environment = Environment::new(&lookup);
        Config::read(&environment).unwrap();
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
                "environment variable TABLE_NAME is not set: expected the name of the DynamoDB table for results",
            ),
            (
                "COUNT_EACH_ID_ONCE",
                "yes",
                "environment variable COUNT_EACH_ID_ONCE is \"yes\": expected a whole number from 0 to 1",
            ),
            (
                "RETENTION_DAYS",
                "3651",
                "environment variable RETENTION_DAYS is \"3651\": expected a whole number from 0 to 3650",
            ),
        ] {
            let lookup = |name: &str| match name {
                _ if name == variable => Some(value.to_owned()),
                "TABLE_NAME" => Some("SalesByWindow".to_owned()),
                _ => None,
            };
            let error = Config::read(&Environment::new(&lookup)).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
