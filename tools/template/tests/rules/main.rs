//! Holds template.yaml and samconfig.toml to the project's rules and to the code.
//!
//! The rules (`mappings`, `permissions`, `logs`, `interface`, `alarms`) look at every function of the template, so a
//! new function is held to them without a line here; what its code says of itself is a line in `code`. Each rule
//! returns its complaints, and each is tested on templates that break it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alarms;
mod code;
mod consent;
mod dashboard;
mod deployment;
mod docs;
mod interface;
mod logs;
mod mappings;
mod permissions;
mod samconfig;
mod storage;
mod values;

use testkit::Template;

/// The root of the checkout.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The project's template.
fn template() -> Template {
    Template::load(format!("{ROOT}/template.yaml"))
}

/// Fails with the complaints, one a line.
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n  {}", complaints.join("\n  "));
}

#[test]
fn every_stream_mapping_has_every_setting() {
    assert_none(&mappings::complaints(&template()));
}

#[test]
fn no_policy_allows_more_than_its_own_resources() {
    assert_none(&permissions::complaints(&template()));
}

#[test]
fn every_function_logs_json_to_a_group_with_retention() {
    assert_none(&logs::complaints(&template()));
}

#[test]
fn every_parameter_and_output_explains_itself() {
    assert_none(&interface::complaints(&template()));
}

#[test]
fn every_function_has_its_alarms() {
    assert_none(&alarms::complaints(&template()));
}

/// Whether a rule finds the fault in each of these variants of a good template: what to replace, by what, and a part
/// of the only complaint.
fn check_rule(rule: fn(&Template) -> Vec<String>, good: &str, faults: &[(&str, &str, &str)]) {
    assert_none(&rule(&Template::parse(good)));
    for (part, replacement, expected) in faults {
        assert_eq!(good.matches(part).count(), 1, "{part:?} is not there once");
        let complaints = rule(&Template::parse(&good.replace(part, replacement)));
        assert!(
            complaints.len() == 1 && complaints[0].contains(expected),
            "{part:?} -> {replacement:?}: expected one complaint with {expected:?}, got {complaints:#?}"
        );
    }
}
