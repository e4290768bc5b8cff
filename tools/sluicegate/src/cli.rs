//! The commands and how they end.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::consent::{self, AudienceArgs, ConsentArgs};
use crate::console::Console;
use crate::decode::{self, DecodeArgs};
use crate::demo::{self, DemoArgs};
use crate::local::{self, LocalArgs};
use crate::produce::{self, ProduceArgs};
use crate::simulate::{self, MappingArgs};

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed or a check failed, 2 wrong usage.
Progress goes to standard error; with --json standard output is one JSON object,
or one a line where a command says so.";

/// Serverless stream pipelines on your laptop
#[derive(Clone, Debug, Parser)]
#[command(name = "sluicegate", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Run the whole stack on this machine: no account, no containers
    Local(LocalArgs),
    /// Put generated records on a stream
    Produce(ProduceArgs),
    /// Send readings through a stack of its own and check that none is lost
    ///
    /// Starts an emulator beside any that `sluicegate local up` runs, deploys template.yaml to it, puts
    /// readings on the stream and waits until all are processed. Then every row of the table and every record
    /// in quarantine is compared with what was sent. Exit code 1 if anything is lost or wrong. No process is
    /// left behind.
    Demo(DemoArgs),
    /// Show what is in records of a stream: from a file or a pipe, whatever is around them
    ///
    /// Prints one JSON line for each user record or error. Exit code 1 if any is an error.
    Decode(DecodeArgs),
    /// Who may be written to: the numbers that have said yes, by country
    Audience(AudienceArgs),
    /// The table of consent and the opt-out list
    Consent(ConsentArgs),
    /// Event source mappings: what Lambda does between a stream and a function
    Mapping(MappingArgs),
}

/// How a command ended that came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It did what was asked, and what it checked is right.
    Good,
    /// A check failed; the reason has been printed.
    Bad,
}

/// Arguments that are right each for itself and wrong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Runs a command.
pub async fn run(cli: Cli) -> Result<Ending> {
    let console = Console::new();
    match cli.command {
        Command::Local(args) => local::run(args, console).await,
        Command::Produce(args) => produce::run(args, console).await,
        Command::Demo(args) => demo::run(args, console).await,
        Command::Decode(args) => decode::run(args, console).await,
        Command::Audience(args) => consent::run_audience(args, console).await,
        Command::Consent(args) => consent::run(args, console).await,
        Command::Mapping(args) => simulate::run(&args, console),
    }
}
