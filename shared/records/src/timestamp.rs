//! Points in time as streams give them.

use std::fmt;
use std::ops::Add;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

/// A point in time: whole microseconds since the Unix epoch.
///
/// Kinesis gives arrival times as seconds with a fraction of up to milliseconds, DynamoDB Streams as seconds;
/// both are kept exactly. Finer digits are cut off. Serialised as the number of microseconds.
///
/// ```
/// let time = records::Timestamp::from_seconds_text("1545084650.5");
/// assert_eq!(time.map(|time| time.to_string()).as_deref(), Some("2018-12-17T22:10:50.5Z"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Reads seconds since the epoch from JSON number text: `1545084650.98`, `1545084650`, `1.54508465098E9`.
    ///
    /// `None` for anything that is not such a number or lies beyond the years an `i64` of microseconds holds.
    pub fn from_seconds_text(text: &str) -> Option<Self> {
        if let Some(micros) = plain_micros(text) {
            return Some(Self(micros));
        }
        let decimal = Decimal::parse(text)?;
        let mut micros: i64 = 0;
        let digits = decimal.integer.bytes().chain(decimal.fraction.bytes());
        // The point moves right by the exponent and six places more: that many digits count, zeros fill up.
        let wanted = i64::try_from(decimal.integer.len())
            .ok()?
            .checked_add(decimal.exponent)?
            .checked_add(6)?;
        let wanted = usize::try_from(wanted.max(0)).ok()?;
        let all_zero = digits.clone().all(|digit| digit == b'0');
        if all_zero {
            return Some(Self(0));
        }
        if wanted > decimal.integer.len() + decimal.fraction.len() + 20 {
            return None;
        }
        for digit in digits.chain(std::iter::repeat(b'0')).take(wanted) {
            micros = micros
                .checked_mul(10)?
                .checked_add(i64::from(digit - b'0'))?;
        }
        Some(Self(if decimal.negative { -micros } else { micros }))
    }

    /// Reads a date and time with its offset as RFC 3339 writes it: `2020-12-09T07:04:00Z`.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let time: jiff::Timestamp = text.parse().ok()?;
        Some(Self(time.as_microsecond()))
    }

    /// Reads a date, or a date and time, without an offset, as UTC: `2015-10-17`, `2020-05-01 17:11:49.973`.
    pub fn from_civil(text: &str) -> Option<Self> {
        let time: jiff::civil::DateTime = text.parse().ok()?;
        let time = jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?;
        Some(Self(time.as_microsecond()))
    }

    /// A point in time from whole microseconds since the epoch.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Whole microseconds since the epoch.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, rounded down.
    pub fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// How much later this is than `earlier`; zero if it is not.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The same point in time for the standard library; the epoch for times before it.
    pub fn to_system_time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }
}

/// Longest text whose digits fit an `i64` in any case.
const PLAIN_LENGTH: usize = 18;
/// What makes microseconds of a number with that many digits behind its point.
const FACTORS: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// Seconds as streams write them: digits, and perhaps a point and up to six more.
fn plain_micros(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > PLAIN_LENGTH {
        return None;
    }
    let (mut micros, mut point) = (0, None);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => micros = micros * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && index > 0 => point = Some(index),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |point| text.len() - 1 - point);
    let is_written_out = point.is_none() || decimals > 0;
    let factor = FACTORS.get(decimals).filter(|_| is_written_out)?;
    micros.checked_mul(*factor)
}

/// Ends at the last moment that can be written.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since_epoch = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

/// RFC 3339 in UTC with as many digits of the fraction as are needed: `2018-12-17T22:10:50.98Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} µs since the epoch", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_second_are_exact() {
        for (text, micros) in [
            ("1545084650.98", Some(1_545_084_650_980_000)),
            ("1545084650.5", Some(1_545_084_650_500_000)),
            ("1545084650.087", Some(1_545_084_650_087_000)),
            ("1545084650.001", Some(1_545_084_650_001_000)),
            ("1545084650", Some(1_545_084_650_000_000)),
            ("1.54508465098E9", Some(1_545_084_650_980_000)),
            ("1545084650980e-3", Some(1_545_084_650_980_000)),
            ("0.1234567", Some(123_456)),
            ("999999999999.999999", Some(999_999_999_999_999_999)),
            ("9999999999999.999999", None),
            ("1.", None),
            (".5", None),
            ("1.5.5", None),
            ("-1.5", Some(-1_500_000)),
            ("0e999999", Some(0)),
            ("0", Some(0)),
            ("1e-30", Some(0)),
            ("1e30", None),
            ("1e999999999999999999999", None),
            ("-", None),
            ("", None),
            ("\"1\"", None),
            ("null", None),
        ] {
            assert_eq!(
                Timestamp::from_seconds_text(text).map(Timestamp::as_micros),
                micros,
                "{text}"
            );
        }
    }

    #[test]
    fn rfc_3339_is_read_as_it_is_printed() {
        for (text, micros) in [
            ("2020-12-09T07:04:00Z", Some(1_607_497_440_000_000)),
            ("2020-12-09T07:04:00.000Z", Some(1_607_497_440_000_000)),
            ("2020-12-09T08:04:00.25+01:00", Some(1_607_497_440_250_000)),
            ("1969-12-31T23:59:59.999999Z", Some(-1)),
            ("2020-12-09T07:04:00", None),
            ("2020-12-09", None),
            ("2020-13-09T07:04:00Z", None),
            ("1607497440", None),
            ("", None),
        ] {
            let time = Timestamp::from_rfc3339(text);
            assert_eq!(time.map(Timestamp::as_micros), micros, "{text}");
            if let Some(time) = time {
                assert_eq!(Timestamp::from_rfc3339(&time.to_string()), Some(time));
            }
        }
    }

    #[test]
    fn times_without_an_offset_are_utc() {
        for (text, expected) in [
            ("2020-12-09T07:04:00", Some("2020-12-09T07:04:00Z")),
            (
                "2020-12-09 07:04:00.123456789",
                Some("2020-12-09T07:04:00.123456Z"),
            ),
            ("2020-12-09", Some("2020-12-09T00:00:00Z")),
            ("1969-12-31T23:59:59.9", Some("1969-12-31T23:59:59.9Z")),
            ("2020-12-09T07:04:00Z", None),
            ("2020-02-30", None),
            ("07:04:00", None),
            ("", None),
        ] {
            let time = Timestamp::from_civil(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_timestamp_prints_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_micros(1_545_084_650_980_000).to_string(),
            "2018-12-17T22:10:50.98Z"
        );
        assert_eq!(
            Timestamp::from_micros(i64::MAX).to_string(),
            "9223372036854775807 µs since the epoch"
        );
    }

    #[test]
    fn spans_are_added_and_taken_without_overflow() {
        let second = Duration::from_secs(1);
        let time = Timestamp::from_micros(1_500_000);
        assert_eq!(time + second, Timestamp::from_micros(2_500_000));
        assert_eq!((time + second).saturating_since(time), second);
        assert_eq!(time.saturating_since(time + second), Duration::ZERO);
        let last = Timestamp::from_micros(i64::MAX);
        assert_eq!(last + second, last);
        let first = Timestamp::from_micros(i64::MIN);
        assert!(last.saturating_since(first) > second);
    }

    #[test]
    fn coarser_units_round_down_before_the_epoch_too() {
        let time = Timestamp::from_micros(-1);
        assert_eq!((time.as_millis(), time.as_seconds()), (-1, -1));
        assert_eq!(time.to_system_time(), SystemTime::UNIX_EPOCH);
    }
}
