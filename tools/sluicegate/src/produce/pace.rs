//! Records a second.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

/// Records become due in ticks of this length, so that a moderate rate still fills calls.
const TICK: Duration = Duration::from_millis(50);

/// A rate that is kept on average: what was held up is caught up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    per_second: Option<NonZeroU32>,
    begun: Instant,
}

impl Pace {
    /// Begins now; without a rate, everything is due at once.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        Self {
            per_second,
            begun: Instant::now(),
        }
    }

    /// Waits until a record is due, when `sent` are on their way, and returns how many are.
    pub(crate) async fn due(&self, sent: u64) -> u64 {
        let Some(per_second) = self.per_second else {
            return u64::MAX;
        };
        loop {
            let ticks = self.begun.elapsed().as_nanos() / TICK.as_nanos();
            // The first tick's records are due at once.
            let milliseconds = (ticks + 1) * TICK.as_millis();
            let due = u128::from(per_second.get()) * milliseconds / 1_000;
            let due = u64::try_from(due).unwrap_or(u64::MAX);
            if due > sent {
                return due - sent;
            }
            let next = u32::try_from(ticks + 1).unwrap_or(u32::MAX);
            tokio::time::sleep_until(self.begun + TICK * next).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds_for(count: u64, per_second: u32) -> f32 {
        let pace = Pace::new(NonZeroU32::new(per_second));
        let mut sent = 0;
        while sent < count {
            sent += pace.due(sent).await.min(500).min(count - sent);
        }
        pace.begun.elapsed().as_secs_f32()
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_kept_whether_high_or_low() {
        for (count, per_second, expected) in [
            (10_000, 2_000, 5.0),
            (100, 10, 10.0),
            (5, 1, 5.0),
            (100_000, 50_000, 2.0),
        ] {
            let seconds = seconds_for(count, per_second).await;
            assert!(
                (seconds - expected).abs() <= 0.1,
                "{per_second}/s: {seconds}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_lost_is_caught_up() {
        let pace = Pace::new(NonZeroU32::new(100));
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(pace.due(0).await, 1_005);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_nothing_waits() {
        assert!(seconds_for(1_000_000, 0).await < f32::EPSILON);
    }
}
