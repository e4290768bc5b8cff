//! The list of products, first without some of them, and the rows that lack one.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use serde::Deserialize;
use serde_json::json;

use crate::causes;
use crate::produce::products::{Product, ndjson, products};

/// Of so many products one is left out of the first list.
const LEFT_OUT: usize = 8;
/// The function that completes rows.
const FUNCTION: &str = "product-completion";

/// The products in two lists.
#[derive(Clone, Debug)]
pub struct Lists {
    /// The list that there is first.
    pub first: Vec<Product>,
    /// All products.
    pub full: Vec<Product>,
}

impl Lists {
    /// Makes `count` products.
    pub fn new(count: u32, seed: u64) -> Self {
        let full = products(count, seed);
        let kept = full.iter().enumerate();
        let kept = kept.filter(|(place, _)| place % LEFT_OUT != LEFT_OUT - 1);
        Self {
            first: kept.map(|(_, product)| product.clone()).collect(),
            full,
        }
    }

    /// Products that are left out at first.
    pub fn later(&self) -> HashSet<u64> {
        let first: HashSet<u64> = self.first.iter().map(|product| product.id).collect();
        let all = self.full.iter().map(|product| product.id);
        all.filter(|id| !first.contains(id)).collect()
    }
}

/// Puts a list.
pub(super) async fn put(
    config: &SdkConfig,
    bucket: &str,
    key: &str,
    list: &[Product],
) -> Result<()> {
    let config = aws_sdk_s3::config::Builder::from(config)
        .force_path_style(true)
        .build();
    let request = aws_sdk_s3::Client::from_conf(config).put_object();
    let body = ByteStream::from(ndjson(list).into_bytes());
    let answer = request.bucket(bucket).key(key).body(body).send().await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "PutObject on bucket {bucket}, key {key}: {}",
            causes(&error)
        ),
    }
}

/// How many rows of these products the index has that are still without.
pub(super) async fn lacking(
    config: &SdkConfig,
    table: &str,
    products: &HashSet<u64>,
) -> Result<u64> {
    let query = aws_sdk_dynamodb::Client::new(config)
        .query()
        .table_name(table)
        .index_name("MissingIndex")
        .key_condition_expression("#missing = :product")
        .expression_attribute_names("#missing", "missing");
    let value = AttributeValue::S("product".to_owned());
    let query = query.expression_attribute_values(":product", value);
    let mut rows = query.into_paginator().items().send();
    let mut lacking = 0;
    while let Some(row) = rows.next().await {
        let row = row.with_context(|| format!("the index of table {table} cannot be read"))?;
        lacking += u64::from(item(&row).is_some_and(|item| products.contains(&item)));
    }
    Ok(lacking)
}

fn item(row: &HashMap<String, AttributeValue>) -> Option<u64> {
    row.get("itemId")?.as_n().ok()?.parse().ok()
}

/// Runs the function that completes rows, as its schedule does.
pub(super) async fn sweep(config: &SdkConfig, function: &str) -> Result<()> {
    let event = json!({
        "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {},
    });
    let request = aws_sdk_lambda::Client::new(config).invoke();
    let request = request.function_name(function);
    let request = request.payload(Blob::new(event.to_string()));
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => bail!("function {function} cannot be invoked: {}", causes(&error)),
    };
    if let Some(error) = answer.function_error() {
        let payload = answer.payload().map(AsRef::as_ref).unwrap_or_default();
        let reason = String::from_utf8_lossy(payload);
        bail!("function {function} failed ({error}): {reason}");
    }
    Ok(())
}

/// What the log says of the function that completes rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Runs that have come to their end.
    pub runs: u64,
    /// Rows that they have completed.
    pub rows: u64,
}

#[derive(Deserialize)]
struct RunLine {
    #[serde(rename = "Function")]
    function: String,
    #[serde(rename = "RecordsApplied")]
    applied: u64,
}

impl Completions {
    /// Takes in a line of the log.
    fn see(&mut self, line: &str) {
        let line: Option<RunLine> = serde_json::from_str(line).ok();
        if let Some(line) = line.filter(|line| line.function == FUNCTION) {
            self.runs += 1;
            self.rows += line.applied;
        }
    }

    /// Reads the log of the function.
    pub(super) async fn read(config: &SdkConfig, function: &str) -> Result<Self> {
        let lambda = aws_sdk_lambda::Client::new(config);
        let settings = lambda.get_function_configuration();
        let settings = settings.function_name(function).send().await;
        let settings = settings.with_context(|| format!("function {function} is not there"))?;
        let group = settings.logging_config().and_then(|log| log.log_group());
        let group = group.with_context(|| format!("function {function} has no log group"))?;
        let client = aws_sdk_cloudwatchlogs::Client::new(config);
        let events = client.filter_log_events().log_group_name(group);
        let mut pages = events.into_paginator().send();
        let mut completions = Self::default();
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("log group {group} cannot be read"))?;
            let messages = page.events().iter().filter_map(|event| event.message());
            messages.for_each(|message| completions.see(message));
        }
        Ok(completions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_eight_products_comes_later() {
        let lists = Lists::new(2_000, 1);
        assert_eq!((lists.first.len(), lists.full.len()), (1_750, 2_000));
        let later = lists.later();
        assert_eq!(later.len(), 250);
        assert!(
            lists
                .first
                .iter()
                .all(|product| !later.contains(&product.id))
        );
        assert!(later.contains(&lists.full[7].id));
    }

    #[test]
    fn lines_of_runs_are_told_from_all_others() {
        let mut completions = Completions::default();
        for line in [
            r#"{"Function":"product-completion","RecordsApplied":7,"RecordsSkipped":1}"#,
            r#"{"Function":"order-enrichment","RecordsApplied":5}"#,
            "START RequestId: 1",
            r#"{"Function":"product-completion","RecordsApplied":0}"#,
        ] {
            completions.see(line);
        }
        assert_eq!(completions, Completions { runs: 2, rows: 7 });
    }
}
