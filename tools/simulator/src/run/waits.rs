//! The mapping's own waits: told when they have come to their end, where they began.

use std::collections::BTreeSet;

use mapping::{Settings, Shard, Verdict};
use records::Timestamp;

use super::entry;
use crate::timeline::{Place, Timeline, WaitReason, What};

/// The wait that goes on, and what it may be for.
#[derive(Debug, Default)]
pub(super) struct Waits {
    wait: Option<Wait>,
    /// Lanes whose last invocation has failed.
    failed_lanes: BTreeSet<usize>,
}

/// A wait that may still be cut short: then it was none.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Timestamp,
    until: Timestamp,
    reason: Option<WaitReason>,
    place: Place,
}

impl Waits {
    /// The machine has nothing to do before `until`.
    pub(super) fn begin(
        &mut self,
        now: Timestamp,
        until: Option<Timestamp>,
        reason: Option<WaitReason>,
        timeline: &mut Timeline,
    ) {
        if self.wait.map(|wait| wait.until) == until {
            return;
        }
        self.wait = until.map(|until| Wait {
            since: now,
            until,
            reason,
            place: timeline.reserve(),
        });
    }

    /// Something was done.
    pub(super) fn cut_short(&mut self) {
        self.wait = None;
    }

    /// Tells of a wait that is over at `now`.
    pub(super) fn run_out(&mut self, now: Timestamp, timeline: &mut Timeline) {
        if let Some(wait) = self.wait.take_if(|wait| wait.until <= now) {
            let what = What::Wait {
                until: wait.until,
                reason: wait.reason,
            };
            timeline.put(wait.place, entry(wait.since, what));
        }
    }

    /// An invocation of this lane has ended.
    pub(super) fn ended(&mut self, lane: usize, verdict: Verdict) {
        match verdict {
            Verdict::Succeeded => self.failed_lanes.remove(&lane),
            _ => self.failed_lanes.insert(lane),
        };
    }

    /// A batch was given up. With one lane it is that lane's; with several, [`reason`](Self::reason) does not ask.
    pub(super) fn gave_up(&mut self) {
        self.failed_lanes.clear();
    }

    /// What a wait is for that begins now, if it can be for one thing only.
    pub(super) fn reason<P>(&self, settings: &Settings, shard: &Shard<P>) -> Option<WaitReason> {
        if settings.maximum_batching_window.is_zero() && settings.tumbling_window.is_none() {
            return Some(WaitReason::Backoff);
        }
        if settings.parallelization_factor > 1 {
            return None;
        }
        Some(if !self.failed_lanes.is_empty() {
            WaitReason::Backoff
        } else if shard.buffered() == 0 {
            WaitReason::IdleWindow
        } else {
            WaitReason::BatchingWindow
        })
    }
}
