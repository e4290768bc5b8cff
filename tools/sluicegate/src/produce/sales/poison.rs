//! Records that sales-aggregator can never count, each with the place and reason it must be quarantined for.

use aws_sdk_dynamodb::types::AttributeValue;
use fastrand::Rng;

use super::order::Order;
use crate::produce::hostile::{nested, spaces};
use crate::produce::number::{MAX_DIGITS, digits};
use crate::produce::put_items::Item;

/// Longest name of a group that the function takes, in bytes.
const MAX_GROUP: usize = 128;
/// Longest id that the function takes, in bytes. Keys of a table may have 2,048.
const MAX_ID: usize = 1_024;

/// A kind of record that can never succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Poison {
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Text that is not JSON.
    NotJson,
    /// JSON that ends in the middle.
    Truncated,
    /// No bytes at all.
    Empty,
    /// A megabyte of spaces.
    Spaces,
    /// Arrays in arrays, ten thousand deep.
    Nested,
    /// A JSON array where an object is expected.
    Array,
    /// An `Item` that is a number.
    ItemNotAnObject,
    /// An `ID` that is an object.
    IdNotText,
    /// No `sales`.
    NoSales,
    /// `sales` is null.
    NullSales,
    /// A number written as a string.
    SalesAsText,
    /// A number wrapped as DynamoDB writes it, where a number is expected; in a table, a map.
    SalesAsMap,
    /// 39 digits.
    ManyDigits,
    /// Beyond the largest number.
    TooLarge,
    /// Below the smallest magnitude.
    TooSmall,
    /// An id that is one byte too long.
    LongId,
    /// A group whose name is one byte too long.
    LongGroup,
}

impl Poison {
    /// All kinds on a stream.
    pub const ON_STREAM: [Self; 18] = [
        Self::NotUtf8,
        Self::NotJson,
        Self::Truncated,
        Self::Empty,
        Self::Spaces,
        Self::Nested,
        Self::Array,
        Self::ItemNotAnObject,
        Self::IdNotText,
        Self::NoSales,
        Self::NullSales,
        Self::SalesAsText,
        Self::SalesAsMap,
        Self::ManyDigits,
        Self::TooLarge,
        Self::TooSmall,
        Self::LongId,
        Self::LongGroup,
    ];

    /// All kinds in a table: DynamoDB itself refuses the others.
    pub const IN_TABLE: [Self; 6] = [
        Self::NoSales,
        Self::NullSales,
        Self::SalesAsText,
        Self::SalesAsMap,
        Self::LongId,
        Self::LongGroup,
    ];

    /// Whether it is only poison if sales are grouped.
    pub(super) fn needs_groups(self) -> bool {
        self == Self::LongGroup
    }

    /// The stage at which sales-aggregator must refuse it.
    pub fn stage(self) -> &'static str {
        match self.reason() {
            "not-utf8" | "not-json" | "too-deep" | "wrong-shape" | "missing-field" => "payload",
            _ => "domain",
        }
    }

    /// The reason that the quarantine must name.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::NotJson | Self::Truncated | Self::Empty | Self::Spaces => "not-json",
            Self::Nested => "too-deep",
            Self::Array
            | Self::ItemNotAnObject
            | Self::IdNotText
            | Self::SalesAsText
            | Self::SalesAsMap => "wrong-shape",
            Self::NoSales | Self::NullSales => "missing-field",
            Self::ManyDigits => "too-many-digits",
            Self::TooLarge | Self::TooSmall => "number-out-of-range",
            Self::LongId => "id-too-long",
            Self::LongGroup => "group-too-long",
        }
    }

    /// The record's bytes on a stream: apart from the one thing that is wrong, the order.
    pub(super) fn bytes(self, rng: &mut Rng, order: &Order, attribute: Option<&str>) -> Vec<u8> {
        let with = |sales: &str| order.json(Some(sales), attribute);
        let whole = || order.json(Some(&order.amount.text), attribute);
        let text = match self {
            Self::NotUtf8 => {
                let mut bytes = whole().into_bytes();
                // Inside the id: 0xFF is no part of any UTF-8 text.
                let mut parts = bytes.windows(order.id.len());
                let place = parts.position(|part| part == order.id.as_bytes());
                bytes[place.unwrap_or(0)] = 0xff;
                return bytes;
            }
            Self::NotJson => format!("{};{}", order.id, order.amount.text),
            Self::Truncated => {
                let mut whole = whole();
                whole.truncate(rng.usize(1..whole.len()));
                whole
            }
            Self::Empty => String::new(),
            Self::Spaces => spaces(),
            Self::Nested => nested(),
            Self::Array => format!("[{}]", whole()),
            Self::ItemNotAnObject => format!(r#"{{"Item":{}}}"#, order.number),
            Self::IdNotText => {
                format!(
                    r#"{{"ID":{{"S":"{}"}},"sales":{}}}"#,
                    order.id, order.amount.text
                )
            }
            Self::NoSales => order.json(None, attribute),
            Self::NullSales => with("null"),
            Self::SalesAsText => with(&format!(r#""{}""#, order.amount.value)),
            Self::SalesAsMap => with(&format!(r#"{{"N":"{}"}}"#, order.amount.value)),
            Self::ManyDigits => with(&digits(rng, MAX_DIGITS + 1)),
            Self::TooLarge => with("1e126"),
            Self::TooSmall => with("1e-131"),
            Self::LongId | Self::LongGroup => {
                let order = self.too_long(order);
                order.json(Some(&order.amount.text), attribute)
            }
        };
        text.into_bytes()
    }

    /// The item in a table: apart from the one thing that is wrong, the order.
    pub(super) fn item(self, order: &Order, attribute: Option<&str>) -> Item {
        let text = || AttributeValue::S(order.amount.value.clone());
        match self {
            Self::NoSales => order.item(None, attribute),
            Self::NullSales => order.item(Some(AttributeValue::Null(true)), attribute),
            Self::SalesAsMap => {
                let map = [("N".to_owned(), text())].into();
                order.item(Some(AttributeValue::M(map)), attribute)
            }
            Self::LongId | Self::LongGroup => {
                let order = self.too_long(order);
                order.item(Some(order.sales()), attribute)
            }
            // All kinds that a table can hold are named here or above; text is what is wrong most often.
            _ => order.item(Some(text()), attribute),
        }
    }

    fn too_long(self, order: &Order) -> Order {
        let mut order = order.clone();
        if self == Self::LongId {
            order.id = format!("{:x<width$}", order.id, width = MAX_ID + 1);
        } else {
            order.group = Some("x".repeat(MAX_GROUP + 1));
        }
        order
    }
}

#[cfg(test)]
#[path = "poison_tests.rs"]
mod tests;
