//! Runs the deployed stack's event source mappings of streams, with the rules of AWS: see `tools/mapping`.

#[cfg(test)]
mod account;
mod arn;
mod checkpoint;
mod choices;
mod destination;
mod engine;
mod function;
mod journal;
mod mapping_task;
mod mappings;
mod process;
mod read_task;
mod shard_task;
mod status;
mod status_table;
mod stream;
mod template;
mod tools;
#[cfg(test)]
mod wire;

use anyhow::Result;
use aws_config::SdkConfig;

pub use arn::{Destination, StreamArn};
pub use choices::{parse_choices, save as save_choices};
pub use engine::Runner;
pub use mappings::{Mapping, Mappings};
pub(crate) use process::{RunnerProcess, foreground, is_running, stop};
pub use status::{Counts, MappingStatus, Phase, RunnerStatus, ShardStatus, WindowStatus};
pub(crate) use status_table::{lines, table};

use crate::project::StackDir;
use journal::Journal;

/// Runs a stack's mappings inside this process; what there is to tell goes to `runner.log`.
pub async fn start(config: &SdkConfig, stack: &str, dir: &StackDir) -> Result<Runner> {
    let journal = Journal::file(&dir.log("runner"))?;
    Runner::start(config, stack, dir, journal).await
}
