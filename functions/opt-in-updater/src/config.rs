//! The settings of the function.

use pipeline::{ConfigError, Environment};
use records::cdc::{BeforeImage, CdcFormat};

use crate::source::{Country, SourceReader};

/// All environment variables that the function reads, its own and those of every stream function; template.yaml
/// sets exactly these.
pub const VARIABLES: &[&str] = &[
    "CONSENT_TABLE",
    "WRITE_CONCURRENCY",
    "CDC_FORMAT",
    "BEFORE_IMAGE_FIELD",
    "SOURCE_SCHEMA",
    "SOURCE_TABLE",
    "VERSION_EPOCH",
    "TOMBSTONE_DAYS",
    "DEFAULT_COUNTRY",
    "CHANNEL",
    "OPT_OUT_LIST",
    "CHANNEL_CALLS_PER_SECOND",
    "CHANNEL_CONCURRENCY",
    "QUARANTINE_BUCKET",
    "DEADLINE_MARGIN_MS",
    "RECORD_LAYERS",
    "RECORD_SCHEMA",
    "RECORD_MESSAGE",
    "RECORD_READER_SCHEMA",
    "RECORD_MAX_BYTES",
];

/// The function's own settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `CONSENT_TABLE`: the table of consent.
    pub table: String,
    /// `WRITE_CONCURRENCY`, 1 to 64, default 16: calls to DynamoDB in flight, and numbers whose channel is called.
    pub write_concurrency: usize,
    /// `CDC_FORMAT`, `dms` or `debezium`, default `dms`: who writes the records. `BEFORE_IMAGE_FIELD`, default
    /// `before-image`: the `FieldName` of DMS's `BeforeImageSettings`. `SOURCE_SCHEMA`, default `blog_db`, and
    /// `SOURCE_TABLE`, default `optin_status`: the source's table; MySQL calls a schema database. `VERSION_EPOCH`, 0 to
    /// 65,535, default 0: raise it when the source's log starts anew. `DEFAULT_COUNTRY`, two capital letters of ISO
    /// 3166, default `US`: the country of numbers without a `+`.
    pub source: SourceReader,
    /// `TOMBSTONE_DAYS`, 1 to 3,650, default 8: so long it is kept in mind that a row of the source was deleted. Longer
    /// than the stream keeps its records.
    pub tombstone_days: u32,
    /// `CHANNEL`, `sms` or `off`, default `sms`, with `OPT_OUT_LIST`, which `sms` needs: name or ARN of the opt-out
    /// list that is kept in step. `None` is `off`: only the table is written.
    pub opt_out_list: Option<String>,
    /// How often the channel may be called.
    pub rate: ChannelRate,
}

/// How often the channel may be called, and by how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelRate {
    /// `CHANNEL_CALLS_PER_SECOND`, 1 to 1,000, default 10: calls a second of all instances together, for opting out and
    /// for opting in each, as AWS counts them.
    pub calls_per_second: u32,
    /// `CHANNEL_CONCURRENCY`, 1 to 1,000, default 1: how many instances share these calls.
    pub instances: u32,
}

impl Config {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: environment
                .required("CONSENT_TABLE", "the name of the DynamoDB table of consent")?,
            write_concurrency: environment.number("WRITE_CONCURRENCY", 16, 1..=64)?,
            source: SourceReader {
                format: format(environment)?,
                schema: text(environment, "SOURCE_SCHEMA", "blog_db"),
                table: text(environment, "SOURCE_TABLE", "optin_status"),
                epoch: environment.number("VERSION_EPOCH", 0, 0..=u16::MAX)?,
                default_country: country(environment)?,
            },
            tombstone_days: environment.number("TOMBSTONE_DAYS", 8, 1..=3_650)?,
            opt_out_list: opt_out_list(environment)?,
            rate: ChannelRate {
                calls_per_second: environment.number("CHANNEL_CALLS_PER_SECOND", 10, 1..=1_000)?,
                instances: environment.number("CHANNEL_CONCURRENCY", 1, 1..=1_000)?,
            },
        })
    }
}

fn text(environment: &Environment<'_>, variable: &str, default: &str) -> String {
    let set = environment.optional(variable);
    set.unwrap_or_else(|| default.to_owned())
}

fn invalid(variable: &str, value: String, expected: &str) -> ConfigError {
    ConfigError::Invalid {
        variable: variable.to_owned(),
        value,
        expected: expected.to_owned(),
    }
}

fn format(environment: &Environment<'_>) -> Result<CdcFormat, ConfigError> {
    let field = text(environment, "BEFORE_IMAGE_FIELD", "before-image");
    let value = text(environment, "CDC_FORMAT", "dms");
    match &*value {
        "dms" => Ok(CdcFormat::Dms {
            before_image: BeforeImage::Field(field.into()),
        }),
        "debezium" => Ok(CdcFormat::Debezium),
        _ => Err(invalid("CDC_FORMAT", value, "dms or debezium")),
    }
}

fn country(environment: &Environment<'_>) -> Result<Country, ConfigError> {
    let value = text(environment, "DEFAULT_COUNTRY", "US");
    Country::parse(&value).ok_or_else(|| {
        let expected = "two capital letters of ISO 3166 of a country with telephone numbers";
        invalid("DEFAULT_COUNTRY", value, expected)
    })
}

fn opt_out_list(environment: &Environment<'_>) -> Result<Option<String>, ConfigError> {
    // Read in any case: a variable that is not read is not declared.
    let list = environment.required(
        "OPT_OUT_LIST",
        "the name or ARN of an opt-out list, or CHANNEL to be off",
    );
    let value = text(environment, "CHANNEL", "sms");
    match &*value {
        "sms" => list.map(Some),
        "off" => Ok(None),
        _ => Err(invalid("CHANNEL", value, "sms or off")),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use pipeline::config::PipelineConfig;

    use super::*;

    const NEEDED: [(&str, &str); 2] = [("CONSENT_TABLE", "Consent"), ("OPT_OUT_LIST", "marketing")];

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        let lookup = |name: &str| {
            let set = variables
                .iter()
                .chain(&NEEDED)
                .find(|(known, _)| *known == name);
            set.map(|(_, value)| (*value).to_owned())
        };
        Config::read(&Environment::new(&lookup)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_variables_that_are_read_are_the_variables_that_are_declared() {
        let asked = RefCell::new(Vec::new());
        let lookup = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            let value = match name {
                "CDC_FORMAT" => "debezium",
                "WRITE_CONCURRENCY" => "5",
                "DEFAULT_COUNTRY" => "DE",
                "CHANNEL" => "off",
                _ => "500",
            };
            // 500 is no layer.
            (!name.starts_with("RECORD_")).then(|| value.to_owned())
        };
        let environment = Environment::new(&lookup);
        Config::read(&environment).unwrap();
        PipelineConfig::read(&environment).unwrap();
        let mut asked = asked.into_inner();
        asked.sort();
        let mut declared: Vec<_> = VARIABLES.iter().map(|name| (*name).to_owned()).collect();
        declared.sort();
        assert_eq!(asked, declared);
    }

    #[test]
    fn without_settings_of_its_own_the_function_reads_dms_records_of_the_original_table() {
        let config = read(&[]).unwrap();
        assert_eq!(config.source.format, CdcFormat::default());
        assert_eq!(
            (&*config.source.schema, &*config.source.table),
            ("blog_db", "optin_status")
        );
        assert_eq!((config.source.epoch, config.tombstone_days), (0, 8));
        assert_eq!(config.source.default_country, Country::parse("US").unwrap());
        assert_eq!(config.write_concurrency, 16);
        assert_eq!(config.opt_out_list.as_deref(), Some("marketing"));
        let rate = ChannelRate {
            calls_per_second: 10,
            instances: 1,
        };
        assert_eq!(config.rate, rate);
        assert_eq!(read(&[("CHANNEL", "off")]).unwrap().opt_out_list, None);
        assert!(read(&[("CHANNEL", "off"), ("OPT_OUT_LIST", "")]).is_ok());
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (variable, value, expected) in [
            (
                "CONSENT_TABLE",
                "",
                "environment variable CONSENT_TABLE is not set: expected the name of the DynamoDB table of consent",
            ),
            (
                "OPT_OUT_LIST",
                "",
                "environment variable OPT_OUT_LIST is not set: expected the name or ARN of an opt-out list, or CHANNEL to be off",
            ),
            (
                "CHANNEL",
                "email",
                "environment variable CHANNEL is \"email\": expected sms or off",
            ),
            (
                "CDC_FORMAT",
                "maxwell",
                "environment variable CDC_FORMAT is \"maxwell\": expected dms or debezium",
            ),
            (
                "DEFAULT_COUNTRY",
                "USA",
                "environment variable DEFAULT_COUNTRY is \"USA\": expected two capital letters of ISO 3166 of a country with telephone numbers",
            ),
            (
                "DEFAULT_COUNTRY",
                "XX",
                "environment variable DEFAULT_COUNTRY is \"XX\": expected two capital letters of ISO 3166 of a country with telephone numbers",
            ),
            (
                "DEFAULT_COUNTRY",
                "us",
                "environment variable DEFAULT_COUNTRY is \"us\": expected two capital letters of ISO 3166 of a country with telephone numbers",
            ),
            (
                "CHANNEL_CALLS_PER_SECOND",
                "0",
                "environment variable CHANNEL_CALLS_PER_SECOND is \"0\": expected a whole number from 1 to 1000",
            ),
            (
                "CHANNEL_CONCURRENCY",
                "1001",
                "environment variable CHANNEL_CONCURRENCY is \"1001\": expected a whole number from 1 to 1000",
            ),
            (
                "TOMBSTONE_DAYS",
                "0",
                "environment variable TOMBSTONE_DAYS is \"0\": expected a whole number from 1 to 3650",
            ),
        ] {
            assert_eq!(read(&[(variable, value)]).unwrap_err(), expected);
        }
    }
}
