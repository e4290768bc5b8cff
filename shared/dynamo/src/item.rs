//! Items with exact numbers.

use std::borrow::Cow;

use records::Number;

/// Largest item, in bytes of [`Item::size`] (DynamoDB developer guide, "Quotas": 400 KB).
pub const MAX_ITEM_BYTES: usize = 400 * 1024;

/// An item to be put, its attributes in the order they were added. Borrows what it can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item<'a>(Vec<(&'static str, Value<'a>)>);

/// An attribute value; never a float.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// A string (`S`).
    Text(Cow<'a, str>),
    /// A number (`N`).
    Number(Number<'a>),
}

impl<'a> Item<'a> {
    /// An item without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a string attribute.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        self.0.push((name, Value::Text(text.into())));
        self
    }

    /// Adds a number attribute.
    #[must_use]
    pub fn number(mut self, name: &'static str, number: Number<'a>) -> Self {
        self.0.push((name, Value::Number(number)));
        self
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0
            .iter()
            .find(|(attribute, _)| *attribute == name)
            .map(|(_, value)| value)
    }

    /// Names and values.
    pub(crate) fn attributes(&self) -> impl ExactSizeIterator<Item = (&'static str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The most bytes that [`Item::write_json`] appends: a control character takes six where it was one.
    pub(crate) fn longest_json(&self) -> usize {
        const PER_ATTRIBUTE: usize = 16;
        let attribute = |(name, value): &(&str, Value<'_>)| {
            PER_ATTRIBUTE + (name.len() + value.text().len()) * 6
        };
        self.0.iter().map(attribute).sum::<usize>() + 2
    }

    /// The item's size in bytes as DynamoDB counts it: names and strings as UTF-8, numbers at two digits a byte
    /// and one or two more (DynamoDB developer guide, "Item sizes and formats").
    pub fn size(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + value.size())
            .sum()
    }

    /// Whether the item is larger than DynamoDB allows: then its size in bytes.
    pub(crate) fn oversize(&self) -> Option<usize> {
        // The length of the texts bounds the size and is there for nothing.
        let bound: usize = self
            .0
            .iter()
            .map(|(name, value)| name.len() + value.text().len() + 2)
            .sum();
        (bound > MAX_ITEM_BYTES)
            .then(|| self.size())
            .filter(|size| *size > MAX_ITEM_BYTES)
    }

    /// Appends the item as DynamoDB's JSON: `{"SensorId":{"S":"sensor-1"},"CurrentTime":{"N":"1700000000"}}`.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            push_json_string(out, name);
            out.push(b':');
            value.write_json(out);
        }
        out.push(b'}');
    }
}

impl Value<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.as_str(),
        }
    }

    /// Appends the value as DynamoDB's JSON: `{"S":"sensor-1"}`.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                out.extend_from_slice(br#"{"S":"#);
                push_json_string(out, text);
                out.push(b'}');
            }
            Self::Number(number) => {
                out.extend_from_slice(br#"{"N":""#);
                out.extend_from_slice(number.as_str().as_bytes());
                out.extend_from_slice(br#""}"#);
            }
        }
    }

    /// The value's size in bytes as DynamoDB counts it.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(number) => {
                number.significant_digits().div_ceil(2) + 1 + usize::from(number.is_negative())
            }
        }
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn push_json_string(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, text).is_err() {
        // Writing into memory cannot fail; if it ever did, an empty string is still JSON.
        out.truncate(start);
        out.extend_from_slice(b"\"\"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item<'static> {
        Item::new()
            .text("SensorId", "a \"quoted\"\n\u{1}ä")
            .number("Value", Number::parse("-81.40").unwrap())
    }

    #[test]
    fn items_are_written_as_dynamodb_json() {
        let mut json = Vec::new();
        item().write_json(&mut json);
        let expected =
            serde_json::json!({"SensorId": {"S": "a \"quoted\"\n\u{1}ä"}, "Value": {"N": "-81.4"}});
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&json).unwrap(),
            expected
        );
    }

    #[test]
    fn sizes_are_counted_as_dynamodb_counts_them() {
        assert_eq!(
            item().size(),
            "SensorId".len() + "a \"quoted\"\n\u{1}ä".len() + "Value".len() + 2 + 1 + 1
        );
        assert_eq!(Value::Number(Number::from(0)).size(), 1);
        assert_eq!(Value::Number(Number::from(12_345)).size(), 4);
    }
}
