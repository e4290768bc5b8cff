//! `sluicegate produce orders`.

use std::cell::RefCell;

use anyhow::Result;
use serde::Serialize;

use super::dms::{DmsArgs, TaskArgs};
use super::{Put, note_layers, outcome, title};
use crate::Ending;
use crate::aws::AccountArgs;
use crate::console::Console;
use crate::produce::dms;
use crate::produce::orders::model::Model;
use crate::produce::orders::{MISSPELT, Orders, Settings};
use crate::produce::products::{USUAL_COUNT, products};
use crate::produce::put_records::put_wrapped;
use crate::produce::target::{STREAM, Target};
use crate::produce::wrap::{Subject, WrapArgs};

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce products && sluicegate produce orders      # to the local stack
  sluicegate produce orders --orders 50000 --count 0            # a full load and nothing else
  sluicegate produce orders --engine postgresql --before-image columns --null-and-empty
  sluicegate produce orders --partition-key primary-key --rate 2000 --poison 1% --seed 7
  sluicegate produce orders --compress zstd --schema-registry streams
  sluicegate produce orders --stream changes --profile dev      # to an account";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct OrderArgs {
    /// Name of the stream [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    #[command(flatten)]
    task: TaskArgs,
    /// How many orders there are to be loaded first
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    orders: u32,
    /// How many items an order has to begin with
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    items_per_order: u32,
    /// How many products are ordered; one item in 32 is of another one
    #[arg(long, value_name = "N", default_value_t = USUAL_COUNT, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    products: u32,
    /// The quantity's column is called itemQuanity, as it is in AWS's sample
    #[arg(long)]
    misspelt_quantity: bool,
    #[command(flatten)]
    dms: DmsArgs,
    #[command(flatten)]
    wrap: WrapArgs,
    #[command(flatten)]
    account: AccountArgs,
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
        let task = dms::Settings {
            renamed: self.misspelt_quantity.then_some(MISSPELT),
            ..self.task.settings(&self.dms)
        };
        Settings {
            task,
            orders: self.orders,
            items_per_order: self.items_per_order,
            products: self.products,
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
    let subject = &Subject::json("order-changes");
    let wrapping = args.wrap.wrapping(&target.glue, subject).await?;
    let step = console.bar(&title(&target), loaded + args.task.count);
    let begun = tokio::time::Instant::now();
    let model = RefCell::new(Model::default());
    let records = Orders::new(settings).map(|produced| {
        model.borrow_mut().add(&produced.expected);
        produced.record
    });
    let mut put = 0;
    let rate = args.task.rate.per_second();
    let stream = &target.name;
    let effort = put_wrapped(&client, stream, &wrapping, records, rate, |taken| {
        put += taken.len() as u64;
        step.at(put);
    })
    .await?;
    step.done(&outcome(&effort));
    note_layers(&args.wrap, console);
    if args.task.json {
        let model = model.into_inner();
        // Names and prices are of no matter here.
        let enriched = model.enriched(&products(args.products, args.task.seed));
        let missing = |row: &&_| std::collections::BTreeMap::contains_key(*row, "missing");
        let summary = Summary {
            stream: &target.name,
            put: Put {
                place: &target.place,
                seed: args.task.seed,
                start: args.task.start,
                layers: args.wrap.layers(),
                effort,
                seconds: begun.elapsed().as_secs_f64(),
            },
            loaded: model.tally.loaded,
            changes: model.tally.changed,
            again: model.tally.again,
            skipped: model.tally.skipped(),
            poison: model.tally.poison(),
            enriched: enriched.len(),
            missing: enriched.values().filter(missing).count(),
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}
