//! Reads a shard page by page, ahead of what is done with the records.

use std::time::Duration;

use records::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::stream::{Page, ReadError, Reader};
use super::tools::Tools;
use crate::system;

/// Wait between two pages: this part of the time since the last record, within these bounds. On AWS a shard is looked
/// at about once a second; here nobody is to wait for it, and a stream at rest is to cost little.
const PAUSE_PART: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
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
    let mut last_record = Instant::now();
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
        if !page.records.is_empty() {
            last_record = Instant::now();
        }
        if pages.send((page, asked_at)).await.is_err() || is_last {
            return;
        }
        let pause = last_record.elapsed() / PAUSE_PART;
        tokio::time::sleep(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
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
    let problem = error.map(|error| error.of(&tools.mapping));
    let news = tools.board.shard(name, shard, |status| {
        let is_new = status.problem != problem;
        status.problem.clone_from(&problem);
        problem.filter(|_| is_new)
    });
    if let Some(problem) = news {
        tools.journal.say(format_args!("{name} {shard}: {problem}"));
    }
}
