//! Waiting until a stream is processed.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use super::ledger::Ledger;
use crate::console::Step;
use crate::demo::batch_log::{BatchLine, BatchLog};

/// How often the log is read.
const POLL: Duration = Duration::from_millis(250);
/// How long nothing may be finished before waiting is given up. A batch takes well below a second, and one that fails
/// is sent again after 1, 2, 4, 8 seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All records are finished.
    Yes,
    /// No record was finished for a while.
    Stalled,
    /// The time was up.
    TimeUp,
}

/// Waits until batches have finished all records of the ledger, for `longest` at most. Returns all their lines.
pub async fn drain(
    ledger: &Ledger,
    log: &mut BatchLog,
    longest: Duration,
    step: &Step,
) -> Result<(Drained, Vec<BatchLine>)> {
    let begun = Instant::now();
    let mut last_progress = begun;
    let mut finished = 0;
    let mut lines = Vec::new();
    loop {
        let new_lines = log.new_lines().await?;
        if !new_lines.is_empty() {
            lines.extend(new_lines);
            let now_finished = ledger.finished(&lines).len() as u64;
            if now_finished > finished {
                finished = now_finished;
                last_progress = Instant::now();
                step.at(finished);
            }
        }
        let drained = if finished >= ledger.count() {
            Some(Drained::Yes)
        } else if last_progress.elapsed() > PATIENCE {
            Some(Drained::Stalled)
        } else if begun.elapsed() > longest {
            Some(Drained::TimeUp)
        } else {
            None
        };
        if let Some(drained) = drained {
            return Ok((drained, lines));
        }
        tokio::time::sleep(POLL).await;
    }
}
