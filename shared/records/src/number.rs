//! Exact decimal numbers as DynamoDB keeps them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::decimal::Decimal;

/// Significant digits of a DynamoDB number (DynamoDB developer guide, "Supported data types", Number).
pub const MAX_DIGITS: usize = 38;
/// Smallest and largest power of ten of a DynamoDB number's first digit (same page: 1E-130 to 9.9…9E+125).
pub const EXPONENTS: std::ops::RangeInclusive<i64> = -130..=125;

/// Longest text written without an exponent: 38 digits, a sign and a leading `0.`.
const PLAIN_TEXT_LIMIT: usize = MAX_DIGITS + 3;

/// An exact decimal number within DynamoDB's limits, held as canonical text: equal numbers have equal text.
///
/// `81.40`, `81.4` and `0.814E2` are all `81.4`, as they are one and the same key to DynamoDB. Text that is
/// canonical already is borrowed.
///
/// ```
/// use records::Number;
///
/// let (price, same) = (Number::parse("42.50")?, Number::parse("4.25E+1")?);
/// assert_eq!((price.to_string().as_str(), &price), ("42.5", &same));
/// # Ok::<(), records::NumberError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number<'a>(Cow<'a, str>);

/// Why a text is not a number that can be kept. Always poison: the same text fails again.
///
/// ```
/// let error = records::Number::parse("1e126").unwrap_err();
/// assert_eq!(error.to_string(), "power of ten 126 is outside -130..125");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// More significant digits than DynamoDB keeps.
    #[error("{0} significant digits, at most {MAX_DIGITS} can be kept")]
    TooManyDigits(usize),
    /// The magnitude is beyond what DynamoDB keeps.
    #[error("power of ten {0} is outside -130..125")]
    OutOfRange(i64),
}

impl Number<'static> {
    /// 0.
    pub const ZERO: Self = Self(Cow::Borrowed("0"));
    /// 100.
    pub const HUNDRED: Self = Self(Cow::Borrowed("100"));
}

impl<'a> Number<'a> {
    /// Reads a decimal number: JSON's grammar, and a leading `+` or zeros.
    pub fn parse(text: &'a str) -> Result<Self, NumberError> {
        if is_canonical(text) {
            return Ok(Self(Cow::Borrowed(text)));
        }
        let scaled = Scaled::new(Decimal::parse(text).ok_or(NumberError::NotANumber)?);
        if scaled.digits() == 0 {
            return Ok(Self(Cow::Borrowed("0")));
        }
        if scaled.digits() > MAX_DIGITS {
            return Err(NumberError::TooManyDigits(scaled.digits()));
        }
        if !EXPONENTS.contains(&scaled.power) {
            return Err(NumberError::OutOfRange(scaled.power));
        }
        Ok(Self(Cow::Owned(scaled.to_text())))
    }

    /// The canonical text: what is sent to DynamoDB.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same number, borrowing nothing.
    pub fn into_owned(self) -> Number<'static> {
        Number(Cow::Owned(self.0.into_owned()))
    }

    /// The canonical text, borrowed if the number is.
    pub fn into_text(self) -> Cow<'a, str> {
        self.0
    }

    /// Count of significant digits, 0 for zero. DynamoDB's item size counts two digits a byte.
    pub fn significant_digits(&self) -> usize {
        self.scaled().map_or(0, |scaled| scaled.digits())
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.starts_with('-')
    }

    fn scaled(&self) -> Option<Scaled<'_>> {
        Decimal::parse(&self.0).map(Scaled::new)
    }
}

impl From<i64> for Number<'static> {
    fn from(value: i64) -> Self {
        Self(Cow::Owned(value.to_string()))
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative(), other.is_negative()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => compare_magnitudes(self, other),
            (true, true) => compare_magnitudes(other, self),
        }
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By the power of ten of the first digit, then by the digits. Zero is below all.
fn compare_magnitudes(left: &Number<'_>, right: &Number<'_>) -> Ordering {
    match (left.scaled(), right.scaled()) {
        (Some(left), Some(right)) if left.digits() > 0 && right.digits() > 0 => left
            .power
            .cmp(&right.power)
            .then_with(|| left.iter().cmp(right.iter())),
        (left, right) => {
            let is_above_zero =
                |scaled: Option<Scaled<'_>>| scaled.is_some_and(|scaled| scaled.digits() > 0);
            is_above_zero(left).cmp(&is_above_zero(right))
        }
    }
}

/// True for the one text that each number is kept as, decided without taking it apart; may miss some.
fn is_canonical(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (integer, fraction) = match unsigned.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (unsigned, None),
    };
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let integer_is_plain = all_digits(integer) && (integer == "0" || !integer.starts_with('0'));
    let fraction_is_plain =
        fraction.is_none_or(|digits| all_digits(digits) && !digits.ends_with('0'));
    integer_is_plain && fraction_is_plain && unsigned.len() <= MAX_DIGITS && text != "-0"
}

/// A number's significant digits, without leading and trailing zeros, and the power of ten of the first.
struct Scaled<'a> {
    negative: bool,
    head: &'a str,
    tail: &'a str,
    power: i64,
}

impl<'a> Scaled<'a> {
    fn new(decimal: Decimal<'a>) -> Self {
        let Decimal {
            negative,
            integer,
            fraction,
            exponent,
        } = decimal;
        // Texts are shorter than i64::MAX and exponents are cut far below it.
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX / 4);
        let mut head = integer.trim_start_matches('0');
        let mut tail = fraction;
        let mut power = exponent + length(head) - 1;
        if head.is_empty() {
            tail = fraction.trim_start_matches('0');
            power = exponent - (length(fraction) - length(tail)) - 1;
        }
        tail = tail.trim_end_matches('0');
        if tail.is_empty() {
            head = head.trim_end_matches('0');
        }
        Self {
            negative,
            head,
            tail,
            power,
        }
    }

    fn digits(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    fn iter(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.head.bytes().chain(self.tail.bytes())
    }

    /// Plain notation where that is short, else one digit before the point and an exponent.
    fn to_text(&self) -> String {
        let digits: String = [self.head, self.tail].concat();
        let sign = if self.negative { "-" } else { "" };
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let plain_length = if self.power < 0 {
            count + 1 - self.power
        } else {
            count.max(self.power + 1) + 1
        };
        if usize::try_from(plain_length).is_ok_and(|length| length < PLAIN_TEXT_LIMIT) {
            return match usize::try_from(self.power) {
                Err(_) => {
                    let zeros = usize::try_from(-self.power - 1).unwrap_or_default();
                    format!("{sign}0.{}{digits}", "0".repeat(zeros))
                }
                Ok(power) if power + 1 >= digits.len() => {
                    format!("{sign}{digits}{}", "0".repeat(power + 1 - digits.len()))
                }
                Ok(power) => format!("{sign}{}.{}", &digits[..=power], &digits[power + 1..]),
            };
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{point}{rest}E{}", self.power)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> Result<String, NumberError> {
        Number::parse(text).map(|number| number.to_string())
    }

    #[test]
    fn equal_numbers_have_equal_text() {
        for (texts, expected) in [
            (
                &["81.4", "81.40", "0.814E2", "+081.4", "814e-1"][..],
                "81.4",
            ),
            (&["0", "-0", "0.000", "0e999999999999", "-0.0E-5"], "0"),
            (&["-5", "-5.0", "-0.5e1"], "-5"),
            (&["100", "1e2", "100.00", "0.0001E6"], "100"),
            (&["0.001", "1e-3", "1.0E-3"], "0.001"),
            (&["1e100", "10E99", "0.1e101"], "1E100"),
            (&["-1.25e-100", "-125e-102"], "-1.25E-100"),
            (&["1700000000.123", "1700000000123e-3"], "1700000000.123"),
        ] {
            for text in texts {
                assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
            }
        }
    }

    #[test]
    fn digits_and_magnitude_have_dynamodbs_limits() {
        let nines = "9".repeat(38);
        assert_eq!(canonical(&nines), Ok(nines.clone()));
        assert_eq!(
            canonical(&format!("{nines}000")).as_deref(),
            Ok(&*format!("9.{}E40", "9".repeat(37)))
        );
        assert_eq!(
            canonical(&format!("{nines}1")),
            Err(NumberError::TooManyDigits(39))
        );
        assert_eq!(canonical(&format!("0.{nines}")), Ok(format!("0.{nines}")));
        assert_eq!(canonical("1e-130").as_deref(), Ok("1E-130"));
        assert_eq!(canonical("1e-131"), Err(NumberError::OutOfRange(-131)));
        assert_eq!(canonical("9.9e125").as_deref(), Ok("9.9E125"));
        assert_eq!(canonical("1e126"), Err(NumberError::OutOfRange(126)));
        assert_eq!(
            canonical("1e99999999999999999999"),
            Err(NumberError::OutOfRange(1_000_000_000_000_000))
        );
        for bad in ["", "abc", "NaN", "1,5", "0x1", "--1"] {
            assert_eq!(canonical(bad), Err(NumberError::NotANumber), "{bad:?}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let sorted = [
            "-1E100", "-10", "-9.5", "-0.001", "0", "1E-130", "0.001", "0.01", "9", "9.01", "10",
            "1E40",
        ];
        for pair in sorted.windows(2) {
            let [low, high] = pair else { unreachable!() };
            assert!(
                Number::parse(low).unwrap() < Number::parse(high).unwrap(),
                "{low} < {high}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_number_or_an_error(text in "\\PC*") {
            let _ = Number::parse(&text);
        }

        #[test]
        fn canonical_text_is_a_fixed_point(text in "-?[0-9]{1,22}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            if let Ok(number) = Number::parse(&text) {
                let again = Number::parse(number.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), number.as_str());
            }
        }

        #[test]
        fn borrowed_and_computed_forms_agree(text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{0,20}[1-9])?") {
            let computed = Scaled::new(Decimal::parse(&text).unwrap());
            if is_canonical(&text) && computed.digits() > 0 {
                prop_assert_eq!(computed.to_text(), text);
            }
        }

        #[test]
        fn integers_keep_their_order(left in any::<i64>(), right in any::<i64>()) {
            prop_assert_eq!(Number::from(left).cmp(&Number::from(right)), left.cmp(&right));
        }
    }
}
