//! A sale: from the bytes of a record to an amount and a group.

mod wire;

use std::borrow::Cow;

use records::{AttributeError, NumberError, PayloadError};

use crate::amount::Amount;
use wire::Wire;

/// Longest name of a group in bytes. A state holds each group's name, a key of the table as well.
pub const MAX_GROUP_BYTES: usize = 128;
/// Longest id in bytes.
pub const MAX_ID_BYTES: usize = 1_024;

/// A valid sale. Borrows from the record's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale<'a> {
    /// `ID`, if there is one.
    pub id: Option<Cow<'a, str>>,
    /// The value of the group attribute; `None` if the sale has none, or sales are not grouped.
    pub group: Option<Cow<'a, str>>,
    /// `sales`.
    pub amount: Amount,
}

/// Why bytes are not a sale. Always poison.
#[derive(Debug, thiserror::Error)]
pub enum SaleError {
    /// The bytes are not a JSON object of the right types.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// An attribute of an item is not of DynamoDB's form.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// A field that must be there is missing or null.
    #[error("the field `{0}` is missing")]
    MissingField(&'static str),
    /// `sales` is something else than a number.
    #[error("the field `sales` is not a number")]
    NotANumber,
    /// `sales` has more digits than DynamoDB keeps.
    #[error("the field `sales` has {0} significant digits, at most {max} can be kept", max = records::number::MAX_DIGITS)]
    TooManyDigits(usize),
    /// `sales` is larger or smaller than DynamoDB keeps.
    #[error("the field `sales` is about 10^{0}, only 10^-130 to 10^125 can be kept")]
    OutOfRange(i64),
    /// The group's name is longer than [`MAX_GROUP_BYTES`].
    #[error("the group has {0} bytes, at most {MAX_GROUP_BYTES} are allowed")]
    GroupTooLong(usize),
    /// The id is longer than [`MAX_ID_BYTES`].
    #[error("the field `ID` has {0} bytes, at most {MAX_ID_BYTES} are allowed")]
    IdTooLong(usize),
}

impl SaleError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Payload(error) => error.reason(),
            Self::Attribute(error) => error.reason(),
            Self::MissingField(_) => "missing-field",
            Self::NotANumber => "wrong-shape",
            Self::TooManyDigits(_) => "too-many-digits",
            Self::OutOfRange(_) => "number-out-of-range",
            Self::GroupTooLong(_) => "group-too-long",
            Self::IdTooLong(_) => "id-too-long",
        }
    }

    /// Whether the payload itself is at fault, not one of its values.
    pub fn is_of_payload(&self) -> bool {
        matches!(
            self,
            Self::Payload(_) | Self::Attribute(_) | Self::MissingField(_) | Self::NotANumber
        )
    }
}

impl From<NumberError> for SaleError {
    fn from(error: NumberError) -> Self {
        match error {
            NumberError::NotANumber => Self::NotANumber,
            NumberError::TooManyDigits(digits) => Self::TooManyDigits(digits),
            NumberError::OutOfRange(power) => Self::OutOfRange(power),
        }
    }
}

/// Which fields of a payload are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaleFields {
    /// Name of the attribute that sales are grouped by, for instance `store`.
    pub group: Option<String>,
    /// Whether a sale has to have an id, to be counted once.
    pub needs_id: bool,
}

impl SaleFields {
    /// Reads `{"Item":{"ID":"…","sales":42.5,"timeStamp":"…"}}` or the item alone. Other fields are ignored.
    pub fn parse<'a>(&self, data: &'a [u8]) -> Result<Sale<'a>, SaleError> {
        let wire = Wire::read(data, self.group.as_deref())?;
        let sales = wire.sales.filter(|sales| *sales != "null");
        let sales = sales.ok_or(SaleError::MissingField("sales"))?;
        if !sales.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Err(SaleError::NotANumber);
        }
        self.sale(wire.id, wire.group, sales)
    }

    /// A sale of parts that were read elsewhere; `amount` is a number's text.
    pub fn sale<'a>(
        &self,
        id: Option<Cow<'a, str>>,
        group: Option<Cow<'a, str>>,
        amount: &str,
    ) -> Result<Sale<'a>, SaleError> {
        let amount = Amount::parse(amount)?;
        if let Some(group) = group.as_ref().filter(|group| group.len() > MAX_GROUP_BYTES) {
            return Err(SaleError::GroupTooLong(group.len()));
        }
        if let Some(id) = id.as_ref().filter(|id| id.len() > MAX_ID_BYTES) {
            return Err(SaleError::IdTooLong(id.len()));
        }
        if self.needs_id && id.is_none() {
            return Err(SaleError::MissingField("ID"));
        }
        Ok(Sale { id, group, amount })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(group: Option<&str>) -> SaleFields {
        SaleFields {
            group: group.map(str::to_owned),
            needs_id: false,
        }
    }

    #[test]
    fn a_sale_is_read_from_an_item_or_bare_and_with_its_group() {
        for (data, group, expected) in [
            (
                r#"{"Item":{"ID":"7","sales":42.5,"timeStamp":"2026-11-21"}}"#,
                None,
                (Some("7"), None, "42.5"),
            ),
            (
                r#"{"ID":"7","sales":42.50}"#,
                None,
                (Some("7"), None, "42.5"),
            ),
            (
                r#"{"sales":-1e2,"store":"a"}"#,
                Some("store"),
                (None, Some("a"), "-100"),
            ),
            (
                r#"{"Item":{"store":12,"sales":1},"store":"outside"}"#,
                Some("store"),
                (None, Some("12"), "1"),
            ),
            (
                r#"{"store":"outside","Item":{"sales":1}}"#,
                Some("store"),
                (None, None, "1"),
            ),
            (
                r#"{"sales":1,"store":null,"ID":null}"#,
                Some("store"),
                (None, None, "1"),
            ),
            (
                r#"{"sales":1,"ID":"\u00e4"}"#,
                Some("ID"),
                (Some("ä"), Some("ä"), "1"),
            ),
            (
                r#"{"sales":0.1234567890123456789012345678901234567}"#,
                None,
                (None, None, "0.1234567890123456789012345678901234567"),
            ),
        ] {
            let sale = fields(group).parse(data.as_bytes()).unwrap();
            let got = (
                sale.id.as_deref(),
                sale.group.as_deref(),
                sale.amount.to_string(),
            );
            assert_eq!((got.0, got.1, got.2.as_str()), expected, "{data}");
        }
    }

    #[test]
    fn every_way_to_be_no_sale_has_its_reason() {
        let long = format!(r#"{{"sales":1,"store":"{}"}}"#, "x".repeat(129));
        let long_id = format!(r#"{{"sales":1,"ID":"{}"}}"#, "x".repeat(1_025));
        let digits = format!(r#"{{"sales":{}}}"#, "9".repeat(39));
        for (data, reason, is_of_payload) in [
            ("", "not-json", true),
            ("[1]", "wrong-shape", true),
            (r#"{"sales":1"#, "not-json", true),
            (r#"{"sales":1} x"#, "not-json", true),
            ("{}", "missing-field", true),
            (r#"{"Item":{}}"#, "missing-field", true),
            (r#"{"Item":5,"sales":1}"#, "wrong-shape", true),
            (r#"{"sales":null}"#, "missing-field", true),
            (r#"{"sales":"42.5"}"#, "wrong-shape", true),
            (r#"{"sales":{"N":"1"}}"#, "wrong-shape", true),
            (r#"{"sales":1,"ID":{}}"#, "wrong-shape", true),
            (&digits, "too-many-digits", false),
            (r#"{"sales":1e126}"#, "number-out-of-range", false),
            (&long, "group-too-long", false),
            (&long_id, "id-too-long", false),
        ] {
            let error = fields(Some("store")).parse(data.as_bytes()).unwrap_err();
            assert_eq!(
                (error.reason(), error.is_of_payload()),
                (reason, is_of_payload),
                "{data}: {error}"
            );
        }
        let needs_id = SaleFields {
            needs_id: true,
            ..fields(None)
        };
        let error = needs_id.parse(br#"{"sales":1}"#).unwrap_err();
        assert_eq!(error.to_string(), "the field `ID` is missing");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_sale_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = fields(Some("store")).parse(&bytes);
        }
    }
}
