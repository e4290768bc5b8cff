//! The consent demo's course.

use std::time::Duration;

use anyhow::Result;
use opt_out_list::{OptOutLists, Options};

use super::report::Report;
use super::stack::{ConsentStack, Plan, kept};
use super::table::table;
use crate::console::Console;
use crate::demo::crashes::Crashes;
use crate::demo::own_service::OwnService;
use crate::demo::own_stack::{OwnStack, StackArgs};
use crate::produce::consent::Settings;
use crate::produce::dms::{self, Engine, PartitionKey};
use crate::produce::rate::Rate;
use crate::produce::wrap::{Subject, Wrapping};
use crate::runner::parse_choices;
use crate::share::Share;
use crate::{Ending, UsageError};

const EXAMPLES: &str = "Examples:
  sluicegate demo consent
  sluicegate demo consent --engine postgresql --count 5000 --poison 5%
  sluicegate demo consent --crash 3               # with function and mapping killed 3 times
  sluicegate demo consent --list-calls-per-second 10 --rate 5 --timeout 900    # as a new account has it
  sluicegate demo consent --parameter ConsentChannel=off    # fails: the list is not told
  sluicegate demo consent --aggregate --compress gzip
  sluicegate demo consent --keep                  # look around before it is gone";

/// What the demo sets in template.yaml, unless it is told otherwise: two instances keep one list.
const PARAMETERS: [(&str, &str); 4] = [
    ("ConsentShardCount", "2"),
    ("ConsentConcurrency", "2"),
    ("ConsentParallelizationFactor", "1"),
    ("ConsentMaximumBatchingWindowInSeconds", "0"),
];

/// Arguments of `sluicegate demo consent`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::demo) struct ConsentDemoArgs {
    /// The database's engine
    #[arg(long, value_name = "ENGINE", default_value = "mysql")]
    engine: Engine,
    /// How many users there are to be loaded first
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    users: u32,
    /// How many changes to put after the full load
    #[arg(long, value_name = "N", default_value_t = 1_500, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    count: u64,
    /// Records a second, or `max`
    #[arg(long, value_name = "N", default_value = "50")]
    rate: Rate,
    /// Share of the changes that can never be applied, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    poison: Share,
    /// Calls a second that the opt-out list takes of each action; a new account of AWS has 10
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    list_calls_per_second: u32,
    /// How often the function and the runner of the mapping are killed while a batch is under way
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

impl ConsentDemoArgs {
    fn plan(&self, wrapping: Wrapping) -> Plan {
        Plan {
            settings: Settings {
                task: dms::Settings {
                    engine: self.engine,
                    count: self.count,
                    seed: self.seed,
                    poison: self.poison,
                    // Both shards get changes of the same numbers.
                    partition_key: PartitionKey::PrimaryKey,
                    ..dms::Settings::default()
                },
                users: self.users,
            },
            per_second: self.rate.per_second(),
            wrapping,
        }
    }
}

/// The demo's own opt-out lists. They end with this value.
type OwnLists = OwnService<OptOutLists>;

fn lists(calls_per_second: u32) -> OptOutLists {
    OptOutLists::new(Options {
        calls_per_second,
        // The demo reads the list at the end, and nobody else does.
        other_calls_per_second: 100,
        ..Options::default()
    })
}

/// Runs the consent demo.
pub(in crate::demo) async fn run(args: ConsentDemoArgs, console: Console) -> Result<Ending> {
    let choices = parse_choices(&args.choices).map_err(UsageError)?;
    let mut own = OwnStack::start(&choices).await?;
    let lists = OwnLists::start(lists(args.list_calls_per_second)).await?;
    let course = Box::pin(course(&args, &own, &lists, console)).await;
    let (report, mappings) = own.outcome(course).await?;

    console.print(&if args.stack.json {
        serde_json::to_string(&report)?
    } else {
        let next = own.where_next("sluicegate produce consent");
        format!("\n{}\n{next}", table(&report))
    });
    if !report.ok {
        console.note(&failure(&report, &own));
    }
    if args.stack.keep {
        console.note(&format!("The opt-out list is at {}", lists.endpoint));
    }
    own.end(args.stack.keep, mappings, console).await?;
    Ok(if report.ok { Ending::Good } else { Ending::Bad })
}

/// From the deployment to the report.
async fn course(
    args: &ConsentDemoArgs,
    own: &OwnStack,
    lists: &OwnLists,
    console: Console,
) -> Result<(Report, Crashes)> {
    let subject = Subject::json("consent-changes");
    let plan = args.plan(own.wrapping(&args.stack, &subject).await?);
    let calls = args.list_calls_per_second.to_string();
    let parameters = args
        .stack
        .deployed(&PARAMETERS, "ConsentRecordLayers")
        .or("ConsentSmsEndpointUrl", &lists.endpoint)
        .or("ConsentChannelCallsPerSecond", &calls);
    let outputs = own.bring_up(&parameters, console).await?;
    let stack = ConsentStack::new(&own.endpoint(), outputs, &lists.endpoint);
    let mut crashes = Crashes::start(own.victim(plan.records()), args.crash).await?;

    let longest = Duration::from_secs(args.stack.timeout);
    let working = async {
        let ledger = Box::pin(stack.produce(&plan, console)).await?;
        let (_, lines, log) = stack.drain(&ledger, longest, console).await?;
        anyhow::Ok((ledger, lines, log))
    };
    let (ledger, lines, log) = tokio::select! {
        worked = working => worked?,
        error = crashes.failed() => return Err(error),
    };
    let list = stack.list()?;
    let kept = lists.service.with(|lists, now| kept(lists, list, now));
    let verdict = stack.judge(&ledger, kept, console).await?;
    let mut report = Report::new(args.seed, &ledger, &verdict, &lines, log.warnings());
    report.layers = args.stack.wrap.layers();
    report.crashes = crashes.happened();
    report.batching_window_seconds = crashes.batching_window_seconds("OptInUpdaterFunction");
    Ok((report, crashes))
}

/// Why the demo fails.
fn failure(report: &Report, own: &OwnStack) -> String {
    let what = format!(
        "of {} records {} are lost and {} are wrong",
        report.produced, report.lost, report.wrong
    );
    own.failure(&what, report.batches == 0)
}
