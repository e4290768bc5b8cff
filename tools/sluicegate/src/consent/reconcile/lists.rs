//! The opt-out list, through the API of AWS End User Messaging.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::config::Builder;
use aws_sdk_pinpointsmsvoicev2::operation::describe_opted_out_numbers::DescribeOptedOutNumbersError;
use aws_sdk_pinpointsmsvoicev2::types::{OptedOutNumberInformation, ResourceType};
use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior};

use super::difference::Listed;

/// Most numbers of a page (API reference, `DescribeOptedOutNumbers`).
const PAGE: i32 = 100;
/// Attempts per call. Throttling is the function's calls of the same second.
const ATTEMPTS: u32 = 8;
/// The resource that an error names when it is the number that is not there, not the list.
const NUMBER: &str = "opted-out-number";

/// Calls, so many a second.
#[derive(Debug)]
pub struct Pace(Mutex<Interval>);

impl Pace {
    /// At most so many calls a second, evenly.
    pub fn of(calls_per_second: u32) -> Self {
        let period = Duration::from_secs(1) / calls_per_second.max(1);
        let mut interval = tokio::time::interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(Mutex::new(interval))
    }

    /// Waits for the next call's turn.
    pub(super) async fn turn(&self) {
        self.0.lock().await.tick().await;
    }
}

/// A client of the API that is patient with throttling.
pub fn lists_client(config: &SdkConfig) -> Client {
    let retry = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    Client::from_conf(Builder::from(config).retry_config(retry).build())
}

/// A page of a list, and the token of the next one.
pub(super) type Page = (Vec<(String, Listed)>, Option<String>);

/// Reads a page.
pub(super) async fn page(
    client: &Client,
    list: &str,
    token: Option<String>,
    pace: &Pace,
) -> Result<Page> {
    pace.turn().await;
    let answer = client
        .describe_opted_out_numbers()
        .opt_out_list_name(list)
        .max_results(PAGE)
        .set_next_token(token)
        .send()
        .await
        .with_context(|| format!("opt-out list {list} cannot be read"))?;
    let numbers = answer.opted_out_numbers().iter();
    let numbers = numbers.map(|number| {
        (
            number.opted_out_number().to_owned(),
            number.end_user_opted_out(),
        )
    });
    let numbers = numbers.collect();
    Ok((numbers, answer.next_token().map(str::to_owned)))
}

/// All numbers of a list.
pub async fn all_listed(
    client: &Client,
    list: &str,
    pace: &Pace,
) -> Result<HashMap<String, Listed>> {
    let mut all = HashMap::new();
    let mut token = None;
    loop {
        let (numbers, next) = page(client, list, token, pace).await?;
        all.extend(numbers);
        if next.is_none() {
            return Ok(all);
        }
        token = next;
    }
}

/// Whether a number is on the list now.
pub(super) async fn look_up(
    client: &Client,
    list: &str,
    phone: &str,
    pace: &Pace,
) -> Result<Option<Listed>> {
    pace.turn().await;
    let found = client
        .describe_opted_out_numbers()
        .opt_out_list_name(list)
        .opted_out_numbers(phone)
        .send()
        .await;
    match found {
        Ok(found) => {
            let number = found.opted_out_numbers().first();
            Ok(number.map(OptedOutNumberInformation::end_user_opted_out))
        }
        Err(error) => match error.as_service_error() {
            Some(DescribeOptedOutNumbersError::ResourceNotFoundException(missing))
                if is_number(missing.resource_type().map(ResourceType::as_str)) =>
            {
                Ok(None)
            }
            _ => Err(error).context("a number cannot be looked up"),
        },
    }
}

fn is_number(resource_type: Option<&str>) -> bool {
    resource_type == Some(NUMBER)
}
