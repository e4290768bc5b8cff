//! Starting and stopping the emulator.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::guarded::{Guarded, Launch, POLL, tail};
use super::state::{State, is_held};
use crate::aws::{LOCAL_KEY, LOCAL_REGION};
use crate::project::{Project, StackDir, Tools};

/// What starts MiniStack.
const SCRIPT: &str = include_str!("emulator.py");
/// Imported by it.
const STREAMS: &str = include_str!("ministack_streams.py");
/// The MiniStack release that the script knows the inside of.
pub const MINISTACK_VERSION: &str = "1.5.33";

/// How long MiniStack may take to answer; it takes less than a second on an idle machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a stack may take to stop; the guard kills it after 5 seconds.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Lines of its log that are shown when it ends.
const LOG_END: usize = 15;
/// Tries with another free port, should somebody take the chosen one first.
const PORT_ATTEMPTS: u32 = 3;

/// A running emulator that ends with this value, unless detached.
#[derive(Debug)]
pub struct Emulator {
    process: Guarded,
    port: u16,
}

impl Emulator {
    /// Starts MiniStack for the stack in `dir`, on `port` or a free one of the loopback interface, and waits
    /// until it answers. Its functions find the schema registry at `glue`.
    pub async fn start(
        project: &Project,
        dir: &StackDir,
        port: Option<u16>,
        glue: &str,
    ) -> Result<Self> {
        dir.create()?;
        dir.clear_temporary()?;
        let mut attempt = 1;
        loop {
            let chosen = port.map_or_else(free_port, Ok)?;
            let process = Guarded::start(project, dir, launch(project, dir, chosen, glue)?)?;
            let mut emulator = Self {
                process,
                port: chosen,
            };
            match emulator.wait_until_it_answers(dir).await {
                Ok(()) => return Ok(emulator),
                Err(error) => {
                    let taken = tail(&dir.log("emulator"), 5).contains("already in use");
                    if !taken || port.is_some() || attempt == PORT_ATTEMPTS {
                        return Err(error);
                    }
                }
            }
            attempt += 1;
        }
    }

    /// Process id of the emulator's guard.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    /// Fails when the emulator has ended, with the end of its log.
    pub async fn check(&mut self, dir: &StackDir) -> Result<()> {
        // The guard needs a moment to clear up.
        tokio::time::sleep(5 * POLL).await;
        self.check_now(dir)
    }

    fn check_now(&mut self, dir: &StackDir) -> Result<()> {
        if let Some(status) = self.process.ended()? {
            bail!(
                "the emulator ended ({status}):\n{}",
                tail(&dir.log("emulator"), LOG_END)
            );
        }
        Ok(())
    }

    /// Lets the emulator run on after this process.
    pub fn detach(self) -> Result<()> {
        self.process.detach()
    }

    async fn wait_until_it_answers(&mut self, dir: &StackDir) -> Result<()> {
        let patience = Instant::now();
        while !answers(self.port).await {
            self.check_now(dir)?;
            if patience.elapsed() > START_TIMEOUT {
                bail!(
                    "the emulator does not answer after {START_TIMEOUT:?}:\n{}",
                    tail(&dir.log("emulator"), LOG_END)
                );
            }
            tokio::time::sleep(POLL).await;
        }
        self.check_now(dir)
    }
}

/// Stops a detached stack: its guard ends the emulator and the functions, politely first.
pub(crate) async fn stop(dir: &StackDir, state: &State) -> Result<()> {
    let guard = i32::try_from(state.pid).ok().and_then(Pid::from_raw);
    let guard = guard.with_context(|| format!("{} is no process id", state.pid))?;
    // Gone already is fine: the lock tells.
    let _ = kill_process(guard, Signal::TERM);
    let patience = Instant::now();
    while is_held(dir)? {
        if patience.elapsed() > STOP_TIMEOUT {
            bail!("process {} does not end", state.pid);
        }
        tokio::time::sleep(POLL).await;
    }
    State::remove(dir)?;
    dir.clear_temporary()
}

/// Whether a MiniStack answers on the port.
pub(crate) async fn answers(port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let request =
            b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut status_line = [0; 12];
        stream.read_exact(&mut status_line).await?;
        Ok::<_, std::io::Error>(status_line == *b"HTTP/1.1 200")
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), ask).await;
    matches!(answer, Ok(Ok(true)))
}

pub(super) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

pub(super) fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port of the loopback is free")?;
    Ok(listener.local_addr()?.port())
}

/// This program as a `local` command of the stack in `dir`.
pub(crate) fn own_program(dir: &StackDir, command: &str) -> Result<Vec<OsString>> {
    let own = std::env::current_exe().context("this program cannot be found")?;
    let folder = std::path::absolute(dir.path()).context("the stack's folder cannot be named")?;
    Ok(vec![
        own.into(),
        "local".into(),
        command.into(),
        "--dir".into(),
        folder.into(),
    ])
}

fn launch(project: &Project, dir: &StackDir, port: u16, glue: &str) -> Result<Launch> {
    dir.write_script("ministack_streams.py", STREAMS)?;
    Ok(Launch {
        program: vec![
            project.program(Tools::Stack, "python")?.into(),
            dir.write_script("emulator.py", SCRIPT)?.into(),
            MINISTACK_VERSION.into(),
        ],
        environment: environment(dir, port, glue),
        log: dir.log("emulator"),
        lock: dir.lock_file(),
        folder: dir.path().to_owned(),
    })
}

/// The emulator's whole environment. The functions inherit it, so nothing in it may lead to an account:
/// without `AWS_ENDPOINT_URL` a function would talk to AWS itself.
fn environment(dir: &StackDir, port: u16, glue: &str) -> Vec<(String, OsString)> {
    let mut environment = vec![
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into()),
        ("LANG".to_owned(), "C.UTF-8".into()),
        ("PYTHONUNBUFFERED".to_owned(), "1".into()),
        ("HOME".to_owned(), dir.home().into()),
        ("TMPDIR".to_owned(), dir.tmp().into()),
        ("S3_DATA_DIR".to_owned(), dir.tmp().join("s3").into()),
        ("STATE_DIR".to_owned(), dir.tmp().join("state").into()),
        // The functions' own roles are what counts.
        ("AUTH".to_owned(), "true".into()),
        ("BIND_HOST".to_owned(), "127.0.0.1".into()),
        ("GATEWAY_PORT".to_owned(), port.to_string().into()),
        // Not of the emulator's: a stand-in beside it.
        ("AWS_ENDPOINT_URL_GLUE".to_owned(), glue.into()),
        // Otherwise listeners open on fixed ports.
        ("IOT_MTLS_ENABLED".to_owned(), "0".into()),
        ("SFTP_ENABLED".to_owned(), "0".into()),
        // No container of the user's is looked at.
        (
            "DOCKER_HOST".to_owned(),
            format!("unix://{}", dir.tmp().join("no-docker.sock").display()).into(),
        ),
    ];
    environment.extend(aws_environment(&endpoint(port)));
    environment
}

/// The variables that point any AWS tool to the local stack, and nowhere else.
pub(crate) fn aws_environment(endpoint: &str) -> Vec<(String, OsString)> {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", LOCAL_KEY),
        ("AWS_SECRET_ACCESS_KEY", LOCAL_KEY),
        ("AWS_DEFAULT_REGION", LOCAL_REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_environment_leads_to_an_account() {
        let dir = StackDir::new("/state".into());
        let environment = environment(&dir, 4711, "http://127.0.0.1:4712");
        let value = |wanted: &str| {
            let found = environment.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.to_string_lossy().into_owned())
        };
        for (name, expected) in [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4711"),
            ("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:4712"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AUTH", "true"),
            ("BIND_HOST", "127.0.0.1"),
            ("IOT_MTLS_ENABLED", "0"),
            ("SFTP_ENABLED", "0"),
            ("HOME", "/state/home"),
            ("TMPDIR", "/state/tmp"),
        ] {
            assert_eq!(value(name).as_deref(), Some(expected), "{name}");
        }
        for absent in [
            "AWS_PROFILE",
            "HTTP_PROXY",
            "https_proxy",
            "AWS_SESSION_TOKEN",
        ] {
            assert_eq!(value(absent), None, "{absent}");
        }
    }
}
