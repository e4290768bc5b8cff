//! sensor-ingest's part of the template and its code say the same.

use std::collections::BTreeSet;

use pipeline::config::PipelineConfig;
use sensor_ingest::config::VARIABLES;
use sensor_ingest::{Config, NAME};
use serde_json::{Map, Value, json};
use testkit::Template;

use crate::template;
use crate::values::{range, references};

const FUNCTION: &str = "SensorIngestFunction";

#[test]
fn the_template_sets_the_variables_that_the_code_reads() {
    let set: BTreeSet<String> = variables(&template()).keys().cloned().collect();
    let read: BTreeSet<String> = VARIABLES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(set, read);
}

#[test]
fn the_limits_of_the_parameters_are_the_limits_of_the_code() {
    let template = template();
    for (variable, parameter) in [
        ("RETENTION_DAYS", "SensorRetentionDays"),
        ("WRITE_CONCURRENCY", "SensorWriteConcurrency"),
    ] {
        let set = &variables(&template)[variable];
        assert_eq!(*set, json!({"Ref": parameter}));
        let (min, max) = range(&template, set).unwrap();
        for value in [min, max] {
            assert!(
                starts(&template, variable, &value.to_string()),
                "{variable}={value}"
            );
        }
        for value in [min - 1, max + 1] {
            assert!(
                !starts(&template, variable, &value.to_string()),
                "{variable}={value}"
            );
        }
    }
}

#[test]
fn the_function_starts_with_the_defaults() {
    assert!(starts(&template(), "NONE", ""));
}

#[test]
fn the_shortest_timeout_leaves_time_to_work() {
    let template = template();
    let (seconds, _) = range(
        &template,
        &template.resource(FUNCTION)["Properties"]["Timeout"],
    )
    .unwrap();
    let margin = &variables(&template)["DEADLINE_MARGIN_MS"];
    let margin: i64 = margin.as_str().unwrap().parse().unwrap();
    assert!(margin * 2 <= seconds * 1_000, "{margin} ms of {seconds} s");
}

#[test]
fn what_is_built_is_this_crate() {
    let template = template();
    let function = template.resource(FUNCTION);
    assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
    assert_eq!(
        function["Properties"]["CodeUri"],
        concat!("functions/", env!("CARGO_PKG_NAME"))
    );
    assert_eq!(
        function["Metadata"]["BuildProperties"]["Binary"],
        env!("CARGO_PKG_NAME")
    );
    assert_eq!(NAME, env!("CARGO_PKG_NAME"));
}

#[test]
fn the_function_may_write_quarantine_objects_below_its_name_only() {
    let template = template();
    let statements = template.resource("SensorIngestRole")["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap();
    let puts = statements
        .iter()
        .find(|statement| statement["Action"] == "s3:PutObject")
        .unwrap();
    assert_eq!(
        puts["Resource"],
        json!([
            {"Fn::Sub": format!("${{QuarantineBucket.Arn}}/{NAME}/*")},
            // Where Lambda puts batches that ran out of retries.
            {"Fn::Sub": "${QuarantineBucket.Arn}/aws/lambda/*"},
        ])
    );
    for statement in statements {
        let names = references(&statement["Resource"]);
        assert_eq!(names.len(), 1, "{statement}");
    }
}

fn variables(template: &Template) -> Map<String, Value> {
    let of = |place: &Value| place["Environment"]["Variables"].as_object().cloned();
    let mut variables = of(&template.root()["Globals"]["Function"]).unwrap_or_default();
    variables.extend(of(&template.resource(FUNCTION)["Properties"]).unwrap_or_default());
    variables
}

/// Whether the function starts with the template's variables, all parameters at their defaults, but `variable` at
/// `value`.
fn starts(template: &Template, variable: &str, value: &str) -> bool {
    let variables = variables(template);
    let lookup = |name: &str| {
        if name == variable {
            return Some(value.to_owned());
        }
        let set = variables.get(name)?;
        match set["Ref"].as_str() {
            None => set.as_str().map(str::to_owned),
            Some(target) => Some(match template.parameters().get(target) {
                Some(parameter) => parameter["Default"].to_string(),
                None => "a-name".to_owned(),
            }),
        }
    };
    let environment = pipeline::Environment::new(&lookup);
    Config::read(&environment).is_ok() && PipelineConfig::read(&environment).is_ok()
}
