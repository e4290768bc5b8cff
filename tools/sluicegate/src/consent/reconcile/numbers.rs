//! The numbers of the table.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};

use super::difference::{Channel, Number, Status};

/// The sort key of what was said last of a number.
const NUMBER: &str = "NUMBER";

type Item = HashMap<String, AttributeValue>;

/// A table of consent.
#[derive(Debug)]
pub(super) struct Numbers {
    client: Client,
    table: String,
}

impl Numbers {
    pub(super) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// About how many rows the table has; it is counted every six hours.
    pub(super) async fn rows(&self) -> Result<u64> {
        let described = self.client.describe_table().table_name(&self.table).send();
        let described = described
            .await
            .with_context(|| format!("table {} cannot be described", self.table))?;
        let count = described.table().and_then(TableDescription::item_count);
        Ok(count
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0))
    }

    /// Reads all numbers, consistently row by row; `on_page` hears of rows that were looked at.
    pub(super) async fn read(
        &self,
        mut on_number: impl FnMut(Number),
        mut on_page: impl FnMut(u64),
    ) -> Result<()> {
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression("entity = :number")
            .expression_attribute_values(":number", string(NUMBER))
            .into_paginator()
            .send();
        let mut seen = 0;
        while let Some(page) = pages.next().await {
            let page = page.with_context(|| format!("table {} cannot be read", self.table))?;
            seen += u64::try_from(page.scanned_count()).unwrap_or(0);
            for item in page.items() {
                on_number(number(item)?);
            }
            on_page(seen);
        }
        Ok(())
    }

    /// Reads one number as it is now.
    pub(super) async fn current(&self, phone: &str) -> Result<Option<Number>> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true)
            .key("phone", string(phone))
            .key("entity", string(NUMBER))
            .send()
            .await
            .with_context(|| format!("table {} cannot be read", self.table))?;
        got.item().map(number).transpose()
    }
}

fn number(item: &Item) -> Result<Number> {
    let required = |name| {
        let value = text(item, name);
        value.with_context(|| format!("a row of a number has no text {name}"))
    };
    let status = match required("status")? {
        "OPTED_IN" => Status::OptedIn,
        // Whatever else it says is no yes.
        _ => Status::OptedOut,
    };
    let channel = match required("channel")? {
        "IN_STEP" => Channel::InStep,
        "OFF" => Channel::Off,
        _ => Channel::Pending,
    };
    Ok(Number {
        phone: required("phone")?.to_owned(),
        status,
        version: required("version")?.to_owned(),
        channel,
        reason: text(item, "channelReason").map(str::to_owned),
        channel_at: whole(item, "channelAt"),
    })
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn whole(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn string(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
