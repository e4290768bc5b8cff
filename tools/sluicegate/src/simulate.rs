//! `sluicegate mapping simulate`: one shard of an event source mapping in virtual time.

use std::io::{Read as _, stdin};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use simulator::{Run, Scenario};

use crate::cli::{Ending, UsageError};
use crate::console::Console;

const EXAMPLE: &str = r#"Example, what bisecting does to ten records of which the fifth always throws:

  echo '{"settings": {"BatchSize": 10, "BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 0},
         "records": 10,
         "function": {"fails": [{"record": 5, "how": "throw", "times": "always"}]}}' |
    sluicegate mapping simulate -

More are in tools/simulator/scenarios; tools/simulator/README.md describes the file."#;

/// What `sluicegate mapping` is asked to do.
#[derive(Clone, Debug, Args)]
pub struct MappingArgs {
    #[command(subcommand)]
    command: MappingCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum MappingCommand {
    /// Show batch by batch what a mapping does to records: retries, bisecting, windows, what is given up
    ///
    /// Runs one shard in virtual time. Settings have their CloudFormation names. What AWS leaves open, for
    /// instance how long a retry waits, is a named choice of the file.
    #[command(after_help = EXAMPLE)]
    Simulate(SimulateArgs),
}

/// What is to be simulated.
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// The scenario, or - to read it from standard input
    scenario: PathBuf,
    /// Print JSON lines instead of a table; a window's state above 1 KB only as its size
    #[arg(long)]
    json: bool,
}

/// Runs `sluicegate mapping`.
pub fn run(args: &MappingArgs, console: Console) -> Result<Ending> {
    let MappingCommand::Simulate(args) = &args.command;
    let scenario = read(&args.scenario)?;
    let run = scenario.run();
    if args.json {
        let lines = run.timeline.to_json_lines();
        // Nothing has happened: no line, not an empty one.
        if !lines.is_empty() {
            console.print(lines.trim_end());
        }
    } else {
        console.print(&table(&scenario, &run));
    }
    Ok(Ending::Good)
}

fn read(path: &Path) -> Result<Scenario, UsageError> {
    let is_stdin = path.as_os_str() == "-";
    let text = if is_stdin {
        let mut text = String::new();
        stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let name = if is_stdin {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let text = text.map_err(|error| UsageError(format!("{name}: {error}")))?;
    Scenario::from_json(&text).map_err(|error| UsageError(format!("{name}: {error}")))
}

/// The timeline, what became of the records, and what nobody would have been told.
fn table(scenario: &Scenario, run: &Run) -> String {
    let mut text = format!("{}\n{}", run.timeline.to_table(), run.summary);
    let is_lost = run.summary.given_up + run.summary.states_lost > 0;
    if is_lost && scenario.settings.on_failure.is_none() {
        text += "\nthe settings name no OnFailure destination: what is given up would be lost";
    }
    text
}
