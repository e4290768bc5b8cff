//! The sensors' demo's course.

use std::time::Duration;

use anyhow::Result;
use mapping::Choices;

use super::report::Report;
use super::stack::Stack;
use super::table::table;
use crate::Ending;
use crate::console::Console;
use crate::demo::crashes::Crashes;
use crate::demo::drain::Drained;
use crate::demo::own_stack::{OwnStack, StackArgs};
use crate::produce::rate::Rate;
use crate::produce::sensors::{Settings, subject};
use crate::share::Share;

pub(in crate::demo) const EXAMPLES: &str = "Examples:
  sluicegate demo
  sluicegate demo --count 1000 --poison 10%
  sluicegate demo --rate max                      # how much goes through
  sluicegate demo --crash 5                       # with function and mapping killed 5 times
  sluicegate demo --parameter SensorMaximumBatchingWindowInSeconds=1    # let batches fill, as template.yaml does
  sluicegate demo --parameter SensorBatchSize=100 --json
  sluicegate demo --aggregate --compress gzip --schema-registry
  sluicegate demo --keep                          # look around before it is gone
  sluicegate demo sales --help                    # sales in windows instead of readings
  sluicegate demo orders --help                   # changes of a database instead";

/// Arguments of `sluicegate demo` itself.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::demo) struct SensorDemoArgs {
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
    #[command(flatten)]
    stack: StackArgs,
}

/// Runs the sensors' demo.
pub(in crate::demo) async fn run(args: SensorDemoArgs, console: Console) -> Result<Ending> {
    let settings = Settings {
        count: args.count,
        seed: args.seed,
        poison: args.poison,
        duplicates: args.duplicates,
        ..Settings::default()
    };
    settings.check()?;
    let mut own = OwnStack::start(&Choices::default()).await?;
    let course = Box::pin(course(&args, settings, &own, console)).await;
    let (report, drained, mappings) = own.outcome(course).await?;

    console.print(&if args.stack.json {
        serde_json::to_string(&report)?
    } else {
        let next = own.where_next("sluicegate produce sensors");
        format!("\n{}\n{next}", table(&report))
    });
    if !report.ok {
        console.note(&failure(&report, drained, &own));
    }
    own.end(args.stack.keep, mappings, console).await?;
    Ok(if report.ok { Ending::Good } else { Ending::Bad })
}

/// From the deployment to the report.
async fn course(
    args: &SensorDemoArgs,
    settings: Settings,
    own: &OwnStack,
    console: Console,
) -> Result<(Report, Drained, Crashes)> {
    // The time that a batch waits to fill would be most of the latency, and tell nothing.
    let parameters = args.stack.deployed(
        &[("SensorMaximumBatchingWindowInSeconds", "0")],
        "SensorRecordLayers",
    );
    let outputs = own.bring_up(&parameters, console).await?;
    let mut crashes = Crashes::start(own.victim(settings.count), args.crash).await?;
    let stack = Stack::new(&own.endpoint(), outputs);
    let wrapping = own.wrapping(&args.stack, &subject()).await?;
    let produce = stack.produce_wrapped(settings, args.rate, &wrapping, console);
    let ledger = produce.await?;
    let longest = Duration::from_secs(args.stack.timeout);
    let (drained, lines, log) = stack.drain(&ledger, longest, console).await?;
    crashes.check()?;
    let verdict = stack.judge(&ledger, console).await?;
    let mut report = Report::new(args.seed, &ledger, &verdict, &lines, log.warnings());
    report.layers = args.stack.wrap.layers();
    report.crashes = crashes.happened();
    report.batching_window_seconds = crashes.batching_window_seconds("SensorIngestFunction");
    Ok((report, drained, crashes))
}

/// Why the demo fails.
fn failure(report: &Report, drained: Drained, own: &OwnStack) -> String {
    let what = format!(
        "of {} records {} are lost and {} are wrong",
        report.produced, report.lost, report.wrong
    );
    own.failure(&what, drained != Drained::Yes && report.batches == 0)
}
