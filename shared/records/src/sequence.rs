//! Sequence numbers and the position of a user record.

use std::cmp::Ordering;
use std::fmt;

/// Longest sequence number Kinesis may give, in digits: the API's pattern is `0|([1-9]\d{0,128})`
/// (Kinesis API reference, `PutRecord`, `SequenceNumber`). DynamoDB Streams stay below it (21 to 40).
const MAX_DIGITS: usize = 129;

/// A stream sequence number: 1 to 129 ASCII digits, compared as the number it writes.
///
/// Order holds within one shard only; across shards it means nothing.
///
/// ```
/// use records::SequenceNumber;
///
/// assert!(SequenceNumber::new("9") < SequenceNumber::new("10"));
/// assert_eq!(SequenceNumber::new("LATEST"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SequenceNumber<'a>(&'a str);

impl<'a> SequenceNumber<'a> {
    /// Takes `text` if it is a sequence number: 1 to 129 ASCII digits.
    pub fn new(text: &'a str) -> Option<Self> {
        let plausible = !text.is_empty() && text.len() <= MAX_DIGITS;
        // All digits are looked at, many at a time, rather than one by one up to the first that is none.
        let others = text.bytes().filter(|byte| !byte.is_ascii_digit());
        (plausible && others.fold(0_u8, |_, _| 1) == 0).then_some(Self(text))
    }

    /// Takes text that [`SequenceNumber::new`] has accepted before.
    pub(crate) fn accepted(text: &'a str) -> Self {
        Self(text)
    }

    /// The digits as the stream gave them.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl Ord for SequenceNumber<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (
            self.0.trim_start_matches('0'),
            other.0.trim_start_matches('0'),
        );
        // The text decides between numbers that differ in leading zeros only, so that Ord agrees with Eq.
        (left.len(), left, self.0).cmp(&(right.len(), right, other.0))
    }
}

impl PartialOrd for SequenceNumber<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Where a user record stands in its shard: the stream record's sequence number, and the index of the user
/// record inside it when several were aggregated into one (0 otherwise).
///
/// Lambda knows the stream record only: failures report [`Position::sequence_number`].
///
/// ```
/// use records::{Position, SequenceNumber};
///
/// let sequence_number = SequenceNumber::new("495903").ok_or("no sequence number")?;
/// let position = |subsequence_number| Position { sequence_number, subsequence_number };
/// assert!(position(1) < position(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position<'a> {
    /// The stream record's sequence number.
    pub sequence_number: SequenceNumber<'a>,
    /// Index of the user record within the stream record, from 0.
    pub subsequence_number: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_of_the_documented_length_are_a_sequence_number() {
        for good in [
            "0",
            "1",
            "49590338271490256608559692538361571095921575989136588898",
            &"9".repeat(129),
        ] {
            assert_eq!(
                SequenceNumber::new(good).map(SequenceNumber::as_str),
                Some(good)
            );
        }
        for bad in ["", " ", "-1", "1a", "١", &"9".repeat(130)] {
            assert_eq!(SequenceNumber::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn sequence_numbers_compare_as_numbers() {
        let number = |text| SequenceNumber::new(text).unwrap();
        assert!(number("9") < number("10"));
        assert!(number("0099") < number("100"));
        assert!(number("4959033827149025660") < number("49590338271490256608"));
        assert_ne!(number("7").cmp(&number("07")), Ordering::Equal);
    }
}
