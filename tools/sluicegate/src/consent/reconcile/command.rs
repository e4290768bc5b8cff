//! The course of a comparison.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_pinpointsmsvoicev2::Client as Lists;

use super::difference::{Comparing, Comparison, Difference, Number};
use super::lists::{Pace, lists_client, look_up, page};
use super::numbers::Numbers;
use super::progress::Progress;
use super::repair::{Outcome, Repair};
use super::report::Report;
use crate::consent::source::SourceArgs;
use crate::console::Console;
use crate::{Ending, system};

pub(in crate::consent) const EXAMPLES: &str = "Examples:
  sluicegate consent reconcile                                   # the local stack
  sluicegate consent reconcile --stack consent-prod --profile prod --resume reconcile.state
  sluicegate consent reconcile --stack consent-prod --profile prod --resume reconcile.state --repair
The state holds phone numbers; it is removed at the end.";

/// How often a number that changes all the time is looked at.
const LOOKS: u32 = 3;
/// How long the function is given to finish with such a number.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Arguments of `sluicegate consent reconcile`.
#[derive(Clone, Debug, clap::Args)]
pub struct ReconcileArgs {
    /// Put right what differs: opt-outs first, then who may be written to again
    #[arg(long)]
    repair: bool,
    /// Name or ARN of the opt-out list [default: the stack's]
    #[arg(long, value_name = "NAME", help_heading = "Where to")]
    list: Option<String>,
    /// Keep in this file how far it is, and go on from there
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Calls a second that read the list; AWS allows 1 unless it has been raised
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    calls_per_second: u32,
    /// Calls a second that change the list, of the 10 that AWS allows you and the function together
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    repairs_per_second: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: SourceArgs,
}

/// What a comparison works with.
#[derive(Debug)]
pub struct Course {
    /// The API of the lists.
    pub lists: Lists,
    /// The list.
    pub list: String,
    /// The database.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The table.
    pub table: String,
    /// Of calls that read the list.
    pub reads: Pace,
    /// What puts numbers right; `None` to leave them as they are.
    pub repair: Option<Repair>,
}

/// Runs `sluicegate consent reconcile`.
pub(in crate::consent) async fn run(args: ReconcileArgs, console: Console) -> Result<Ending> {
    let source = args.source.find().await?;
    let list = source.list(args.list)?;
    let now = system::now_ms() / 1_000;
    let progress = match &args.resume {
        Some(path) => Progress::in_file(path, &source.table, &list, now)?,
        None => Progress::in_memory(now),
    };
    let per_second = args.repairs_per_second;
    let repair = || {
        Repair::new(
            &source.config,
            &source.lists,
            &source.table,
            &list,
            per_second,
        )
    };
    let course = Course {
        repair: args.repair.then(repair).transpose()?,
        lists: lists_client(&source.lists),
        list,
        dynamodb: aws_sdk_dynamodb::Client::new(&source.config),
        table: source.table,
        reads: Pace::of(args.calls_per_second),
    };
    let report = reconcile(course, progress, console).await?;
    console.print(&if args.json {
        serde_json::to_string(&report)?
    } else {
        report.text()
    });
    Ok(if report.left == 0 {
        Ending::Good
    } else {
        Ending::Bad
    })
}

/// Compares, repairs if there is a pace for it, and says what is left.
pub async fn reconcile(course: Course, mut progress: Progress, console: Console) -> Result<Report> {
    let numbers = Numbers::new(course.dynamodb.clone(), course.table.clone());
    read_list(&course, &mut progress, console).await?;
    let mut comparison = compare(&numbers, &progress, console).await?;
    look_again(&course, &numbers, &mut comparison, console).await?;
    let mut report = Report {
        listed: progress.listed().len() as u64,
        numbers: comparison.numbers,
        unknown: comparison.unknown,
        ..Report::default()
    };
    let Some(repair) = &course.repair else {
        for (difference, number) in comparison.different {
            report.add(difference, number, Outcome::Left);
        }
        progress.finish()?;
        return Ok(report);
    };
    let step = console.bar(
        "repairing, opt-outs first",
        comparison.different.len() as u64,
    );
    for (done, (difference, number)) in (1..).zip(comparison.different) {
        let outcome = repair.repair(difference, &number, &mut progress).await?;
        report.add(difference, number, outcome);
        step.at(done);
    }
    step.done(&format!("{} repaired", report.repaired));
    progress.finish()?;
    Ok(report)
}

async fn read_list(course: &Course, progress: &mut Progress, console: Console) -> Result<()> {
    let pages = progress.pages();
    let step = console.count(&format!("reading opt-out list {}", course.list));
    if pages > 0 {
        console.note(&format!("{pages} pages of it are read already"));
    }
    while !progress.is_read() {
        let token = progress.next_page();
        let is_later = token.is_some();
        let read = page(&course.lists, &course.list, token, &course.reads).await;
        let (numbers, next) = if is_later && pages > 0 {
            read.context("if its state is too old to go on from, remove the file")?
        } else {
            read?
        };
        progress.page(numbers, next)?;
        step.at(progress.listed().len() as u64);
    }
    step.done(&format!(
        "{} numbers are on the list",
        progress.listed().len()
    ));
    Ok(())
}

async fn compare(numbers: &Numbers, progress: &Progress, console: Console) -> Result<Comparison> {
    let rows = numbers.rows().await?;
    let step = console.bar("comparing the table with it", rows);
    let mut comparing = Comparing::new(progress.listed(), progress.since());
    numbers
        .read(|number| comparing.add(number), |seen| step.at(seen))
        .await?;
    let comparison = comparing.done();
    step.done(&format!(
        "{} numbers of the table compared",
        comparison.numbers
    ));
    Ok(comparison)
}

/// Looks at the numbers that may have changed while the list was read.
async fn look_again(
    course: &Course,
    numbers: &Numbers,
    comparison: &mut Comparison,
    console: Console,
) -> Result<()> {
    let moving = std::mem::take(&mut comparison.moving);
    if moving.is_empty() {
        return Ok(());
    }
    let step = console.bar(
        "looking again at numbers that have changed",
        moving.len() as u64,
    );
    for (done, number) in (1..).zip(moving) {
        let found = look(course, numbers, &number.phone).await?;
        comparison.different.extend(found);
        step.at(done);
    }
    step.done("numbers that have changed meanwhile are looked at");
    comparison.sort();
    Ok(())
}

/// How a number differs now: between two looks at the table that agree there is one at the list. The function is given
/// time for what it has not sent yet.
async fn look(
    course: &Course,
    numbers: &Numbers,
    phone: &str,
) -> Result<Option<(Difference, Number)>> {
    let mut last = None;
    for attempt in 0..LOOKS {
        if attempt > 0 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        let before = numbers.current(phone).await?;
        let listed = look_up(&course.lists, &course.list, phone, &course.reads).await?;
        let Some(number) = numbers.current(phone).await? else {
            return Ok(None);
        };
        let is_stable = before.as_ref() == Some(&number);
        match Difference::of(&number, listed) {
            None if is_stable => return Ok(None),
            None => last = None,
            Some(difference) => {
                // Refused for a reason that stays.
                let is_final = number
                    .reason
                    .as_deref()
                    .is_some_and(|reason| reason != "not-sent");
                last = Some((difference, number));
                if is_stable && is_final {
                    break;
                }
            }
        }
    }
    Ok(last)
}
