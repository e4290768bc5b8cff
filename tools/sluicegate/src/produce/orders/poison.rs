//! Records that order-enrichment can never store, each with the place and reason it must be quarantined for.

use fastrand::Rng;

use super::dms::{Record, Writer};
use super::json::Json;
use super::row::Table;
use crate::produce::hostile::{nested, spaces};
use crate::produce::number::{MAX_DIGITS, digits};

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
    /// A row that is an array.
    DataNotAnObject,
    /// No row.
    NoData,
    /// No metadata.
    NoMetadata,
    /// Metadata without the table.
    NoTable,
    /// A column twice, with two values.
    ColumnTwice,
    /// Neither data nor control.
    UnknownRecordType,
    /// Neither load, insert, update nor delete.
    UnknownOperation,
    /// No `orderId`.
    NoOrderId,
    /// An item without `itemId`.
    NoItemId,
    /// `orderId` is null.
    NullOrderId,
    /// An `orderId` with a fraction.
    FractionalOrderId,
    /// An `orderId` of letters.
    OrderIdNotANumber,
    /// An `orderId` beyond all integers.
    HugeOrderId,
    /// An amount that is no number.
    AmountNotANumber,
    /// An amount of 39 digits.
    ManyDigits,
    /// An amount beyond the largest number.
    TooLarge,
    /// An amount below the smallest magnitude.
    TooSmall,
    /// A status that is an object.
    StatusNotText,
}

impl Poison {
    /// All kinds.
    pub const ALL: [Self; 25] = [
        Self::NotUtf8,
        Self::NotJson,
        Self::Truncated,
        Self::Empty,
        Self::Spaces,
        Self::Nested,
        Self::Array,
        Self::DataNotAnObject,
        Self::NoData,
        Self::NoMetadata,
        Self::NoTable,
        Self::ColumnTwice,
        Self::UnknownRecordType,
        Self::UnknownOperation,
        Self::NoOrderId,
        Self::NoItemId,
        Self::NullOrderId,
        Self::FractionalOrderId,
        Self::OrderIdNotANumber,
        Self::HugeOrderId,
        Self::AmountNotANumber,
        Self::ManyDigits,
        Self::TooLarge,
        Self::TooSmall,
        Self::StatusNotText,
    ];

    /// The stage at which order-enrichment must refuse it.
    pub fn stage(self) -> &'static str {
        if self < Self::NoOrderId {
            "payload"
        } else {
            "domain"
        }
    }

    /// The reason that the quarantine must name.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::NotJson | Self::Truncated | Self::Empty | Self::Spaces => "not-json",
            Self::Nested | Self::Array | Self::DataNotAnObject => "wrong-shape",
            Self::NoData | Self::NoMetadata | Self::NoTable => "missing-field",
            Self::ColumnTwice => "duplicate-field",
            Self::UnknownRecordType => "unknown-record-type",
            Self::UnknownOperation => "unknown-operation",
            Self::NoOrderId | Self::NoItemId => "missing-column",
            Self::NullOrderId => "null-column",
            Self::FractionalOrderId
            | Self::OrderIdNotANumber
            | Self::AmountNotANumber
            | Self::StatusNotText => "wrong-column-type",
            Self::HugeOrderId => "integer-out-of-range",
            Self::ManyDigits => "too-many-digits",
            Self::TooLarge | Self::TooSmall => "number-out-of-range",
        }
    }

    /// The table whose row is spoilt.
    pub(super) fn table(self) -> Table {
        match self {
            Self::NoItemId => Table::Item,
            _ => Table::Order,
        }
    }

    /// The bytes of a record of an insert, apart from the one thing that is wrong.
    pub(super) fn bytes(self, rng: &mut Rng, writer: &Writer<'_>, record: Record) -> Vec<u8> {
        let mut json = record.json;
        self.spoil(rng, &mut json);
        let whole = writer.bytes(&json);
        match self {
            Self::NotUtf8 => {
                let mut bytes = whole;
                // Inside the first name: 0xFF is no part of any UTF-8 text.
                let quote = bytes.iter().position(|byte| *byte == b'"').unwrap_or(0);
                bytes[quote + 1] = 0xff;
                bytes
            }
            Self::NotJson => b"10000001,300.00,New\n".to_vec(),
            Self::Truncated => {
                let mut bytes = whole.trim_ascii_end().to_vec();
                let mut end = rng.usize(1..bytes.len());
                // Not inside a character: that would be no UTF-8. The first one is a brace.
                while bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    end -= 1;
                }
                bytes.truncate(end);
                bytes
            }
            Self::Empty => Vec::new(),
            Self::Spaces => spaces().into_bytes(),
            Self::Nested => nested().into_bytes(),
            Self::Array => [b"[", whole.trim_ascii_end(), b"]"].concat(),
            _ => whole,
        }
    }

    fn spoil(self, rng: &mut Rng, json: &mut Json) {
        match self {
            Self::DataNotAnObject => return json.set("data", "[1]"),
            Self::NoData => return json.remove("data"),
            Self::NoMetadata => return json.remove("metadata"),
            _ => {}
        }
        if let Some(metadata) = json.get("metadata") {
            match self {
                Self::NoTable => metadata.remove("table-name"),
                Self::UnknownRecordType => metadata.set("record-type", r#""rumour""#),
                Self::UnknownOperation => metadata.set("operation", r#""upsert""#),
                _ => {}
            }
        }
        let Some(data) = json.get("data") else { return };
        // A column that comes without a value may have been left out.
        let mut put = |name: &str, text: &str| {
            data.remove(name);
            if let Some(columns) = data.fields() {
                columns.push((name.to_owned(), Json::Raw(text.to_owned())));
            }
        };
        match self {
            Self::NoOrderId => data.remove("orderId"),
            Self::NoItemId => data.remove("itemId"),
            Self::NullOrderId => put("orderId", "null"),
            Self::FractionalOrderId => put("orderId", "10000001.5"),
            Self::OrderIdNotANumber => put("orderId", r#""A-1""#),
            Self::HugeOrderId => put("orderId", "1.0E+40"),
            Self::AmountNotANumber => put("orderAmount", r#""12,50""#),
            Self::ManyDigits => put("orderAmount", &digits(rng, MAX_DIGITS + 1)),
            Self::TooLarge => put("orderAmount", "1.0E+126"),
            Self::TooSmall => put("orderAmount", "1.0E-131"),
            Self::StatusNotText => put("orderStatus", r#"{"is":"New"}"#),
            Self::ColumnTwice => {
                if let Some(columns) = data.fields() {
                    let other = Json::Raw(r#""1""#.to_owned());
                    columns.push(("orderId".to_owned(), other));
                }
            }
            _ => {}
        }
    }
}
