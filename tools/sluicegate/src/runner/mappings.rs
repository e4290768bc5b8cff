//! The event source mappings of the deployed stack, as the emulator's Lambda API and the template tell of them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_lambda::types::{
    EventSourceMappingConfiguration, FilterCriteria, FunctionResponseType,
};
use mapping::{OTHER_SOURCES, RESOURCE_PROPERTIES, Settings};
use records::StreamKind;
use serde_json::{Map, Value, json};

use super::arn::{Destination, StreamArn};
use super::template::{self, TemplateMapping, is_unresolved};
use crate::causes::causes;

/// What the emulator says of a mapping whose template gives no `BatchSize`; on AWS that means 100.
const EMULATORS_BATCH_SIZE: i32 = 10;

/// A mapping that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its UUID.
    pub id: String,
    /// Its logical id in the template, or its UUID when it is of no template.
    pub name: String,
    /// The function's name, with its qualifier if there is one.
    pub function: String,
    /// ARN of the function, with the qualifier.
    pub function_arn: String,
    /// ARN of the function's role: the mapping reads and delivers with its permissions.
    pub role: String,
    /// The function's `Timeout`.
    pub timeout: Duration,
    /// What is read.
    pub stream: StreamArn,
    /// How.
    pub settings: Settings,
    /// Where failures are told.
    pub on_failure: Option<Destination>,
    /// Whether it is to run.
    pub enabled: bool,
}

/// All mappings of streams that the emulator has, and why one of them cannot be run: one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mappings {
    /// The ones that can be run.
    pub runnable: Vec<Mapping>,
    /// Names and reasons of the others.
    pub refused: BTreeMap<String, String>,
}

/// What the emulator says of its mappings; changes when any of them does.
pub(super) async fn described(config: &SdkConfig) -> Result<Vec<EventSourceMappingConfiguration>> {
    aws_sdk_lambda::Client::new(config)
        .list_event_source_mappings()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .context("the event source mappings cannot be listed")
}

/// Reads everything about the mappings.
pub(super) async fn load(
    config: &SdkConfig,
    stack: &str,
    described: &[EventSourceMappingConfiguration],
) -> Result<Mappings> {
    let templates = Box::pin(template::mappings(config, stack)).await?;
    let lambda = aws_sdk_lambda::Client::new(config);
    let mut mappings = Mappings::default();
    for api in described {
        let id = api.uuid().unwrap_or_default();
        let template = templates.get(id);
        let name = template.map_or(id, |template| template.logical_id.as_str());
        match read(&lambda, api, template, name).await {
            Ok(Some(mapping)) => mappings.runnable.push(mapping),
            Ok(None) => {}
            Err(error) => {
                let reason = format!("mapping {name}: {}", causes(error.as_ref()));
                mappings.refused.insert(name.to_owned(), reason);
            }
        }
    }
    Ok(mappings)
}

/// `None` for a queue's mapping, which the emulator itself runs.
async fn read(
    lambda: &aws_sdk_lambda::Client,
    api: &EventSourceMappingConfiguration,
    template: Option<&TemplateMapping>,
    name: &str,
) -> Result<Option<Mapping>> {
    let source = api.event_source_arn().unwrap_or_default();
    if source.starts_with("arn:aws:sqs:") {
        return Ok(None);
    }
    let properties = properties(api, template)?;
    let stream = StreamArn::parse(source)?;
    let settings = Settings::from_cloudformation(&properties)?;
    match stream.kind {
        StreamKind::Kinesis => settings.check_kinesis()?,
        StreamKind::DynamoDb => settings.check_dynamodb()?,
    }
    let on_failure = settings
        .on_failure
        .as_deref()
        .map(Destination::parse)
        .transpose()?;
    let function_arn = api.function_arn().unwrap_or_default();
    let function = lambda
        .get_function_configuration()
        .function_name(function_arn)
        .send()
        .await
        .with_context(|| format!("FunctionName: {function_arn} cannot be read"))?;
    let timeout = u64::try_from(function.timeout().unwrap_or(3)).unwrap_or(3);
    let is_on = !matches!(api.state(), Some("Disabled" | "Disabling"));
    let template_says_off = template.is_some_and(|template| {
        let enabled = &template.properties.get("Enabled");
        enabled.is_some_and(|value| value == &json!(false) || value == "false")
    });
    Ok(Some(Mapping {
        id: api.uuid().unwrap_or_default().to_owned(),
        name: name.to_owned(),
        function: function_arn
            .split_once(":function:")
            .map_or(function_arn, |(_, name)| name)
            .to_owned(),
        function_arn: function_arn.to_owned(),
        role: function.role().unwrap_or_default().to_owned(),
        timeout: Duration::from_secs(timeout),
        stream,
        settings,
        on_failure,
        // The emulator's API calls a mapping enabled whose template says otherwise.
        enabled: is_on && !template_says_off,
    }))
}

/// The settings by their names: what the API tells, and of the rest what the template says.
fn properties(
    api: &EventSourceMappingConfiguration,
    template: Option<&TemplateMapping>,
) -> Result<Map<String, Value>> {
    let mut properties = told_by_api(api);
    let Some(template) = template else {
        return Ok(properties);
    };
    if !template.properties.contains_key("BatchSize")
        && api.batch_size() == Some(EMULATORS_BATCH_SIZE)
    {
        properties.remove("BatchSize");
    }
    for (name, value) in &template.properties {
        if let Some((_, source)) = OTHER_SOURCES.iter().find(|(other, _)| other == name) {
            bail!("{name}: is for mappings of {source}, which do not run locally");
        }
        let is_told = properties.contains_key(name);
        if is_told || RESOURCE_PROPERTIES.contains(&name.as_str()) {
            continue;
        }
        if is_unresolved(value) {
            bail!(
                "{name}: is {value}, which is known to AWS only: to run locally it must be written out or come from a parameter"
            );
        }
        properties.insert(name.clone(), value.clone());
    }
    Ok(properties)
}

fn told_by_api(api: &EventSourceMappingConfiguration) -> Map<String, Value> {
    let texts = |values: Vec<&str>| (!values.is_empty()).then(|| json!(values));
    let filters: Vec<Value> = api
        .filter_criteria()
        .map(FilterCriteria::filters)
        .unwrap_or_default()
        .iter()
        .map(|filter| json!({ "Pattern": filter.pattern() }))
        .collect();
    let destination = api
        .destination_config()
        .and_then(|config| config.on_failure()?.destination());
    let told = [
        ("BatchSize", api.batch_size().map(Value::from)),
        (
            "MaximumBatchingWindowInSeconds",
            api.maximum_batching_window_in_seconds().map(Value::from),
        ),
        (
            "ParallelizationFactor",
            api.parallelization_factor().map(Value::from),
        ),
        (
            "StartingPosition",
            api.starting_position().map(|it| Value::from(it.as_str())),
        ),
        (
            "StartingPositionTimestamp",
            api.starting_position_timestamp()
                .map(|time| Value::from(time.secs())),
        ),
        (
            "MaximumRetryAttempts",
            api.maximum_retry_attempts().map(Value::from),
        ),
        (
            "MaximumRecordAgeInSeconds",
            api.maximum_record_age_in_seconds().map(Value::from),
        ),
        (
            "BisectBatchOnFunctionError",
            api.bisect_batch_on_function_error().map(Value::from),
        ),
        (
            "TumblingWindowInSeconds",
            api.tumbling_window_in_seconds().map(Value::from),
        ),
        (
            "FunctionResponseTypes",
            texts(
                api.function_response_types()
                    .iter()
                    .map(FunctionResponseType::as_str)
                    .collect(),
            ),
        ),
        (
            "FilterCriteria",
            (!filters.is_empty()).then(|| json!({ "Filters": filters })),
        ),
        (
            "DestinationConfig",
            destination.map(|arn| json!({ "OnFailure": { "Destination": arn } })),
        ),
    ];
    told.into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

#[cfg(test)]
#[path = "mappings_tests.rs"]
mod tests;
