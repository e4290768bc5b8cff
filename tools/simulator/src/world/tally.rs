//! What histories had in them.

use std::ops::AddAssign;

/// Counts over histories: a test that asks for some of each cannot pass by trying nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Histories.
    pub histories: usize,
    /// Records put on streams.
    pub records: usize,
    /// Records that the function was given more than once.
    pub redelivered: usize,
    /// Records at the failure destination.
    pub given_up: usize,
    /// Invocations.
    pub invocations: usize,
    /// Invocations that crashed, threw, or ran out of time.
    pub failed: usize,
    /// Checkpoints.
    pub checkpoints: usize,
    /// Restarts of the mapping.
    pub restarts: usize,
    /// Shards that were split or merged.
    pub closed_shards: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let Self {
            histories,
            records,
            redelivered,
            given_up,
            invocations,
            failed,
            checkpoints,
            restarts,
            closed_shards,
        } = other;
        self.histories += histories;
        self.records += records;
        self.redelivered += redelivered;
        self.given_up += given_up;
        self.invocations += invocations;
        self.failed += failed;
        self.checkpoints += checkpoints;
        self.restarts += restarts;
        self.closed_shards += closed_shards;
    }
}
