//! Reads a shard page by page, ahead of what is done with the records.

use std::time::Duration;

use records::Timestamp;
use tokio::sync::mpsc;

use super::shard_task::Tools;
use super::stream::{Page, ReadError, Reader};
use crate::system;

/// Wait after a page without records: it doubles from the first to the last of these. On AWS a shard is looked at
/// about once a second; here nobody is to wait for it.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// Wait after an error.
const ERROR_PAUSE: Duration = Duration::from_secs(1);

/// Pages, each with the time at which it was asked for. They end with the shard.
pub(super) type Pages = mpsc::Receiver<(Page, Timestamp)>;

/// Reads until the shard ends or nobody listens.
pub(super) async fn read(
    mut reader: Reader,
    pages: mpsc::Sender<(Page, Timestamp)>,
    tools: Tools,
    shard: String,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let asked_at = system::now();
        let page = match reader.read().await {
            Ok(page) => page,
            Err(error) => {
                report(&tools, &shard, Some(&error));
                if matches!(error, ReadError::Gone(_)) && is_gone(&tools, &shard).await {
                    return;
                }
                tokio::time::sleep(ERROR_PAUSE).await;
                continue;
            }
        };
        report(&tools, &shard, None);
        let is_last = page.is_last;
        pause = if page.records.is_empty() {
            (pause * 2).min(LONGEST_PAUSE)
        } else {
            FIRST_PAUSE
        };
        if pages.send((page, asked_at)).await.is_err() || is_last {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}

/// Whether the stream exists without this shard.
async fn is_gone(tools: &Tools, shard: &str) -> bool {
    match tools.stream.shards().await {
        Ok(shards) => shards.iter().all(|listed| listed.id != shard),
        Err(_) => false,
    }
}

/// Enters what stands in the way, and says it when it is new.
fn report(tools: &Tools, shard: &str, error: Option<&ReadError>) {
    let name = &tools.mapping.name;
    let problem = error.map(|error| {
        let (role, arn) = (&tools.mapping.role, &tools.mapping.stream.arn);
        match error {
            ReadError::Denied(reason) => format!("the role {role} may not read {arn}: {reason}"),
            other => format!("{arn} cannot be read: {other}"),
        }
    });
    let news = tools.board.shard(name, shard, |status| {
        let is_new = status.problem != problem;
        status.problem.clone_from(&problem);
        problem.filter(|_| is_new)
    });
    if let Some(problem) = news {
        tools.journal.say(format_args!("{name} {shard}: {problem}"));
    }
}
