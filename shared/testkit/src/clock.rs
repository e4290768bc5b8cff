//! A clock that stands still.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A wall clock that moves only when told to. Clones show the same time.
///
/// Code under test takes it as a closure:
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # fn needs_a_clock(now: impl Fn() -> SystemTime) { now(); }
/// let clock = testkit::FakeClock::at(1_700_000_000_000);
/// needs_a_clock(clock.closure());
/// clock.advance(Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct FakeClock {
    now: Arc<Mutex<SystemTime>>,
}

impl FakeClock {
    /// A clock that shows this time, in milliseconds since the Unix epoch.
    pub fn at(unix_millis: u64) -> Self {
        let now = UNIX_EPOCH + Duration::from_millis(unix_millis);
        Self {
            now: Arc::new(Mutex::new(now)),
        }
    }

    /// The time it shows.
    pub fn now(&self) -> SystemTime {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves it forward.
    pub fn advance(&self, duration: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += duration;
    }

    /// A function that reads it, for code that takes its time as one.
    pub fn closure(&self) -> impl Fn() -> SystemTime + Clone + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_only_when_told_to_and_for_every_holder() {
        let clock = FakeClock::at(1_700_000_000_123);
        let read = clock.closure();
        let before = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        assert_eq!((clock.now(), read()), (before, before));
        clock.advance(Duration::from_millis(77));
        let after = UNIX_EPOCH + Duration::from_millis(1_700_000_000_200);
        assert_eq!((clock.clone().now(), read()), (after, after));
    }
}
