//! Records that order-enrichment can never store, each with the place and reason it must be quarantined for.

use fastrand::Rng;

use super::row::Table;
use crate::produce::dms::{self, BadRecord, Json, Record, Writer};
use crate::produce::number::{MAX_DIGITS, digits};

/// A kind of record that can never succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Poison {
    /// A record that nobody can read.
    Record(BadRecord),
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
    /// The table whose row is spoilt.
    pub(super) fn table(self) -> Table {
        match self {
            Self::NoItemId => Table::Item,
            _ => Table::Order,
        }
    }
}

impl dms::Poison for Poison {
    fn all() -> Vec<Self> {
        let records = BadRecord::all().into_iter().map(Self::Record);
        let own = [
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
        records.chain(own).collect()
    }

    fn stage(self) -> &'static str {
        match self {
            Self::Record(bad) => bad.stage(),
            _ => "domain",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Record(bad) => bad.reason(),
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

    fn bytes(self, rng: &mut Rng, writer: &Writer<'_>, mut record: Record) -> Vec<u8> {
        if let Self::Record(bad) = self {
            return bad.bytes(rng, writer, record);
        }
        if let Some(data) = record.json.get("data") {
            self.spoil(rng, data);
        }
        writer.bytes(&record.json)
    }
}

impl Poison {
    fn spoil(self, rng: &mut Rng, data: &mut Json) {
        let mut put = |name, text: &str| data.put(name, text);
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
            Self::Record(_) => {}
        }
    }
}
