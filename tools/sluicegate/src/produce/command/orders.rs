//! `sluicegate produce orders`.

use std::cell::RefCell;

use anyhow::Result;
use clap::ArgAction;
use serde::Serialize;

use super::{Put, outcome, parse_start, title};
use crate::Ending;
use crate::aws::AccountArgs;
use crate::console::Console;
use crate::produce::orders::model::Model;
use crate::produce::orders::{
    BeforeImage, Engine, MessageFormat, Numbers, Orders, PartitionKey, Settings,
};
use crate::produce::products::{USUAL_COUNT, products};
use crate::produce::put_records::put_records;
use crate::produce::rate::Rate;
use crate::produce::target::{STREAM, Target};
use crate::share::Share;

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce products && sluicegate produce orders      # to the local stack
  sluicegate produce orders --orders 50000 --count 0            # a full load and nothing else
  sluicegate produce orders --engine postgresql --before-image columns --null-and-empty
  sluicegate produce orders --partition-key primary-key --rate 2000 --poison 1% --seed 7
  sluicegate produce orders --stream changes --profile dev      # to an account";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct OrderArgs {
    /// Name of the stream [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// The database's engine
    #[arg(long, value_name = "ENGINE", default_value = "mysql")]
    engine: Engine,
    /// How many changes to put after the full load
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    count: u64,
    /// How many orders there are to be loaded first
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    orders: u32,
    /// How many items an order has to begin with
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    items_per_order: u32,
    /// How many products are ordered; one item in 32 is of another one
    #[arg(long, value_name = "N", default_value_t = USUAL_COUNT, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    products: u32,
    /// How often the task starts again, and sends up to 200 of the last changes once more
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    restarts: u32,
    /// Records a second, or `max`: as fast as they are taken
    #[arg(long, value_name = "N", default_value = "max")]
    rate: Rate,
    /// Share of the changes that can never be stored, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    poison: Share,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Time of the first record, as it says itself: seconds since 1970, or `now`
    #[arg(long, value_name = "TIME", default_value = "1700000000", value_parser = parse_start)]
    start: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dms: DmsArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// How DMS is set up.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "How DMS is set up")]
struct DmsArgs {
    /// `IncludeTransactionDetails`: position in the log, number in the transaction, time of the commit
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    transaction_details: bool,
    /// `IncludeNullAndEmpty`: columns that are NULL or empty are not left out
    #[arg(long)]
    null_and_empty: bool,
    /// Where it is told what a row was before
    #[arg(long, value_name = "WHERE", default_value = "field")]
    before_image: BeforeImage,
    /// What the partition key is made of
    #[arg(long, value_name = "WHAT", default_value = "schema-table")]
    partition_key: PartitionKey,
    /// How numbers are spelled
    #[arg(long, value_name = "HOW", default_value = "mixed")]
    numbers: Numbers,
    /// `MessageFormat`: how a record is laid out
    #[arg(long, value_name = "FORMAT", default_value = "json-unformatted")]
    message_format: MessageFormat,
    /// The quantity's column is called itemQuanity, as it is in AWS's sample
    #[arg(long)]
    misspelt_quantity: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    stream: &'a str,
    #[serde(flatten)]
    put: Put<'a>,
    /// Rows of the full load.
    loaded: u64,
    /// Changes, each once.
    changes: u64,
    /// Changes that were sent again.
    again: u64,
    /// Definitions and records of tables that DMS keeps for itself.
    skipped: u64,
    poison: u64,
    /// Rows that must be in `OrderEnriched`.
    enriched: usize,
    /// Those of them that are of no product.
    missing: usize,
}

impl OrderArgs {
    fn settings(&self) -> Settings {
        Settings {
            engine: self.engine,
            count: self.count,
            orders: self.orders,
            items_per_order: self.items_per_order,
            products: self.products,
            restarts: self.restarts,
            seed: self.seed,
            start: self.start,
            poison: self.poison,
            transaction_details: self.dms.transaction_details,
            null_and_empty: self.dms.null_and_empty,
            before_image: self.dms.before_image,
            partition_key: self.dms.partition_key,
            numbers: self.dms.numbers,
            message_format: self.dms.message_format,
            misspelt_quantity: self.dms.misspelt_quantity,
        }
    }
}

pub(super) async fn run(args: OrderArgs, console: Console) -> Result<Ending> {
    let settings = args.settings();
    let stream = STREAM.of_output("OrderChangesStreamName");
    let target = Target::find(args.stream, &args.account, stream).await?;
    let client = aws_sdk_kinesis::Client::new(&target.config);
    // Close to it: what a restart sends again, and DMS of its own, is not known before.
    let loaded = u64::from(args.orders) * (1 + u64::from(args.items_per_order));
    let step = console.bar(&title(&target), loaded + args.count);
    let begun = tokio::time::Instant::now();
    let model = RefCell::new(Model::default());
    let records = Orders::new(settings).map(|produced| {
        model.borrow_mut().add(&produced.expected);
        produced.record
    });
    let mut put = 0;
    let rate = args.rate.per_second();
    let effort = put_records(&client, &target.name, records, rate, |taken| {
        put += taken.len() as u64;
        step.at(put);
    })
    .await?;
    step.done(&outcome(&effort));
    if args.json {
        let model = model.into_inner();
        // Names and prices are of no matter here.
        let enriched = model.enriched(&products(args.products, args.seed));
        let missing = |row: &&_| std::collections::BTreeMap::contains_key(*row, "missing");
        let summary = Summary {
            stream: &target.name,
            put: Put {
                place: &target.place,
                seed: args.seed,
                start: args.start,
                effort,
                seconds: begun.elapsed().as_secs_f64(),
            },
            loaded: model.loaded,
            changes: model.changed,
            again: model.again,
            skipped: model.skipped(),
            poison: model.poison(),
            enriched: enriched.len(),
            missing: enriched.values().filter(missing).count(),
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}
