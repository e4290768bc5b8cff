//! Runs one mapping: finds its shards and begins each when its parents are finished.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_sdk_kinesis::config::SharedCredentialsProvider;
use mapping::{Choices, StartingPosition};
use tokio::task::JoinSet;

use super::checkpoint::{Saved, Store};
use super::destination::FailureDestination;
use super::function::Function;
use super::journal::Journal;
use super::mappings::Mapping;
use super::shard_task;
use super::status::{Board, Phase};
use super::stream::{Position, ShardInfo, Stream};
use super::tools::Tools;
use crate::causes::causes;
use crate::system;

/// How often the shards are listed.
const LISTING: Duration = Duration::from_secs(1);

/// Clients' settings with the credentials of the mapping's role, as Lambda itself gets them.
pub(super) async fn with_role(service: &SdkConfig, mapping: &Mapping) -> SdkConfig {
    let provider = AssumeRoleProvider::builder(&mapping.role)
        .session_name("event-source-mapping")
        .configure(service)
        .build()
        .await;
    service
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build()
}

struct MappingTask {
    tools: Tools,
    /// Where a shard begins that was there when the mapping was first run.
    first: Position,
    /// Whether the mapping has ever seen its shards: later ones are read from their beginning.
    is_known: bool,
    /// Shards that are finished.
    finished: BTreeSet<String>,
    running: BTreeSet<String>,
    tasks: JoinSet<(String, Result<()>)>,
}

/// Runs a mapping for as long as it is let.
pub(super) async fn run(
    service: SdkConfig,
    checkpoints: Arc<Path>,
    mapping: Arc<Mapping>,
    choices: Choices,
    board: Board,
    journal: Journal,
) {
    let role = with_role(&service, &mapping).await;
    let (store, is_known) = match Store::open(&checkpoints, &mapping.id) {
        Ok(opened) => opened,
        Err(error) => {
            let problem = causes(error.as_ref());
            journal.say(format_args!("{}: {problem}", mapping.name));
            board.problem(&mapping.name, Some(problem));
            return;
        }
    };
    let destination = mapping.on_failure.as_ref();
    let task = MappingTask {
        first: match mapping.settings.starting_position {
            StartingPosition::TrimHorizon => Position::TrimHorizon,
            // What comes from now on: a place that a restart finds again.
            StartingPosition::Latest => Position::From(system::now()),
            StartingPosition::AtTimestamp(time) => Position::From(time),
        },
        is_known,
        finished: BTreeSet::new(),
        running: BTreeSet::new(),
        tasks: JoinSet::new(),
        tools: Tools {
            stream: Stream::new(&role, &mapping),
            function: Function::new(&service, &mapping),
            destination: destination.map(|to| FailureDestination::new(to, &role, &service)),
            mapping,
            choices,
            store,
            board,
            journal,
        },
    };
    task.run().await;
}

impl MappingTask {
    async fn run(mut self) {
        loop {
            let listed = self.tools.stream.shards().await;
            let problem = match listed {
                Ok(shards) => self
                    .begin(&shards)
                    .err()
                    .map(|error| causes(error.as_ref())),
                Err(error) => Some(error.of(&self.tools.mapping)),
            };
            self.problem(problem);
            tokio::select! {
                Some(Ok((shard, ended))) = self.tasks.join_next() => self.ended(shard, ended),
                () = tokio::time::sleep(LISTING) => {}
            }
        }
    }

    /// Begins the shards that can be read and are not.
    fn begin(&mut self, shards: &[ShardInfo]) -> Result<()> {
        let mut saved: BTreeMap<&str, Saved> = BTreeMap::new();
        for shard in shards {
            let id = shard.id.as_str();
            if self.finished.contains(id) || self.running.contains(id) {
                continue;
            }
            let known = self.load(id)?;
            if known.is_finished {
                self.finished.insert(id.to_owned());
                self.show(id, Phase::Finished);
            } else {
                saved.insert(id, known);
            }
        }
        self.is_known = true;

        let undone: BTreeSet<&str> = shards
            .iter()
            .map(|shard| shard.id.as_str())
            .filter(|id| !self.finished.contains(*id))
            .collect();
        let is_ready = |shard: &ShardInfo| {
            let mut parents = shard.parents.iter();
            parents.all(|parent| !undone.contains(parent.as_str()))
        };
        for shard in shards {
            let Some(known) = saved.remove(shard.id.as_str()) else {
                continue;
            };
            if is_ready(shard) {
                let id = shard.id.clone();
                self.running.insert(id.clone());
                let run = shard_task::run(self.tools.clone(), id.clone(), known);
                self.tasks.spawn(async move { (id, run.await) });
            } else {
                self.show(&shard.id, Phase::Waiting);
            }
        }
        Ok(())
    }

    /// How far a shard is. A new one is entered before anything of it is read, so that a restart knows where it began.
    fn load(&self, shard: &str) -> Result<Saved> {
        if let Some(known) = self.tools.store.load(shard)? {
            return Ok(known);
        }
        let fresh = Saved::fresh(if self.is_known {
            Position::TrimHorizon
        } else {
            self.first.clone()
        });
        self.tools.store.save(shard, &fresh)?;
        Ok(fresh)
    }

    fn ended(&mut self, shard: String, ended: Result<()>) {
        self.running.remove(&shard);
        match ended {
            Ok(()) => {
                let name = &self.tools.mapping.name;
                self.tools
                    .journal
                    .say(format_args!("{name} {shard}: finished"));
                self.finished.insert(shard);
            }
            // It begins again from its checkpoint.
            Err(error) => self.problem(Some(format!("{shard}: {}", causes(error.as_ref())))),
        }
    }

    fn show(&self, shard: &str, phase: Phase) {
        let name = &self.tools.mapping.name;
        self.tools
            .board
            .shard(name, shard, |status| status.phase = phase);
    }

    fn problem(&self, problem: Option<String>) {
        let name = &self.tools.mapping.name;
        if self.tools.board.problem(name, problem.clone())
            && let Some(problem) = problem
        {
            self.tools.journal.say(format_args!("{name}: {problem}"));
        }
    }
}
