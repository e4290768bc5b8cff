//! A process tree that cannot outlive this process.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::project::{Project, StackDir, Tools};

/// What every program of a stack runs under.
const GUARD: &str = include_str!("guard.py");
/// How long a tree may take to die after its lifeline is cut, before its guard is killed.
const DEATH_TIMEOUT: Duration = Duration::from_secs(10);
/// Characters of a log's line that are shown.
const LONGEST_LINE: usize = 300;
/// How often a process is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(20);

/// A process tree under guard. The guard's standard input is the lifeline: when this value is dropped, or this
/// process dies in whatever way, the guard kills the whole tree.
#[derive(Debug)]
pub(crate) struct Guarded {
    guard: Child,
    lifeline: Option<ChildStdin>,
}

/// What to start: a program with its whole environment, and where its output goes.
#[derive(Debug)]
pub(crate) struct Launch {
    /// The program and its arguments.
    pub(crate) program: Vec<OsString>,
    /// The environment; nothing else is inherited.
    pub(crate) environment: Vec<(String, OsString)>,
    /// Both outputs go to this file, which is begun anew.
    pub(crate) log: PathBuf,
    /// Held as long as anything of the tree is alive.
    pub(crate) lock: PathBuf,
    /// The folder to run in.
    pub(crate) folder: PathBuf,
}

impl Guarded {
    /// Starts a process tree of the stack in `dir`.
    pub(crate) fn start(project: &Project, dir: &StackDir, launch: Launch) -> Result<Self> {
        let python = project.program(Tools::Stack, "python")?;
        let script = dir.write_script("guard.py", GUARD)?;
        let log = File::create(&launch.log)
            .with_context(|| format!("{} cannot be written", launch.log.display()))?;
        let mut guard = Command::new(&python)
            .arg(&script)
            .arg(&launch.lock)
            .args(launch.program)
            .env_clear()
            .envs(launch.environment)
            .current_dir(launch.folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().context("the log cannot be shared")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be started", python.display()))?;
        let lifeline = guard.stdin.take();
        Ok(Self { guard, lifeline })
    }

    /// The guard's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.guard.id()
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.guard.try_wait().context("a process cannot be watched")
    }

    /// Lets the tree live on without this process.
    pub(crate) fn detach(mut self) -> Result<()> {
        let mut lifeline = self.lifeline.take().context("detached twice")?;
        lifeline
            .write_all(b"detach\n")
            .context("the guard does not listen")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let Some(lifeline) = self.lifeline.take() else {
            return; // detached
        };
        drop(lifeline);
        let patience = Instant::now();
        while let Ok(None) = self.guard.try_wait() {
            if patience.elapsed() > DEATH_TIMEOUT {
                let _ = self.guard.kill();
                let _ = self.guard.wait();
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

/// The last lines of a log, for a message; long ones are cut.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.chars().take(LONGEST_LINE).collect())
        .collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
#[path = "guarded_tests.rs"]
mod tests;
