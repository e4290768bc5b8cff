//! Arguments of the producers that play a task of DMS.

use clap::ArgAction;

use super::parse_start;
use crate::produce::dms::{BeforeImage, Engine, MessageFormat, Numbers, PartitionKey, Settings};
use crate::produce::rate::Rate;
use crate::share::Share;

/// What the task does.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TaskArgs {
    /// The database's engine
    #[arg(long, value_name = "ENGINE", default_value = "mysql")]
    engine: Engine,
    /// How many changes to put after the full load
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) count: u64,
    /// How often the task starts again, and sends up to 200 of the last changes once more
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    restarts: u32,
    /// Records a second, or `max`: as fast as they are taken
    #[arg(long, value_name = "N", default_value = "max")]
    pub(super) rate: Rate,
    /// Share of the changes that can never be stored, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "0%")]
    poison: Share,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Time of the first record, as it says itself: seconds since 1970, or `now`
    #[arg(long, value_name = "TIME", default_value = "1700000000", value_parser = parse_start)]
    pub(super) start: i64,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// How DMS is set up.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "How DMS is set up")]
pub(super) struct DmsArgs {
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
}

impl TaskArgs {
    /// The task, with DMS set up like this.
    pub(super) fn settings(&self, dms: &DmsArgs) -> Settings {
        Settings {
            engine: self.engine,
            count: self.count,
            restarts: self.restarts,
            seed: self.seed,
            start: self.start,
            poison: self.poison,
            transaction_details: dms.transaction_details,
            null_and_empty: dms.null_and_empty,
            before_image: dms.before_image,
            partition_key: dms.partition_key,
            numbers: dms.numbers,
            message_format: dms.message_format,
            renamed: None,
        }
    }
}
