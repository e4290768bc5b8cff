//! `sluicegate produce sensors`.

use anyhow::Result;
use serde::Serialize;

use super::put_records::{Effort, put_records};
use super::rate::Rate;
use super::sensors::{Keys, Sensors, Settings};
use super::target::Target;
use crate::aws::AccountArgs;
use crate::console::Console;
use crate::share::Share;
use crate::{Ending, system};

/// Arguments of `sluicegate produce`.
#[derive(Clone, Debug, clap::Args)]
pub struct ProduceArgs {
    #[command(subcommand)]
    command: ProduceCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ProduceCommand {
    /// Readings of sensors, some of them poison or duplicates if you like
    ///
    /// The same seed and options give the same records. They go to the local stack when it runs, else to
    /// the account that the usual AWS settings name.
    #[command(after_help = EXAMPLES)]
    Sensors(SensorArgs),
}

const EXAMPLES: &str = "Examples:
  sluicegate produce sensors                                    # to the local stack
  sluicegate produce sensors --count 100000 --rate 2000
  sluicegate produce sensors --poison 1% --duplicates 2% --seed 7
  sluicegate produce sensors --stream readings --profile dev    # to an account";

#[derive(Clone, Debug, clap::Args)]
struct SensorArgs {
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
    account: AccountArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    stream: &'a str,
    place: &'a str,
    seed: u64,
    start: i64,
    #[serde(flatten)]
    effort: Effort,
    seconds: f64,
}

/// Runs `sluicegate produce`.
pub async fn run(args: ProduceArgs, console: Console) -> Result<Ending> {
    match args.command {
        ProduceCommand::Sensors(args) => sensors(args, console).await,
    }
}

async fn sensors(args: SensorArgs, console: Console) -> Result<Ending> {
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
    let target = Target::find(args.stream, &args.account, "SensorStreamName").await?;
    let client = aws_sdk_kinesis::Client::new(&target.config);
    let step = console.bar(
        &format!("putting on {} ({})", target.stream, target.place),
        settings.count,
    );
    let begun = tokio::time::Instant::now();
    let mut put = 0;
    let records = Sensors::new(settings).map(|produced| produced.record);
    let effort = put_records(
        &client,
        &target.stream,
        records,
        args.rate.per_second(),
        |receipts| {
            put += receipts.len() as u64;
            step.at(put);
        },
    )
    .await?;
    step.done(&format!(
        "{} records, {} bytes in {} calls; {} put again after a refusal",
        effort.records, effort.bytes, effort.calls, effort.refused
    ));
    if args.json {
        let summary = Summary {
            stream: &target.stream,
            place: &target.place,
            seed: settings.seed,
            start: settings.start,
            effort,
            seconds: begun.elapsed().as_secs_f64(),
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}

fn parse_start(text: &str) -> Result<i64, String> {
    if text == "now" {
        return Ok(system::now_ms() / 1_000);
    }
    // Up to the year 9999, so that milliseconds fit everywhere.
    match text.parse() {
        Ok(seconds @ 0..=253_402_300_799) => Ok(seconds),
        _ => Err("expected seconds since 1970, or now".to_owned()),
    }
}
