//! The time of day, injected.

use std::time::SystemTime;

/// Tells the time of day. Any function without arguments that returns a `SystemTime` is a clock.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync> Clock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
