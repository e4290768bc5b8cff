//! Each function's part of the template and its code say the same.

use std::collections::BTreeSet;

use pipeline::config::{PipelineConfig, deadline_margin};
use pipeline::{ConfigError, Environment};
use serde_json::{Map, Value, json};
use testkit::Template;

use crate::deployment::Deployment;
use crate::template;
use crate::values::{functions, range, references};

/// What a function's code says of itself.
pub(crate) struct Code {
    /// Logical id in the template.
    pub(crate) id: &'static str,
    /// Logical name: in log, metrics and quarantine; the binary's too.
    pub(crate) name: &'static str,
    /// Its crate's folder below `functions`.
    folder: &'static str,
    variables: &'static [&'static str],
    /// Variables whose numbers are parameters of the template.
    numbers: &'static [(&'static str, &'static str)],
    /// Metrics of its own, beside those of every function.
    pub(crate) metrics: &'static [&'static str],
    read: fn(&Environment<'_>) -> Result<(), ConfigError>,
}

/// All functions of the project.
pub(crate) const CODE: [Code; 5] = [
    Code {
        id: "SensorIngestFunction",
        name: sensor_ingest::NAME,
        folder: "sensor-ingest",
        variables: sensor_ingest::config::VARIABLES,
        numbers: &[
            ("RETENTION_DAYS", "SensorRetentionDays"),
            ("WRITE_CONCURRENCY", "SensorWriteConcurrency"),
            ("RECORD_MAX_BYTES", "RecordMaxBytes"),
        ],
        metrics: &[],
        read: |environment| of_stream(environment, sensor_ingest::Config::read(environment)),
    },
    Code {
        id: "SalesAggregatorFunction",
        name: sales_aggregator::NAME,
        folder: "sales-aggregator",
        variables: sales_aggregator::config::VARIABLES,
        numbers: &[
            ("RETENTION_DAYS", "SalesRetentionDays"),
            ("COUNT_EACH_ID_ONCE", "SalesCountEachIdOnce"),
            ("RECORD_MAX_BYTES", "RecordMaxBytes"),
        ],
        metrics: &[],
        read: |environment| of_stream(environment, sales_aggregator::Config::read(environment)),
    },
    Code {
        id: "OrderEnrichmentFunction",
        name: order_enrichment::NAME,
        folder: "order-enrichment",
        variables: order_enrichment::config::VARIABLES,
        numbers: &[
            ("VERSION_EPOCH", "OrderVersionEpoch"),
            ("TOMBSTONE_DAYS", "OrderTombstoneDays"),
            ("PRODUCTS_REVALIDATE_SECONDS", "ProductsRevalidateSeconds"),
            ("WRITE_CONCURRENCY", "OrderWriteConcurrency"),
            ("RECORD_MAX_BYTES", "RecordMaxBytes"),
        ],
        metrics: &[],
        read: |environment| of_stream(environment, order_enrichment::Config::read(environment)),
    },
    Code {
        id: "ProductCompletionFunction",
        name: order_enrichment::COMPLETION_NAME,
        folder: "order-enrichment",
        variables: order_enrichment::config::COMPLETION_VARIABLES,
        numbers: &[
            ("PRODUCTS_REVALIDATE_SECONDS", "ProductsRevalidateSeconds"),
            ("WRITE_CONCURRENCY", "OrderWriteConcurrency"),
        ],
        metrics: &[],
        read: |environment| {
            deadline_margin(environment)?;
            order_enrichment::JoinConfig::read(environment).map(drop)
        },
    },
    Code {
        id: "OptInUpdaterFunction",
        name: opt_in_updater::NAME,
        folder: "opt-in-updater",
        variables: opt_in_updater::config::VARIABLES,
        numbers: &[
            ("VERSION_EPOCH", "ConsentVersionEpoch"),
            ("TOMBSTONE_DAYS", "ConsentTombstoneDays"),
            ("WRITE_CONCURRENCY", "ConsentWriteConcurrency"),
            ("CHANNEL_CALLS_PER_SECOND", "ConsentChannelCallsPerSecond"),
            ("CHANNEL_CONCURRENCY", "ConsentConcurrency"),
            ("RECORD_MAX_BYTES", "RecordMaxBytes"),
        ],
        metrics: &[
            "ChannelOptOuts",
            "ChannelOptIns",
            "ChannelOptOutsRefused",
            "ChannelPending",
            "ConsentUnclear",
        ],
        read: |environment| of_stream(environment, opt_in_updater::Config::read(environment)),
    },
];

/// With the settings that every function of a stream has.
fn of_stream<T>(
    environment: &Environment<'_>,
    own: Result<T, ConfigError>,
) -> Result<(), ConfigError> {
    PipelineConfig::read(environment)?;
    own.map(drop)
}

#[test]
fn every_function_of_the_template_is_held_to_its_code() {
    let template = template();
    let here: BTreeSet<&str> = functions(&template).map(|(id, _)| id).collect();
    assert_eq!(here, CODE.iter().map(|code| code.id).collect());
}

#[test]
fn the_template_sets_the_variables_that_the_code_reads() {
    for code in CODE {
        let set = variables(&template(), &code);
        // These are the SDK's.
        let own = set.into_iter().map(|(name, _)| name);
        let own: BTreeSet<String> = own
            .filter(|name| !name.starts_with("AWS_ENDPOINT_URL"))
            .collect();
        let read = code.variables.iter().map(|name| (*name).to_owned());
        assert_eq!(own, read.collect(), "{}", code.id);
    }
}

#[test]
fn the_limits_of_the_parameters_are_the_limits_of_the_code() {
    let template = template();
    for code in CODE {
        for (variable, parameter) in code.numbers {
            let set = &variables(&template, &code)[*variable];
            assert_eq!(*set, json!({"Ref": parameter}));
            let (min, max) = range(&template, set).unwrap();
            for (value, is_good) in [(min, true), (max, true), (min - 1, false), (max + 1, false)] {
                assert_eq!(
                    starts(&template, &code, variable, &value.to_string()),
                    is_good,
                    "{}: {variable}={value}",
                    code.id
                );
            }
        }
    }
}

#[test]
fn every_function_starts_with_the_defaults() {
    for code in CODE {
        assert!(starts(&template(), &code, "NONE", ""), "{}", code.id);
    }
}

#[test]
fn the_shortest_timeout_leaves_time_to_work() {
    let template = template();
    let (seconds, _) = range(&template, &template.globals()["Function"]["Timeout"]).unwrap();
    for code in CODE {
        let margin = &variables(&template, &code)["DEADLINE_MARGIN_MS"];
        let margin: i64 = margin.as_str().unwrap().parse().unwrap();
        assert!(margin * 2 <= seconds * 1_000, "{margin} ms of {seconds} s");
        let own = &template.resource(code.id)["Properties"]["Timeout"];
        assert!(own.is_null(), "{}: a time-out of its own", code.id);
    }
}

#[test]
fn what_is_built_is_the_functions_own_crate() {
    let template = template();
    for Code {
        id, name, folder, ..
    } in CODE
    {
        let function = template.resource(id);
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
        let crate_name = folder;
        let folder = format!("functions/{folder}");
        assert_eq!(function["Properties"]["CodeUri"], folder);
        let manifest = format!("{}/{folder}/Cargo.toml", crate::ROOT);
        let manifest: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
        assert_eq!(manifest["package"]["name"].as_str(), Some(crate_name));
        assert_eq!(function["Metadata"]["BuildProperties"]["Binary"], name);
    }
}

#[test]
fn a_function_may_write_quarantine_objects_below_its_name_only() {
    let template = template();
    let with_quarantine = CODE
        .iter()
        .filter(|code| code.variables.contains(&"QUARANTINE_BUCKET"));
    for Code { id, name, .. } in with_quarantine {
        let role = template.resource(id)["Properties"]["Role"]["Fn::GetAtt"][0].clone();
        let statements = template.resource(role.as_str().unwrap())["Properties"]["Policies"][0]["PolicyDocument"]
            ["Statement"]
            .as_array()
            .unwrap();
        let puts = statements
            .iter()
            .find(|statement| statement["Action"] == "s3:PutObject")
            .unwrap();
        assert_eq!(
            puts["Resource"],
            json!([
                {"Fn::Sub": format!("${{QuarantineBucket.Arn}}/{name}/*")},
                // Where Lambda puts batches that ran out of retries.
                {"Fn::Sub": "${QuarantineBucket.Arn}/aws/lambda/*"},
            ])
        );
        // What a condition chooses has no resource of the template.
        for statement in statements.iter().filter(|one| one["Fn::If"].is_null()) {
            let names = references(&statement["Resource"]);
            assert_eq!(names.len(), 1, "{statement}");
        }
    }
}

fn variables(template: &Template, code: &Code) -> Map<String, Value> {
    let of = |place: &Value| place["Environment"]["Variables"].as_object().cloned();
    let mut variables = of(&template.root()["Globals"]["Function"]).unwrap_or_default();
    variables.extend(of(&template.resource(code.id)["Properties"]).unwrap_or_default());
    variables
}

/// Whether the function starts with the template's variables, all parameters at their defaults, but `variable` at
/// `value`.
fn starts(template: &Template, code: &Code, variable: &str, value: &str) -> bool {
    let variables = variables(template, code);
    let deployment = Deployment::new(template, &[]);
    let lookup = |name: &str| match name {
        _ if name == variable => Some(value.to_owned()),
        _ => deployment.value(variables.get(name)?),
    };
    let environment = Environment::new(&lookup);
    (code.read)(&environment).is_ok()
}
