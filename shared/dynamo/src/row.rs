//! Items as they are read.

use std::fmt;

use records::Number;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::item::{Item, Value};

/// An item as it was read. The values of attributes of other types than text and number are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(Vec<(String, Attribute)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Attribute {
    Text(String),
    Number(String),
    Other,
}

impl Row {
    /// A text attribute.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Attribute::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number attribute, as text.
    pub fn number(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Attribute::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether this is what `item` is after it was put: the same attributes with the same values, however the digits
    /// of numbers are written.
    pub fn is(&self, item: &Item<'_>) -> bool {
        let is_same = |(name, value): (&str, &Value<'_>)| match value {
            Value::Text(text) => self.text(name) == Some(text),
            Value::Number(number) => self
                .number(name)
                .and_then(|digits| Number::parse(digits).ok())
                .is_some_and(|digits| digits == *number),
        };
        self.0.len() == item.attributes().len() && item.attributes().all(is_same)
    }

    fn get(&self, name: &str) -> Option<&Attribute> {
        // A row has some tens of attributes at most: a walk is faster than a map is built.
        let mut attributes = self.0.iter();
        attributes
            .find(|(attribute, _)| attribute == name)
            .map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an item of DynamoDB")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut attributes = Vec::with_capacity(map.size_hint().unwrap_or(16));
        while let Some(attribute) = map.next_entry()? {
            attributes.push(attribute);
        }
        // The service gives them in any order.
        attributes.sort_unstable_by(|(one, _): &(String, _), (other, _)| one.cmp(other));
        Ok(Row(attributes))
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributeVisitor)
    }
}

/// Reads `{"S":"…"}`. A derived enum that takes any other type as well would copy each value on the way.
struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = Attribute;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an attribute value of DynamoDB")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attribute, A::Error> {
        let mut attribute = Attribute::Other;
        while let Some(kind) = map.next_key::<Kind>()? {
            match kind {
                Kind::S => attribute = Attribute::Text(map.next_value()?),
                Kind::N => attribute = Attribute::Number(map.next_value()?),
                Kind::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(attribute)
    }
}

#[derive(Deserialize)]
enum Kind {
    S,
    N,
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn texts_and_numbers_are_read_and_other_types_are_passed_over() {
        let row = row(
            r#"{"t":{"S":"a\n"},"n":{"N":"1.50"},"l":{"L":[{"M":{"S":{"S":"x"}}}]},"b":{"BOOL":true},"z":{"NULL":true}}"#,
        );
        assert_eq!(
            (row.text("t"), row.number("n")),
            (Some("a\n"), Some("1.50"))
        );
        for name in ["n", "l", "b", "z", "none"] {
            assert_eq!(row.text(name), None, "{name}");
        }
        for name in ["t", "l", "b", "z", "none"] {
            assert_eq!(row.number(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_item_is_not_read() {
        for json in [
            "[]",
            "1",
            r#"{"a":1}"#,
            r#"{"a":{"S":1}}"#,
            r#"{"a":{"N":1}}"#,
        ] {
            assert!(serde_json::from_str::<Row>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_row_is_the_item_that_was_put_if_nothing_is_more_or_less_or_other() {
        let item = Item::new()
            .text("id", "a")
            .number("n", Number::parse("150e-2").unwrap());
        for (json, is_same) in [
            (r#"{"n":{"N":"1.5"},"id":{"S":"a"}}"#, true),
            (r#"{"id":{"S":"a"},"n":{"N":"1.50"}}"#, true),
            (r#"{"id":{"S":"a"},"n":{"N":"1.51"}}"#, false),
            (r#"{"id":{"S":"b"},"n":{"N":"1.5"}}"#, false),
            (r#"{"id":{"S":"a"},"n":{"S":"1.5"}}"#, false),
            (r#"{"id":{"S":"a"},"n":{"N":"x"}}"#, false),
            (r#"{"id":{"S":"a"}}"#, false),
            (
                r#"{"id":{"S":"a"},"n":{"N":"1.5"},"b":{"BOOL":true}}"#,
                false,
            ),
        ] {
            assert_eq!(row(json).is(&item), is_same, "{json}");
        }
    }
}
