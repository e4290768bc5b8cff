//! Programs in other languages, each with the originals of its language.

use std::fmt::{self, Debug};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How many cases a test has, unless each of them is many.
pub(crate) const CASES: usize = 400;

#[derive(Clone, Copy)]
pub(crate) enum Peer {
    Python,
    Node,
}

impl Peer {
    fn program(self) -> (&'static str, &'static str) {
        match self {
            Self::Python => ("python3", "peer.py"),
            Self::Node => ("node", "node/peer.mjs"),
        }
    }

    /// What the peer's command makes of each case. Fails with the first case that it cannot take.
    pub(crate) fn ask<T: DeserializeOwned>(self, command: &str, cases: &[Value]) -> Vec<T> {
        let (program, script) = self.program();
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/interop")
            .join(script);
        let mut child = Command::new(program)
            .arg(script)
            .arg(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`{self} {command}` does not start ({error}): {HINT}"));
        let mut input = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // It answers while it is asked. One that is gone already has said why on its standard error.
            scope.spawn(move || {
                for case in cases {
                    if writeln!(input, "{case}").is_err() {
                        break;
                    }
                }
            });
            child.wait_with_output().unwrap()
        });
        let errors = String::from_utf8_lossy(&output.stderr);
        let status = output.status;
        assert!(
            status.success(),
            "`{self} {command}` ended with {status}: {HINT}\n{errors}"
        );
        let answers = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            answers.lines().count(),
            cases.len(),
            "answers of `{self} {command}`\n{errors}"
        );
        let answers = answers.lines().zip(cases).enumerate();
        let read = |(number, (answer, case)): (usize, (&str, &Value))| {
            let answer: Value = serde_json::from_str(answer).unwrap();
            let wrong = |what: &dyn fmt::Display| -> ! {
                panic!("case {number} of `{self} {command}`: {what}\nthe case: {case}")
            };
            if let Some(error) = answer.get("error") {
                wrong(error);
            }
            T::deserialize(answer).unwrap_or_else(|error| wrong(&error))
        };
        answers.map(read).collect()
    }
}

const HINT: &str = "`make setup-interop` installs what it needs, `make interop` finds it";

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program().0)
    }
}

/// A value of a strategy, the same each time.
pub(crate) fn sample<T: Debug>(strategy: impl Strategy<Value = T>) -> T {
    let tree = strategy.new_tree(&mut TestRunner::deterministic());
    tree.unwrap().current()
}

pub(crate) fn base64(data: &[u8]) -> String {
    STANDARD.encode(data)
}

pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}
