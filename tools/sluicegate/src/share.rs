//! A share of something, as people type it: `1%`.

use std::fmt;
use std::str::FromStr;

/// A percentage from 0% to 100%, exact to four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    parts_per_million: u32,
}

/// What [`Share::from_str`] says to anything that is not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 0% to 100%, for instance 1% or 0.5%")]
pub struct NotAShare;

impl Share {
    /// Nothing.
    pub const NONE: Self = Self {
        parts_per_million: 0,
    };
    /// All of it.
    pub const ALL: Self = Self {
        parts_per_million: 1_000_000,
    };

    /// `percent` in whole numbers, cut at 100.
    pub const fn percent(percent: u32) -> Self {
        let percent = if percent > 100 { 100 } else { percent };
        Self {
            parts_per_million: percent * 10_000,
        }
    }

    /// This share of `count`, rounded to the nearest.
    pub fn of(self, count: u64) -> u64 {
        let parts = u128::from(count) * u128::from(self.parts_per_million);
        u64::try_from((parts + 500_000) / 1_000_000).unwrap_or(u64::MAX)
    }

    /// Both together, or nothing when they are more than all.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let sum = Self {
            parts_per_million: self.parts_per_million + other.parts_per_million,
        };
        (sum <= Self::ALL).then_some(sum)
    }
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let number = text.strip_suffix('%').ok_or(NotAShare)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 4 {
            return Err(NotAShare);
        }
        let whole: u32 = whole.parse().map_err(|_| NotAShare)?;
        let fraction: u32 = format!("{fraction:0<4}").parse().map_err(|_| NotAShare)?;
        let parts_per_million = whole
            .checked_mul(10_000)
            .and_then(|parts| parts.checked_add(fraction))
            .ok_or(NotAShare)?;
        let share = Self { parts_per_million };
        (share <= Self::ALL).then_some(share).ok_or(NotAShare)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (
            self.parts_per_million / 10_000,
            self.parts_per_million % 10_000,
        );
        if fraction == 0 {
            return write!(f, "{whole}%");
        }
        let fraction = format!("{fraction:04}");
        write!(f, "{whole}.{}%", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_exactly() {
        for (text, of_a_million, shown) in [
            ("0%", 0, "0%"),
            ("1%", 10_000, "1%"),
            ("0.5%", 5_000, "0.5%"),
            ("12.3456%", 123_456, "12.3456%"),
            ("1.50%", 15_000, "1.5%"),
            ("100%", 1_000_000, "100%"),
        ] {
            let share: Share = text.parse().unwrap();
            assert_eq!(share.of(1_000_000), of_a_million, "{text}");
            assert_eq!(share.to_string(), shown);
        }
    }

    #[test]
    fn anything_else_says_what_would_be_right() {
        for text in [
            "",
            "%",
            "1",
            "150%",
            "100.0001%",
            "-1%",
            "1.%",
            ".5%",
            "1.23456%",
            "1e1%",
            "x%",
            "429496.9999%",
            "99999999999%",
        ] {
            let error = text.parse::<Share>().unwrap_err();
            assert!(error.to_string().contains("0% to 100%"), "{text}");
        }
    }

    #[test]
    fn shares_of_small_counts_are_rounded() {
        let one_percent = Share::percent(1);
        assert_eq!(one_percent.of(49), 0);
        assert_eq!(one_percent.of(50), 1);
        assert_eq!(one_percent.of(10_000), 100);
        assert_eq!(Share::ALL.of(u64::MAX), u64::MAX);
    }

    #[test]
    fn shares_beyond_all_do_not_add_up() {
        assert_eq!(
            Share::percent(60).checked_add(Share::percent(40)),
            Some(Share::ALL)
        );
        assert_eq!(Share::percent(60).checked_add(Share::percent(41)), None);
    }
}
