//! A process tree that cannot outlive this process.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::project::{Project, StackDir, Tools};

/// The launcher that every process of a stack is started by.
const LAUNCHER: &str = include_str!("launcher.py");
/// How long a tree may take to die after its lifeline is cut, before it is killed from here.
const DEATH_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a process is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(20);

/// A process tree started by the launcher. Its standard input is its lifeline: when this value is dropped, or
/// this process dies in whatever way, the launcher kills the whole tree.
#[derive(Debug)]
pub(crate) struct Guarded {
    child: Child,
    lifeline: Option<ChildStdin>,
}

/// What to start: the launcher's arguments, the whole environment, and where the output goes.
#[derive(Debug)]
pub(crate) struct Launch {
    /// Arguments of the launcher, its mode first.
    pub(crate) arguments: Vec<OsString>,
    /// The environment; nothing else is inherited.
    pub(crate) environment: Vec<(String, OsString)>,
    /// Both outputs go to this file, which is begun anew.
    pub(crate) log: PathBuf,
    /// The folder to run in.
    pub(crate) folder: PathBuf,
}

impl Guarded {
    /// Starts a process tree of the stack in `dir`.
    pub(crate) fn start(project: &Project, dir: &StackDir, launch: Launch) -> Result<Self> {
        let python = project.program(Tools::Stack, "python")?;
        let launcher = dir.launcher();
        std::fs::write(&launcher, LAUNCHER)
            .with_context(|| format!("{} cannot be written", launcher.display()))?;
        let log = create(&launch.log)?;
        let mut child = Command::new(&python)
            .arg("-u")
            .arg(&launcher)
            .args(launch.arguments)
            .env_clear()
            .envs(launch.environment)
            .current_dir(launch.folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().context("the log cannot be shared")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be started", python.display()))?;
        let lifeline = child.stdin.take();
        Ok(Self { child, lifeline })
    }

    /// The launcher's process id, which is the id of the tree's process group too.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How the tree's first process ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("a process cannot be watched")
    }

    /// Lets the tree live on without this process.
    pub(crate) fn detach(mut self) -> Result<()> {
        let mut lifeline = self.lifeline.take().context("detached twice")?;
        lifeline
            .write_all(b"detach\n")
            .context("the launcher does not listen")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let Some(lifeline) = self.lifeline.take() else {
            return; // detached
        };
        drop(lifeline);
        let patience = Instant::now();
        while let Ok(None) = self.child.try_wait() {
            if patience.elapsed() > DEATH_TIMEOUT {
                kill_group(self.child.id(), Signal::KILL);
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Sends a signal to a whole process group; one that is gone already is fine.
pub(crate) fn kill_group(pid: u32, signal: Signal) {
    let group = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

/// The last lines of a log, for an error message.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("{} cannot be written", path.display()))
}
