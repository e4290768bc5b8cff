//! Runs all mappings of a stack.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::types::EventSourceMappingConfiguration;
use mapping::Choices;
use tokio::task::{AbortHandle, JoinSet};

use super::choices;
use super::journal::Journal;
use super::mapping_task::{self, with_role};
use super::mappings::{self, Mapping, Mappings};
use super::status::{Board, RunnerStatus};
use super::stream::{Position, ReadError, Reader, Stream};
use crate::causes::causes;
use crate::project::StackDir;

/// How often the mappings are listed: one that is added, changed or switched off is noticed by then.
const LISTING: Duration = Duration::from_secs(2);
/// How often the status is written.
const STATUS: Duration = Duration::from_millis(500);
/// Longest answer of the emulator, invocations apart.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// The running mappings of a stack; they stop dead when this is dropped, and go on from their checkpoints.
#[derive(Debug)]
pub struct Runner {
    board: Board,
    tasks: JoinSet<()>,
}

impl Runner {
    /// Begins to run all mappings. Fails if one of them cannot be run, or may not read its stream: as AWS refuses to
    /// create it then.
    pub(super) async fn start(
        config: &SdkConfig,
        stack: &str,
        dir: &StackDir,
        journal: Journal,
    ) -> Result<Self> {
        let service = config
            .to_builder()
            // What fails is tried again by the mapping, at its own pace.
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_timeout(LONGEST_ANSWER)
                    .build(),
            )
            .build();
        let described = mappings::described(&service).await?;
        let mappings = Box::pin(mappings::load(&service, stack, &described)).await?;
        if !mappings.refused.is_empty() {
            let reasons: Vec<&str> = mappings.refused.values().map(String::as_str).collect();
            bail!("{}", reasons.join("\n"));
        }
        for mapping in mappings.runnable.iter().filter(|mapping| mapping.enabled) {
            check(&service, mapping).await?;
        }

        let board = Board::new();
        let mut supervisor = Supervisor {
            service,
            stack: stack.to_owned(),
            checkpoints: dir.checkpoints().into(),
            choices: choices::load(dir)?,
            board: board.clone(),
            journal: journal.clone(),
            described,
            running: BTreeMap::new(),
            tasks: JoinSet::new(),
        };
        supervisor.adopt(mappings);
        board.status().write(dir)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(supervisor.run());
        tasks.spawn(write_status(board.clone(), dir.clone(), journal));
        Ok(Self { board, tasks })
    }

    /// What it is doing.
    pub fn status(&self) -> RunnerStatus {
        self.board.status()
    }

    /// Runs until dropped.
    pub async fn forever(mut self) -> Result<()> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.context("the runner has failed")?;
        }
        bail!("the runner has stopped")
    }
}

async fn write_status(board: Board, dir: StackDir, journal: Journal) {
    let mut ticks = tokio::time::interval(STATUS);
    let mut has_failed = false;
    loop {
        ticks.tick().await;
        let written = board.status().write(&dir);
        if let (Err(error), false) = (&written, has_failed) {
            journal.say(causes(error.as_ref()));
        }
        has_failed = written.is_err();
    }
}

/// Tries to read the mapping's stream with the permissions of its role.
async fn check(service: &SdkConfig, mapping: &Mapping) -> Result<()> {
    let stream = Stream::new(&with_role(service, mapping).await, mapping);
    let read = async {
        let shards = stream.shards().await?;
        let Some(shard) = shards.first() else {
            return Ok(());
        };
        let mut reader = Reader::new(stream.clone(), &shard.id, Position::TrimHorizon);
        reader.read().await.map(drop)
    };
    let read: Result<(), ReadError> = read.await;
    read.map_err(|error| anyhow!("mapping {}: {}", mapping.name, error.of(mapping)))
}

/// Starts and stops mappings as the stack has them.
struct Supervisor {
    service: SdkConfig,
    stack: String,
    checkpoints: Arc<Path>,
    choices: Choices,
    board: Board,
    journal: Journal,
    /// What the emulator has said last.
    described: Vec<EventSourceMappingConfiguration>,
    running: BTreeMap<String, (Arc<Mapping>, AbortHandle)>,
    tasks: JoinSet<()>,
}

impl Supervisor {
    async fn run(mut self) {
        loop {
            tokio::time::sleep(LISTING).await;
            while self.tasks.try_join_next().is_some() {}
            // An emulator that does not answer has others to say so.
            let Ok(described) = mappings::described(&self.service).await else {
                continue;
            };
            if described == self.described {
                continue;
            }
            let loaded = Box::pin(mappings::load(&self.service, &self.stack, &described)).await;
            if let Ok(mappings) = loaded {
                self.described = described;
                self.adopt(mappings);
            }
        }
    }

    /// Brings what runs in line with what the stack has.
    fn adopt(&mut self, mappings: Mappings) {
        let Mappings { runnable, refused } = mappings;
        self.board.retain(|name| {
            refused.contains_key(name) || runnable.iter().any(|mapping| mapping.name == name)
        });
        self.running.retain(|name, (running, task)| {
            let stays = runnable.iter().any(|mapping| mapping == &**running);
            if !stays {
                task.abort();
                self.journal.say(format_args!("{name}: stopped"));
            }
            stays
        });
        for (name, reason) in refused {
            self.journal.say(&reason);
            self.board.problem(&name, Some(reason));
        }
        for mapping in runnable {
            self.board.enter(&mapping);
            if !mapping.enabled || self.running.contains_key(&mapping.name) {
                continue;
            }
            let (name, function, stream) = (&mapping.name, &mapping.function, &mapping.stream.name);
            self.journal
                .say(format_args!("{name}: runs {function} on {stream}"));
            let mapping = Arc::new(mapping);
            let task = self.tasks.spawn(mapping_task::run(
                self.service.clone(),
                Arc::clone(&self.checkpoints),
                Arc::clone(&mapping),
                self.choices,
                self.board.clone(),
                self.journal.clone(),
            ));
            self.running.insert(mapping.name.clone(), (mapping, task));
        }
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
