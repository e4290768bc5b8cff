//! The runner as a process of its own.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::engine::Runner;
use super::journal::Journal;
use super::status::RunnerStatus;
use crate::aws::local_config;
use crate::local::{Guarded, Launch, POLL, State, is_lock_held, own_program, tail};
use crate::project::{Project, StackDir};

/// How long the runner may take to read its mappings.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long it may take to end politely; it has nothing to finish.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How often it is looked whether the emulator is there.
const WATCH: Duration = Duration::from_secs(1);
/// Lines of its log that are shown when it does not start.
const LOG_END: usize = 5;

/// A runner that was just started and ends with this value, unless detached.
#[derive(Debug)]
pub(crate) struct RunnerProcess(Guarded);

impl RunnerProcess {
    /// Starts the runner of the stack in `dir` and waits until it reads its streams.
    pub(crate) async fn start(project: &Project, dir: &StackDir) -> Result<Self> {
        remove_status(dir)?;
        let log = dir.log("runner");
        let launch = Launch {
            program: own_program(dir, "run")?,
            environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into())],
            log: log.clone(),
            lock: dir.path().join("runner-guard.lock"),
            folder: project.root().to_owned(),
        };
        let mut process = Guarded::start(project, dir, launch)?;
        let patience = Instant::now();
        while RunnerStatus::read(dir)?.is_none() {
            if process.ended()?.is_some() {
                let said = format!("\n{}", tail(&log, LOG_END));
                // Its own last words are enough, if it had any.
                match said.rsplit_once("\nerror: ") {
                    Some((_, reason)) => bail!("{reason}"),
                    None => bail!("the runner of the mappings has ended:{said}"),
                }
            }
            if patience.elapsed() > START_TIMEOUT {
                let said = tail(&log, LOG_END);
                bail!("the runner of the mappings does not begin:\n{said}");
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(Self(process))
    }

    /// Lets it run on after this process.
    pub(crate) fn detach(self) -> Result<()> {
        self.0.detach()
    }
}

/// Runs the mappings of the stack in `dir` until a signal, or until its emulator is gone.
pub(crate) async fn foreground(dir: &StackDir) -> Result<()> {
    let Some(state) = State::running(dir)? else {
        bail!("no stack runs: `sluicegate local up` starts one");
    };
    let _alone = take_lock(dir)?;
    remove_status(dir)?;
    let config = local_config(&state.endpoint);
    let runner = Box::pin(Runner::start(&config, &state.stack, dir, Journal::Standard)).await?;
    tokio::select! {
        ended = runner.forever() => ended,
        gone = emulator_gone(dir, state.pid) => gone,
    }
}

/// Waits until the emulator of this life is gone.
async fn emulator_gone(dir: &StackDir, pid: u32) -> Result<()> {
    loop {
        tokio::time::sleep(WATCH).await;
        let is_there = State::running(dir)?.is_some_and(|state| state.pid == pid);
        if !is_there {
            bail!(
                "the emulator is gone, and so are its streams: the mappings are not run any more"
            );
        }
    }
}

/// Makes sure that the mappings are run once. The kernel gives the lock back with the process, whose id the file holds.
fn take_lock(dir: &StackDir) -> Result<File> {
    let path = dir.runner_lock();
    let options = OpenOptions::new().create(true).append(true).open(&path);
    let mut file = options.with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!(
            "the mappings of this stack are run already{}",
            runner_pid(dir).map_or_else(String::new, |pid| format!(", by process {pid}"))
        ),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
        }
    }
    file.set_len(0)
        .and_then(|()| write!(file, "{}", std::process::id()))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(file)
}

/// Whether the mappings of the stack in `dir` are run by some process.
pub(crate) fn is_running(dir: &StackDir) -> Result<bool> {
    is_lock_held(&dir.runner_lock())
}

/// Stops the runner of the stack in `dir`, if there is one.
pub(crate) async fn stop(dir: &StackDir) -> Result<()> {
    let begun = Instant::now();
    while is_running(dir)? {
        let is_late = begun.elapsed() > STOP_TIMEOUT;
        if let Some(pid) = runner_pid(dir) {
            let signal = if is_late { Signal::KILL } else { Signal::TERM };
            // Gone already is fine: the lock tells.
            let _ = kill_process(pid, signal);
        }
        if begun.elapsed() > 2 * STOP_TIMEOUT {
            bail!("the runner of the mappings does not end");
        }
        tokio::time::sleep(5 * POLL).await;
    }
    remove_status(dir)
}

fn runner_pid(dir: &StackDir) -> Option<Pid> {
    let text = std::fs::read_to_string(dir.runner_lock()).ok()?;
    Pid::from_raw(text.trim().parse().ok()?)
}

fn remove_status(dir: &StackDir) -> Result<()> {
    let path: PathBuf = dir.runner_status();
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}
