//! Settings from the properties of a template or of Lambda's API.

use std::time::Duration;

use records::Timestamp;
use serde_json::{Map, Value};

use super::error::SettingsError;
use super::names::{OTHER_SOURCES, RESOURCE_PROPERTIES, nearest};
use super::range::{
    BATCH_SIZE, BATCHING_WINDOW, PARALLELIZATION_FACTOR, RECORD_AGE, RETRY_ATTEMPTS,
    TUMBLING_WINDOW,
};
use super::{Settings, StartingPosition, check_destination};
use crate::filter::FilterCriteria;
use crate::text::shown;

const POSITIONS: &str = "TRIM_HORIZON, LATEST or AT_TIMESTAMP";
const DESTINATIONS: &str = "an object with OnFailure";
const DESTINATION: &str = "an object with the ARN of a queue, topic or bucket as Destination";

/// Reads the properties one by one, the starting position at last as it takes two.
pub(super) fn parse(properties: &Map<String, Value>) -> Result<Settings, SettingsError> {
    let mut settings = Settings::default();
    for (name, value) in properties {
        set(&mut settings, name, value)?;
    }
    settings.starting_position = starting_position(
        properties.get("StartingPosition"),
        properties.get("StartingPositionTimestamp"),
    )?;
    settings.check()?;
    Ok(settings)
}

fn set(settings: &mut Settings, name: &str, value: &Value) -> Result<(), SettingsError> {
    match name {
        "BatchSize" => settings.batch_size = BATCH_SIZE.read(value)?,
        "MaximumBatchingWindowInSeconds" => {
            settings.maximum_batching_window = Duration::from_secs(BATCHING_WINDOW.read(value)?);
        }
        "ParallelizationFactor" => {
            settings.parallelization_factor = PARALLELIZATION_FACTOR.read(value)?;
        }
        "MaximumRetryAttempts" => {
            settings.maximum_retry_attempts = RETRY_ATTEMPTS.read_or_off(value)?;
        }
        "MaximumRecordAgeInSeconds" => {
            let seconds = RECORD_AGE.read_or_off(value)?;
            settings.maximum_record_age = seconds.map(Duration::from_secs);
        }
        "BisectBatchOnFunctionError" => {
            settings.bisect_batch_on_function_error = truth(value)
                .ok_or_else(|| invalid("BisectBatchOnFunctionError", value, "true or false"))?;
        }
        "FunctionResponseTypes" => {
            settings.report_batch_item_failures = reports_failures(value)?;
        }
        "TumblingWindowInSeconds" => {
            let seconds = TUMBLING_WINDOW.read_or_off(value)?;
            settings.tumbling_window = seconds.map(Duration::from_secs);
        }
        "FilterCriteria" => settings.filters = FilterCriteria::parse(value)?,
        "DestinationConfig" => settings.on_failure = destination(value)?,
        "StartingPosition" | "StartingPositionTimestamp" => {}
        _ => return Err(refuse(name)),
    }
    Ok(())
}

fn starting_position(
    position: Option<&Value>,
    timestamp: Option<&Value>,
) -> Result<StartingPosition, SettingsError> {
    let position = match position {
        None => StartingPosition::TrimHorizon,
        Some(position) => match (position.as_str(), timestamp) {
            (Some("TRIM_HORIZON"), _) => StartingPosition::TrimHorizon,
            (Some("LATEST"), _) => StartingPosition::Latest,
            (Some("AT_TIMESTAMP"), None) => return Err(SettingsError::MissingTimestamp),
            (Some("AT_TIMESTAMP"), Some(timestamp)) => {
                return time(timestamp).map(StartingPosition::AtTimestamp);
            }
            _ => return Err(invalid("StartingPosition", position, POSITIONS)),
        },
    };
    match timestamp {
        None => Ok(position),
        Some(timestamp) => Err(SettingsError::StrayTimestamp {
            value: shown(timestamp),
        }),
    }
}

/// Seconds since 1970, with a fraction or without.
fn time(value: &Value) -> Result<Timestamp, SettingsError> {
    match value {
        Value::Number(number) => Timestamp::from_seconds_text(&number.to_string()),
        Value::String(text) => Timestamp::from_seconds_text(text),
        _ => None,
    }
    .filter(|time| time.as_micros() >= 0)
    .ok_or_else(|| {
        invalid(
            "StartingPositionTimestamp",
            value,
            super::SECONDS_SINCE_1970,
        )
    })
}

fn reports_failures(value: &Value) -> Result<bool, SettingsError> {
    match value.as_array().map(Vec::as_slice) {
        Some([]) => Ok(false),
        Some([Value::String(kind)]) if kind == "ReportBatchItemFailures" => Ok(true),
        _ => Err(invalid(
            "FunctionResponseTypes",
            value,
            "[\"ReportBatchItemFailures\"] or []",
        )),
    }
}

/// The destination for failures. SAM writes its `Type` beside it, which says what the ARN says too.
fn destination(config: &Value) -> Result<Option<String>, SettingsError> {
    let setting = "DestinationConfig";
    let members = members(config, &["OnFailure", "OnSuccess"])
        .ok_or_else(|| invalid(setting, config, DESTINATIONS))?;
    // Lambda's API may answer with an empty object.
    let is_empty = |value: &&Value| value.as_object().is_some_and(Map::is_empty);
    if let Some(on_success) = members.get("OnSuccess").filter(|value| !is_empty(value)) {
        let expected = "left out: a mapping tells of failures only";
        return Err(invalid("DestinationConfig.OnSuccess", on_success, expected));
    }
    let Some(on_failure) = members.get("OnFailure").filter(|value| !is_empty(value)) else {
        return Ok(None);
    };
    let wrong = || invalid("DestinationConfig.OnFailure", on_failure, DESTINATION);
    let members = self::members(on_failure, &["Destination", "Type"]).ok_or_else(wrong)?;
    let destination = members.get("Destination").ok_or_else(wrong)?;
    match destination {
        Value::String(arn) => {
            check_destination(arn)?;
            Ok(Some(arn.clone()))
        }
        _ => Err(super::wrong_destination(destination)),
    }
}

/// The members of an object that has none but these.
fn members<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Map<String, Value>> {
    let members = value.as_object()?;
    members
        .keys()
        .all(|name| names.contains(&name.as_str()))
        .then_some(members)
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn refuse(name: &str) -> SettingsError {
    if let Some((setting, sources)) = OTHER_SOURCES.into_iter().find(|(known, _)| *known == name) {
        return SettingsError::NotForStreams { setting, sources };
    }
    match RESOURCE_PROPERTIES.into_iter().find(|known| *known == name) {
        Some(setting) => SettingsError::NotASetting { setting },
        None => SettingsError::Unknown {
            setting: name.to_owned(),
            nearest: nearest(name),
        },
    }
}

fn invalid(setting: &'static str, value: &Value, expected: &'static str) -> SettingsError {
    SettingsError::Invalid {
        setting,
        value: shown(value),
        expected,
    }
}
