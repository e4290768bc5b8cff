#![doc = include_str!("../README.md")]
#![allow(
    clippy::print_stdout,
    reason = "the result of a benchmark is what it prints"
)]

mod batch;
mod http;
mod measure;
mod package;
mod peers;
mod report;
mod sandbox;
mod stats;
mod stub;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use crate::measure::Plan;
use crate::peers::Peer;
use crate::report::Report;

/// Benchmark of the release binary of sensor-ingest beside the same work in Node and Python.
#[derive(Debug, Parser)]
struct Arguments {
    /// Binary of sensor-ingest [default: the newer of target/lambda/sensor-ingest/bootstrap and target/release/sensor-ingest]
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Rounds in which the handlers take turns
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Records a batch
    #[arg(long, value_delimiter = ',', default_values_t = [100, 500, 2000], value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batches: Vec<u32>,
    /// Time a call to DynamoDB takes, in ms; 0 is measured as well
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=1000))]
    latency_ms: u64,
    /// Starts of each handler's process
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    cold_starts: u32,
    /// Far fewer batches: a look at the order of magnitude
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of the table
    #[arg(long)]
    json: bool,
    /// Handlers to leave out
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Node to run the Node handler with
    #[arg(long, default_value = "node")]
    node: PathBuf,
    /// Python with boto3 [default: .tools/bench/bin/python, else python3]
    #[arg(long)]
    python: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = target_folder()?;
    let mut peers = vec![peers::sluicegate(arguments.binary.as_deref(), &target)?];
    let mut skipped = Vec::new();
    let others: [(&str, &dyn Fn() -> Result<Peer>); 3] = [
        ("plain-rust", &|| peers::plain_rust(&target)),
        ("node", &|| peers::node(&arguments.node, bench)),
        ("python", &|| {
            peers::python(&python(&arguments, bench), bench)
        }),
    ];
    for (name, find) in others {
        if arguments.without.iter().any(|without| without == name) {
            continue;
        }
        match find() {
            Ok(peer) => peers.push(peer),
            Err(error) => skipped.push(format!("{name} is left out: {error:#}")),
        }
    }
    let plan = plan(&arguments);
    let measured = measure::run(&peers, &plan)?;
    let report = Report::new(&peers, &measured, &plan, skipped);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

fn plan(arguments: &Arguments) -> Plan {
    let mut latencies = vec![Duration::from_millis(arguments.latency_ms), Duration::ZERO];
    latencies.dedup();
    let quick = arguments.quick;
    Plan {
        sizes: arguments.batches.clone(),
        latencies,
        rounds: if quick {
            arguments.rounds.min(3)
        } else {
            arguments.rounds
        },
        records_per_round: if quick { 5_000 } else { 20_000 },
        least_batches: if quick { 5 } else { 15 },
        // Not shortened: it would favour handlers without a just-in-time compiler.
        warm_up_records: 100_000,
        cold_starts: if quick {
            arguments.cold_starts.min(5)
        } else {
            arguments.cold_starts
        },
    }
}

/// The folder Cargo builds into: this program is in its `release` or `debug`.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe().context("the path of this program")?;
    let folder = program.parent().and_then(Path::parent);
    ensure!(
        folder.is_some(),
        "{} is not in a target folder",
        program.display()
    );
    Ok(folder.map(Path::to_owned).unwrap_or_default())
}

fn python(arguments: &Arguments, bench: &Path) -> PathBuf {
    let installed = bench.join("../.tools/bench/bin/python");
    match &arguments.python {
        Some(python) => python.clone(),
        None if installed.is_file() => installed,
        None => "python3".into(),
    }
}
