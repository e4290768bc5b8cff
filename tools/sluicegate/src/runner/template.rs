//! What the deployed template says of mappings: the emulator's API does not tell all of it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::{Stack, TemplateStage};
use serde_json::{Map, Value};

const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// Deepest nesting of conditions that is followed, so that conditions naming each other come to an end.
const DEEPEST: usize = 20;

/// A mapping of the template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TemplateMapping {
    pub(super) logical_id: String,
    /// Parameters and conditions are put in; any other intrinsic function stands as it is.
    pub(super) properties: Map<String, Value>,
}

/// The mappings of the stack by their UUID.
pub(super) async fn mappings(
    config: &SdkConfig,
    stack: &str,
) -> Result<BTreeMap<String, TemplateMapping>> {
    let client = aws_sdk_cloudformation::Client::new(config);
    let template = client
        .get_template()
        .stack_name(stack)
        .template_stage(TemplateStage::Processed)
        .send();
    let described = client.describe_stacks().stack_name(stack).send();
    let resources = client.describe_stack_resources().stack_name(stack).send();
    let (template, described, resources) = tokio::try_join!(
        async {
            template
                .await
                .context("the deployed template cannot be read")
        },
        async { described.await.context("the stack cannot be described") },
        async {
            resources
                .await
                .context("the stack's resources cannot be listed")
        },
    )?;

    let parameters = described
        .stacks()
        .iter()
        .flat_map(Stack::parameters)
        .filter_map(|parameter| {
            let value = parameter
                .resolved_value()
                .or_else(|| parameter.parameter_value())?;
            Some((parameter.parameter_key()?.to_owned(), value.to_owned()))
        })
        .collect();
    let mut by_logical_id = properties(template.template_body().unwrap_or_default(), parameters)?;
    Ok(resources
        .stack_resources()
        .iter()
        .filter(|resource| resource.resource_type() == Some(MAPPING))
        .filter_map(|resource| {
            let logical_id = resource.logical_resource_id()?.to_owned();
            let properties = by_logical_id.remove(&logical_id)?;
            let mapping = TemplateMapping {
                logical_id,
                properties,
            };
            Some((resource.physical_resource_id()?.to_owned(), mapping))
        })
        .collect())
}

/// The properties of a processed template's (JSON) mappings by logical id.
fn properties(
    template: &str,
    parameters: BTreeMap<String, String>,
) -> Result<BTreeMap<String, Map<String, Value>>> {
    let template: Value =
        serde_json::from_str(template).context("the deployed template is not JSON")?;
    let resolver = Resolver {
        conditions: &template["Conditions"],
        parameters,
    };
    let resources = template["Resources"].as_object();
    Ok(resources
        .into_iter()
        .flatten()
        .filter(|(_, resource)| resource["Type"] == MAPPING)
        .map(|(logical_id, resource)| {
            let properties = resolver.resolve(&resource["Properties"]);
            let properties = match properties {
                Some(Value::Object(properties)) => properties,
                _ => Map::new(),
            };
            (logical_id.clone(), properties)
        })
        .collect())
}

/// Puts in what is known without the emulator: parameters and conditions.
struct Resolver<'a> {
    conditions: &'a Value,
    parameters: BTreeMap<String, String>,
}

impl Resolver<'_> {
    /// The value with everything put in; `None` for `AWS::NoValue`.
    fn resolve(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Object(object) => match function(object) {
                Some(("Ref", Value::String(name))) if name == "AWS::NoValue" => None,
                Some(("Ref", Value::String(name))) => Some(
                    self.parameters
                        .get(name)
                        .map_or_else(|| value.clone(), |text| Value::from(text.as_str())),
                ),
                Some(("Fn::If", Value::Array(parts))) => match parts.as_slice() {
                    [Value::String(condition), yes, no] => {
                        match self.holds_by_name(condition, DEEPEST) {
                            Some(holds) => self.resolve(if holds { yes } else { no }),
                            None => Some(value.clone()),
                        }
                    }
                    _ => Some(value.clone()),
                },
                _ => Some(Value::Object(
                    object
                        .iter()
                        .filter_map(|(name, value)| Some((name.clone(), self.resolve(value)?)))
                        .collect(),
                )),
            },
            Value::Array(items) => Some(Value::Array(
                items.iter().filter_map(|item| self.resolve(item)).collect(),
            )),
            plain => Some(plain.clone()),
        }
    }

    fn holds_by_name(&self, name: &str, depth: usize) -> Option<bool> {
        self.holds(self.conditions.get(name)?, depth.checked_sub(1)?)
    }

    /// Whether a condition holds; `None` if that cannot be told from parameters alone.
    fn holds(&self, condition: &Value, depth: usize) -> Option<bool> {
        match function(condition.as_object()?)? {
            ("Condition", Value::String(name)) => self.holds_by_name(name, depth),
            ("Fn::Equals", Value::Array(sides)) => {
                let sides: Option<Vec<Value>> =
                    sides.iter().map(|side| self.resolve(side)).collect();
                match sides?.as_slice() {
                    [one, other] => Some(plain(one)? == plain(other)?),
                    _ => None,
                }
            }
            ("Fn::Not", Value::Array(conditions)) => {
                Some(!self.holds(conditions.first()?, depth.checked_sub(1)?)?)
            }
            ("Fn::And", Value::Array(conditions)) => self
                .all_of(conditions, depth)
                .map(|all| all.into_iter().all(|holds| holds)),
            ("Fn::Or", Value::Array(conditions)) => self
                .all_of(conditions, depth)
                .map(|all| all.into_iter().any(|holds| holds)),
            _ => None,
        }
    }

    fn all_of(&self, conditions: &[Value], depth: usize) -> Option<Vec<bool>> {
        let depth = depth.checked_sub(1)?;
        conditions
            .iter()
            .map(|condition| self.holds(condition, depth))
            .collect()
    }
}

/// The intrinsic function that an object of one member is.
fn function(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = object.iter();
    let (name, argument) = members.next()?;
    let is_function = name == "Ref" || name == "Condition" || name.starts_with("Fn::");
    (is_function && members.next().is_none()).then_some((name, argument))
}

/// Whether an intrinsic function is left somewhere in a value.
pub(super) fn is_unresolved(value: &Value) -> bool {
    match value {
        Value::Object(object) => function(object).is_some() || object.values().any(is_unresolved),
        Value::Array(items) => items.iter().any(is_unresolved),
        _ => false,
    }
}

/// A text, number or truth value as text, the way that parameters are.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolved(property: &Value) -> Option<Value> {
        let template = json!({
            "Conditions": {
                "IsAws": {"Fn::Equals": [{"Ref": "Target"}, "aws"]},
                "IsLocal": {"Fn::Not": [{"Condition": "IsAws"}]},
                "IsBig": {"Fn::And": [{"Condition": "IsLocal"}, {"Fn::Equals": [{"Ref": "Size"}, 500]}]},
                "IsEither": {"Fn::Or": [{"Condition": "IsAws"}, {"Condition": "IsBig"}]},
                "Circle": {"Fn::Not": [{"Condition": "Circle"}]},
            },
            "Resources": {
                "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"BatchSize": 1}},
                "M": {"Type": MAPPING, "Properties": {"BatchSize": property}},
            },
        });
        let parameters = [("Target", "local"), ("Size", "500"), ("Window", "30")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut found = properties(&template.to_string(), parameters.into()).unwrap();
        assert_eq!(found.len(), 1, "the stream is no mapping");
        found.remove("M")?.remove("BatchSize")
    }

    #[test]
    fn parameters_and_conditions_are_put_in() {
        for (property, expected) in [
            (json!(30), Some(json!(30))),
            (json!({"Ref": "Window"}), Some(json!("30"))),
            (json!({"Ref": "AWS::NoValue"}), None),
            (
                json!({"Fn::If": ["IsAws", 1, {"Ref": "Window"}]}),
                Some(json!("30")),
            ),
            (
                json!({"Fn::If": ["IsLocal", {"Ref": "AWS::NoValue"}, 1]}),
                None,
            ),
            (json!({"Fn::If": ["IsEither", 1, 2]}), Some(json!(1))),
            (
                json!({"OnFailure": {"Destination": {"Ref": "Size"}}}),
                Some(json!({"OnFailure": {"Destination": "500"}})),
            ),
            (json!([{"Ref": "AWS::NoValue"}, "x"]), Some(json!(["x"]))),
        ] {
            assert_eq!(resolved(&property), expected, "{property}");
        }
    }

    #[test]
    fn what_cannot_be_known_stands_as_it_is() {
        for property in [
            json!({"Fn::GetAtt": ["Bucket", "Arn"]}),
            json!({"Ref": "Bucket"}),
            json!({"Fn::If": ["NoSuchCondition", 1, 2]}),
            json!({"Fn::If": ["Circle", 1, 2]}),
            json!({"Fn::If": "IsAws"}),
            json!({"OnFailure": {"Destination": {"Fn::Sub": "${Bucket}"}}}),
        ] {
            assert_eq!(resolved(&property).as_ref(), Some(&property), "{property}");
            assert!(is_unresolved(&property), "{property}");
        }
        assert!(!is_unresolved(&json!({"OnFailure": ["Ref"]})));
    }
}
