//! How fast to produce, as people type it: `2000` or `max`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// Records a second, or as many as are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Option<NonZeroU32>);

/// What [`Rate::from_str`] says to anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected records a second, 1 or more, or max")]
pub struct NotARate;

impl Rate {
    /// Records a second; `None` is as fast as they are taken.
    pub fn per_second(self) -> Option<NonZeroU32> {
        self.0
    }
}

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        match text {
            "max" => Ok(Self(None)),
            _ => text
                .parse()
                .map(|rate| Self(Some(rate)))
                .map_err(|_| NotARate),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rate) => rate.fmt(f),
            None => f.write_str("max"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_or_max() {
        let per_second = |text: &str| text.parse::<Rate>().map(Rate::per_second);
        assert_eq!(per_second("2000"), Ok(NonZeroU32::new(2_000)));
        assert_eq!(per_second("max"), Ok(None));
        for bad in ["0", "-1", "1.5", "fast", "", "2k"] {
            assert_eq!(per_second(bad), Err(NotARate), "{bad}");
        }
    }
}
