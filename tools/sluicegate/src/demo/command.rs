//! The demo's course.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::batch_log::{BatchLine, BatchLog};
use super::drain::{Drained, drain};
use super::ledger::Ledger;
use super::read_back;
use super::report::Report;
use super::verdict::Verdict;
use crate::aws::{LOCAL_KEY, LOCAL_REGION, local_config};
use crate::console::Console;
use crate::local::{Emulator, Parameters, bring_up, parse_parameter};
use crate::produce::put_records::put_records;
use crate::produce::rate::Rate;
use crate::produce::sensors::{Sensors, Settings};
use crate::project::{Project, StackDir};
use crate::share::Share;
use crate::{Ending, UsageError};

/// The function whose quarantine is read.
const FUNCTION: &str = "sensor-ingest";

const EXAMPLES: &str = "Examples:
  sluicegate demo
  sluicegate demo --count 1000 --poison 10%
  sluicegate demo --rate max                      # how much goes through
  sluicegate demo --parameter BatchSize=100 --json
  sluicegate demo --keep                          # look around before it is gone";

/// Send readings through a stack of its own and check that none is lost
///
/// Starts an emulator beside any that `sluicegate local up` runs, deploys template.yaml to it, puts readings
/// on the stream and waits until all are processed. Then every row of the table and every record in quarantine
/// is compared with what was sent. Exit code 1 if anything is lost or wrong. No process is left behind.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// How many readings to send
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Records a second, or `max`; 2000 is what two shards take on AWS
    #[arg(long, value_name = "N", default_value = "2000")]
    rate: Rate,
    /// Share of records that can never be stored, of many kinds
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    poison: Share,
    /// Share of records that repeat an earlier sensor and time with another value
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    duplicates: Share,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Set a parameter of template.yaml; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parse_parameter)]
    parameters: Vec<String>,
    /// Give up when the stream is not processed after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    /// Keep the stack until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `sluicegate demo`.
pub async fn run(args: DemoArgs, console: Console) -> Result<Ending> {
    let settings = Settings {
        count: args.count,
        seed: args.seed,
        poison: args.poison,
        duplicates: args.duplicates,
        ..Settings::default()
    };
    if args.poison.checked_add(args.duplicates).is_none() {
        return Err(UsageError(format!(
            "--poison {} and --duplicates {} are more than all records: expected 100% at most together",
            args.poison, args.duplicates
        ))
        .into());
    }
    let project = Project::here()?;
    let dir = project.demo_stack();
    dir.create()?;
    let _alone = lock(&dir)?;
    dir.clear_temporary()?;

    let parameters = Parameters::local(&args.parameters);
    let mut emulator = Emulator::start(&project, &dir, None).await?;
    let endpoint = emulator.endpoint();
    let brought = bring_up(&project, &dir, &endpoint, &parameters, console).await;
    emulator.check(&dir)?;
    let stack = Stack {
        config: local_config(&endpoint),
        outputs: brought?,
    };

    let ledger = stack.produce(settings, args.rate, console).await?;
    let longest = Duration::from_secs(args.timeout);
    let lines = stack
        .drain(&ledger, longest, console, || emulator.check(&dir))
        .await?;
    let verdict = stack.judge(&ledger, console).await?;
    let report = Report::new(args.seed, &ledger, &verdict, &lines);

    console.print(&if args.json {
        serde_json::to_string(&report)?
    } else {
        format!("\n{}\n{}", report.table(), where_next(&project, &dir))
    });
    if !report.ok {
        console.note(&format!(
            "FAILED: of {} records {} are lost and {} are wrong, see {}",
            report.produced,
            report.lost,
            report.wrong,
            project.relative(&dir.log("emulator")).display()
        ));
    }
    if args.keep {
        console.note(&format!(
            "The stack runs at {endpoint} until you press Ctrl-C:
  export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION={LOCAL_REGION} AWS_ACCESS_KEY_ID={LOCAL_KEY} AWS_SECRET_ACCESS_KEY={LOCAL_KEY}"
        ));
        std::future::pending::<()>().await;
    }
    drop(emulator);
    dir.clear_temporary()?;
    Ok(if report.ok { Ending::Good } else { Ending::Bad })
}

/// The deployed stack.
struct Stack {
    config: aws_config::SdkConfig,
    outputs: BTreeMap<String, String>,
}

impl Stack {
    fn output(&self, name: &str) -> Result<&String> {
        let value = self.outputs.get(name);
        value.with_context(|| format!("template.yaml has no output {name}"))
    }

    async fn produce(&self, settings: Settings, rate: Rate, console: Console) -> Result<Ledger> {
        let client = aws_sdk_kinesis::Client::new(&self.config);
        let stream = self.output("SensorStreamName")?;
        let step = console.bar("putting readings on the stream", settings.count);
        // Both the records and the receipts go into it, by turns.
        let ledger = RefCell::new(Ledger::default());
        let records = (0..).zip(Sensors::new(settings)).map(|(index, produced)| {
            ledger.borrow_mut().produced(index, &produced);
            produced.record
        });
        let effort = put_records(&client, stream, records, rate.per_second(), |receipts| {
            ledger.borrow_mut().put(receipts);
            step.at(ledger.borrow().count());
        })
        .await?;
        step.done(&format!("{} readings are on the stream", effort.records));
        Ok(ledger.into_inner())
    }

    async fn drain(
        &self,
        ledger: &Ledger,
        longest: Duration,
        console: Console,
        check: impl FnMut() -> Result<()>,
    ) -> Result<Vec<BatchLine>> {
        let group = self.output("SensorIngestLogGroupName")?.clone();
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let from = ledger.first_put_at().unwrap_or_default();
        let mut log = BatchLog::new(client, group, from);
        let step = console.bar("waiting until they are processed", ledger.count());
        let (drained, lines) = drain(ledger, &mut log, longest, &step, check).await?;
        let finished = ledger.finished(&lines).len();
        match drained {
            Drained::Yes => step.done("the stream is drained"),
            Drained::Stalled => step.done(&format!(
                "{finished} of {} are processed, and nothing moves any more",
                ledger.count()
            )),
            Drained::TimeUp => step.done(&format!(
                "{finished} of {} are processed in {longest:?}",
                ledger.count()
            )),
        }
        Ok(lines)
    }

    async fn judge(&self, ledger: &Ledger, console: Console) -> Result<Verdict> {
        let step = console.step("comparing table and quarantine with what was sent");
        let rows = read_back::rows(&self.config, self.output("SensorTableName")?).await?;
        let bucket = self.output("QuarantineBucketName")?;
        let quarantine = read_back::quarantine(&self.config, bucket, FUNCTION).await?;
        step.done(&format!(
            "{} rows and {} records in quarantine compared",
            rows.len(),
            quarantine.len()
        ));
        Ok(Verdict::new(ledger, &rows, &quarantine))
    }
}

/// Makes sure that one demo runs at a time; the kernel gives the lock back with the process.
fn lock(dir: &StackDir) -> Result<File> {
    let path = dir.path().join("demo.lock");
    let file =
        File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another demo runs in {}", dir.path().display()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

fn where_next(project: &Project, dir: &StackDir) -> String {
    format!(
        "Where to look next:
  {:<38}what the emulator and the function said
  {:<38}the same stack, to stay; then `sluicegate produce sensors`
  {:<38}what happens when things fail, and the test that proves it",
        project.relative(&dir.log("emulator")).display(),
        "sluicegate local up",
        "docs/SEMANTICS.md"
    )
}
