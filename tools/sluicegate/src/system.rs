//! The one place that touches the process's surroundings: environment, clock, signals.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, Result};
use records::Timestamp;

/// Variables that the build of the functions may need from the user's shell: where the Rust tools are, how
/// to reach the registry, how much is optimised. No AWS variable is among them.
const BUILD_VARIABLES: &[&str] = &[
    "CARGO_BUILD_JOBS",
    "CARGO_HOME",
    "CARGO_HTTP_CAINFO",
    "CARGO_NET_OFFLINE",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL",
    "CARGO_TARGET_DIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "https_proxy",
    "http_proxy",
    "no_proxy",
];

/// Reads a variable of the environment; the command line has no typed settings of its own to read.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line's only read of the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The search path for programs of the system.
pub fn search_path() -> OsString {
    variable("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

/// What the build of the functions gets from the user's environment. `HOME` is not passed on, so the
/// folders that cargo and rustup would look for in it are named.
pub fn build_environment() -> Vec<(String, OsString)> {
    let mut environment: Vec<(String, OsString)> = BUILD_VARIABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), variable(name)?)))
        .collect();
    if let Some(home) = variable("HOME").map(PathBuf::from) {
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if variable(name).is_none() {
                environment.push((name.to_owned(), home.join(folder).into()));
            }
        }
    }
    environment
}

/// The present time, as the standard library has it.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line's only look at the clock"
)]
pub fn clock() -> SystemTime {
    SystemTime::now()
}

/// The present time.
pub fn now() -> Timestamp {
    clock().into()
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    now().as_millis()
}

/// A signal that asks this process to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, or the end of a CI job.
    Terminate,
    /// The terminal was closed.
    HangUp,
}

impl Stop {
    /// Exit code by the shell's convention, 128 and the signal's number.
    pub fn exit_code(self) -> u8 {
        128 + match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

/// Waits for the first signal to stop.
pub async fn stop_signal() -> Result<Stop> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).context("signals cannot be received");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => Stop::Interrupt,
        _ = terminate.recv() => Stop::Terminate,
        _ = hang_up.recv() => Stop::HangUp,
    })
}
