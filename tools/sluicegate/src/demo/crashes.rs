//! Trouble on purpose: the function and the runner of its mapping are killed while they work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use aws_config::SdkConfig;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::local::{STACK_NAME, kill_functions};
use crate::project::StackDir;
use crate::runner::{self, Runner, RunnerStatus};

/// How often it is looked whether a batch is under way; it takes some milliseconds.
const LOOK: Duration = Duration::from_millis(1);
/// How long a mapping may take to notice that its function was killed.
const PATIENCE: Duration = Duration::from_millis(100);
/// Tries to kill a function that has not answered yet.
const KILLS: u32 = 20;

/// Runs the stack's mappings and crashes them now and then. Ends with this value.
#[derive(Debug)]
pub struct Crashes {
    happened: Arc<AtomicU64>,
    /// By name of the mapping.
    batching_windows: BTreeMap<String, u64>,
    task: JoinSet<Result<()>>,
}

/// What is to be crashed.
#[derive(Clone, Debug)]
pub(super) struct Victim {
    pub(super) config: SdkConfig,
    pub(super) dir: StackDir,
    /// The emulator's guard, above all functions.
    pub(super) emulator: u32,
    /// Records that the function will do in all.
    pub(super) records: u64,
}

impl Crashes {
    /// Begins to run the mappings; `wanted` times, evenly over the records, they are stopped in the middle of a batch.
    pub(super) async fn start(victim: Victim, wanted: u64) -> Result<Self> {
        let runner = Box::pin(runner::start(&victim.config, STACK_NAME, &victim.dir)).await?;
        let happened = Arc::new(AtomicU64::new(0));
        let status = runner.status();
        let mappings = status.mappings.into_iter();
        let batching_windows = mappings
            .map(|(name, mapping)| (name, mapping.batching_window_seconds))
            .collect();
        let mut task = JoinSet::new();
        task.spawn(crash(victim, wanted, runner, Arc::clone(&happened)));
        Ok(Self {
            happened,
            batching_windows,
            task,
        })
    }

    /// How often it has happened.
    pub(super) fn happened(&self) -> u64 {
        self.happened.load(Ordering::Relaxed)
    }

    /// How long a batch of a function may wait to fill; `function` begins the names of its mappings.
    pub(super) fn batching_window_seconds(&self, function: &str) -> u64 {
        let all = self.batching_windows.iter();
        let own = all.filter(|(name, _)| name.starts_with(function));
        own.map(|(_, seconds)| *seconds).max().unwrap_or(0)
    }

    /// Ends when the mappings could not be started again.
    pub(super) async fn failed(&mut self) -> anyhow::Error {
        loop {
            match self.task.join_next().await {
                Some(Ok(Err(error))) => return error,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Fails when the mappings could not be started again.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.task.try_join_next() {
            Some(Ok(ended)) => ended,
            _ => Ok(()),
        }
    }
}

async fn crash(
    victim: Victim,
    wanted: u64,
    mut runner: Runner,
    happened: Arc<AtomicU64>,
) -> Result<()> {
    // A runner counts from its own start.
    let mut done_before = 0;
    for number in 1..=wanted {
        let place = victim.records * number / (wanted + 1);
        in_a_batch(&runner, place.saturating_sub(done_before)).await;
        for _ in 0..KILLS {
            let before = failures(&runner.status());
            kill_functions(victim.emulator)?;
            if noticed(&runner, before).await {
                break;
            }
            in_a_batch(&runner, 0).await;
        }
        // Now it is the runner's turn.
        in_a_batch(&runner, 0).await;
        done_before += done(&runner.status());
        drop(runner);
        happened.fetch_add(1, Ordering::Relaxed);
        runner = Box::pin(runner::start(&victim.config, STACK_NAME, &victim.dir)).await?;
    }
    runner.forever().await
}

/// Waits until so many records are done and another batch is under way.
async fn in_a_batch(runner: &Runner, records: u64) {
    loop {
        let status = runner.status();
        let is_under_way = status.shards().any(|shard| shard.in_flight > 0);
        if is_under_way && done(&status) >= records {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the mapping has more than so many failures. A function may have answered just before it was killed, then
/// there is nothing to notice.
async fn noticed(runner: &Runner, before: u64) -> bool {
    let patience = Instant::now();
    while patience.elapsed() < PATIENCE {
        if failures(&runner.status()) > before {
            return true;
        }
        tokio::time::sleep(LOOK).await;
    }
    false
}

fn failures(status: &RunnerStatus) -> u64 {
    let counts = status.shards().map(|shard| shard.counts);
    counts
        .map(|counts| counts.function_errors + counts.not_invoked)
        .sum()
}

fn done(status: &RunnerStatus) -> u64 {
    let shards = status.shards();
    shards.map(|shard| shard.counts.records_done).sum()
}
