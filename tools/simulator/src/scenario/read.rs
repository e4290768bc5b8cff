//! Reads a scenario file.

use mapping::{Choices, Settings};
use records::Timestamp;
use serde_json::{Map, Value};

use super::Scenario;
use super::amounts::amounts;
use super::function::{Function, function};
use super::mistake::ScenarioError;
use super::node::Node;
use super::record::{Input, records};
use crate::timeline::Seconds;

const NAMES: &[&str] = &[
    "settings", "choices", "records", "function", "events", "until",
];

pub(super) fn scenario(text: &str) -> Result<Scenario, ScenarioError> {
    let root = Node::root(text)?;
    let object = root.object(NAMES)?;
    let settings = match object.get("settings") {
        Some(node) => settings(node)?,
        None => Settings::default(),
    };
    let choices = match object.get("choices") {
        Some(node) => choices(node)?,
        None => Choices::default(),
    };
    let records = records(object.need("records", "a list of records or their count")?)?;
    let function = match object.get("function") {
        Some(node) => function(node, records.len())?,
        None => Function::default(),
    };
    check_windows(&settings, &function)?;
    if function.sum {
        check_sums(&settings, &records)?;
    }
    let shard_closed = match object.get("events") {
        Some(node) => events(node, &records)?,
        None => None,
    };
    let until = object.get("until").map(Node::seconds).transpose()?;
    Ok(Scenario {
        settings,
        choices,
        records,
        function,
        shard_closed,
        until,
    })
}

fn settings(node: &Node<'_>) -> Result<Settings, ScenarioError> {
    let expected = || "an object with the mapping's settings by their CloudFormation names";
    let object = node.any_object(|| expected().to_owned())?;
    let mut properties = Map::new();
    for (name, node) in object.fields() {
        let value = serde_json::from_str(node.text());
        let value = value.map_err(|error| node.wrong(format!("readable JSON ({error})")))?;
        properties.insert(name.to_owned(), value);
    }
    let settings = Settings::from_cloudformation(&properties)?;
    settings.check_kinesis()?;
    Ok(settings)
}

/// Each choice is tried on the defaults by itself, so that the message can name it.
fn choices(node: &Node<'_>) -> Result<Choices, ScenarioError> {
    let Ok(Value::Object(defaults)) = serde_json::to_value(Choices::default()) else {
        return Ok(Choices::default());
    };
    let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
    let mut chosen = Map::new();
    for (name, node) in node.object(&known)?.fields() {
        let Ok(value) = serde_json::from_str::<Value>(node.text()) else {
            return Err(node.wrong("readable JSON"));
        };
        let alone = Map::from_iter([(name.to_owned(), value.clone())]);
        if let Err(error) = serde_json::from_value::<Choices>(Value::Object(alone)) {
            return Err(node.wrong(expected_of(&error)));
        }
        chosen.insert(name.to_owned(), value);
    }
    serde_json::from_value(Value::Object(chosen)).map_err(|error| node.wrong(error))
}

/// What serde would have liked, from its message: `unknown variant …, expected …`.
fn expected_of(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.split_once("expected ") {
        Some((_, "u64")) => "a whole number".to_owned(),
        Some((_, "a boolean")) => "true or false".to_owned(),
        Some((_, expected)) => expected.replace('`', "\""),
        None => message,
    }
}

/// Only windows have a state.
fn check_windows(settings: &Settings, function: &Function) -> Result<(), ScenarioError> {
    let given = if function.sum {
        "sum"
    } else if function.state_bytes > 0 {
        "state_bytes"
    } else {
        return Ok(());
    };
    match settings.tumbling_window {
        Some(_) => Ok(()),
        None => Err(ScenarioError::Missing {
            place: "settings.TumblingWindowInSeconds".to_owned(),
            expected: format!("1 to 900, as function.{given} is about the state of windows"),
        }),
    }
}

/// What is added up has to be numbers, unless the filters keep it from the function.
fn check_sums(settings: &Settings, records: &[Input]) -> Result<(), ScenarioError> {
    for (index, record) in records.iter().enumerate() {
        if settings.filters.passes_kinesis(&record.data) && amounts(&record.data).is_none() {
            return Err(ScenarioError::wrong(
                &format!("records[{index}].data"),
                &String::from_utf8_lossy(&record.data),
                "a number or an object with numbers, as function.sum adds them up",
            ));
        }
    }
    Ok(())
}

fn events(node: &Node<'_>, records: &[Input]) -> Result<Option<Timestamp>, ScenarioError> {
    let mut closed = None;
    for event in node.list("a list of events")? {
        let object = event.object(&["at", "shard_closed"])?;
        let at = object.need("at", "seconds")?;
        let what = object.need("shard_closed", "true")?;
        if what.text() != "true" {
            return Err(what.wrong("true"));
        }
        if closed.is_some() {
            return Err(event.wrong("nothing: the shard is closed already"));
        }
        let time = at.seconds()?;
        // Arrivals do not decrease: the last record is the latest.
        if let Some(last) = records.last().filter(|last| last.arrival > time) {
            let (arrival, number) = (Seconds(last.arrival), records.len());
            return Err(at.wrong(format!("{arrival} or later: record {number} arrives then")));
        }
        closed = Some(time);
    }
    Ok(closed)
}
