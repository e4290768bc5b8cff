//! The demo's course.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::crashes::{Crashes, Victim};
use super::drain::Drained;
use super::report::Report;
use super::stack::Stack;
use super::table::table;
use crate::Ending;
use crate::aws::local_config;
use crate::console::Console;
use crate::local::{Emulator, Parameters, bring_up, export_line, parse_parameter, tail};
use crate::produce::rate::Rate;
use crate::produce::sensors::Settings;
use crate::project::{Project, StackDir};
use crate::share::Share;

/// Lines of the log shown when the stream is not drained.
const LOG_END: usize = 8;

const EXAMPLES: &str = "Examples:
  sluicegate demo
  sluicegate demo --count 1000 --poison 10%
  sluicegate demo --rate max                      # how much goes through
  sluicegate demo --crash 5                       # with function and mapping killed 5 times
  sluicegate demo --parameter SensorMaximumBatchingWindowInSeconds=1    # let batches fill, as template.yaml does
  sluicegate demo --parameter SensorBatchSize=100 --json
  sluicegate demo --keep                          # look around before it is gone";

/// Arguments of `sluicegate demo`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// How many readings to send
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Records a second, or `max`; 2000 is what two shards take on AWS
    #[arg(long, value_name = "N", default_value = "2000")]
    rate: Rate,
    /// Share of records that can never be stored, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    poison: Share,
    /// Share of records that repeat an earlier sensor and time with another value
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    duplicates: Share,
    /// How often the function and the runner of its mapping are killed while a batch is under way
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=100))]
    crash: u64,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Set a parameter of template.yaml; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parse_parameter)]
    parameters: Vec<String>,
    /// Give up when the stream is not processed after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    /// Keep the stack until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `sluicegate demo`.
pub async fn run(args: DemoArgs, console: Console) -> Result<Ending> {
    let settings = Settings {
        count: args.count,
        seed: args.seed,
        poison: args.poison,
        duplicates: args.duplicates,
        ..Settings::default()
    };
    settings.check()?;
    let project = Project::here()?;
    let dir = project.demo_stack();
    dir.create()?;
    let _alone = lock(&dir)?;

    let mut emulator = Emulator::start(&project, &dir, None).await?;
    let endpoint = emulator.endpoint();
    let course = Box::pin(course(&args, settings, &project, &dir, &emulator, console)).await;
    if course.is_err() {
        // Whatever failed, that the emulator is gone is the better reason.
        emulator.check(&dir).await?;
    }
    // The mappings run on as long as the stack is kept.
    let (report, drained, mappings) = course?;

    console.print(&if args.json {
        serde_json::to_string(&report)?
    } else {
        format!("\n{}\n{}", table(&report), where_next(&project, &dir))
    });
    if !report.ok {
        console.note(&failure(&report, drained, &project, &dir.log("emulator")));
    }
    if args.keep {
        let export = export_line(&endpoint);
        console.note(&format!(
            "The stack runs until you press Ctrl-C:\n  {export}"
        ));
        std::future::pending::<()>().await;
    }
    drop(mappings);
    drop(emulator);
    dir.clear_temporary()?;
    Ok(if report.ok { Ending::Good } else { Ending::Bad })
}

/// From the deployment to the report.
async fn course(
    args: &DemoArgs,
    settings: Settings,
    project: &Project,
    dir: &StackDir,
    emulator: &Emulator,
    console: Console,
) -> Result<(Report, Drained, Crashes)> {
    let endpoint = &emulator.endpoint();
    // The time that a batch waits to fill would be most of the latency, and tell nothing.
    let parameters =
        Parameters::local(&args.parameters).or("SensorMaximumBatchingWindowInSeconds", "0");
    let outputs = bring_up(project, dir, endpoint, &parameters, console).await?;
    let _ = std::fs::remove_file(dir.log("runner")); // of an earlier demo
    let victim = Victim {
        config: local_config(endpoint),
        dir: dir.clone(),
        emulator: emulator.pid(),
        records: settings.count,
    };
    let mut crashes = Crashes::start(victim, args.crash).await?;
    let stack = Stack::new(endpoint, outputs);
    let ledger = stack.produce(settings, args.rate, console).await?;
    let longest = Duration::from_secs(args.timeout);
    let (drained, lines, log) = stack.drain(&ledger, longest, console).await?;
    crashes.check()?;
    let verdict = stack.judge(&ledger, console).await?;
    let mut report = Report::new(args.seed, &ledger, &verdict, &lines, log.warnings());
    report.crashes = crashes.happened();
    report.batching_window_seconds = crashes.batching_window_seconds();
    Ok((report, drained, crashes))
}

/// Makes sure that one demo runs at a time; the kernel gives the lock back with the process.
fn lock(dir: &StackDir) -> Result<File> {
    let path = dir.path().join("demo.lock");
    let file =
        File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another demo runs in {}", dir.path().display()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

fn where_next(project: &Project, dir: &StackDir) -> String {
    format!(
        "Where to look next:
  {:<38}what the emulator and the function said
  {:<38}what the mapping had to tell
  {:<38}the same stack, to stay; then `sluicegate produce sensors`
  {:<38}what happens when things fail, and the test that proves it",
        project.relative(&dir.log("emulator")).display(),
        project.relative(&dir.log("runner")).display(),
        "sluicegate local up",
        "docs/SEMANTICS.md"
    )
}

/// Why the demo fails; where no batch was finished at all, the log may say why.
fn failure(report: &Report, drained: Drained, project: &Project, log: &Path) -> String {
    let mut text = format!(
        "FAILED: of {} records {} are lost and {} are wrong, see {}",
        report.produced,
        report.lost,
        report.wrong,
        project.relative(log).display()
    );
    if drained != Drained::Yes && report.batches == 0 {
        text = format!("{text}\nIts end:\n{}", tail(log, LOG_END));
    }
    text
}
