//! How many calls of an action are let through.

use records::Timestamp;

/// Microseconds in a second.
const SECOND: u64 = 1_000_000;

/// A token bucket that holds a second's worth of calls. It starts full.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    calls_per_second: u64,
    /// A call takes [`SECOND`] of them; a microsecond gives `calls_per_second`. So nothing is ever rounded.
    filled: u64,
    at: Option<Timestamp>,
}

impl Bucket {
    pub(crate) fn new(calls_per_second: u32) -> Self {
        let calls_per_second = u64::from(calls_per_second);
        Self {
            calls_per_second,
            filled: calls_per_second * SECOND,
            at: None,
        }
    }

    /// Whether a call is let through now. One that is not takes nothing.
    pub(crate) fn take(&mut self, now: Timestamp) -> bool {
        let passed = self.at.map_or(0, |at| {
            u64::try_from(now.saturating_since(at).as_micros()).unwrap_or(u64::MAX)
        });
        let most = self.calls_per_second * SECOND;
        let gained = passed.saturating_mul(self.calls_per_second);
        self.filled = self.filled.saturating_add(gained).min(most);
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
        match self.filled.checked_sub(SECOND) {
            Some(left) => {
                self.filled = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_calls_and_no_more() {
        let mut bucket = Bucket::new(10);
        let taken = |bucket: &mut Bucket, millis: i64, calls: usize| {
            let now = Timestamp::from_micros(millis * 1000);
            (0..calls).filter(|_| bucket.take(now)).count()
        };
        assert_eq!(taken(&mut bucket, 5_000, 12), 10);
        assert_eq!(taken(&mut bucket, 5_099, 1), 0);
        assert_eq!(taken(&mut bucket, 5_100, 2), 1);
        assert_eq!(taken(&mut bucket, 5_000, 2), 0, "a clock that goes back");
        assert_eq!(taken(&mut bucket, 900_000, 30), 10);
    }
}
