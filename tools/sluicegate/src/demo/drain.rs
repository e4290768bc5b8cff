//! Waiting until a stream is processed.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use super::batch_log::{BatchLine, BatchLog};
use super::receipts::Receipts;
use crate::console::{Console, Step};

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

/// Waits until these records are processed, for `longest` at most, and shows how far they are. Returns the lines of all
/// batches.
pub async fn wait(
    receipts: &Receipts,
    log: &mut BatchLog,
    longest: Duration,
    console: Console,
) -> Result<(Drained, Vec<BatchLine>)> {
    let all = receipts.count();
    let step = console.bar("waiting until they are processed", all);
    let (drained, lines) = drain(receipts, log, longest, &step).await?;
    let finished = receipts.finished(&lines).len();
    match drained {
        Drained::Yes => step.done("the stream is drained"),
        Drained::Stalled => step.done(&format!(
            "{finished} of {all} are processed, and nothing moves any more"
        )),
        Drained::TimeUp => step.done(&format!("{finished} of {all} are processed in {longest:?}")),
    }
    Ok((drained, lines))
}

/// Waits until batches have finished all of these records, for `longest` at most. Returns all their lines.
async fn drain(
    receipts: &Receipts,
    log: &mut BatchLog,
    longest: Duration,
    step: &Step,
) -> Result<(Drained, Vec<BatchLine>)> {
    let begun = Instant::now();
    let mut last_progress = begun;
    let mut finished = 0;
    let mut progress = receipts.progress();
    let mut lines = Vec::new();
    loop {
        let new_lines = log.new_lines().await?;
        if !new_lines.is_empty() {
            progress.see(&new_lines);
            lines.extend(new_lines);
            if progress.count() > finished {
                finished = progress.count();
                last_progress = Instant::now();
                step.at(finished);
            }
        }
        let drained = if finished >= receipts.count() {
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
