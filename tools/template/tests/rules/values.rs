//! What the values of a template say.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::Template;

/// The functions of the template with their logical ids.
pub(crate) fn functions(template: &Template) -> impl Iterator<Item = (&str, &Value)> {
    template.of_type("AWS::Serverless::Function")
}

/// The stream mappings of a function with their names: its events of the type Kinesis or DynamoDB.
pub(crate) fn stream_events(function: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let events = function["Properties"]["Events"].as_object();
    events
        .into_iter()
        .flatten()
        .filter(|(_, event)| matches!(event["Type"].as_str(), Some("Kinesis" | "DynamoDB")))
        .map(|(name, event)| (name.as_str(), &event["Properties"]))
}

/// All names that a value refers to by `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::If` or `Condition`.
pub(crate) fn references(value: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(value, &mut names);
    names
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("Ref" | "Condition", Value::String(target)) => {
                        names.insert(target.clone());
                    }
                    ("Fn::GetAtt" | "Fn::If", Value::Array(parts)) => {
                        names.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::Sub", _) => {
                        let text = field.as_str().or_else(|| field[0].as_str());
                        names.extend(text.into_iter().flat_map(placeholders));
                    }
                    _ => {}
                }
                collect(field, names);
            }
        }
        _ => {}
    }
}

/// The resources and parameters that a text of `Fn::Sub` names: `A` for `${A}` and for `${A.Arn}`.
fn placeholders(text: &str) -> impl Iterator<Item = String> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.split('.').next().unwrap_or(name).to_owned())
}

/// The least and the largest number that a value can be: a number itself, or a parameter's limits.
pub(crate) fn range(template: &Template, value: &Value) -> Option<(i64, i64)> {
    if let Some(number) = value.as_i64() {
        return Some((number, number));
    }
    let parameter = template.parameters().get(value["Ref"].as_str()?)?;
    Some((
        parameter["MinValue"].as_i64()?,
        parameter["MaxValue"].as_i64()?,
    ))
}

/// A value as text: a list's items, or the one value as a list.
pub(crate) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}
