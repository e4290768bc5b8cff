//! The numbers in a record's data that a summing function adds up.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use records::Number;
use serde_json::value::RawValue;

use super::fields::Fields;

/// The name under which data is added up that is a number itself.
const BARE: &str = "sum";

/// Amounts by name: data that is a number, or an object's fields that are. `None` if there is no number.
pub(crate) fn amounts(data: &[u8]) -> Option<BTreeMap<String, BigDecimal>> {
    let text = str::from_utf8(data).ok()?;
    if let Some(amount) = amount(text.trim()) {
        return Some(BTreeMap::from([(BARE.to_owned(), amount)]));
    }
    let Fields(fields) = serde_json::from_str(text).ok()?;
    let amounts: BTreeMap<String, BigDecimal> = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, amount(value.get())?)))
        .collect();
    (!amounts.is_empty()).then_some(amounts)
}

/// A JSON number within DynamoDB's limits, which also bound the digits of a sum.
fn amount(text: &str) -> Option<BigDecimal> {
    let _: &RawValue = serde_json::from_str(text).ok()?;
    Number::parse(text).ok()?.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data: &str, expected: &str) {
        let amounts = amounts(data.as_bytes()).unwrap_or_default();
        let texts: Vec<String> = amounts
            .iter()
            .map(|(name, amount)| format!("{name}={}", amount.to_plain_string()))
            .collect();
        assert_eq!(texts.join(" "), expected, "{data}");
    }

    #[test]
    fn numbers_are_taken_with_all_their_digits() {
        check("5", "sum=5");
        check("-0.10", "sum=-0.1");
        check("1e3", "sum=1000");
        check(
            "12345678901234567890123456789012345678",
            "sum=12345678901234567890123456789012345678",
        );
        check(r#"{"sales":42.5,"store":"a","tax":3}"#, "sales=42.5 tax=3");
    }

    #[test]
    fn what_is_no_number_has_no_amounts() {
        for data in [
            "",
            "a",
            "\"5\"",
            "1e999",
            "+5",
            "{}",
            r#"{"a":"5"}"#,
            "[1]",
            "null",
        ] {
            check(data, "");
        }
    }
}
