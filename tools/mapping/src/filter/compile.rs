//! From the JSON of a pattern to its matcher.
//!
//! What is accepted follows the Lambda developer guide, "Control which events Lambda sends to your function", filter
//! rule syntax, and for what it leaves to `EventBridge` the column "Pipe support" of the `EventBridge` user guide,
//! "Comparison operators for use in event patterns".

use std::collections::BTreeMap;

use super::error::FilterError;
use super::json::{Json, Text};
use super::pattern::{Condition, Pattern};
use super::rule::{Bound, Decimal, Range, Rule};
use crate::text::shown;

/// Operators of event bus rules that filters do not have.
const UNSUPPORTED: [&str; 2] = ["wildcard", "cidr"];
/// Operators, which are no field names inside `$or`: `EventBridge` reserves them there.
const RESERVED_IN_OR: [&str; 8] = [
    "prefix",
    "suffix",
    "equals-ignore-case",
    "anything-but",
    "numeric",
    "exists",
    "wildcard",
    "cidr",
];

const OBJECT: &str = "an object with at least one field";
const RULES: &str = "an object, or an array of at least one rule, for instance [\"a value\"]";
const RULE: &str = "a text, a number, true, false, null or an object with one operator";
const NUMERIC: &str = "an operator and a number, or a range, for instance [\">\", 0, \"<=\", 5]";
const COMPARABLE: &str = "a number from -5e9 to 5e9 with at most 6 digits after the point";
const ANYTHING_BUT: &str = "a text, a number, or an array of only texts or only numbers";
const ALTERNATIVES: &str = "an array of at least two objects";

/// Makes the matcher; `place` begins the messages.
pub(super) fn compile(pattern: &Json<'_>, place: &str) -> Result<Pattern, FilterError> {
    Compiler {
        place,
        path: Vec::new(),
    }
    .pattern(pattern, false)
}

struct Compiler<'a> {
    place: &'a str,
    /// Names of the fields around what is read.
    path: Vec<String>,
}

impl Compiler<'_> {
    fn pattern(&mut self, json: &Json<'_>, inside_or: bool) -> Result<Pattern, FilterError> {
        let members = match json {
            Json::Object(members) if !members.is_empty() => members,
            _ => return Err(self.invalid(json, OBJECT)),
        };
        let conditions = members.iter().map(|(name, value)| {
            self.path.push(name.0.clone().into_owned());
            let condition = self.condition(&name.0, value, inside_or)?;
            self.path.pop();
            Ok(condition)
        });
        Ok(Pattern {
            conditions: conditions.collect::<Result<_, _>>()?,
        })
    }

    fn condition(
        &mut self,
        name: &str,
        value: &Json<'_>,
        inside_or: bool,
    ) -> Result<Condition, FilterError> {
        if name == "$or" {
            return self.alternatives(value);
        }
        if inside_or && RESERVED_IN_OR.contains(&name) {
            let expected = "inside a field: an operator cannot stand in $or itself";
            return Err(self.invalid(value, expected));
        }
        let name = name.to_owned();
        match value {
            Json::Object(_) => Ok(Condition::Object {
                name,
                pattern: self.pattern(value, inside_or)?,
            }),
            Json::Array(rules) if !rules.is_empty() => {
                let is_absence =
                    |rule: &Json<'_>| operator(rule) == Some(("exists", &Json::Bool(false)));
                let absent = rules.iter().any(is_absence).then(|| self.path.clone());
                let rules = rules.iter().filter(|rule| !is_absence(rule));
                let rules = rules
                    .map(|rule| self.rule(rule))
                    .collect::<Result<_, _>>()?;
                Ok(Condition::Value {
                    name,
                    rules,
                    absent,
                })
            }
            _ => Err(self.invalid(value, RULES)),
        }
    }

    fn alternatives(&mut self, value: &Json<'_>) -> Result<Condition, FilterError> {
        let patterns = match value {
            Json::Array(patterns) if patterns.len() >= 2 => patterns,
            _ => return Err(self.invalid(value, ALTERNATIVES)),
        };
        // `$or` is no step of the path to a field.
        let step = self.path.pop();
        let patterns = patterns.iter().map(|pattern| self.pattern(pattern, true));
        let patterns = patterns.collect::<Result<_, _>>()?;
        self.path.extend(step);
        Ok(Condition::AnyOf(patterns))
    }

    fn rule(&self, json: &Json<'_>) -> Result<Rule, FilterError> {
        match json {
            Json::Null => Ok(Rule::Null),
            Json::Bool(value) => Ok(Rule::Bool(*value)),
            Json::Number(text) => Ok(Rule::Number(Decimal::new(text))),
            Json::Text(Text(text)) => Ok(Rule::Text(text.to_string())),
            Json::Array(_) => Err(self.invalid(json, RULE)),
            Json::Object(_) => match operator(json) {
                Some((operator, operand)) => self.operation(operator, operand),
                None => Err(self.invalid(json, RULE)),
            },
        }
    }

    fn operation(&self, operator: &str, operand: &Json<'_>) -> Result<Rule, FilterError> {
        match operator {
            "prefix" => self.affix(operand, Rule::Prefix, Rule::PrefixInAnyCase),
            "suffix" => self.affix(operand, Rule::Suffix, Rule::SuffixInAnyCase),
            "equals-ignore-case" => Ok(Rule::TextInAnyCase(self.text(operand)?)),
            "anything-but" => self.anything_but(operand),
            "numeric" => self.numeric(operand).map(Rule::Numeric),
            "exists" => match operand {
                Json::Bool(true) => Ok(Rule::Exists),
                _ => Err(self.invalid(operand, "true or false, after exists")),
            },
            _ => Err(self.no_operator(operator)),
        }
    }

    /// The text of `prefix` or `suffix`, or `{"equals-ignore-case": text}` in its place.
    fn affix(
        &self,
        operand: &Json<'_>,
        exact: fn(String) -> Rule,
        in_any_case: fn(String) -> Rule,
    ) -> Result<Rule, FilterError> {
        match operator(operand) {
            Some(("equals-ignore-case", text)) => Ok(in_any_case(self.text(text)?)),
            Some((operator, _)) => Err(self.no_operator(operator)),
            None => Ok(exact(self.text(operand)?)),
        }
    }

    fn anything_but(&self, operand: &Json<'_>) -> Result<Rule, FilterError> {
        let refused = match operand {
            // Event bus rules can negate other operators, filters cannot.
            Json::Object(_) => {
                return Err(FilterError::UnsupportedOperator {
                    place: self.here(),
                    operator: "anything-but with an object",
                });
            }
            Json::Array(refused) => refused.as_slice(),
            single => std::slice::from_ref(single),
        };
        match refused {
            [Json::Text(_), ..] => refused
                .iter()
                .map(|text| match text {
                    Json::Text(Text(text)) => Ok(text.to_string()),
                    _ => Err(self.invalid(operand, ANYTHING_BUT)),
                })
                .collect::<Result<_, _>>()
                .map(Rule::NotText),
            [Json::Number(_), ..] => refused
                .iter()
                .map(|number| match number {
                    Json::Number(_) => self.comparable(number),
                    _ => Err(self.invalid(operand, ANYTHING_BUT)),
                })
                .collect::<Result<_, _>>()
                .map(Rule::NotNumber),
            _ => Err(self.invalid(operand, ANYTHING_BUT)),
        }
    }

    fn numeric(&self, operand: &Json<'_>) -> Result<Range, FilterError> {
        let invalid = || self.invalid(operand, NUMERIC);
        let Json::Array(terms) = operand else {
            return Err(invalid());
        };
        let term = |operator: &Json<'_>, number| match operator {
            Json::Text(Text(operator)) => {
                let number = self.comparable(number)?;
                Ok((operator.to_string(), number))
            }
            _ => Err(invalid()),
        };
        let bound = |number, included| Some(Bound { number, included });
        let (low, high) = match terms.as_slice() {
            [operator, number] => (term(operator, number)?, None),
            [low, bottom, high, top] => (term(low, bottom)?, Some(term(high, top)?)),
            _ => return Err(invalid()),
        };
        let mut range = Range::default();
        match (low.0.as_str(), &high) {
            ("=", None) => {
                range.bottom = bound(low.1.clone(), true);
                range.top = bound(low.1, true);
            }
            ("<" | "<=", None) => range.top = bound(low.1, low.0 == "<="),
            (">" | ">=", _) => range.bottom = bound(low.1, low.0 == ">="),
            _ => return Err(invalid()),
        }
        if let Some((operator, top)) = high {
            let bottom_is_below = |bottom: &Bound| bottom.number.is_below(&top);
            if !matches!(operator.as_str(), "<" | "<=")
                || !range.bottom.as_ref().is_some_and(bottom_is_below)
            {
                return Err(invalid());
            }
            range.top = bound(top, operator == "<=");
        }
        Ok(range)
    }

    fn comparable(&self, json: &Json<'_>) -> Result<Decimal, FilterError> {
        match json {
            Json::Number(text) => Some(Decimal::new(text)).filter(Decimal::is_comparable),
            _ => None,
        }
        .ok_or_else(|| self.invalid(json, COMPARABLE))
    }

    fn text(&self, json: &Json<'_>) -> Result<String, FilterError> {
        match json {
            Json::Text(Text(text)) => Ok(text.to_string()),
            _ => Err(self.invalid(json, "a text")),
        }
    }

    fn no_operator(&self, operator: &str) -> FilterError {
        let place = self.here();
        match UNSUPPORTED.iter().find(|known| **known == operator) {
            Some(operator) => FilterError::UnsupportedOperator { place, operator },
            None => FilterError::UnknownOperator {
                place,
                operator: shown(&operator),
            },
        }
    }

    fn invalid(&self, json: &Json<'_>, expected: &'static str) -> FilterError {
        FilterError::Invalid {
            place: self.here(),
            value: shown(json),
            expected,
        }
    }

    /// The place with the path of the field, on one line whatever the names are.
    fn here(&self) -> String {
        match self.path.as_slice() {
            [] => self.place.to_owned(),
            path => format!("{} at {}", self.place, path.join(".").escape_debug()),
        }
    }
}

/// The operator and its operand, if this is an object with one member.
fn operator<'j, 'a>(json: &'j Json<'a>) -> Option<(&'j str, &'j Json<'a>)> {
    let Json::Object(members) = json else {
        return None;
    };
    only(members).map(|(name, operand)| (&*name.0, operand))
}

fn only<K, V>(map: &BTreeMap<K, V>) -> Option<(&K, &V)> {
    map.iter().next().filter(|_| map.len() == 1)
}
