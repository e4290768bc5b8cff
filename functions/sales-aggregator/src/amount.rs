//! Exact amounts: sums that never round.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::AddAssign;

use bigdecimal::BigDecimal;
use records::{Number, NumberError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Decimal places of [`Amount::Small`].
const PLACES: u32 = 8;
/// Digits before the point of a text that becomes [`Amount::Small`]: with its 8 places 28 of the 38 digits of an
/// `i128`, so that 10^10 of them can be added.
const WHOLE_DIGITS: usize = 20;

/// An exact decimal number of any size.
///
/// Nearly all amounts have few digits: they are integers of 10^-8, and adding them is one instruction. All others are
/// numbers of any length. Equal amounts are equal whichever they are.
#[derive(Clone, Debug)]
pub enum Amount {
    /// In units of 10^-8.
    Small(i128),
    /// Beyond that.
    Large(Box<BigDecimal>),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self::Small(0);

    /// Reads a number that DynamoDB could keep: at most 38 significant digits, exponents -130 to 125.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if let Some(units) = small(text) {
            return Ok(Self::Small(units));
        }
        let number = Number::parse(text)?;
        // What is a Number is short enough to be read exactly.
        Self::parse_exact(number.as_str()).ok_or(NumberError::NotANumber)
    }

    /// Reads a sum, which may have more digits than one number that DynamoDB keeps; `None` if it is no number. For text
    /// that this type has written: its length is not bounded.
    pub fn parse_exact(text: &str) -> Option<Self> {
        let large = || text.parse().ok().as_ref().map(Self::of_big);
        small(text).map(Self::Small).or_else(large)
    }

    /// As DynamoDB keeps it; `None` if it has more than 38 significant digits.
    pub fn to_number(&self) -> Option<Number<'static>> {
        Number::parse(&self.to_string())
            .ok()
            .map(Number::into_owned)
    }

    fn of_big(large: &BigDecimal) -> Self {
        Self::Large(Box::new(large.normalized()))
    }

    fn big(&self) -> Cow<'_, BigDecimal> {
        match self {
            Self::Small(units) => Cow::Owned(BigDecimal::new((*units).into(), PLACES.into())),
            Self::Large(large) => Cow::Borrowed(large),
        }
    }
}

/// Plain decimal notation with few digits, in units of 10^-8.
fn small(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let is_plain = !whole.is_empty()
        && whole.len() <= WHOLE_DIGITS
        && places.len() <= PLACES as usize
        && places.is_empty() != digits.contains('.');
    if !is_plain {
        return None;
    }
    let mut units: i128 = 0;
    for byte in whole.bytes().chain(places.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        units = units * 10 + i128::from(byte - b'0');
    }
    for _ in places.len()..PLACES as usize {
        units *= 10;
    }
    Some(if negative { -units } else { units })
}

impl AddAssign<&Amount> for Amount {
    fn add_assign(&mut self, other: &Amount) {
        if let (Self::Small(left), Self::Small(right)) = (&*self, other)
            && let Some(sum) = left.checked_add(*right)
        {
            *self = Self::Small(sum);
            return;
        }
        *self = Self::of_big(&(self.big().as_ref() + other.big().as_ref()));
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(left), Self::Small(right)) => left.cmp(right),
            _ => self.big().as_ref().cmp(other.big().as_ref()),
        }
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Amount {}

/// Without trailing zeros and without rounding, however many digits that takes.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = match self {
            Self::Small(units) => *units,
            Self::Large(large) => return f.write_str(&large.normalized().to_plain_string()),
        };
        let one = 10_u128.pow(PLACES);
        let (whole, places) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
        let sign = if units < 0 { "-" } else { "" };
        if places == 0 {
            return write!(f, "{sign}{whole}");
        }
        let places = format!("{places:08}");
        write!(f, "{sign}{whole}.{}", places.trim_end_matches('0'))
    }
}

/// As text: a JSON number would be read as a float by nearly everything.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse_exact(&text)
            .ok_or_else(|| serde::de::Error::custom("expected the text of a decimal number"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn amounts_are_read_exactly_and_shown_without_needless_digits() {
        for (text, shown) in [
            ("42.5", "42.5"),
            ("42.50", "42.5"),
            ("-0.00000001", "-0.00000001"),
            ("0.000000001", "0.000000001"),
            ("12345678901234567890", "12345678901234567890"),
            ("123456789012345678901", "123456789012345678901"),
            ("0.1e1", "1"),
            ("-0", "0"),
            ("007", "7"),
            ("1e40", &format!("1{}", "0".repeat(40))),
            ("1e-40", &format!("0.{}1", "0".repeat(39))),
        ] {
            assert_eq!(amount(text).to_string(), shown, "{text}");
        }
        for wrong in ["", "-", "1.", ".5", "1,5", "abc", "1.2.3", "１"] {
            assert_eq!(
                Amount::parse(wrong),
                Err(NumberError::NotANumber),
                "{wrong}"
            );
        }
        assert_eq!(
            Amount::parse(&"9".repeat(39)),
            Err(NumberError::TooManyDigits(39))
        );
        assert_eq!(Amount::parse("1e126"), Err(NumberError::OutOfRange(126)));
    }

    #[test]
    fn a_tenth_ten_times_is_one() {
        let mut sum = Amount::ZERO;
        (0..10).for_each(|_| sum += &amount("0.1"));
        assert_eq!(sum.to_string(), "1");
        assert_eq!(sum.to_number().unwrap().as_str(), "1");
    }

    #[test]
    fn a_sum_that_dynamodb_cannot_keep_is_still_exact() {
        let mut sum = amount("1e37");
        sum += &amount("0.00001");
        assert_eq!(sum.to_string(), format!("1{}.00001", "0".repeat(37)));
        assert_eq!(sum.to_number(), None);
        sum += &amount("-1e37");
        assert_eq!(sum, amount("0.00001"));
        assert_eq!(sum.to_number().unwrap().as_str(), "0.00001");
    }

    #[test]
    fn small_and_large_amounts_compare_by_value() {
        let sorted = [
            "-1e30",
            "-2",
            "-1.9",
            "0",
            "0.000000001",
            "0.00000001",
            "1",
            "1e20",
            "1e21",
        ];
        for pair in sorted.windows(2) {
            let [low, high] = pair else { unreachable!() };
            assert!(amount(low) < amount(high), "{low} < {high}");
        }
        assert_eq!(amount("1e0"), amount("1"));
    }

    proptest! {
        #[test]
        fn sums_are_those_of_a_big_decimal(texts in prop::collection::vec("-?[0-9]{1,24}(\\.[0-9]{1,12})?", 1..20)) {
            let mut sum = Amount::ZERO;
            let mut expected = BigDecimal::from(0);
            for text in &texts {
                sum += &amount(text);
                expected += text.parse::<BigDecimal>().unwrap();
            }
            prop_assert_eq!(sum.big().into_owned(), expected);
            let json = serde_json::to_string(&sum).unwrap();
            prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), sum);
        }
    }
}
