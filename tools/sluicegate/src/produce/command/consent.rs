//! `sluicegate produce consent`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::dms::{DmsArgs, TaskArgs};
use super::{Put, note_layers, outcome, title};
use crate::Ending;
use crate::aws::AccountArgs;
use crate::console::Console;
use crate::produce::consent::model::Model;
use crate::produce::consent::{Consents, Settings};
use crate::produce::put_records::put_wrapped;
use crate::produce::target::{STREAM, Target};
use crate::produce::wrap::{Subject, WrapArgs};

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce consent --count 1000                  # to the local stack
  sluicegate produce consent --users 50000 --count 0       # a full load and nothing else
  sluicegate produce consent --engine postgresql --before-image columns --partition-key primary-key
  sluicegate produce consent --aggregate --compress gzip
  sluicegate produce consent --stream consent-changes --profile dev      # to an account";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct ConsentArgs {
    /// Name of the stream [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// How many users there are to be loaded first
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    users: u32,
    #[command(flatten)]
    task: TaskArgs,
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
    /// Rows of users that must be in the table.
    rows: usize,
    /// Numbers that may be written to, by country.
    audience: BTreeMap<&'a str, usize>,
    /// Numbers that must be on the opt-out list.
    opted_out: usize,
}

pub(super) async fn run(args: ConsentArgs, console: Console) -> Result<Ending> {
    let settings = Settings {
        task: args.task.settings(&args.dms),
        users: args.users,
    };
    let stream = STREAM.of_output("ConsentChangesStreamName");
    let target = Target::find(args.stream, &args.account, stream).await?;
    let client = aws_sdk_kinesis::Client::new(&target.config);
    // Close to it: what a restart sends again, and DMS of its own, is not known before.
    let subject = &Subject::json("consent-changes");
    let wrapping = args.wrap.wrapping(&target.glue, subject).await?;
    let step = console.bar(&title(&target), u64::from(args.users) + args.task.count);
    let begun = tokio::time::Instant::now();
    let model = RefCell::new(Model::default());
    let records = Consents::new(settings).map(|produced| {
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
        let audience = model.audience().into_iter();
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
            rows: model.rows.len(),
            audience: audience
                .map(|(country, numbers)| (country, numbers.len()))
                .collect(),
            opted_out: model.opted_out().count(),
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}
