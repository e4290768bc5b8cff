//! The deployed stack: what goes in, what comes out.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::ledger::Ledger;
use super::products::{self, Completions, Lists};
use super::verdict::{Found, Verdict};
use crate::aws::local_config;
use crate::console::Console;
use crate::demo::batch_log::{BatchLine, BatchLog};
use crate::demo::drain::{Drained, wait};
use crate::demo::read_back;
use crate::produce::orders::{Orders, Settings};
use crate::produce::put_records::put_wrapped;
use crate::produce::wrap::Wrapping;
use crate::project::StackDir;
use crate::runner::RunnerStatus;
use crate::system;

/// The function whose quarantine is read.
const FUNCTION: &str = "order-enrichment";
/// S3 tells of an object's age in seconds: lists that are closer to each other could not be told apart.
const BETWEEN_LISTS: Duration = Duration::from_secs(2);
/// How often it is looked which rows lack their product.
const LOOK: Duration = Duration::from_millis(250);
/// How long rows may lack a product that is in the list before the demo does what the schedule would.
const SWEEP_AFTER: Duration = Duration::from_secs(3);

/// What to put, and how fast.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The changes.
    pub settings: Settings,
    /// The products.
    pub lists: Lists,
    /// The key of their object.
    pub products_key: String,
    /// Records a second; `None` is as fast as they are taken.
    pub per_second: Option<NonZeroU32>,
    /// What is around the payloads.
    pub wrapping: Wrapping,
}

impl Plan {
    /// About how many records there are: what a restart sends again, and DMS of its own, is not known before.
    pub fn records(&self) -> u64 {
        let Settings {
            task,
            orders,
            items_per_order,
            ..
        } = &self.settings;
        task.count + u64::from(*orders) * (1 + u64::from(*items_per_order))
    }
}

/// How waiting for the products has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// How often the demo has run the function that completes rows, as its schedule would have.
    pub sweeps: u64,
    /// Rows that still lack a product that is in the list.
    pub lacking: u64,
}

/// template.yaml, deployed to an emulator, with the folder in which its runner works.
#[derive(Debug)]
pub struct OrdersStack {
    config: SdkConfig,
    outputs: BTreeMap<String, String>,
    dir: StackDir,
}

impl OrdersStack {
    /// The stack at `endpoint` with its outputs.
    pub fn new(endpoint: &str, outputs: BTreeMap<String, String>, dir: StackDir) -> Self {
        Self {
            config: local_config(endpoint),
            outputs,
            dir,
        }
    }

    fn output(&self, name: &str) -> Result<&String> {
        let value = self.outputs.get(name);
        value.with_context(|| format!("template.yaml has no output {name}"))
    }

    /// Puts the first list of products, the records, and when half of them are on the stream all products.
    pub async fn produce(&self, plan: &Plan, console: Console) -> Result<Ledger> {
        let begun = Instant::now();
        let bucket = self.output("ProductsBucketName")?;
        let Lists { first, full } = &plan.lists;
        products::put(&self.config, bucket, &plan.products_key, first).await?;

        let all = plan.records();
        let step = console.bar("putting loads and changes on the stream", all);
        let (put, half) = (Cell::new(0), Notify::new());
        // Both the records and the receipts go into it, by turns.
        let ledger = RefCell::new(Ledger::default());
        let records = (0..).zip(Orders::new(plan.settings.clone()));
        let records = records.map(|(index, produced)| {
            ledger.borrow_mut().produced(index, &produced);
            produced.record
        });
        let client = aws_sdk_kinesis::Client::new(&self.config);
        let stream = self.output("OrderChangesStreamName")?;
        let putting = async {
            let (rate, wrapping) = (plan.per_second, &plan.wrapping);
            let effort = put_wrapped(&client, stream, wrapping, records, rate, |receipts| {
                put.set(put.get() + receipts.len() as u64);
                ledger.borrow_mut().receipts.put(receipts);
                step.at(put.get());
                if put.get() >= all / 2 {
                    half.notify_one();
                }
            })
            .await?;
            // So few that the half was never reached.
            half.notify_one();
            anyhow::Ok(effort)
        };
        let rest_of_products = async {
            half.notified().await;
            tokio::time::sleep_until(begun + BETWEEN_LISTS).await;
            products::put(&self.config, bucket, &plan.products_key, full).await
        };
        let (effort, ()) = tokio::try_join!(putting, rest_of_products)?;
        step.done(&format!(
            "{} records are on the stream; {} products first, {} from half way on",
            effort.records,
            first.len(),
            full.len()
        ));
        Ok(ledger.into_inner())
    }

    /// Waits until the ledger's records are processed; returns the lines of all batches and the log.
    pub async fn drain(
        &self,
        ledger: &Ledger,
        longest: Duration,
        console: Console,
    ) -> Result<(Drained, Vec<BatchLine>, BatchLog)> {
        let group = self.output("OrderEnrichmentLogGroupName")?.clone();
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let from = ledger.receipts.first_put_at().unwrap_or_default();
        let mut log = BatchLog::new(client, group, from);
        let (drained, lines) = wait(&ledger.receipts, &mut log, longest, console).await?;
        Ok((drained, lines, log))
    }

    /// Waits until nothing is under way and no row lacks a product that is in the list, for `longest` at most. Rows that
    /// were written with the first list just after the event of the full one are found by a schedule every 15 minutes;
    /// the demo does not wait for that, and runs the function in its place.
    pub async fn settle(
        &self,
        lists: &Lists,
        longest: Duration,
        console: Console,
    ) -> Result<Settled> {
        let step = console.step("waiting until no row lacks its product");
        let table = self.output("OrderEnrichedTableName")?;
        let function = self.output("ProductCompletionFunctionName")?;
        let products = lists.full.iter().map(|product| product.id).collect();
        let (begun, since) = (Instant::now(), system::now_ms());
        let mut last_sweep = begun;
        let mut settled = Settled::default();
        loop {
            let is_idle = self.is_idle(since)?;
            settled.lacking = products::lacking(&self.config, table, &products).await?;
            if (is_idle && settled.lacking == 0) || begun.elapsed() > longest {
                break;
            }
            if is_idle && last_sweep.elapsed() > SWEEP_AFTER {
                products::sweep(&self.config, function).await?;
                settled.sweeps += 1;
                last_sweep = Instant::now();
                continue;
            }
            step.still_going();
            tokio::time::sleep(LOOK).await;
        }
        step.done(&match settled.lacking {
            0 => "no row lacks its product".to_owned(),
            some => format!("{some} rows lack a product that is in the list"),
        });
        Ok(settled)
    }

    /// Whether the mapping has nothing under way, as it said after `since`, in milliseconds since 1970.
    fn is_idle(&self, since: i64) -> Result<bool> {
        let stream = self.output("OrderChangesStreamName")?;
        let Some(status) = RunnerStatus::read(&self.dir)? else {
            return Ok(false);
        };
        let mappings = status.mappings.values();
        let mut shards = mappings
            .filter(|mapping| mapping.stream == *stream)
            .flat_map(|mapping| mapping.shards.values());
        let is_idle = shards.all(|shard| shard.buffered == 0 && shard.in_flight == 0);
        Ok(status.updated_at > since && is_idle)
    }

    /// What the function that completes rows has said.
    pub async fn completions(&self) -> Result<Completions> {
        let function = self.output("ProductCompletionFunctionName")?;
        Completions::read(&self.config, function).await
    }

    /// Compares both tables and the quarantine with the ledger.
    pub async fn judge(&self, ledger: &Ledger, lists: &Lists, console: Console) -> Result<Verdict> {
        let step = console.step("comparing both tables and quarantine with the database");
        let bucket = self.output("QuarantineBucketName")?;
        let source = self.output("OrderSourceTableName")?;
        let enriched = self.output("OrderEnrichedTableName")?;
        let found = Found {
            source: read_back::rows(&self.config, source).await?,
            enriched: read_back::rows(&self.config, enriched).await?,
            quarantine: read_back::quarantine(&self.config, bucket, FUNCTION).await?,
        };
        step.done(&format!(
            "{} rows of the source, {} enriched ones and {} records in quarantine compared",
            found.source.len(),
            found.enriched.len(),
            found.quarantine.len()
        ));
        Ok(Verdict::new(ledger, lists, &found))
    }
}
