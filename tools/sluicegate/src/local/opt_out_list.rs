//! The stand-in of the SMS opt-out lists.

use anyhow::Result;
use opt_out_list::{OptOutListService, OptOutLists, Options};
use serde::{Deserialize, Serialize};

use super::deploy::Parameters;
use super::emulator::{endpoint, free_port};
use super::stand_in::{self, Kind, StandInProcess};
use crate::project::{Project, StackDir};
use crate::system;

pub(super) const KIND: Kind = Kind {
    command: "opt-out-list",
    name: "stand-in of the opt-out lists",
};

/// Where the lists are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAddress {
    /// Its port on the loopback interface.
    pub port: u16,
    /// Its address, for `AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2`.
    pub endpoint: String,
    /// Calls a second of each action that changes a list.
    pub calls_per_second: u32,
}

impl ListAddress {
    /// The parameters that have the function keep these lists, at their pace.
    pub(super) fn added_to(&self, parameters: Parameters) -> Parameters {
        let calls = self.calls_per_second.to_string();
        parameters
            .or("ConsentSmsEndpointUrl", &self.endpoint)
            .or("ConsentChannelCallsPerSecond", &calls)
    }
}

/// Starts the lists of the stack in `dir`, where they were before or on any free port.
pub(super) async fn start(
    project: &Project,
    dir: &StackDir,
    port: Option<u16>,
    calls_per_second: u32,
) -> Result<(StandInProcess, ListAddress)> {
    let port = port.map_or_else(free_port, Ok)?;
    let calls = calls_per_second.to_string();
    let arguments = ["--calls-per-second".into(), calls.into()];
    let process = KIND.start(project, dir, port, arguments).await?;
    let address = ListAddress {
        port,
        endpoint: endpoint(port),
        calls_per_second,
    };
    Ok((process, address))
}

/// Answers until a signal, or until the emulator of the stack in `dir` is gone.
pub(super) async fn foreground(dir: &StackDir, port: u16, calls_per_second: u32) -> Result<()> {
    let options = Options {
        calls_per_second,
        ..Options::default()
    };
    let lists = OptOutLists::new(options);
    let service = OptOutListService::in_file(dir.opt_out_list(), lists, system::clock)?;
    stand_in::foreground(dir, port, service).await
}
