//! `sluicegate produce sales`.

use std::cell::RefCell;

use anyhow::Result;
use serde::Serialize;

use super::{Put, note_layers, outcome, parse_start, title};
use crate::aws::AccountArgs;
use crate::console::{Console, Step};
use crate::produce::effort::Effort;
use crate::produce::put_items::put_items;
use crate::produce::put_records::put_wrapped;
use crate::produce::rate::Rate;
use crate::produce::sales::model::Model;
use crate::produce::sales::place::{Place, Stream, Table};
use crate::produce::sales::{Keys, Sales, Settings, Skew, parse_group_attribute, subject};
use crate::produce::target::{STREAM, TABLE, Target};
use crate::produce::wrap::{WrapArgs, Wrapping};
use crate::share::Share;
use crate::{Ending, UsageError};

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce sales                                      # to the local stack's stream
  sluicegate produce sales --source table --changes 5%          # to its table of orders
  sluicegate produce sales --count 100000 --rate 2000 --groups 50 --skew zipf
  sluicegate produce sales --poison 1% --duplicates 2% --seed 7
  sluicegate produce sales --aggregate --schema-registry streams
  sluicegate produce sales --table orders --profile dev         # to an account";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Source {
    /// A Kinesis stream of sales
    Stream,
    /// A DynamoDB table of orders
    Table,
}

#[derive(Clone, Debug, clap::Args)]
pub(super) struct SalesArgs {
    /// Where to put them [default: stream, or table with --table]
    #[arg(long, value_name = "WHAT")]
    source: Option<Source>,
    /// Name of the stream [default: the local stack's]
    #[arg(long, value_name = "NAME", conflicts_with = "table")]
    stream: Option<String>,
    /// Name of the table [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// How many records to put
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    count: u64,
    /// Records a second, or `max`: as fast as they are taken
    #[arg(long, value_name = "N", default_value = "max")]
    rate: Rate,
    /// How many groups there are
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    groups: u32,
    /// Name of the attribute that says the group; one sale in 16 is without
    #[arg(long, value_name = "NAME", default_value = "store", value_parser = parse_group_attribute)]
    group_attribute: String,
    /// How uneven the groups are
    #[arg(long, value_name = "HOW", default_value = "none")]
    skew: Skew,
    /// What the partition key is taken from, on a stream [default: sale]
    #[arg(long, value_name = "WHAT")]
    shards_by: Option<Keys>,
    /// Share of records that can never be counted, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    poison: Share,
    /// Share of records that repeat one of the last 200 sales
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    duplicates: Share,
    /// Share of records that change or delete one of the last 200 orders, in a table
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    changes: Share,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Time of the first sale, as it says itself: seconds since 1970, or `now`
    #[arg(long, value_name = "TIME", default_value = "1700000000", value_parser = parse_start)]
    start: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wrap: WrapArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a str>,
    #[serde(flatten)]
    put: Put<'a>,
    /// What must be counted, over all windows.
    sales: u64,
    /// Their sum, as text: it has more digits than a JSON number keeps.
    sum: String,
    duplicates: u64,
    changes: u64,
    poison: u64,
}

impl SalesArgs {
    fn source(&self) -> Result<Source, UsageError> {
        match (self.source, &self.stream, &self.table) {
            (Some(Source::Stream), _, Some(_)) => Err(UsageError(
                "--table does not go with --source stream: name the stream with --stream"
                    .to_owned(),
            )),
            (Some(Source::Table), Some(_), _) => Err(UsageError(
                "--stream does not go with --source table: name the table with --table".to_owned(),
            )),
            (Some(source), ..) => Ok(source),
            (None, _, Some(_)) => Ok(Source::Table),
            (None, ..) => Ok(Source::Stream),
        }
    }

    fn settings(&self, source: Source) -> Result<Settings, UsageError> {
        if source == Source::Stream && self.changes != Share::NONE {
            return Err(UsageError(
                "--changes needs --source table: on a stream nothing is changed".to_owned(),
            ));
        }
        if source == Source::Table && !self.wrap.layers().is_empty() {
            return Err(UsageError(
                "--aggregate, --compress and --schema-registry need --source stream: items of a table have no layers"
                    .to_owned(),
            ));
        }
        if source == Source::Table && self.shards_by.is_some() {
            return Err(UsageError(
                "--shards-by needs --source stream: a table's shards are its own affair".to_owned(),
            ));
        }
        let settings = Settings {
            count: self.count,
            groups: self.groups,
            group_attribute: Some(self.group_attribute.clone()),
            skew: self.skew,
            seed: self.seed,
            start: self.start,
            poison: self.poison,
            duplicates: self.duplicates,
            changes: self.changes,
            keys: self.shards_by.unwrap_or_default(),
        };
        settings.check()?;
        Ok(settings)
    }
}

pub(super) async fn run(args: SalesArgs, console: Console) -> Result<Ending> {
    let source = args.source()?;
    let settings = args.settings(source)?;
    let (name, kind) = match source {
        Source::Stream => (args.stream, STREAM.of_output("SalesStreamName")),
        Source::Table => (args.table, TABLE.of_output("OrdersTableName")),
    };
    let target = Target::find(name, &args.account, kind).await?;
    let step = console.bar(&title(&target), settings.count);
    let begun = tokio::time::Instant::now();
    let (effort, model) = match source {
        Source::Stream => {
            let subject = subject(&settings);
            let wrapping = args.wrap.wrapping(&target.glue, &subject).await?;
            to_stream(&target, settings, &wrapping, args.rate, &step).await?
        }
        Source::Table => to_table(&target, settings, args.rate, &step).await?,
    };
    step.done(&outcome(&effort));
    note_layers(&args.wrap, console);
    if args.json {
        let name = |of| (source == of).then_some(target.name.as_str());
        let summary = Summary {
            stream: name(Source::Stream),
            table: name(Source::Table),
            put: Put {
                place: &target.place,
                seed: args.seed,
                start: args.start,
                layers: args.wrap.layers(),
                effort,
                seconds: begun.elapsed().as_secs_f64(),
            },
            sales: model.counted(),
            sum: model.sum().normalized().to_plain_string(),
            duplicates: model.duplicates,
            changes: model.changes(),
            poison: model.poison(),
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}

async fn to_stream(
    target: &Target,
    settings: Settings,
    wrapping: &Wrapping,
    rate: Rate,
    step: &Step,
) -> Result<(Effort, Model)> {
    let client = aws_sdk_kinesis::Client::new(&target.config);
    let model = RefCell::default();
    let records = modelled::<Stream>(settings, &model);
    let mut put = 0;
    let (stream, rate) = (&target.name, rate.per_second());
    let effort = put_wrapped(&client, stream, wrapping, records, rate, |taken| {
        put += taken.len() as u64;
        step.at(put);
    })
    .await?;
    Ok((effort, model.into_inner()))
}

async fn to_table(
    target: &Target,
    settings: Settings,
    rate: Rate,
    step: &Step,
) -> Result<(Effort, Model)> {
    let client = aws_sdk_dynamodb::Client::new(&target.config);
    let model = RefCell::default();
    let writes = modelled::<Table>(settings, &model);
    let mut put = 0;
    let effort = put_items(&client, &target.name, writes, rate.per_second(), |taken| {
        put += taken.len() as u64;
        step.at(put);
    })
    .await?;
    Ok((effort, model.into_inner()))
}

/// The records, while the model takes each of them in.
fn modelled<P: Place>(
    settings: Settings,
    model: &RefCell<Model>,
) -> impl Iterator<Item = P::Record> {
    Sales::<P>::new(settings).map(|produced| {
        model.borrow_mut().add(&produced.expected);
        produced.record
    })
}
