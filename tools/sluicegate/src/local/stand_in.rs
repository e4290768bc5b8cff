//! Stand-ins of AWS services, each a process beside the emulator.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use stand_in::{Service, StandIn, serve};
use tokio::net::{TcpListener, TcpStream};

use super::emulator::own_program;
use super::guarded::{Guarded, Launch, POLL, tail};
use super::state::{State, is_held, is_lock_held};
use super::{opt_out_list, schema_registry};
use crate::console::Console;
use crate::project::{Project, StackDir};

/// How long one may take to answer.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one may take to notice that its emulator is gone.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it looks whether the emulator is there.
const WATCH: Duration = Duration::from_millis(200);
/// Lines of its log that are shown when it does not start.
const LOG_END: usize = 5;

/// A kind of stand-in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The command of `sluicegate local` that runs it; its log and its lock are called so as well.
    pub(super) command: &'static str,
    /// What it is, for messages.
    pub(super) name: &'static str,
}

/// A stand-in that was just started and ends with this value, unless detached.
#[derive(Debug)]
pub(super) struct StandInProcess(Guarded);

impl Kind {
    /// Starts it for the stack in `dir`, with what it held before, and waits until it answers.
    pub(super) async fn start(
        self,
        project: &Project,
        dir: &StackDir,
        port: u16,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<StandInProcess> {
        let name = self.name;
        let mut program = own_program(dir, self.command)?;
        program.extend(["--port".into(), port.to_string().into()]);
        program.extend(arguments);
        let log = dir.log(self.command);
        let launch = Launch {
            program,
            environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into())],
            log: log.clone(),
            lock: self.lock_file(dir),
            folder: project.root().to_owned(),
        };
        let mut process = Guarded::start(project, dir, launch)?;
        let patience = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            if process.ended()?.is_some() {
                bail!("the {name} has ended:\n{}", tail(&log, LOG_END));
            }
            if patience.elapsed() > START_TIMEOUT {
                bail!("the {name} does not answer:\n{}", tail(&log, LOG_END));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(StandInProcess(process))
    }

    /// Whether that of the stack in `dir` is there.
    pub(super) fn is_running(self, dir: &StackDir) -> Result<bool> {
        is_lock_held(&self.lock_file(dir))
    }

    /// Waits until that of a stack whose emulator was stopped is gone as well.
    pub(super) async fn gone(self, dir: &StackDir) -> Result<()> {
        let patience = Instant::now();
        while self.is_running(dir)? {
            if patience.elapsed() > STOP_TIMEOUT {
                bail!("the {} does not end", self.name);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    fn lock_file(self, dir: &StackDir) -> PathBuf {
        dir.path().join(format!("{}.lock", self.command))
    }
}

impl StandInProcess {
    /// Lets it live on after this process, as long as the emulator does.
    pub(super) fn detach(self) -> Result<()> {
        self.0.detach()
    }
}

/// Answers until a signal, or until the emulator of the stack in `dir` is gone.
pub(super) async fn foreground<S: StandIn>(
    dir: &StackDir,
    port: u16,
    service: Service<S>,
) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.with_context(|| format!("port {port} of the loopback is taken"))?;
    tokio::select! {
        () = serve(listener, service) => Ok(()),
        gone = emulator_gone(dir) => gone,
    }
}

/// Starts those of a running stack again that do not run any more, where they were.
pub(super) async fn restart(
    project: &Project,
    dir: &StackDir,
    list_calls_per_second: u32,
    state: &mut State,
    console: Console,
) -> Result<()> {
    if !opt_out_list::KIND.is_running(dir)? {
        console.note("the opt-out lists did not run: starting them again");
        let was = state.opt_out_list.as_ref();
        let port = was.map(|list| list.port);
        let calls = was.map_or(list_calls_per_second, |list| list.calls_per_second);
        let (process, address) = opt_out_list::start(project, dir, port, calls).await?;
        state.opt_out_list = Some(address);
        state.save(dir)?;
        process.detach()?;
    }
    if let Some(registry) = &state.schema_registry
        && !schema_registry::KIND.is_running(dir)?
    {
        console.note("the schema registry did not run: starting it again");
        registry.start(project, dir).await?.detach()?;
    }
    Ok(())
}

async fn emulator_gone(dir: &StackDir) -> Result<()> {
    while is_held(dir)? {
        tokio::time::sleep(WATCH).await;
    }
    Ok(())
}
