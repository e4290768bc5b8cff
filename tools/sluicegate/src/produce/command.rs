//! `sluicegate produce`.

mod binlog;
mod consent;
mod dms;
mod orders;
mod products;
mod sales;
mod sensors;

use anyhow::Result;
use serde::Serialize;

use super::effort::Effort;
use super::target::Target;
use super::wrap::WrapArgs;
use crate::Ending;
use crate::console::Console;
use crate::system;

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
    #[command(after_help = sensors::EXAMPLES)]
    Sensors(sensors::SensorArgs),
    /// Sales on a stream, or orders in a table, some of them poison, duplicates or changes if you like
    ///
    /// The same seed and options give the same records. They go to the local stack when it runs, else to
    /// the account that the usual AWS settings name. An order that is put in the same table again, by the same seed, is
    /// no new one: take another seed.
    #[command(after_help = sales::EXAMPLES)]
    Sales(sales::SalesArgs),
    /// Changes of an order database as AWS DMS writes them, some of them poison if you like
    ///
    /// A full load, then transactions, in between a restart of the task. The same seed and options give the same
    /// records. They go to the local stack when it runs, else to the account that the usual AWS settings name. Put
    /// again they change nothing; another seed makes other orders. The same seed with other options contradicts itself.
    #[command(after_help = orders::EXAMPLES)]
    Orders(orders::OrderArgs),
    /// Changes of a customer database's consent as AWS DMS writes them, some of them poison if you like
    ///
    /// People change their minds, their numbers and the household. The same seed and options give the same records. They
    /// go to the local stack when it runs, else to the account that the usual AWS settings name. Put again they change
    /// nothing; another seed makes other users. The same seed with other options contradicts itself.
    #[command(after_help = consent::EXAMPLES)]
    Consent(consent::ConsentArgs),
    /// Changes of a MySQL or MariaDB server's tables as AWS DMS writes them, read from its binary log
    ///
    /// Follows the server as a replica does, until Ctrl-C. Records go to the local stack when it runs, else to the account
    /// that the usual AWS settings name.
    #[command(after_help = binlog::EXAMPLES)]
    Binlog(binlog::BinlogArgs),
    /// The products that orders are enriched with, one JSON object a line
    ///
    /// The same seed gives the same list. It goes to the bucket of the local stack when it runs, else to the account
    /// that the usual AWS settings name, or to a file.
    #[command(after_help = products::EXAMPLES)]
    Products(products::ProductArgs),
}

/// Runs `sluicegate produce`.
pub async fn run(args: ProduceArgs, console: Console) -> Result<Ending> {
    match args.command {
        ProduceCommand::Sensors(args) => sensors::run(args, console).await,
        ProduceCommand::Sales(args) => sales::run(args, console).await,
        ProduceCommand::Orders(args) => orders::run(args, console).await,
        ProduceCommand::Consent(args) => consent::run(args, console).await,
        ProduceCommand::Binlog(args) => binlog::run(args, console).await,
        ProduceCommand::Products(args) => products::run(args, console).await,
    }
}

/// What `--json` prints of the way there.
#[derive(Serialize)]
struct Put<'a> {
    place: &'a str,
    seed: u64,
    start: i64,
    /// What is around the payloads, as the functions' configuration names it.
    #[serde(skip_serializing_if = "String::is_empty")]
    layers: String,
    #[serde(flatten)]
    effort: Effort,
    seconds: f64,
}

fn outcome(effort: &Effort) -> String {
    let together = match effort.stream_records {
        some if some == 0 || some == effort.records => String::new(),
        some => format!(" in {some} of the stream"),
    };
    format!(
        "{} records{together}, {} bytes in {} calls; {} put again after a refusal",
        effort.records, effort.bytes, effort.calls, effort.refused
    )
}

/// Says how the records are to be read, if there is anything around them.
fn note_layers(wrap: &WrapArgs, console: Console) {
    let layers = wrap.layers();
    if !layers.is_empty() {
        console.note(&format!("decode with RecordLayers={layers}"));
    }
}

fn title(target: &Target) -> String {
    format!("putting on {} ({})", target.name, target.place)
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
