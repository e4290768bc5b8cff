//! Which records reach the function.

mod compile;
mod error;
#[cfg(test)]
mod error_tests;
mod json;
mod pattern;
#[cfg(test)]
mod properties;
mod rule;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::error::FilterError;
use self::json::{Json, Text};
use self::pattern::Pattern;
use crate::text::shown;

/// Most filters of a mapping (Lambda developer guide, "Control which events Lambda sends to your function"): 5, or up
/// to 10 after an increase of the quota.
const MOST_FILTERS: usize = 10;
/// Longest pattern in characters (Lambda API reference, "Filter").
const LONGEST_PATTERN: usize = 4096;

/// The filters of a mapping: a record passes if any of them matches it, or if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterCriteria {
    patterns: Vec<Pattern>,
}

impl FilterCriteria {
    /// Reads `{"Filters": [{"Pattern": "JSON as text"}]}`. `{}` means no filters, as in Lambda's API.
    ///
    /// What holds for one kind of stream alone is left to [`check_kinesis`](Self::check_kinesis) and
    /// [`check_dynamodb`](Self::check_dynamodb).
    pub fn parse(value: &Value) -> Result<Self, FilterError> {
        let criteria = "FilterCriteria";
        let Some(filters) = only_member(value, "Filters", criteria, "{\"Filters\": [...]}")? else {
            return Ok(Self::default());
        };
        let place = "FilterCriteria.Filters";
        let filters = match filters {
            Value::Array(filters) if filters.len() <= MOST_FILTERS => filters,
            Value::Array(filters) => {
                return Err(FilterError::Invalid {
                    place: place.to_owned(),
                    value: format!("{} filters", filters.len()),
                    expected: "at most 5, or 10 after an increase of the quota",
                });
            }
            other => return Err(invalid(place, other, "an array of {\"Pattern\": \"...\"}")),
        };
        let patterns = filters
            .iter()
            .enumerate()
            .map(|(index, filter)| parse_filter(filter, &format!("{place}[{index}]")));
        Ok(Self {
            patterns: patterns.collect::<Result<_, _>>()?,
        })
    }

    /// Whether there are no filters, so that every record passes.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// What a Kinesis mapping does not take: keys other than `data`, and `data` as a plain value (Lambda developer
    /// guide, "Using event filtering with a Kinesis event source").
    pub fn check_kinesis(&self) -> Result<(), FilterError> {
        self.check(|place, field, is_object| match field {
            "data" if is_object => Ok(()),
            "data" => Err(FilterError::PlainData { place, key: "data" }),
            other => Err(FilterError::NotKinesisData {
                place,
                key: shown(&other),
            }),
        })
    }

    /// What a DynamoDB mapping does not take: `dynamodb` as a plain value (same guide, "Using event filtering with a
    /// DynamoDB event source").
    pub fn check_dynamodb(&self) -> Result<(), FilterError> {
        self.check(|place, field, is_object| match field {
            "dynamodb" if !is_object => Err(FilterError::PlainData {
                place,
                key: "dynamodb",
            }),
            _ => Ok(()),
        })
    }

    /// Whether a record of a Kinesis stream passes, by its data. Data that is not JSON passes no filter: Lambda drops
    /// such records without a word.
    pub fn passes_kinesis(&self, data: &[u8]) -> bool {
        if self.is_empty() {
            return true;
        }
        Json::parse(data).is_ok_and(|data| {
            let name = Text(Cow::Borrowed("data"));
            self.matches(&Json::Object(BTreeMap::from([(name, data)])))
        })
    }

    /// Whether a record of a DynamoDB stream passes, in the form that it has in Lambda's event.
    pub fn passes_record(&self, record: &Value) -> bool {
        self.is_empty() || self.matches(record)
    }

    /// Holds the outermost fields of all patterns against a test of their name and of whether they are objects.
    fn check(
        &self,
        test: impl Fn(String, &str, bool) -> Result<(), FilterError>,
    ) -> Result<(), FilterError> {
        for (index, pattern) in self.patterns.iter().enumerate() {
            for (name, is_object) in pattern.outermost() {
                test(
                    format!("FilterCriteria.Filters[{index}].Pattern"),
                    name,
                    is_object,
                )?;
            }
        }
        Ok(())
    }

    fn matches<N: json::Node>(&self, record: N) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(record))
    }
}

fn parse_filter(filter: &Value, place: &str) -> Result<Pattern, FilterError> {
    let shape = "{\"Pattern\": \"JSON as text\"}";
    let pattern = only_member(filter, "Pattern", place, shape)?;
    let text = match pattern {
        Some(Value::String(text)) => text,
        Some(other) => {
            return Err(invalid(
                &format!("{place}.Pattern"),
                other,
                "JSON as a text",
            ));
        }
        None => return Err(invalid(place, filter, shape)),
    };
    let place = format!("{place}.Pattern");
    let length = text.chars().count();
    if length > LONGEST_PATTERN {
        return Err(FilterError::Invalid {
            place,
            value: format!("{length} characters long"),
            expected: "at most 4,096",
        });
    }
    let json = Json::parse(text.as_bytes()).map_err(|error| FilterError::NotJson {
        place: place.clone(),
        reason: error.to_string(),
    })?;
    compile::compile(&json, &place)
}

/// The one member that an object may have; `None` if it has none.
fn only_member<'v>(
    value: &'v Value,
    name: &'static str,
    place: &str,
    shape: &'static str,
) -> Result<Option<&'v Value>, FilterError> {
    let members: &Map<String, Value> = value
        .as_object()
        .ok_or_else(|| invalid(place, value, shape))?;
    match members.keys().find(|key| *key != name) {
        Some(unknown) => Err(FilterError::UnknownMember {
            place: place.to_owned(),
            name: shown(unknown),
            expected: name,
        }),
        None => Ok(members.get(name)),
    }
}

fn invalid(place: &str, value: &Value, expected: &'static str) -> FilterError {
    FilterError::Invalid {
        place: place.to_owned(),
        value: shown(value),
        expected,
    }
}
