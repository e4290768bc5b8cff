//! The sales' demo's course.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Result, bail};

use super::board::Board;
use super::expected::Rules;
use super::report::{Report, WindowLatency};
use super::stack::{PUTTING, Plan, SalesStack, Settled};
use super::table::table;
use crate::console::Console;
use crate::demo::crashes::Crashes;
use crate::demo::own_stack::{OwnStack, StackArgs};
use crate::produce::rate::Rate;
use crate::produce::sales::{Settings, Skew, subject};
use crate::produce::wrap::Wrapping;
use crate::runner::parse_choices;
use crate::share::Share;
use crate::{Ending, UsageError};

const EXAMPLES: &str = "Examples:
  sluicegate demo sales
  sluicegate demo sales --count 40000 --rate 2000 --groups 50 --skew zipf
  sluicegate demo sales --crash 3                 # with function and mappings killed 3 times
  sluicegate demo sales --parameter SalesTumblingWindowInSeconds=10 --json
  sluicegate demo sales --choice idle_window_closes_after_ms=5000    # done sooner; docs/MAPPINGS.md lists them
  sluicegate demo sales --aggregate --compress gzip --schema-registry
  sluicegate demo sales --keep                    # look around before it is gone";

/// What the demo sets in template.yaml, unless it is told otherwise.
const PARAMETERS: [(&str, &str); 5] = [
    ("SalesGroupAttribute", "store"),
    ("SalesCountEachIdOnce", "1"),
    ("SalesTumblingWindowInSeconds", "5"),
    ("OrdersTumblingWindowInSeconds", "5"),
    ("SalesMaximumBatchingWindowInSeconds", "0"),
];

/// Arguments of `sluicegate demo sales`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::demo) struct SalesDemoArgs {
    /// How many records to put, half of them on the stream and half into the table
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    count: u64,
    /// Records a second on both together, or `max`
    #[arg(long, value_name = "N", default_value = "1000")]
    rate: Rate,
    /// How many groups there are
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    groups: u32,
    /// How uneven the groups are
    #[arg(long, value_name = "HOW", default_value = "zipf")]
    skew: Skew,
    /// Share of records that can never be counted, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    poison: Share,
    /// Share of records that repeat one of the last 200 sales
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    duplicates: Share,
    /// Share of the table's records that change or delete one of the last 200 orders
    #[arg(long, value_name = "PERCENT", default_value = "5%")]
    changes: Share,
    /// How often the function and the runner of its mappings are killed while a batch is under way
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=100))]
    crash: u64,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Answer a question about mappings that AWS leaves open; may be given several times
    #[arg(long = "choice", value_name = "NAME=VALUE")]
    choices: Vec<String>,
    #[command(flatten)]
    stack: StackArgs,
}

impl SalesDemoArgs {
    /// The value of one of [`PARAMETERS`]: the user's, if there is one.
    fn parameter(&self, name: &str) -> &str {
        self.stack.parameter(&PARAMETERS, name)
    }

    fn rules(&self) -> Result<Rules, UsageError> {
        let seconds = |name| match self.parameter(name).parse() {
            Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
            _ => Err(UsageError(format!(
                "{name}={}: expected seconds, 1 or more",
                self.parameter(name)
            ))),
        };
        Ok(Rules {
            stream_window: seconds("SalesTumblingWindowInSeconds")?,
            table_window: seconds("OrdersTumblingWindowInSeconds")?,
            each_id_once: self.parameter("SalesCountEachIdOnce") == "1",
        })
    }

    fn plan(&self) -> Result<Plan, UsageError> {
        let group = self.parameter("SalesGroupAttribute");
        let table = Settings {
            count: self.count / 2,
            groups: self.groups,
            group_attribute: (!group.is_empty()).then(|| group.to_owned()),
            skew: self.skew,
            seed: self.seed,
            poison: self.poison,
            duplicates: self.duplicates,
            changes: self.changes,
            ..Settings::default()
        };
        table.check()?;
        let stream = Settings {
            count: self.count - table.count,
            changes: Share::NONE,
            ..table.clone()
        };
        let half = |rate: NonZeroU32| NonZeroU32::new(rate.get().div_ceil(2));
        Ok(Plan {
            stream,
            table,
            per_second: self.rate.per_second().and_then(half),
            wrapping: Wrapping::default(),
        })
    }
}

/// Runs the sales' demo.
pub(in crate::demo) async fn run(args: SalesDemoArgs, console: Console) -> Result<Ending> {
    let (rules, mut plan) = (args.rules()?, args.plan()?);
    let choices = parse_choices(&args.choices).map_err(UsageError)?;
    let mut own = OwnStack::start(&choices).await?;
    plan.wrapping = own.wrapping(&args.stack, &subject(&plan.stream)).await?;
    let course = Box::pin(course(&args, rules, &plan, &own, console)).await;
    let (mut report, mappings) = own.outcome(course).await?;
    report.idle_window_closes_after_ms = choices.idle_window_closes_after_ms;

    console.print(&if args.stack.json {
        serde_json::to_string(&report)?
    } else {
        let next = own.where_next("sluicegate produce sales");
        format!("\n{}\n{next}", table(&report))
    });
    if !report.ok {
        console.note(&failure(&report, &own));
    }
    own.end(args.stack.keep, mappings, console).await?;
    Ok(if report.ok { Ending::Good } else { Ending::Bad })
}

/// From the deployment to the report.
async fn course(
    args: &SalesDemoArgs,
    rules: Rules,
    plan: &Plan,
    own: &OwnStack,
    console: Console,
) -> Result<(Report, Crashes)> {
    let outputs = own
        .bring_up(
            &args.stack.deployed(&PARAMETERS, "SalesRecordLayers"),
            console,
        )
        .await?;
    let stack = SalesStack::new(&own.endpoint(), outputs, own.dir().clone());
    let mut crashes = Crashes::start(own.victim(args.count), args.crash).await?;

    let mut watch = stack.watch(rules)?;
    let mut board = Board::new(console, PUTTING);
    let longest = Duration::from_secs(args.stack.timeout);
    let filling = async {
        let ledger = stack
            .produce_and_watch(plan, &mut watch, &mut board)
            .await?;
        let settled = stack.settle(&mut watch, &mut board, longest).await?;
        anyhow::Ok((ledger, settled))
    };
    let (ledger, settled) = tokio::select! {
        filled = filling => filled?,
        error = crashes.failed() => return Err(error),
    };
    board.done(
        &watch,
        match settled {
            Settled::Yes => "all windows are complete",
            Settled::TimeUp => "the time is up, and not all windows are complete",
        },
    );
    let verdict = stack.judge(&ledger, &rules, console).await?;
    let (lines, log) = stack.batches(&ledger).await?;
    let mut report = Report::new(args.seed, &ledger, &verdict, &lines, log.warnings());
    report.layers = args.stack.wrap.layers();
    report.crashes = crashes.happened();
    report.batching_window_seconds = crashes.batching_window_seconds("SalesAggregatorFunction");
    report.window_latency_ms = WindowLatency::of(watch.latencies());
    if report.produced != args.count {
        bail!(
            "{} records were put, expected {}",
            report.produced,
            args.count
        );
    }
    Ok((report, crashes))
}

/// Why the demo fails.
fn failure(report: &Report, own: &OwnStack) -> String {
    let what = format!(
        "of {} records {} are lost, {} rows or records in quarantine are wrong",
        report.produced, report.lost, report.wrong
    );
    own.failure(&what, report.batches == 0)
}
