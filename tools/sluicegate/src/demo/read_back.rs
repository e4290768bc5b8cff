//! What the table and the quarantine really hold.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::read::GzDecoder;
use records::Number;
use serde::Deserialize;

/// An attribute of a row, comparable: numbers in canonical text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A string.
    Text(String),
    /// A number, exact.
    Number(String),
    /// Anything else, as text for people.
    Other(String),
}

/// A row of a table by attribute name.
pub type StoredRow = BTreeMap<String, Attribute>;

/// A line of the quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct QuarantineLine {
    /// The record's place in its shard.
    pub sequence_number: Option<String>,
    /// Its place in the record that it was aggregated in.
    #[serde(default)]
    pub subsequence_number: Option<u64>,
    /// Where the record failed.
    pub stage: String,
    /// Why.
    pub reason: String,
    /// Its bytes in base64.
    pub data: String,
}

impl QuarantineLine {
    /// Where the record lies: sequence and subsequence number.
    pub fn position(&self) -> (&str, u64) {
        let sequence_number = self.sequence_number.as_deref();
        (
            sequence_number.unwrap_or("no position"),
            self.subsequence_number.unwrap_or(0),
        )
    }

    /// The record's bytes, or `None` when they are not base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64_STANDARD.decode(&self.data).ok()
    }
}

/// All rows of a table, read consistently.
pub async fn rows(config: &SdkConfig, table: &str) -> Result<Vec<StoredRow>> {
    let mut pages = aws_sdk_dynamodb::Client::new(config)
        .scan()
        .table_name(table)
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let mut rows = Vec::new();
    while let Some(item) = pages.next().await {
        let item = item.with_context(|| format!("table {table} cannot be read"))?;
        rows.push(
            item.into_iter()
                .map(|(name, value)| (name, attribute(value)))
                .collect(),
        );
    }
    Ok(rows)
}

fn attribute(value: AttributeValue) -> Attribute {
    match value {
        AttributeValue::S(text) => Attribute::Text(text),
        AttributeValue::N(text) => match Number::parse(&text) {
            Ok(number) => Attribute::Number(number.to_string()),
            Err(_) => Attribute::Other(text),
        },
        other => Attribute::Other(format!("{other:?}")),
    }
}

/// All lines of a function's quarantine.
pub async fn quarantine(
    config: &SdkConfig,
    bucket: &str,
    function: &str,
) -> Result<Vec<QuarantineLine>> {
    let config = aws_sdk_s3::config::Builder::from(config)
        .force_path_style(true)
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let mut pages = client
        .list_objects_v2()
        .bucket(bucket)
        .prefix(format!("{function}/"))
        .into_paginator()
        .send();
    let mut lines = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.with_context(|| format!("bucket {bucket} cannot be listed"))?;
        for key in page.contents().iter().filter_map(|object| object.key()) {
            let unreadable = || format!("quarantine object {key} cannot be read");
            let object = client.get_object().bucket(bucket).key(key).send().await;
            let body = object.with_context(unreadable)?.body.collect().await;
            let body = body.with_context(unreadable)?.into_bytes();
            lines.extend(quarantine_lines(&body).with_context(unreadable)?);
        }
    }
    Ok(lines)
}

/// The lines of one quarantine object.
fn quarantine_lines(body: &[u8]) -> Result<Vec<QuarantineLine>> {
    let mut text = String::new();
    GzDecoder::new(body)
        .read_to_string(&mut text)
        .context("it is not gzip")?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("it has a line that is no record"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_quarantine_object_gives_its_lines() {
        let line = r#"{"function":"sensor-ingest","sequence_number":"7","stage":"payload","reason":"not-json","detail":"x","data":"anVuaw=="}"#;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder
            .write_all(format!("{line}\n{line}\n").as_bytes())
            .unwrap();
        let lines = quarantine_lines(&encoder.finish().unwrap()).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].bytes().as_deref(), Some(&b"junk"[..]));
        assert!(quarantine_lines(b"plain text").is_err());
    }

    #[test]
    fn equal_numbers_are_equal_attributes() {
        let number = |text: &str| attribute(AttributeValue::N(text.to_owned()));
        assert_eq!(number("81.40"), number("8.14E1"));
        assert_ne!(
            number("81.4"),
            attribute(AttributeValue::S("81.4".to_owned()))
        );
    }
}
