//! One handler process in an environment like Lambda's, with a stub of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::time::ClockId;
use nix::unistd::Pid;

use crate::function::{Event, Function, Handled};
use crate::peers::{MEMORY_MB, Peer};
use crate::stub::{Message, Stub};

/// Longest wait for anything a handler does; far above what the slowest needs on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a real session token is, roughly; it is part of what the SDKs sign and send.
const SESSION_TOKEN_LENGTH: usize = 1000;

/// A running handler process that waits for its next invocation; ends with its drop.
#[derive(Debug)]
pub(crate) struct Sandbox {
    stub: Stub,
    child: Child,
    log: PathBuf,
    /// From the start of the process to its first poll.
    pub(crate) cold_start: Duration,
}

impl Sandbox {
    /// Starts the peer's process, its output going to a file in `logs`, and waits for its first poll.
    pub(crate) fn start(function: &Function, peer: &Peer, logs: &Path) -> Result<Self> {
        let stub = Stub::start(function.tables, &function.objects)
            .context("the stub could not be started")?;
        let log = logs.join(peer.name);
        let output = File::create(&log)?;
        let mut command = Command::new(&peer.program);
        command
            .args(&peer.arguments)
            .env_clear()
            .envs(environment(function, peer, &stub))
            .current_dir(&peer.task_root)
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output);
        let started = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("{} could not be started", peer.program.display()))?;
        let mut sandbox = Self {
            stub,
            child,
            log,
            cold_start: Duration::ZERO,
        };
        let polled = sandbox
            .wait_for_poll()
            .with_context(|| format!("{} did not start", peer.name))?;
        sandbox.cold_start = polled.duration_since(started);
        Ok(sandbox)
    }

    /// Makes every AWS call of the handler take this long from now on.
    pub(crate) fn set_latency(&self, latency: Duration) {
        self.stub.set_latency(latency);
    }

    /// Has an event handled, with the tables as they are or empty. What came of it is for the caller to check.
    pub(crate) fn invoke(&mut self, event: Event, keeps_tables: bool) -> Result<Handled> {
        if !keeps_tables {
            self.stub.clear_tables();
        }
        let start = Instant::now();
        self.stub.hand_over(event)?;
        let (answered, answer) = match self.next_message()? {
            Message::Answered(at, answer) => (at, answer),
            Message::Polled(_) => bail!("the handler polled without answering"),
            Message::Failed(problem) => {
                bail!("the handler failed: {problem}{}", self.last_log_lines())
            }
        };
        self.wait_for_poll()?;
        Ok(Handled {
            time: answered.duration_since(start),
            answer,
            calls: self.stub.take_calls(),
            tables: self.stub.tables(),
        })
    }

    /// User and system time of the process so far, all threads, those that have ended included.
    ///
    /// The kernel's CPU clock of the process: nanoseconds, where `/proc/PID/stat` counts in ticks of 10 ms.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let pid = i32::try_from(self.child.id()).context("process id")?;
        let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(pid))
            .context("the CPU clock of the handler")?;
        Ok(clock.now().context("the CPU clock of the handler")?.into())
    }

    /// Most physical memory the process has held at once, in bytes (`VmHWM`).
    pub(crate) fn peak_rss(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| path.clone())?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|value| value.trim().trim_end_matches(" kB").parse::<u64>().ok())
            .with_context(|| format!("{path} has no VmHWM"))?;
        Ok(kib * 1024)
    }

    fn wait_for_poll(&mut self) -> Result<Instant> {
        match self.next_message()? {
            Message::Polled(at) => Ok(at),
            Message::Answered(..) => bail!("the handler answered twice"),
            Message::Failed(problem) => bail!("{problem}{}", self.last_log_lines()),
        }
    }

    fn next_message(&mut self) -> Result<Message> {
        let start = Instant::now();
        loop {
            match self.stub.messages.recv_timeout(Duration::from_millis(100)) {
                Ok(message) => return Ok(message),
                Err(RecvTimeoutError::Disconnected) => bail!("the stub's threads have ended"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the process ended with {status}{}", self.last_log_lines());
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "no sign of life for {PATIENCE:?}{}",
                self.last_log_lines()
            );
        }
    }

    /// The end of the process's output, to be put behind an error.
    pub(crate) fn last_log_lines(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(10)..];
        if last.is_empty() {
            return String::new();
        }
        format!("; its last output:\n{}", last.join("\n"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Both fail only for a process that has already ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Lambda's own variables, credentials that open nothing, and those of the function.
fn environment(function: &Function, peer: &Peer, stub: &Stub) -> Vec<(&'static str, String)> {
    let endpoint = format!("http://{}", stub.address());
    let token = "IQoJb3JpZ2luX2VjEJr/"
        .chars()
        .cycle()
        .take(SESSION_TOKEN_LENGTH)
        .collect();
    let text = |value: &str| value.to_owned();
    let mut variables = vec![
        ("PATH", text("/usr/local/bin:/usr/bin:/bin")),
        ("LANG", text("en_US.UTF-8")),
        ("TZ", text(":UTC")),
        ("AWS_REGION", text("eu-central-1")),
        ("AWS_DEFAULT_REGION", text("eu-central-1")),
        ("AWS_ACCESS_KEY_ID", text("ASIAIOSFODNN7EXAMPLE")),
        (
            "AWS_SECRET_ACCESS_KEY",
            text("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ),
        ("AWS_SESSION_TOKEN", token),
        ("AWS_ENDPOINT_URL", endpoint.clone()),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.clone()),
        ("AWS_ENDPOINT_URL_S3", endpoint),
        ("AWS_LAMBDA_RUNTIME_API", stub.address().to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", text(function.name)),
        ("AWS_LAMBDA_FUNCTION_VERSION", text("$LATEST")),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_MB.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", text("on-demand")),
        ("AWS_LAMBDA_LOG_FORMAT", text("JSON")),
        ("AWS_LAMBDA_LOG_LEVEL", text("INFO")),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", function.name),
        ),
        (
            "AWS_LAMBDA_LOG_STREAM_NAME",
            text("2026/11/21/[$LATEST]0123456789abcdef"),
        ),
        ("_HANDLER", format!("{}.handler", function.peers)),
        ("LAMBDA_TASK_ROOT", peer.task_root.display().to_string()),
        ("QUARANTINE_BUCKET", text("quarantine")),
        ("RETENTION_DAYS", text("0")),
        ("DEADLINE_MARGIN_MS", text("1000")),
    ];
    let settings = function.settings.iter();
    variables.extend(settings.map(|(name, value)| (*name, text(value))));
    variables
}
