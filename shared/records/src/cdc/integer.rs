//! Whole numbers in any notation.

use crate::decimal::Decimal;

/// Why a text is not a whole number that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoInteger {
    /// It is none.
    NotWhole,
    /// It is one beyond an `i128`.
    TooLarge,
}

/// Reads a whole number.
pub(super) fn parse(text: &str) -> Result<i128, NoInteger> {
    if let Ok(plain) = text.parse::<i64>() {
        return Ok(plain.into());
    }
    let decimal = Decimal::parse(text).ok_or(NoInteger::NotWhole)?;
    let digits = decimal.integer.bytes().chain(decimal.fraction.bytes());
    let count = decimal.integer.len() + decimal.fraction.len();
    // How many digits stand before the point once the exponent has moved it.
    let before = i64::try_from(decimal.integer.len()).map_err(|_| NoInteger::TooLarge)?;
    let whole = usize::try_from((before + decimal.exponent).max(0)).unwrap_or(usize::MAX);
    if digits.clone().skip(whole).any(|digit| digit != b'0') {
        return Err(NoInteger::NotWhole);
    }
    let mut magnitude = digits.take(whole).try_fold(0, push_digit)?;
    if magnitude == 0 {
        return Ok(0);
    }
    for _ in count..whole {
        magnitude = push_digit(magnitude, b'0')?;
    }
    Ok(if decimal.negative {
        -magnitude
    } else {
        magnitude
    })
}

fn push_digit(number: i128, digit: u8) -> Result<i128, NoInteger> {
    let shifted = number.checked_mul(10);
    let pushed = shifted.and_then(|shifted| shifted.checked_add((digit - b'0').into()));
    pushed.ok_or(NoInteger::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_of_a_whole_number_is_that_number() {
        use NoInteger::{NotWhole, TooLarge};
        for (text, expected) in [
            ("17", Ok(17)),
            ("+017", Ok(17)),
            ("-17.000", Ok(-17)),
            ("1.0E+17", Ok(100_000_000_000_000_000)),
            ("1.2345678901234568E+17", Ok(123_456_789_012_345_680)),
            ("18446744073709551615", Ok(u64::MAX.into())),
            ("1700e-2", Ok(17)),
            ("0e999999999999999", Ok(0)),
            ("0.00", Ok(0)),
            ("0e-5", Ok(0)),
            ("1e40", Err(TooLarge)),
            ("1e999999999999999999", Err(TooLarge)),
            ("-170141183460469231731687303715884105729", Err(TooLarge)),
            ("17.5", Err(NotWhole)),
            ("1e-1", Err(NotWhole)),
            ("1e-999999999999999999", Err(NotWhole)),
            ("", Err(NotWhole)),
            ("0x11", Err(NotWhole)),
            (" 17", Err(NotWhole)),
            ("NaN", Err(NotWhole)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_one_or_is_not(text in "\\PC{0,20}|[0-9.eE+-]{0,30}") {
            let _ = parse(&text);
        }

        #[test]
        fn notations_agree(number in any::<i64>(), zeros in 0_usize..10) {
            let expected = Ok(i128::from(number));
            prop_assert_eq!(parse(&number.to_string()), expected);
            prop_assert_eq!(parse(&format!("{number}.{}", "0".repeat(zeros + 1))), expected);
            prop_assert_eq!(parse(&format!("{number}{}e-{zeros}", "0".repeat(zeros))), expected);
        }
    }
}
