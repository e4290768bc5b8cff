//! `sluicegate decode` as a user or a script meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod inputs;
mod layers;
mod pipes;
mod schemas;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the command made of its input.
#[derive(Debug)]
struct Decoded {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// The command in an empty folder, with an environment that names no account.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluicegate"));
    command
        .arg("decode")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn spawn(arguments: &[&str]) -> Child {
    let folder = std::env::temp_dir();
    command(&folder, arguments).spawn().unwrap()
}

/// Runs it in `folder` with that standard input.
fn decode_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Decoded {
    let mut child = command(folder, arguments).spawn().unwrap();
    // It may end without reading what is wrong anyway.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    Decoded {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn decode(arguments: &[&str], stdin: impl AsRef<[u8]>) -> Decoded {
    let folder = tempfile::tempdir().unwrap();
    decode_in(folder.path(), arguments, stdin.as_ref())
}

/// An event of the project.
fn event(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events");
    path.join(name).to_str().unwrap().to_owned()
}

impl Decoded {
    /// Checks the exit code and all lines.
    #[track_caller]
    fn is(&self, code: i32, lines: &[&str]) {
        let found: Vec<_> = self.stdout.lines().collect();
        assert_eq!(found, lines, "{}", self.stderr);
        assert_eq!(self.code, Some(code), "{}", self.stderr);
    }

    /// Checks the exit code, and of each line what stands behind `of` in it.
    #[track_caller]
    fn ends(&self, code: i32, of: &str, lines: &[&str]) {
        let behind = |line: &str| match line.split_once(of) {
            Some((_, rest)) => rest.trim_end_matches('}').to_owned(),
            None => line.to_owned(),
        };
        let found: Vec<_> = self.stdout.lines().map(behind).collect();
        assert_eq!(found, lines, "{}", self.stderr);
        assert_eq!(self.code, Some(code), "{}", self.stderr);
    }

    /// Checks what is said on standard error.
    #[track_caller]
    fn says(&self, text: &str) {
        assert!(self.stderr.contains(text), "{}", self.stderr);
    }
}
