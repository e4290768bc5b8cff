//! A stand-in of a service that a demo has for itself.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use stand_in::{Service, StandIn, serve};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::system;

/// A stand-in on a free port of the loopback interface. It ends with this value.
#[derive(Debug)]
pub(super) struct OwnService<S> {
    pub(super) service: Service<S>,
    pub(super) endpoint: String,
    _task: JoinSet<()>,
}

impl<S: StandIn> OwnService<S> {
    pub(super) async fn start(state: S) -> Result<Self> {
        let service = Service::new(state, system::clock);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("no port of the loopback is free")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let mut task = JoinSet::new();
        task.spawn(serve(listener, service.clone()));
        Ok(Self {
            service,
            endpoint,
            _task: task,
        })
    }
}
