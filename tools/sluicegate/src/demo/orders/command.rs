//! The orders' demo's course.

use std::time::Duration;

use anyhow::Result;

use super::products::Lists;
use super::report::Report;
use super::stack::{OrdersStack, Plan};
use super::table::table;
use crate::console::Console;
use crate::demo::crashes::Crashes;
use crate::demo::own_stack::{OwnStack, StackArgs};
use crate::produce::dms::{self, Engine};
use crate::produce::orders::Settings;
use crate::produce::products::USUAL_COUNT;
use crate::produce::rate::Rate;
use crate::produce::wrap::{Subject, Wrapping};
use crate::runner::parse_choices;
use crate::share::Share;
use crate::{Ending, UsageError};

const EXAMPLES: &str = "Examples:
  sluicegate demo orders
  sluicegate demo orders --engine postgresql --count 20000 --poison 5%
  sluicegate demo orders --crash 3                # with functions and mapping killed 3 times
  sluicegate demo orders --orders 50000 --count 0 --rate max --timeout 900    # 100,000 items
  sluicegate demo orders --parameter OrderBatchSize=100 --json
  sluicegate demo orders --parameter OrderSourceSchema=shop     # fails: nothing is of that schema
  sluicegate demo orders --aggregate --compress gzip
  sluicegate demo orders --keep                   # look around before it is gone";

/// What the demo sets in template.yaml, unless it is told otherwise. With five shards the two tables are on different
/// ones; batches of one shard that ran at once would have their times mixed up.
const PARAMETERS: [(&str, &str); 4] = [
    ("OrderChangesShardCount", "5"),
    ("OrderParallelizationFactor", "1"),
    ("OrderMaximumBatchingWindowInSeconds", "0"),
    (PRODUCTS_KEY, "products.ndjson"),
];
const PRODUCTS_KEY: &str = "ProductsKey";

/// Arguments of `sluicegate demo orders`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::demo) struct OrderDemoArgs {
    /// The database's engine
    #[arg(long, value_name = "ENGINE", default_value = "mysql")]
    engine: Engine,
    /// How many orders there are to be loaded first
    #[arg(long, value_name = "N", default_value_t = 2_500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    orders: u32,
    /// How many items an order has to begin with
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    items_per_order: u32,
    /// How many changes to put after the full load
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    count: u64,
    /// Records a second, or `max`; a few hundred is what the emulator's DynamoDB takes
    #[arg(long, value_name = "N", default_value = "200")]
    rate: Rate,
    /// Share of the changes that can never be stored, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    poison: Share,
    /// How often the functions and the runner of the mapping are killed while a batch is under way
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

impl OrderDemoArgs {
    /// The value of one of [`PARAMETERS`]: the user's, if there is one.
    fn parameter(&self, name: &str) -> &str {
        self.stack.parameter(&PARAMETERS, name)
    }

    fn plan(&self, wrapping: Wrapping) -> Plan {
        Plan {
            settings: Settings {
                task: dms::Settings {
                    engine: self.engine,
                    count: self.count,
                    seed: self.seed,
                    poison: self.poison,
                    ..dms::Settings::default()
                },
                orders: self.orders,
                items_per_order: self.items_per_order,
                ..Settings::default()
            },
            lists: Lists::new(USUAL_COUNT, self.seed),
            products_key: self.parameter(PRODUCTS_KEY).to_owned(),
            per_second: self.rate.per_second(),
            wrapping,
        }
    }
}

/// Runs the orders' demo.
pub(in crate::demo) async fn run(args: OrderDemoArgs, console: Console) -> Result<Ending> {
    let choices = parse_choices(&args.choices).map_err(UsageError)?;
    let mut own = OwnStack::start(&choices).await?;
    let course = Box::pin(course(&args, &own, console)).await;
    let (report, mappings) = own.outcome(course).await?;

    console.print(&if args.stack.json {
        serde_json::to_string(&report)?
    } else {
        let next = own.where_next("sluicegate produce orders");
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
    args: &OrderDemoArgs,
    own: &OwnStack,
    console: Console,
) -> Result<(Report, Crashes)> {
    let subject = Subject::json("order-changes");
    let plan = args.plan(own.wrapping(&args.stack, &subject).await?);
    let outputs = own
        .bring_up(
            &args.stack.deployed(&PARAMETERS, "OrderRecordLayers"),
            console,
        )
        .await?;
    let stack = OrdersStack::new(&own.endpoint(), outputs, own.dir().clone());
    let mut crashes = Crashes::start(own.victim(plan.records()), args.crash).await?;

    let longest = Duration::from_secs(args.stack.timeout);
    let working = async {
        let ledger = Box::pin(stack.produce(&plan, console)).await?;
        let (_, lines, log) = stack.drain(&ledger, longest, console).await?;
        let settled = stack.settle(&plan.lists, longest, console).await?;
        anyhow::Ok((ledger, lines, log, settled))
    };
    let (ledger, lines, log, settled) = tokio::select! {
        worked = working => worked?,
        error = crashes.failed() => return Err(error),
    };
    let verdict = stack.judge(&ledger, &plan.lists, console).await?;
    let completions = stack.completions().await?;
    let mut report = Report::new(
        args.seed,
        &ledger,
        &verdict,
        settled,
        completions,
        &lines,
        log.warnings(),
    );
    report.layers = args.stack.wrap.layers();
    report.crashes = crashes.happened();
    report.batching_window_seconds = crashes.batching_window_seconds("OrderEnrichmentFunction");
    Ok((report, crashes))
}

/// Why the demo fails.
fn failure(report: &Report, own: &OwnStack) -> String {
    let what = format!(
        "of {} records {} are lost and {} are wrong, {} rows lack their product",
        report.produced, report.lost, report.wrong, report.lacking
    );
    own.failure(&what, report.batches == 0)
}
