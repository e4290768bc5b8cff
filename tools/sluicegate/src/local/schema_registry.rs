//! The stand-in of Glue Schema Registry.

use anyhow::Result;
use schema_registry::{Registries, RegistryService};
use serde::{Deserialize, Serialize};

use super::emulator::endpoint;
use super::stand_in::{self, Kind, StandInProcess};
use crate::project::{Project, StackDir};
use crate::system;

pub(super) const KIND: Kind = Kind {
    command: "schema-registry",
    name: "stand-in of the schema registry",
};

/// Where the schema registry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryAddress {
    /// Its port on the loopback interface.
    pub port: u16,
    /// Its address, for `AWS_ENDPOINT_URL_GLUE`.
    pub endpoint: String,
}

impl RegistryAddress {
    /// On that port.
    pub(super) fn at(port: u16) -> Self {
        Self {
            port,
            endpoint: endpoint(port),
        }
    }

    /// Starts the registry of the stack in `dir` there. The functions know the place since the emulator began.
    pub(super) async fn start(&self, project: &Project, dir: &StackDir) -> Result<StandInProcess> {
        KIND.start(project, dir, self.port, []).await
    }
}

/// Answers until a signal, or until the emulator of the stack in `dir` is gone.
pub(super) async fn foreground(dir: &StackDir, port: u16) -> Result<()> {
    let empty = Registries::default();
    let service = RegistryService::in_file(dir.schema_registry(), empty, system::clock)?;
    stand_in::foreground(dir, port, service).await
}
