//! Decimal numbers whose value is known by construction, spelled in the many ways JSON allows.

use fastrand::Rng;

/// Most significant digits of a DynamoDB number (DynamoDB developer guide, "Numbers").
pub const MAX_DIGITS: usize = 38;

/// A number as it is put into a payload, and as the table must hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    /// The text in the payload, for instance `8140e-2`.
    pub text: String,
    /// The value, without trailing zeros: `81.4`.
    pub value: String,
}

impl Spelled {
    /// `units` divided by ten to the power of `scale`, mostly spelled plainly.
    pub fn decimal(rng: &mut Rng, units: i64, scale: u32) -> Self {
        let value = plain(units, scale);
        let text = match rng.u8(0..10) {
            0 => padded(&value),
            1 => format!("{units}e-{scale}"),
            2 => format!("{value}E+0"),
            _ => value.clone(),
        };
        Self { text, value }
    }

    /// A number at a limit of what DynamoDB keeps: 38 digits, or the largest or smallest magnitude.
    pub fn extreme(rng: &mut Rng) -> Self {
        let many_digits = digits(rng, MAX_DIGITS);
        let (whole, fraction) = many_digits.split_at(2);
        let value = match rng.u8(0..4) {
            0 => "1E125".to_owned(),
            1 => "-1E-130".to_owned(),
            2 => format!("-{whole}.{fraction}"),
            _ => format!("{whole}.{fraction}"),
        };
        Self {
            text: value.clone(),
            value,
        }
    }
}

/// `count` digits, neither the first nor the last a zero, so that all are significant.
pub fn digits(rng: &mut Rng, count: usize) -> String {
    (0..count)
        .map(|index| {
            let lowest = u32::from(index == 0 || index + 1 == count);
            char::from_digit(rng.u32(lowest..10), 10).unwrap_or('1')
        })
        .collect()
}

/// `units` divided by ten to the power of `scale`, written without trailing zeros.
pub fn plain(units: i64, scale: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let places = scale as usize;
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// The same value with zeros that mean nothing.
fn padded(value: &str) -> String {
    let point = if value.contains('.') { "" } else { "." };
    format!("{value}{point}00")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
    use records::Number;

    use super::*;

    #[test]
    fn scaled_units_are_written_plainly() {
        for (units, scale, expected) in [
            (8_140, 2, "81.4"),
            (-5, 2, "-0.05"),
            (0, 2, "0"),
            (1_000, 1, "100"),
            (7, 0, "7"),
            (1_700_000_000_250, 3, "1700000000.25"),
        ] {
            assert_eq!(plain(units, scale), expected);
        }
    }

    proptest! {
        #[test]
        fn every_spelling_has_the_value_it_says(seed: u64, units in -20_000i64..20_000, scale in 0u32..4) {
            let rng = &mut Rng::with_seed(seed);
            for number in [Spelled::decimal(rng, units, scale), Spelled::extreme(rng)] {
                let parsed = Number::parse(&number.text).unwrap();
                prop_assert_eq!(parsed.as_str(), &number.value, "{}", &number.text);
            }
        }

        #[test]
        fn all_digits_count(seed: u64, count in 1usize..60) {
            let text = digits(&mut Rng::with_seed(seed), count);
            prop_assert_eq!(text.len(), count);
            prop_assert!(!text.starts_with('0') && !text.ends_with('0'));
        }
    }
}
