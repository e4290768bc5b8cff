//! `sluicegate local`: the whole stack on this machine.

mod commands;
mod deploy;
mod emulator;
mod functions;
mod guarded;
mod opt_out_list;
mod schema_registry;
mod stand_in;
mod state;
mod status;
mod time_to_live;

use std::collections::BTreeMap;

use anyhow::Result;

pub use commands::{LocalArgs, export_line, run};
pub(crate) use deploy::outputs;
pub use deploy::{Parameters, STACK_NAME, parse_parameter};
pub(crate) use emulator::own_program;
pub use emulator::{Emulator, MINISTACK_VERSION};
pub(crate) use functions::kill_all as kill_functions;
pub(crate) use guarded::{Guarded, Launch, POLL, tail};
pub use opt_out_list::ListAddress;
pub use schema_registry::RegistryAddress;
pub use state::State;
pub(crate) use state::is_lock_held;

use crate::aws::local_config;
use crate::console::Console;
use crate::project::{Project, StackDir};

/// Builds template.yaml and deploys it to the emulator at `endpoint`; returns the stack's outputs.
pub async fn bring_up(
    project: &Project,
    dir: &StackDir,
    endpoint: &str,
    parameters: &Parameters,
    console: Console,
) -> Result<BTreeMap<String, String>> {
    deploy::build(project, dir, parameters, console).await?;
    deploy::deploy(project, dir, endpoint, parameters, console).await?;
    let config = local_config(endpoint);
    time_to_live::apply(&config).await?;
    deploy::outputs(&config, STACK_NAME).await
}
