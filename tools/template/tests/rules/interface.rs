//! Rule: whoever deploys the template is told what each parameter does and may be, and what each output is.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::Template;

use crate::values::{list, references};

pub(crate) fn complaints(template: &Template) -> Vec<String> {
    let mut complaints = Vec::new();
    let used: BTreeSet<String> = ["Rules", "Conditions", "Globals", "Resources", "Outputs"]
        .iter()
        .flat_map(|section| references(&template.root()[section]))
        .collect();
    let grouped = grouped(template);
    for (name, parameter) in template.parameters() {
        let mut complain = |complaint: &str| complaints.push(format!("{name}: {complaint}"));
        if !is_described(parameter) {
            complain("no Description");
        }
        if !used.contains(name) {
            complain("used nowhere");
        }
        if grouped.iter().filter(|other| other == &name).count() != 1 {
            complain("not in one of the parameter groups");
        }
        if !is_constrained(parameter) {
            complain("no AllowedValues, no AllowedPattern, not both MinValue and MaxValue");
        } else if parameter["Default"].is_null() {
            complain("no Default");
        } else if !allows(parameter, &plain(&parameter["Default"])) {
            complain("its Default is not allowed");
        }
    }
    for name in grouped
        .iter()
        .filter(|name| !template.parameters().contains_key(*name))
    {
        complaints.push(format!("{name}: in a parameter group, but no parameter"));
    }
    for (name, output) in template.outputs() {
        if !is_described(output) {
            complaints.push(format!("output {name}: no Description"));
        }
    }
    complaints
}

/// Whether a parameter may have this value.
pub(crate) fn allows(parameter: &Value, value: &str) -> bool {
    let listed = match &parameter["AllowedValues"] {
        Value::Null => true,
        values => list(values).iter().any(|allowed| plain(allowed) == value),
    };
    let within = match (&parameter["MinValue"], &parameter["MaxValue"]) {
        (Value::Null, Value::Null) => true,
        (min, max) => value.parse::<i64>().is_ok_and(|number| {
            min.as_i64().is_none_or(|min| min <= number)
                && max.as_i64().is_none_or(|max| number <= max)
        }),
    };
    // CloudFormation itself checks patterns; here an empty value tells whether it may be left out.
    let matches = parameter["AllowedPattern"]
        .as_str()
        .is_none_or(|pattern| !value.is_empty() || pattern.starts_with("^$|"));
    listed && within && matches
}

/// A scalar as `sam deploy` would be given it.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn is_described(value: &Value) -> bool {
    value["Description"]
        .as_str()
        .is_some_and(|text| !text.is_empty())
}

fn is_constrained(parameter: &Value) -> bool {
    let has = |constraint: &str| !parameter[constraint].is_null();
    has("AllowedValues") || has("AllowedPattern") || (has("MinValue") && has("MaxValue"))
}

/// The parameters named in the groups, as the console shows them.
fn grouped(template: &Template) -> Vec<String> {
    let groups = &template.root()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    list(groups)
        .iter()
        .flat_map(|group| list(&group["Parameters"]))
        .map(plain)
        .collect()
}

const GOOD: &str = "
Metadata: {'AWS::CloudFormation::Interface': {ParameterGroups: [{Parameters: [Size, Mode]}]}}
Parameters:
  Size: {Description: How large, Type: Number, Default: 3, MinValue: 1, MaxValue: 9}
  Mode: {Description: Which way, Type: String, Default: a, AllowedValues: [a, b]}
Resources:
  Thing: {Type: 'AWS::SNS::Topic', Properties: {Size: !Ref Size, Name: !Sub '${Mode}-topic'}}
Outputs:
  Out: {Description: The thing, Value: !Ref Thing}
";

#[test]
fn each_gap_in_the_interface_is_seen() {
    crate::check_rule(
        complaints,
        GOOD,
        &[
            ("Description: How large, ", "", "Size: no Description"),
            (
                "Description: How large",
                "Description: ''",
                "Size: no Description",
            ),
            ("!Ref Size", "3", "Size: used nowhere"),
            ("${Mode}", "mode", "Mode: used nowhere"),
            ("[Size, Mode]", "[Size]", "Mode: not in one"),
            ("[Size, Mode]", "[Size, Mode, Mode]", "Mode: not in one"),
            (
                "[Size, Mode]",
                "[Size, Mode, Other]",
                "Other: in a parameter group",
            ),
            (", MaxValue: 9", "", "Size: no AllowedValues"),
            (", AllowedValues: [a, b]", "", "Mode: no AllowedValues"),
            ("Default: 3, ", "", "Size: no Default"),
            ("Default: 3", "Default: 10", "Size: its Default"),
            ("Default: 3", "Default: 0", "Size: its Default"),
            ("Default: a", "Default: c", "Mode: its Default"),
            ("Description: The thing, ", "", "output Out: no Description"),
        ],
    );
}
