//! Who may be written to: what the index of the table says.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

/// The index whose hash key is the country.
const INDEX: &str = "AudienceIndex";

/// A number that may be written to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Listener {
    /// The number in E.164.
    pub phone: String,
    /// Who has said yes.
    pub users: Vec<String>,
}

/// Asks the index for the numbers of a country, in their order, each once; `on_listener` hears of each as it comes.
/// Returns how many there are.
pub async fn listeners(
    config: &SdkConfig,
    table: &str,
    country: &str,
    mut on_listener: impl FnMut(&Listener),
) -> Result<u64> {
    let mut rows = Client::new(config)
        .query()
        .table_name(table)
        .index_name(INDEX)
        .key_condition_expression("audience = :country")
        .expression_attribute_values(":country", AttributeValue::S(country.to_owned()))
        .projection_expression("phone, userId")
        .into_paginator()
        .items()
        .send();
    let mut count = 0;
    let mut last: Option<Listener> = None;
    while let Some(row) = rows.next().await {
        let row = row.with_context(|| format!("the audience in {table} cannot be read"))?;
        let phone =
            text(&row, "phone").with_context(|| format!("{INDEX} has a row without phone"))?;
        let user = text(&row, "userId").unwrap_or_default();
        // Rows of one number follow each other.
        match &mut last {
            Some(listener) if listener.phone == phone => listener.users.push(user),
            _ => {
                let listener = Listener {
                    phone,
                    users: vec![user],
                };
                if let Some(done) = last.replace(listener) {
                    on_listener(&done);
                }
                count += 1;
            }
        }
    }
    if let Some(done) = last {
        on_listener(&done);
    }
    Ok(count)
}

/// How many numbers each country has. Reads the whole index.
pub async fn countries(config: &SdkConfig, table: &str) -> Result<BTreeMap<String, u64>> {
    let mut rows = Client::new(config)
        .scan()
        .table_name(table)
        .index_name(INDEX)
        .projection_expression("audience, phone")
        .into_paginator()
        .items()
        .send();
    let mut numbers: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    while let Some(row) = rows.next().await {
        let row = row.with_context(|| format!("the audience in {table} cannot be read"))?;
        if let (Some(country), Some(phone)) = (text(&row, "audience"), text(&row, "phone")) {
            numbers.entry(country).or_default().insert(phone);
        }
    }
    let counts = numbers.into_iter();
    Ok(counts
        .map(|(country, numbers)| (country, numbers.len() as u64))
        .collect())
}

fn text(row: &std::collections::HashMap<String, AttributeValue>, name: &str) -> Option<String> {
    row.get(name)?.as_s().ok().cloned()
}
