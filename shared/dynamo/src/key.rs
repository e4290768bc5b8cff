//! Primary keys: which attributes they are, and what DynamoDB allows in them.

use crate::item::{Item, MAX_ITEM_BYTES, Value};

/// Longest hash key in bytes (DynamoDB developer guide, "Quotas", partition key length).
pub const MAX_HASH_BYTES: usize = 2048;
/// Longest range key in bytes (same page, sort key length).
pub const MAX_RANGE_BYTES: usize = 1024;

/// The names of a table's key attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySchema {
    /// The partition key.
    pub hash: &'static str,
    /// The sort key, if the table has one.
    pub range: Option<&'static str>,
}

/// An item's key values; equal for items that are the same row to DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key<'k, 'a> {
    pub(crate) hash: &'k Value<'a>,
    pub(crate) range: Option<&'k Value<'a>>,
}

/// Why an item has no key that DynamoDB takes. Always poison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A key attribute is not there.
    #[error("the key attribute {0} is missing")]
    Missing(&'static str),
    /// A key attribute is an empty string.
    #[error("the key attribute {0} is empty")]
    Empty(&'static str),
    /// A key attribute is longer than DynamoDB allows.
    #[error("the key attribute {name} has {bytes} bytes, at most {limit} are allowed")]
    TooLong {
        /// The attribute.
        name: &'static str,
        /// Its length.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
}

/// Why no call can write an item. Always poison.
#[derive(Debug)]
pub(crate) struct Unfit {
    /// A short fixed name of the reason: `item-too-large` or `rejected`.
    pub(crate) reason: &'static str,
    /// What is wrong.
    pub(crate) detail: String,
}

impl KeySchema {
    /// The key of `item`, or why the item is not worth a call.
    pub(crate) fn check<'k, 'a>(self, item: &'k Item<'a>) -> Result<Key<'k, 'a>, Unfit> {
        if let Some(size) = item.oversize() {
            let detail = format!("the item has {size} bytes, at most {MAX_ITEM_BYTES} are allowed");
            return Err(Unfit {
                reason: "item-too-large",
                detail,
            });
        }
        self.key(item).map_err(|error| Unfit {
            reason: "rejected",
            detail: error.to_string(),
        })
    }

    /// The key of `item`, or why it has no key that DynamoDB takes.
    pub(crate) fn key<'k, 'a>(self, item: &'k Item<'a>) -> Result<Key<'k, 'a>, KeyError> {
        let part = |name: &'static str, limit: usize| match item.get(name) {
            None => Err(KeyError::Missing(name)),
            Some(Value::Text(text)) if text.is_empty() => Err(KeyError::Empty(name)),
            Some(Value::Text(text)) if text.len() > limit => Err(KeyError::TooLong {
                name,
                bytes: text.len(),
                limit,
            }),
            Some(value) => Ok(value),
        };
        let range = self
            .range
            .map(|name| part(name, MAX_RANGE_BYTES))
            .transpose()?;
        Ok(Key {
            hash: part(self.hash, MAX_HASH_BYTES)?,
            range,
        })
    }
}

#[cfg(test)]
mod tests {
    use records::Number;

    use super::*;

    const SCHEMA: KeySchema = KeySchema {
        hash: "Id",
        range: Some("At"),
    };

    fn item(id: &str, at: &'static str) -> Item<'static> {
        Item::new()
            .text("Id", id.to_owned())
            .number("At", Number::parse(at).unwrap())
    }

    #[test]
    fn numbers_written_differently_are_one_key() {
        let (one, two) = (item("a", "1.50"), item("a", "15e-1"));
        assert_eq!(SCHEMA.key(&one).unwrap(), SCHEMA.key(&two).unwrap());
        assert_ne!(
            SCHEMA.key(&one).unwrap(),
            SCHEMA.key(&item("a", "1.51")).unwrap()
        );
    }

    #[test]
    fn keys_that_dynamodb_refuses_are_named() {
        for (item, expected) in [
            (item("", "1"), "the key attribute Id is empty"),
            (
                item(&"x".repeat(2049), "1"),
                "the key attribute Id has 2049 bytes, at most 2048 are allowed",
            ),
            (
                Item::new().text("Id", "a"),
                "the key attribute At is missing",
            ),
            (
                Item::new().text("Id", "a").text("At", "x".repeat(1025)),
                "the key attribute At has 1025 bytes, at most 1024 are allowed",
            ),
        ] {
            assert_eq!(SCHEMA.key(&item).unwrap_err().to_string(), expected);
        }
    }
}
