#![doc = include_str!("../README.md")]
#![allow(
    clippy::print_stdout,
    reason = "the result of a benchmark is what it prints"
)]

mod function;
mod http;
mod kinesis;
mod measure;
mod orders;
mod package;
mod peers;
mod report;
mod sales;
mod sandbox;
mod sensors;
mod stats;
mod stub;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};

use crate::function::Function;
use crate::measure::Plan;
use crate::peers::Peer;
use crate::report::Report;

/// Benchmark of the release binaries of the functions beside the same work in Node and Python.
#[derive(Debug, Parser)]
struct Arguments {
    /// Functions to measure, one after the other
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = [Which::Sensors, Which::Sales, Which::Orders])]
    function: Vec<Which>,
    /// Binary of the one function that is measured [default: the newer of target/lambda/NAME/bootstrap and target/release/NAME]
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Rounds in which the handlers take turns
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Records a batch [default: 100,500,2000 of the sensors, 500,2000 of the sales, 500 of the orders]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batches: Vec<u32>,
    /// Time a call to DynamoDB takes, in ms; with the sensors and the orders 0 is measured as well
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=1000))]
    latency_ms: u64,
    /// Starts of each handler's process
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    cold_starts: u32,
    /// Far fewer batches: a look at the order of magnitude
    #[arg(long)]
    quick: bool,
    /// Print a JSON array of the functions' results instead of tables
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

/// A function by what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// sensor-ingest
    Sensors,
    /// sales-aggregator
    Sales,
    /// order-enrichment
    Orders,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        arguments.binary.is_none() || arguments.function.len() == 1,
        "--binary is the binary of one function: name it with --function"
    );
    let target = target_folder()?;
    let mut reports = Vec::new();
    for which in &arguments.function {
        let report = measure_function(&function(*which, &arguments), &arguments, &target)?;
        if !arguments.json {
            println!("{report}");
        }
        reports.push(report);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    }
    Ok(())
}

fn function(which: Which, arguments: &Arguments) -> Function {
    let latency = Duration::from_millis(arguments.latency_ms);
    let sizes = |default: &[u32]| match arguments.batches.as_slice() {
        [] => default.to_vec(),
        given => given.to_vec(),
    };
    match which {
        Which::Sensors => sensors::function(&sizes(&[100, 500, 2000]), latency),
        Which::Sales => sales::function(&sizes(&[500, 2000]), latency),
        Which::Orders => orders::function(&sizes(&[500]), latency),
    }
}

fn measure_function(function: &Function, arguments: &Arguments, target: &Path) -> Result<Report> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = arguments.binary.as_deref();
    let mut peers = vec![peers::sluicegate(function, binary, target)?];
    let mut skipped = Vec::new();
    let others: [(&str, &dyn Fn() -> Result<Peer>); 3] = [
        ("plain-rust", &|| peers::plain_rust(function, target)),
        ("node", &|| peers::node(function, &arguments.node, bench)),
        ("python", &|| {
            peers::python(function, &python(arguments, bench), bench)
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
    let plan = plan(arguments);
    let measured = measure::run(function, &peers, &plan)?;
    Ok(Report::new(function, &peers, &measured, &plan, skipped))
}

fn plan(arguments: &Arguments) -> Plan {
    let quick = arguments.quick;
    let less = |count: u32, quickly: u32| if quick { count.min(quickly) } else { count };
    Plan {
        rounds: less(arguments.rounds, 3),
        haste: if quick { 4 } else { 1 },
        least_batches_limit: if quick { 5 } else { u32::MAX },
        cold_starts: less(arguments.cold_starts, 5),
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
