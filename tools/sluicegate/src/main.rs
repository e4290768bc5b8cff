//! Runs the command line and turns its end into an exit code.
#![allow(
    clippy::print_stderr,
    reason = "a command line says why it failed on standard error"
)]

use std::process::ExitCode;

use clap::Parser;
use sluicegate::{Cli, Ending, UsageError, causes, run, system};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        // A signal drops the command, and with it everything that the command has started.
        tokio::select! {
            ended = run(cli) => exit_code(ended),
            stopped = system::stop_signal() => match stopped {
                Ok(signal) => {
                    eprintln!("stopped");
                    ExitCode::from(signal.exit_code())
                }
                Err(error) => exit_code(Err(error)),
            },
        }
    })
}

fn exit_code(ended: anyhow::Result<Ending>) -> ExitCode {
    match ended {
        Ok(Ending::Good) => ExitCode::SUCCESS,
        Ok(Ending::Bad) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", causes(error.as_ref()));
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}
