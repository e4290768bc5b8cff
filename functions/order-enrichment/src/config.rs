//! The settings of the function and of the program that completes its rows.

use std::time::Duration;

use pipeline::{ConfigError, Environment};
use records::cdc::{BeforeImage, CdcFormat};

use crate::source::SourceReader;

/// All environment variables that the function reads, its own and those of every stream function; template.yaml
/// sets exactly these.
pub const VARIABLES: &[&str] = &[
    "SOURCE_TABLE",
    "ENRICHED_TABLE",
    "WRITE_CONCURRENCY",
    "PRODUCTS_BUCKET",
    "PRODUCTS_KEY",
    "PRODUCTS_REVALIDATE_SECONDS",
    "CDC_FORMAT",
    "BEFORE_IMAGE_FIELD",
    "SOURCE_SCHEMA",
    "VERSION_EPOCH",
    "TOMBSTONE_DAYS",
    "QUARANTINE_BUCKET",
    "DEADLINE_MARGIN_MS",
    "RECORD_LAYERS",
    "RECORD_SCHEMA",
    "RECORD_MESSAGE",
    "RECORD_READER_SCHEMA",
    "RECORD_MAX_BYTES",
];

/// All environment variables that `product-completion` reads.
pub const COMPLETION_VARIABLES: &[&str] = &[
    "SOURCE_TABLE",
    "ENRICHED_TABLE",
    "WRITE_CONCURRENCY",
    "PRODUCTS_BUCKET",
    "PRODUCTS_KEY",
    "PRODUCTS_REVALIDATE_SECONDS",
    "DEADLINE_MARGIN_MS",
];

/// The function's own settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// What both programs need.
    pub join: JoinConfig,
    /// `CDC_FORMAT`, `dms` or `debezium`, default `dms`: who writes the records. `BEFORE_IMAGE_FIELD`, default
    /// `before-image`: the `FieldName` of DMS's `BeforeImageSettings`. `SOURCE_SCHEMA`, default `orders`: schema of the
    /// tables `order` and `order_item`; MySQL calls it database. `VERSION_EPOCH`, 0 to 65,535, default 0: raise it when
    /// the source's log starts anew.
    pub source: SourceReader,
    /// `TOMBSTONE_DAYS`, 1 to 3,650, default 8: so long it is kept in mind that a row of the source was deleted. Longer
    /// than the stream keeps its records.
    pub tombstone_days: u32,
}

/// The settings of reading orders and writing their enriched rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinConfig {
    /// `SOURCE_TABLE`: the table of the source's rows.
    pub source_table: String,
    /// `ENRICHED_TABLE`: the table of the enriched rows.
    pub enriched_table: String,
    /// `WRITE_CONCURRENCY`, 1 to 64, default 32: calls to DynamoDB in flight.
    pub write_concurrency: usize,
    /// Where the products are.
    pub products: ProductsConfig,
}

/// Where the products are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductsConfig {
    /// `PRODUCTS_BUCKET`: the bucket.
    pub bucket: String,
    /// `PRODUCTS_KEY`, default `products.ndjson`: the object's key.
    pub key: String,
    /// `PRODUCTS_REVALIDATE_SECONDS`, 1 to 3,600, default 60: at most so often S3 is asked whether the object has
    /// changed, unless a product is missing.
    pub revalidate: Duration,
}

impl Config {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            join: JoinConfig::read(environment)?,
            source: SourceReader {
                format: format(environment)?,
                schema: text(environment, "SOURCE_SCHEMA", "orders"),
                epoch: environment.number("VERSION_EPOCH", 0, 0..=u16::MAX)?,
            },
            tombstone_days: environment.number("TOMBSTONE_DAYS", 8, 1..=3_650)?,
        })
    }
}

impl JoinConfig {
    /// Reads the settings.
    pub fn read(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let table = |variable, rows: &str| {
            let expected = format!("the name of the DynamoDB table for {rows}");
            environment.required(variable, &expected)
        };
        let seconds = environment.number("PRODUCTS_REVALIDATE_SECONDS", 60, 1..=3_600)?;
        Ok(Self {
            source_table: table("SOURCE_TABLE", "rows of the source")?,
            enriched_table: table("ENRICHED_TABLE", "enriched rows")?,
            write_concurrency: environment.number("WRITE_CONCURRENCY", 32, 1..=64)?,
            products: ProductsConfig {
                bucket: environment.required("PRODUCTS_BUCKET", "the name of an S3 bucket")?,
                key: text(environment, "PRODUCTS_KEY", "products.ndjson"),
                revalidate: Duration::from_secs(seconds),
            },
        })
    }
}

fn text(environment: &Environment<'_>, variable: &str, default: &str) -> String {
    let set = environment.optional(variable);
    set.unwrap_or_else(|| default.to_owned())
}

fn format(environment: &Environment<'_>) -> Result<CdcFormat, ConfigError> {
    let field = text(environment, "BEFORE_IMAGE_FIELD", "before-image");
    let value = text(environment, "CDC_FORMAT", "dms");
    match &*value {
        "dms" => Ok(CdcFormat::Dms {
            before_image: BeforeImage::Field(field.into()),
        }),
        "debezium" => Ok(CdcFormat::Debezium),
        _ => Err(ConfigError::Invalid {
            variable: "CDC_FORMAT".to_owned(),
            value,
            expected: "dms or debezium".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use pipeline::config::PipelineConfig;

    use super::*;

    /// The variables that `read` asks for, sorted.
    fn asked(read: impl FnOnce(&Environment<'_>)) -> Vec<String> {
        let asked = RefCell::new(Vec::new());
        let lookup = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            let value = match name {
                "CDC_FORMAT" => "debezium",
                "WRITE_CONCURRENCY" => "5",
                _ => "500",
            };
            // 500 is no layer.
            (!name.starts_with("RECORD_")).then(|| value.to_owned())
        };
        read(&Environment::new(&lookup));
        let mut asked = asked.into_inner();
        asked.sort();
        asked
    }

    fn sorted(declared: &[&str]) -> Vec<String> {
        let mut declared: Vec<_> = declared.iter().map(|name| (*name).to_owned()).collect();
        declared.sort();
        declared
    }

    #[test]
    fn the_variables_that_are_read_are_the_variables_that_are_declared() {
        let function = asked(|environment| {
            Config::read(environment).unwrap();
            PipelineConfig::read(environment).unwrap();
        });
        assert_eq!(function, sorted(VARIABLES));
        let completion = asked(|environment| {
            JoinConfig::read(environment).unwrap();
            pipeline::config::deadline_margin(environment).unwrap();
        });
        assert_eq!(completion, sorted(COMPLETION_VARIABLES));
    }

    #[test]
    fn without_settings_of_its_own_the_function_reads_dms_records_of_the_schema_orders() {
        let lookup = |name: &str| name.ends_with("_TABLE").then(|| "t".to_owned());
        let lookup = |name: &str| {
            lookup(name).or_else(|| (name == "PRODUCTS_BUCKET").then(|| "b".to_owned()))
        };
        let config = Config::read(&Environment::new(&lookup)).unwrap();
        assert_eq!(config.source.format, CdcFormat::default());
        assert_eq!((&*config.source.schema, config.source.epoch), ("orders", 0));
        assert_eq!(config.tombstone_days, 8);
        assert_eq!(config.join.write_concurrency, 32);
        assert_eq!(&*config.join.products.key, "products.ndjson");
        assert_eq!(config.join.products.revalidate, Duration::from_secs(60));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (variable, value, expected) in [
            (
                "SOURCE_TABLE",
                "",
                "environment variable SOURCE_TABLE is not set: expected the name of the DynamoDB table for rows of the source",
            ),
            (
                "CDC_FORMAT",
                "maxwell",
                "environment variable CDC_FORMAT is \"maxwell\": expected dms or debezium",
            ),
            (
                "VERSION_EPOCH",
                "65536",
                "environment variable VERSION_EPOCH is \"65536\": expected a whole number from 0 to 65535",
            ),
            (
                "TOMBSTONE_DAYS",
                "0",
                "environment variable TOMBSTONE_DAYS is \"0\": expected a whole number from 1 to 3650",
            ),
            (
                "PRODUCTS_REVALIDATE_SECONDS",
                "0",
                "environment variable PRODUCTS_REVALIDATE_SECONDS is \"0\": expected a whole number from 1 to 3600",
            ),
        ] {
            let lookup = |name: &str| match name {
                _ if name == variable => Some(value.to_owned()),
                "SOURCE_TABLE" | "ENRICHED_TABLE" | "PRODUCTS_BUCKET" => Some("name".to_owned()),
                _ => None,
            };
            let error = Config::read(&Environment::new(&lookup)).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
