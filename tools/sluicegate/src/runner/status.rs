//! What the runner says of itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use records::Timestamp;
use serde::{Deserialize, Serialize};

use super::mappings::Mapping;
use crate::project::StackDir;
use crate::system;

/// The whole runner, as written to `.sluicegate/runner.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerStatus {
    /// Its process.
    pub pid: u32,
    /// Since when it runs, in milliseconds since 1970.
    pub started_at: i64,
    /// When this was written, in milliseconds since 1970.
    pub updated_at: i64,
    /// The mappings by name.
    pub mappings: BTreeMap<String, MappingStatus>,
}

/// A mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingStatus {
    /// Its UUID.
    pub id: String,
    /// The function.
    pub function: String,
    /// Name of the stream, or of the table whose stream it is.
    pub stream: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// How long a batch may wait to fill.
    pub batching_window_seconds: u64,
    /// Why it does not run, or what stands in its way.
    pub problem: Option<String>,
    /// Its shards by id.
    pub shards: BTreeMap<String, ShardStatus>,
}

/// A shard of a mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardStatus {
    /// What it is doing.
    pub phase: Phase,
    /// Everything up to this sequence number is done.
    pub position: Option<String>,
    /// Arrival of the oldest record read that is not done, in milliseconds since 1970.
    pub oldest_arrival: Option<i64>,
    /// Records read that are not done.
    pub buffered: u64,
    /// Invocations that are under way.
    pub in_flight: u64,
    /// What has been counted since the runner was started.
    #[serde(flatten)]
    pub counts: Counts,
    /// The open tumbling window.
    pub window: Option<WindowStatus>,
    /// What stands in the way.
    pub problem: Option<String>,
}

/// What a shard is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Its parents are not finished.
    #[default]
    Waiting,
    /// It is read.
    Reading,
    /// It is closed, what it holds is not done.
    Closing,
    /// It is closed and everything is done.
    Finished,
}

/// Counts of a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records that the function has done.
    pub records_done: u64,
    /// Batches that succeeded as a whole.
    pub batches_done: u64,
    /// Invocations in which the function threw, timed out or crashed.
    pub function_errors: u64,
    /// Invocations that were answered with a failure.
    pub reported_failures: u64,
    /// Calls that did not reach the function.
    pub not_invoked: u64,
    /// Records refused by the filter.
    pub filtered: u64,
    /// Records written to the failure destination.
    pub delivered: u64,
    /// Records that are gone: there is no failure destination, or it could not be written to.
    pub dropped: u64,
}

/// A tumbling window; times are in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowStatus {
    /// Its first moment.
    pub start: i64,
    /// The first moment after it.
    pub end: i64,
}

impl RunnerStatus {
    /// What a runner in `dir` has said last, if any ever ran there.
    pub fn read(dir: &StackDir) -> Result<Option<Self>> {
        let path = dir.runner_status();
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        let status = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a runner's status", path.display()))?;
        Ok(Some(status))
    }

    /// Writes it; a reader finds the old or the new one, never a part.
    pub(super) fn write(&self, dir: &StackDir) -> Result<()> {
        let path = dir.runner_status();
        let new = path.with_extension("json.new");
        let text = serde_json::to_vec(self).context("the status cannot be written")?;
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, &path))
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// All shards.
    pub fn shards(&self) -> impl Iterator<Item = &ShardStatus> {
        self.mappings
            .values()
            .flat_map(|mapping| mapping.shards.values())
    }
}

/// Where the runner's parts enter what they do.
#[derive(Clone, Debug)]
pub(super) struct Board(Arc<Mutex<RunnerStatus>>);

impl Board {
    pub(super) fn new() -> Self {
        let now = system::now_ms();
        Self(Arc::new(Mutex::new(RunnerStatus {
            pid: std::process::id(),
            started_at: now,
            updated_at: now,
            mappings: BTreeMap::new(),
        })))
    }

    /// What it is now.
    pub(super) fn status(&self) -> RunnerStatus {
        let mut status = self.lock();
        status.updated_at = system::now_ms();
        status.clone()
    }

    /// Enters a mapping, or what has changed of it.
    pub(super) fn enter(&self, mapping: &Mapping) {
        let mut status = self.lock();
        let entry = status.mappings.entry(mapping.name.clone()).or_default();
        entry.id.clone_from(&mapping.id);
        entry.function.clone_from(&mapping.function);
        entry.stream.clone_from(&mapping.stream.name);
        entry.enabled = mapping.enabled;
        entry.batching_window_seconds = mapping.settings.maximum_batching_window.as_secs();
        entry.problem = None;
    }

    /// Leaves only the mappings of these names.
    pub(super) fn retain(&self, keep: impl Fn(&str) -> bool) {
        self.lock().mappings.retain(|name, _| keep(name));
    }

    /// Enters what is the matter with a mapping; tells whether that is new.
    pub(super) fn problem(&self, mapping: &str, problem: Option<String>) -> bool {
        let mut status = self.lock();
        let entry = status.mappings.entry(mapping.to_owned()).or_default();
        let is_new = problem.is_some() && entry.problem != problem;
        entry.problem = problem;
        is_new
    }

    /// Changes what is said of a shard.
    pub(super) fn shard<T>(
        &self,
        mapping: &str,
        shard: &str,
        change: impl FnOnce(&mut ShardStatus) -> T,
    ) -> T {
        match self.lock().mappings.get_mut(mapping) {
            Some(mapping) => change(mapping.shards.entry(shard.to_owned()).or_default()),
            // It has just been stopped.
            None => change(&mut ShardStatus::default()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, RunnerStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A window as the status has it.
pub(super) fn window((start, end): (Timestamp, Timestamp)) -> WindowStatus {
    WindowStatus {
        start: start.as_millis(),
        end: end.as_millis(),
    }
}
