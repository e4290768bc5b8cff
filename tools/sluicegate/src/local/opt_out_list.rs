//! The stand-in of the SMS opt-out lists, a process beside the emulator.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use opt_out_list::{OptOutListService, Options, serve};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};

use super::emulator::{free_port, own_program};
use super::guarded::{Guarded, Launch, POLL, tail};
use super::state::{is_held, is_lock_held};
use crate::project::{Project, StackDir};
use crate::system;

/// How long it may take to answer.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long it may take to notice that its emulator is gone.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it looks whether the emulator is there.
const WATCH: Duration = Duration::from_millis(200);
/// Lines of its log that are shown when it does not start.
const LOG_END: usize = 5;

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

/// Lists that were just started and end with this value, unless detached.
#[derive(Debug)]
pub(super) struct ListProcess {
    process: Guarded,
    address: ListAddress,
}

impl ListProcess {
    /// Starts the lists of the stack in `dir`, with what they held before, and waits until they answer.
    pub(super) async fn start(
        project: &Project,
        dir: &StackDir,
        port: Option<u16>,
        calls_per_second: u32,
    ) -> Result<Self> {
        let port = port.map_or_else(free_port, Ok)?;
        let calls = calls_per_second.to_string();
        let mut program = own_program(dir, "opt-out-list")?;
        program.extend([
            "--port".into(),
            port.to_string().into(),
            "--calls-per-second".into(),
            calls.into(),
        ]);
        let log = dir.log("opt-out-list");
        let launch = Launch {
            program,
            environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into())],
            log: log.clone(),
            lock: lock_file(dir),
            folder: project.root().to_owned(),
        };
        let mut process = Guarded::start(project, dir, launch)?;
        let patience = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            if process.ended()?.is_some() {
                bail!("the opt-out lists have ended:\n{}", tail(&log, LOG_END));
            }
            if patience.elapsed() > START_TIMEOUT {
                bail!("the opt-out lists do not answer:\n{}", tail(&log, LOG_END));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(Self {
            process,
            address: ListAddress {
                port,
                endpoint: format!("http://127.0.0.1:{port}"),
                calls_per_second,
            },
        })
    }

    pub(super) fn address(&self) -> &ListAddress {
        &self.address
    }

    /// Lets them live on after this process, as long as the emulator does.
    pub(super) fn detach(self) -> Result<()> {
        self.process.detach()
    }
}

/// Answers until a signal, or until the emulator of the stack in `dir` is gone.
pub(super) async fn foreground(dir: &StackDir, port: u16, calls_per_second: u32) -> Result<()> {
    let options = Options {
        calls_per_second,
        ..Options::default()
    };
    let service = OptOutListService::in_file(dir.opt_out_list(), options, system::clock)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.with_context(|| format!("port {port} of the loopback is taken"))?;
    tokio::select! {
        () = serve(listener, service) => Ok(()),
        gone = emulator_gone(dir) => gone,
    }
}

async fn emulator_gone(dir: &StackDir) -> Result<()> {
    while is_held(dir)? {
        tokio::time::sleep(WATCH).await;
    }
    Ok(())
}

/// Whether the lists of the stack in `dir` are there.
pub(super) fn is_running(dir: &StackDir) -> Result<bool> {
    is_lock_held(&lock_file(dir))
}

/// Waits until the lists of a stack whose emulator was stopped are gone as well.
pub(super) async fn gone(dir: &StackDir) -> Result<()> {
    let patience = Instant::now();
    while is_running(dir)? {
        if patience.elapsed() > STOP_TIMEOUT {
            bail!("the opt-out lists do not end");
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

fn lock_file(dir: &StackDir) -> PathBuf {
    dir.path().join("opt-out-list.lock")
}
