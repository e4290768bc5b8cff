//! samconfig.toml names what the template has, for both environments, in full.

use std::collections::{BTreeMap, BTreeSet};

use testkit::Template;
use toml::{Table, Value};

use crate::interface::allows;
use crate::{ROOT, assert_none, template};

/// The environments and what the template's parameter Environment is in them.
const ENVIRONMENTS: [(&str, &str); 2] = [("default", "dev"), ("prod", "prod")];

fn settings() -> Table {
    let text = std::fs::read_to_string(format!("{ROOT}/samconfig.toml")).unwrap();
    text.parse().unwrap()
}

#[test]
fn both_environments_are_complete_and_allowed() {
    let settings = settings();
    let template = template();
    for (environment, name) in ENVIRONMENTS {
        let overrides = overrides(&settings[environment]);
        assert_none(&complaints(&template, &overrides));
        assert_eq!(overrides["Environment"], name);
        assert_eq!(overrides["Target"], "aws");
    }
}

#[test]
fn neither_environment_takes_anything_over_from_the_other() {
    let settings = settings();
    let names: BTreeSet<&str> = settings.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["default", "prod", "version"]));
    assert_eq!(keys(&settings["default"]), keys(&settings["prod"]));
}

#[test]
fn production_asks_before_it_changes_anything() {
    let settings = settings();
    let confirm = |environment: &str| {
        settings[environment]["deploy"]["parameters"]["confirm_changeset"].as_bool()
    };
    assert_eq!(confirm("prod"), Some(true));
    assert_eq!(confirm("default"), Some(false));
}

#[test]
fn records_are_parked_before_the_stream_lets_them_expire() {
    let template = template();
    let defaults = template.parameters().iter();
    let defaults =
        defaults.map(|(name, parameter)| (name.clone(), parameter["Default"].to_string()));
    let settings = settings();
    let all = [
        defaults.collect(),
        overrides(&settings["default"]),
        overrides(&settings["prod"]),
    ];
    for overrides in all {
        let number = |name: &str| overrides[name].parse::<i64>().unwrap();
        for age in [
            "SensorMaximumRecordAgeInSeconds",
            "SalesMaximumRecordAgeInSeconds",
            "OrderMaximumRecordAgeInSeconds",
            "ConsentMaximumRecordAgeInSeconds",
        ] {
            assert!(
                number(age) < number("StreamRetentionHours") * 3_600,
                "{age}: {overrides:?}"
            );
        }
        for days in ["OrderTombstoneDays", "ConsentTombstoneDays"] {
            assert!(
                number(days) * 24 > number("StreamRetentionHours"),
                "{days}: a change that comes late brings a deleted row back: {overrides:?}"
            );
        }
    }
}

#[test]
fn no_more_instances_run_than_share_the_channels_calls_and_a_batch_fits_its_time() {
    let settings = settings();
    for (environment, _) in ENVIRONMENTS {
        let overrides = overrides(&settings[environment]);
        let number = |name: &str| overrides[name].parse::<i64>().unwrap();
        let instances = number("ConsentConcurrency");
        let of_shards = number("ConsentShardCount") * number("ConsentParallelizationFactor");
        assert!(
            number("ConsentReserveConcurrency") == 1
                || (overrides["StreamMode"] == "PROVISIONED" && of_shards <= instances),
            "{environment}: nothing keeps the instances to {instances}"
        );
        let seconds =
            number("ConsentBatchSize") * instances / number("ConsentChannelCallsPerSecond");
        assert!(seconds < number("Timeout"), "{environment}: {seconds} s");
    }
}

/// What is wrong with the parameters of an environment.
fn complaints(template: &Template, overrides: &BTreeMap<String, String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, parameter) in template.parameters() {
        match overrides.get(name) {
            None => complaints.push(format!("{name} is not given")),
            Some(value) if !allows(parameter, value) => {
                complaints.push(format!("{name}={value} is not allowed"));
            }
            Some(_) => {}
        }
    }
    let unknown = overrides
        .keys()
        .filter(|name| !template.parameters().contains_key(*name));
    complaints.extend(unknown.map(|name| format!("{name} is no parameter")));
    complaints
}

fn overrides(environment: &Value) -> BTreeMap<String, String> {
    let overrides = environment["global"]["parameters"]["parameter_overrides"]
        .as_array()
        .unwrap();
    let mut named = BTreeMap::new();
    for item in overrides {
        let (name, value) = item.as_str().unwrap().split_once('=').unwrap();
        // SAM reads Name="" as an empty value and refuses Name=.
        assert!(!value.is_empty(), "{name}");
        assert!(
            named
                .insert(name.to_owned(), value.trim_matches('"').to_owned())
                .is_none(),
            "{name} twice"
        );
    }
    named
}

/// All settings of an environment by their paths.
fn keys(environment: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (command, sections) in environment.as_table().unwrap() {
        for (section, settings) in sections.as_table().unwrap() {
            for key in settings.as_table().unwrap().keys() {
                keys.insert(format!("{command}.{section}.{key}"));
            }
        }
    }
    keys
}

#[test]
fn each_wrong_parameter_is_seen() {
    let template = Template::parse(
        "
Parameters:
  Size: {Type: Number, Default: 3, MinValue: 1, MaxValue: 9}
  Mode: {Type: String, Default: a, AllowedValues: [a, b]}
  Mail: {Type: String, Default: '', AllowedPattern: '^$|^.+@.+$'}
",
    );
    let check = |given: &[(&str, &str)], expected: &[&str]| {
        let overrides = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        assert_eq!(complaints(&template, &overrides.collect()), expected);
    };
    check(&[("Size", "3"), ("Mode", "a"), ("Mail", "")], &[]);
    check(&[("Size", "3"), ("Mode", "a")], &["Mail is not given"]);
    check(
        &[("Size", "10"), ("Mode", "a"), ("Mail", "")],
        &["Size=10 is not allowed"],
    );
    check(
        &[("Size", "many"), ("Mode", "a"), ("Mail", "")],
        &["Size=many is not allowed"],
    );
    check(
        &[("Size", "3"), ("Mode", "c"), ("Mail", "")],
        &["Mode=c is not allowed"],
    );
    check(
        &[("Size", "3"), ("Mode", "a"), ("Mail", ""), ("X", "1")],
        &["X is no parameter"],
    );
}
