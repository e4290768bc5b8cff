//! The arguments of `sluicegate demo`.

use anyhow::Result;

use super::consent::{self, ConsentDemoArgs};
use super::orders::{self, OrderDemoArgs};
use super::sales::{self, SalesDemoArgs};
use super::sensors::{self, SensorDemoArgs};
use crate::Ending;
use crate::console::Console;

/// Arguments of `sluicegate demo`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = sensors::EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct DemoArgs {
    #[command(subcommand)]
    command: Option<DemoCommand>,
    #[command(flatten)]
    sensors: SensorDemoArgs,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum DemoCommand {
    /// Sum sales up in windows, and check each sum to the last digit
    ///
    /// Starts a stack of its own as the sensors' demo does, puts sales on the stream and orders in the table at the same
    /// time, and shows the windows filling. Then both streams are read back, and every row and every record in
    /// quarantine is compared with what must come of them. Exit code 1 if anything is lost or wrong. Takes two
    /// minutes longer than the sales: so long an idle shard keeps its last window open.
    Sales(SalesDemoArgs),
    /// Join a database's orders with their items and products from its changes, and check each row
    ///
    /// Starts a stack of its own as the sensors' demo does, and puts on the stream what AWS DMS would tell of a generated
    /// database: a full load, then changes. Some products come only half way. Then every row of both tables and every
    /// record in quarantine is compared with the database. Exit code 1 if anything is lost or wrong.
    Orders(OrderDemoArgs),
    /// Keep consent in step with a database and the SMS opt-out list, and compare all three
    ///
    /// Starts a stack of its own as the sensors' demo does, with a stand-in of the opt-out lists of AWS End User Messaging
    /// beside it, and puts on the stream what AWS DMS would tell of a generated database of users who change their minds and
    /// their numbers. Then every row, the audience of each country and the opt-out list are compared with the database. Exit
    /// code 1 if anything is lost or wrong.
    Consent(ConsentDemoArgs),
}

/// Runs `sluicegate demo`.
pub async fn run(args: DemoArgs, console: Console) -> Result<Ending> {
    match args.command {
        None => sensors::run(args.sensors, console).await,
        Some(DemoCommand::Sales(args)) => sales::run(args, console).await,
        Some(DemoCommand::Consent(args)) => consent::run(args, console).await,
        Some(DemoCommand::Orders(args)) => orders::run(args, console).await,
    }
}
