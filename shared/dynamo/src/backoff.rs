//! Waiting between tries: full jitter within the time left.

use std::time::Duration;

use tokio::time::Instant;

/// Ceiling of the first wait; each further one doubles.
const FIRST: Duration = Duration::from_millis(25);
/// Highest ceiling of a wait.
const LONGEST: Duration = Duration::from_secs(2);

/// Exponential backoff with full jitter: each wait is drawn evenly between nothing and a ceiling that doubles,
/// so that clients which were throttled together do not come back together (AWS Builders' Library, "Timeouts,
/// retries, and backoff with jitter").
#[derive(Debug)]
pub struct Backoff {
    ceiling: Duration,
    random: fastrand::Rng,
}

impl Backoff {
    /// Starts at the first wait. `random` decides the jitter.
    pub fn new(random: fastrand::Rng) -> Self {
        Self {
            ceiling: FIRST,
            random,
        }
    }

    /// Waits before the next try; false, at once, if that try would begin after `deadline`.
    pub async fn wait(&mut self, deadline: Instant) -> bool {
        let micros = u64::try_from(self.ceiling.as_micros()).unwrap_or(u64::MAX);
        let next = Instant::now() + Duration::from_micros(self.random.u64(0..=micros));
        self.ceiling = (self.ceiling * 2).min(LONGEST);
        if next >= deadline {
            return false;
        }
        tokio::time::sleep_until(next).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_are_drawn_below_a_doubling_ceiling_and_end_before_the_deadline() {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut backoff = Backoff::new(fastrand::Rng::with_seed(7));
        let mut ceiling = FIRST;
        loop {
            let before = Instant::now();
            if !backoff.wait(deadline).await {
                assert!(
                    before + LONGEST >= deadline,
                    "gave up with {:?} left",
                    deadline - before
                );
                break;
            }
            assert!(before.elapsed() <= ceiling + Duration::from_millis(1));
            ceiling = (ceiling * 2).min(LONGEST);
        }
        assert!(Instant::now() < deadline);
    }
}
