//! What CloudFormation makes of a value when the template is deployed.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Template;

use crate::values::list;

/// What stands for the name of any resource.
pub(crate) const A_NAME: &str = "a-name";

/// The template with its parameters: given ones, the others at their defaults.
pub(crate) struct Deployment<'t> {
    template: &'t Template,
    given: BTreeMap<&'t str, &'t str>,
}

impl<'t> Deployment<'t> {
    pub(crate) fn new(template: &'t Template, given: &[(&'t str, &'t str)]) -> Self {
        let given = given.iter().copied().collect();
        Self { template, given }
    }

    /// A value as its resource gets it, `None` where the property is left out. A resource is called [`A_NAME`].
    pub(crate) fn value(&self, value: &Value) -> Option<String> {
        let value = self.chosen(value)?;
        match value["Ref"].as_str() {
            Some(name) => Some(self.parameter(name).unwrap_or_else(|| A_NAME.to_owned())),
            None => Some(plain(value)),
        }
    }

    /// The branch that is taken, however many `Fn::If` there are; `None` where the property is left out.
    pub(crate) fn chosen<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        if let [condition, then, otherwise] = list(&value["Fn::If"]) {
            let holds = self.condition(condition.as_str().unwrap());
            return self.chosen(if holds { then } else { otherwise });
        }
        (value["Ref"] != "AWS::NoValue").then_some(value)
    }

    /// Whether a condition of the template holds.
    pub(crate) fn condition(&self, name: &str) -> bool {
        self.holds(&self.template.conditions()[name])
    }

    fn holds(&self, condition: &Value) -> bool {
        let (function, operands) = condition.as_object().unwrap().iter().next().unwrap();
        let mut operands = list(operands).iter();
        match function.as_str() {
            "Condition" => self.condition(operands.next().unwrap().as_str().unwrap()),
            "Fn::Not" => !self.holds(operands.next().unwrap()),
            "Fn::And" => operands.all(|operand| self.holds(operand)),
            "Fn::Equals" => {
                let first = operands.next().map(|operand| self.value(operand));
                first == operands.next().map(|operand| self.value(operand))
            }
            other => panic!("a condition with {other}"),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let given = self.given.get(name).map(|value| (*value).to_owned());
        given.or_else(|| Some(plain(&self.template.parameters().get(name)?["Default"])))
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn conditions_choose_by_parameters_and_their_defaults() {
    let template = Template::parse(
        "
Parameters:
  Mode: {Default: a}
  Size: {Default: 3}
Conditions:
  IsA: !Equals [!Ref Mode, a]
  IsSmall: !Equals [!Ref Size, '3']
  IsSmallB: !And [!Condition IsSmall, !Not [!Condition IsA]]
Resources:
  Thing: {Value: !If [IsSmallB, !Ref Thing, !If [IsA, !Ref Size, !Ref AWS::NoValue]]}
",
    );
    let value = &template.resource("Thing")["Value"];
    for (given, expected) in [
        (&[][..], Some("3")),
        (&[("Mode", "b")], Some(A_NAME)),
        (&[("Mode", "b"), ("Size", "4")], None),
    ] {
        let deployment = Deployment::new(&template, given);
        assert_eq!(deployment.value(value).as_deref(), expected, "{given:?}");
    }
}
