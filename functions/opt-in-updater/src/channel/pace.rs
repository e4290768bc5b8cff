//! How often a channel is called.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::ChannelRate;
use crate::rows::Status;

/// Lets calls of one instance through at an even pace, first come first served, each of the two calls by itself, as AWS
/// counts them.
///
/// An instance makes its share of what all together may: the rate divided by the number of instances. Nothing is saved
/// up, so that as many instances as there may be never make more calls than the rate, whenever they start. An instance
/// alone uses its share only: no instance knows of the others.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    opt_out: Mutex<Option<Instant>>,
    opt_in: Mutex<Option<Instant>>,
}

impl Pace {
    /// The pace of one instance.
    pub fn new(rate: ChannelRate) -> Self {
        let interval = Duration::from_secs(rate.instances.into()) / rate.calls_per_second.max(1);
        Self {
            interval,
            opt_out: Mutex::default(),
            opt_in: Mutex::default(),
        }
    }

    /// Waits until a call may be made; false, at once, if that is not before `deadline`.
    pub async fn turn(&self, status: Status, deadline: Instant) -> bool {
        let next = match status {
            Status::OptedOut => &self.opt_out,
            Status::OptedIn => &self.opt_in,
        };
        let turn = {
            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let turn = next.map_or(now, |next| next.max(now));
            if turn >= deadline {
                return false;
            }
            *next = Some(turn + self.interval);
            turn
        };
        tokio::time::sleep_until(turn).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(calls_per_second: u32, instances: u32) -> Pace {
        Pace::new(ChannelRate {
            calls_per_second,
            instances,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn an_instance_makes_its_share_of_the_calls_evenly() {
        for (rate, instances, millis) in [(10, 1, 100), (10, 5, 500), (1, 4, 4_000), (1_000, 1, 1)]
        {
            let pace = pace(rate, instances);
            let start = Instant::now();
            let deadline = start + Duration::from_secs(100);
            for turn in 0..5 {
                assert!(pace.turn(Status::OptedOut, deadline).await);
                let passed = start.elapsed().as_millis();
                let expected = turn * millis;
                assert!(
                    (expected..=expected + 1).contains(&passed),
                    "{rate} {instances} {turn}: {passed}"
                );
            }
            assert!(
                pace.turn(Status::OptedIn, deadline).await,
                "opt-ins have a pace of their own"
            );
            let after = Duration::from_millis(u64::try_from(4 * millis + 1).unwrap());
            assert!(start.elapsed() <= after);
            tokio::time::advance(Duration::from_secs(60)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_saved_up_and_a_turn_after_the_deadline_is_refused_at_once() {
        let pace = pace(1, 1);
        tokio::time::advance(Duration::from_secs(30)).await;
        let start = Instant::now();
        let deadline = start + Duration::from_millis(2_500);
        let turns = [(); 5].map(|()| pace.turn(Status::OptedOut, deadline));
        let mut made = 0;
        for turn in turns {
            made += usize::from(turn.await);
        }
        assert_eq!(made, 3);
        assert!(start.elapsed() < Duration::from_millis(2_100));
    }
}
