//! What AWS documents nothing about, as settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the mapping behaves where AWS says nothing. Each field names the question; its default is our answer.
///
/// Code that gives the same result under all of them does not depend on what nobody has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choices {
    /// Wait before the first retry of a batch, in milliseconds. AWS: "exponential", no figure.
    pub first_backoff_ms: u64,
    /// Longest wait between two retries of a batch, in milliseconds; each wait doubles until then. AWS: no figure.
    pub longest_backoff_ms: u64,
    /// Whether a batch that was split or shortened waits like a retry. Otherwise it is sent at once.
    pub backoff_after_split: bool,
    /// When `MaximumBatchingWindowInSeconds` begins to run.
    pub batching_window_starts: BatchingWindowStarts,
    /// Whether records that have come since fill up what a partial failure has left of a batch.
    pub refill_after_partial_failure: bool,
    /// What is done when bisecting is on and the first record of a batch is the one that is reported.
    pub first_record_reported: FirstRecordReported,
    /// How an answer is read that is none of the documented shapes, for instance a number or a text that is not empty.
    pub unknown_answer: UnknownAnswer,
    /// What a partial failure means inside a tumbling window.
    pub partial_failure_in_window: PartialFailureInWindow,
    /// Whether the last records of a window come with the final invocation or before it.
    pub final_invocation: FinalInvocation,
    /// Whether the invocation that ends a window early because of its state is called final as well.
    pub early_termination_is_final: bool,
    /// How long after its end a window without newer records is closed, in milliseconds. AWS: "up to 2 minutes".
    pub idle_window_closes_after_ms: u64,
}

/// When the batching window begins to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchingWindowStarts {
    /// With the first record that waits, but not before the previous invocation has ended.
    WithFirstRecord,
    /// With the end of the previous invocation, whether records wait or not.
    WithEndOfInvocation,
}

/// What is done when bisecting is on and the first record of a batch is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstRecordReported {
    /// The batch is halved, as after an exception.
    Halve,
    /// The first record is sent alone, then the rest.
    Isolate,
}

/// How an answer of an undocumented shape is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownAnswer {
    /// All records are done.
    Success,
    /// The whole batch has failed.
    Failure,
}

/// What a partial failure means inside a tumbling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialFailureInWindow {
    /// The whole invocation has failed, the state of before stays.
    FailsBatch,
    /// The returned state stands for the records before the reported one; the rest comes again with it.
    KeepsState,
}

/// Where the last records of a window go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalInvocation {
    /// The final invocation has no records.
    WithoutRecords,
    /// It has the last ones, if it is known by then that they are.
    WithLastRecords,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            first_backoff_ms: 1_000,
            longest_backoff_ms: 60_000,
            backoff_after_split: false,
            batching_window_starts: BatchingWindowStarts::WithFirstRecord,
            refill_after_partial_failure: false,
            first_record_reported: FirstRecordReported::Halve,
            unknown_answer: UnknownAnswer::Success,
            partial_failure_in_window: PartialFailureInWindow::FailsBatch,
            final_invocation: FinalInvocation::WithoutRecords,
            early_termination_is_final: false,
            idle_window_closes_after_ms: 120_000,
        }
    }
}

impl Choices {
    /// Wait before a batch is sent again that has been refused or has failed `failures` times, 1 or more.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(40);
        let wait = self.first_backoff_ms.saturating_mul(1 << doublings);
        Duration::from_millis(wait.min(self.longest_backoff_ms))
    }

    /// Wait after its end until an idle window is closed.
    pub(crate) fn idle_window_closes_after(&self) -> Duration {
        Duration::from_millis(self.idle_window_closes_after_ms)
    }
}
