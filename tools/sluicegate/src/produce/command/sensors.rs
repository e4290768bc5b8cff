//! `sluicegate produce sensors`.

use anyhow::Result;
use serde::Serialize;

use super::{Put, note_layers, outcome, parse_start, title};
use crate::Ending;
use crate::aws::AccountArgs;
use crate::console::Console;
use crate::produce::put_records::put_wrapped;
use crate::produce::rate::Rate;
use crate::produce::sensors::{Keys, Sensors, Settings, subject};
use crate::produce::target::{STREAM, Target};
use crate::produce::wrap::WrapArgs;
use crate::share::Share;

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce sensors                                    # to the local stack
  sluicegate produce sensors --count 100000 --rate 2000
  sluicegate produce sensors --poison 1% --duplicates 2% --seed 7
  sluicegate produce sensors --aggregate --compress gzip --schema-registry streams
  sluicegate produce sensors --stream readings --profile dev    # to an account";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct SensorArgs {
    /// Name of the stream [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// How many records to put
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    count: u64,
    /// Records a second, or `max`: as fast as they are taken
    #[arg(long, value_name = "N", default_value = "max")]
    rate: Rate,
    /// How many sensors there are
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sensors: u32,
    /// What the partition key is taken from
    #[arg(long, value_name = "WHAT", default_value = "sensor")]
    shards_by: Keys,
    /// Share of records that can never be stored, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    poison: Share,
    /// Share of records that repeat an earlier sensor and time with another value
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    duplicates: Share,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Time of the first readings: seconds since 1970, or `now`
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
    stream: &'a str,
    #[serde(flatten)]
    put: Put<'a>,
}

pub(super) async fn run(args: SensorArgs, console: Console) -> Result<Ending> {
    let settings = Settings {
        count: args.count,
        sensors: args.sensors,
        seed: args.seed,
        start: args.start,
        poison: args.poison,
        duplicates: args.duplicates,
        keys: args.shards_by,
    };
    settings.check()?;
    let stream = STREAM.of_output("SensorStreamName");
    let target = Target::find(args.stream, &args.account, stream).await?;
    let client = aws_sdk_kinesis::Client::new(&target.config);
    let subject = &subject();
    let wrapping = args.wrap.wrapping(&target.glue, subject).await?;
    let step = console.bar(&title(&target), settings.count);
    let begun = tokio::time::Instant::now();
    let mut put = 0;
    let records = Sensors::new(settings).map(|produced| produced.record);
    let rate = args.rate.per_second();
    let stream = &target.name;
    let effort = put_wrapped(&client, stream, &wrapping, records, rate, |receipts| {
        put += receipts.len() as u64;
        step.at(put);
    })
    .await?;
    step.done(&outcome(&effort));
    note_layers(&args.wrap, console);
    if args.json {
        let summary = Summary {
            stream: &target.name,
            put: Put {
                place: &target.place,
                seed: settings.seed,
                start: settings.start,
                layers: args.wrap.layers(),
                effort,
                seconds: begun.elapsed().as_secs_f64(),
            },
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}
