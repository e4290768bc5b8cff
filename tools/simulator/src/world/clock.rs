//! Virtual time as the time of day.

use std::time::{Duration, SystemTime};

use records::Timestamp;
use tokio::time::Instant;

/// When every history begins: 2025-11-21T08:00:00Z. A multiple of 15 minutes, the longest tumbling window.
pub const BEGINNING: i64 = 1_763_712_000_000_000;

/// Tells the time of day in a history, from Tokio's paused time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A history that begins now.
    pub(super) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The time of day.
    pub fn now(self) -> Timestamp {
        Timestamp::from_micros(BEGINNING) + self.start.elapsed()
    }

    /// As functions take their clock.
    pub fn closure(self) -> impl Fn() -> SystemTime + Clone + Send + Sync + 'static {
        move || self.now().to_system_time()
    }

    /// Tokio's name for a time of day.
    pub(super) fn instant(self, time: Timestamp) -> Instant {
        self.start + time.saturating_since(Timestamp::from_micros(BEGINNING))
    }

    /// The time of day so long after the beginning.
    pub(super) fn at_ms(millis: u64) -> Timestamp {
        Timestamp::from_micros(BEGINNING) + Duration::from_millis(millis)
    }
}

/// The time since the beginning, as timelines show it.
pub(super) fn since_beginning(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros() - BEGINNING)
}
