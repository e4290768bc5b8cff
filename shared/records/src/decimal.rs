//! The parts of a decimal number's text.

/// A number as JSON writes it, taken apart; the digits are borrowed and unlimited in count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    pub(crate) negative: bool,
    /// At least one digit; leading zeros possible.
    pub(crate) integer: &'a str,
    /// Possibly empty.
    pub(crate) fraction: &'a str,
    /// Power of ten; saturated at ±10^15, far beyond any number that can be kept.
    pub(crate) exponent: i64,
}

/// Exponents are cut here so that sums with lengths of texts cannot overflow.
const EXPONENT_LIMIT: i64 = 1_000_000_000_000_000;

impl<'a> Decimal<'a> {
    /// Takes `[+-]digits[.digits][(e|E)[+-]digits]` apart: JSON's grammar, and also a leading `+` and leading
    /// zeros, which databases write into strings.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (integer, rest) = split_digits(rest);
        if integer.is_empty() {
            return None;
        }
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (fraction, rest) = split_digits(rest);
                if fraction.is_empty() {
                    return None;
                }
                (fraction, rest)
            }
            None => ("", rest),
        };
        let exponent = match rest.strip_prefix(['e', 'E']) {
            Some(rest) => parse_exponent(rest)?,
            None if rest.is_empty() => 0,
            None => return None,
        };
        Some(Self {
            negative,
            integer,
            fraction,
            exponent,
        })
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn parse_exponent(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut magnitude: i64 = 0;
    for byte in digits.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        magnitude = (magnitude * 10 + i64::from(byte - b'0')).min(EXPONENT_LIMIT);
    }
    Some(sign * magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_apart_and_nothing_else() {
        let parts =
            |text| Decimal::parse(text).map(|d| (d.negative, d.integer, d.fraction, d.exponent));
        assert_eq!(parts("81.40"), Some((false, "81", "40", 0)));
        assert_eq!(parts("-0"), Some((true, "0", "", 0)));
        assert_eq!(parts("+007"), Some((false, "007", "", 0)));
        assert_eq!(parts("1.0E+17"), Some((false, "1", "0", 17)));
        assert_eq!(
            parts("1e-99999999999999999999"),
            Some((false, "1", "", -EXPONENT_LIMIT))
        );
        for bad in [
            "", "-", ".5", "1.", "1e", "1e+", "0x10", "1 ", " 1", "NaN", "1.2.3", "1e5.5", "١",
        ] {
            assert_eq!(parts(bad), None, "{bad:?}");
        }
    }
}
