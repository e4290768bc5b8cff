//! Numbers of records as ranges.

use std::fmt;

/// Shows record numbers as ranges: `1-5, 8, 10-12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans<'a>(pub &'a [u64]);

impl fmt::Display for Spans<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let follows = |left: &u64, right: &u64| left.checked_add(1) == Some(*right);
        for span in self.0.chunk_by(follows) {
            match span {
                [] => {}
                [only] => write!(f, "{separator}{only}")?,
                [first, .., last] => write!(f, "{separator}{first}-{last}")?,
            }
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_drawn_together() {
        for (numbers, expected) in [
            (&[][..], ""),
            (&[5], "5"),
            (&[1, 2], "1-2"),
            (&[1, 2, 3, 5, 7, 8], "1-3, 5, 7-8"),
            (&[3, 2, 1], "3, 2, 1"),
            (&[u64::MAX, 0], "18446744073709551615, 0"),
        ] {
            assert_eq!(Spans(numbers).to_string(), expected);
        }
    }
}
