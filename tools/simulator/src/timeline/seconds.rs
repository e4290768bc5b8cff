//! Times as seconds since the beginning, without a needless fraction.

use std::fmt;

use records::Timestamp;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Microseconds in a second.
const MICROS: u64 = 1_000_000;

/// A time as seconds: `30`, `0.5`, `-0.000001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Timestamp);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        let sign = if micros < 0 { "-" } else { "" };
        let magnitude = micros.unsigned_abs();
        let (whole, rest) = (magnitude / MICROS, magnitude % MICROS);
        if rest == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let fraction = format!("{rest:06}");
        f.pad(&format!("{sign}{whole}.{}", fraction.trim_end_matches('0')))
    }
}

/// As a number with all its digits, by the text of it.
impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_have_no_point_and_fractions_no_zeros_at_the_end() {
        for (micros, expected) in [
            (0, "0"),
            (30_000_000, "30"),
            (500_000, "0.5"),
            (1_000_001, "1.000001"),
            (120_010_000, "120.01"),
            (-1, "-0.000001"),
        ] {
            let seconds = Seconds(Timestamp::from_micros(micros));
            assert_eq!(seconds.to_string(), expected);
            assert_eq!(serde_json::to_string(&seconds).unwrap(), expected);
        }
    }
}
