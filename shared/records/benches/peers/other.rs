//! Programs in other languages: they time themselves.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::work::{SCHEMA, Sum};

/// A running program, if it is there.
pub(crate) struct Other(Option<Running>);

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Other {
    pub(crate) fn start(program: &str, script: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("benches/peers")
            .join(script);
        let child = Command::new(program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let running = child.ok().and_then(|mut child| {
            let (input, output) = (child.stdin.take()?, child.stdout.take()?);
            Some(Running {
                child,
                input,
                output: BufReader::new(output),
            })
        });
        if running.is_none() {
            println!("There is no {program}: it is left out.");
        }
        Self(running)
    }

    /// Seconds for an event at best, and what it has read. `None` if the program is missing or has failed.
    pub(crate) fn run(&mut self, work: &str, file: &Path) -> Option<(f64, Sum)> {
        let running = self.0.as_mut()?;
        let case = serde_json::json!({"work": work, "file": file, "schema": SCHEMA});
        writeln!(running.input, "{case}").ok()?;
        let mut line = String::new();
        running.output.read_line(&mut line).ok()?;
        let (seconds, records, length) = serde_json::from_str(&line).ok()?;
        Some((seconds, Sum { records, length }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It would end with its input as well.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
