//! The deployed stack: what goes in, what comes out.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use records::SequenceNumber;
use tokio::time::Instant;

use super::board::Board;
use super::expected::Rules;
use super::ledger::{Ledger, StreamLedger, TableLedger};
use super::rows::ResultRow;
use super::streams;
use super::verdict::{Found, Verdict};
use super::watch::Watch;
use crate::aws::local_config;
use crate::console::Console;
use crate::demo::batch_log::{BatchLine, BatchLog};
use crate::demo::read_back;
use crate::produce::put_items::put_items;
use crate::produce::put_records::put_wrapped;
use crate::produce::sales::place::{Stream, Table};
use crate::produce::sales::{KEY, Sales, Settings};
use crate::produce::wrap::Wrapping;
use crate::project::StackDir;
use crate::runner::{Phase, RunnerStatus};
use crate::system;

/// The function whose quarantine is read.
const FUNCTION: &str = "sales-aggregator";
/// How often it is looked how far the windows are.
const LOOK: Duration = Duration::from_millis(250);
/// Looking may take a fifth of the time: the emulator has other things to do.
const REST: u32 = 4;

/// What the board says while sales are put.
pub const PUTTING: &str = "putting sales on the stream and orders into the table";

/// What to put, and how fast.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The sales of the stream.
    pub stream: Settings,
    /// The orders of the table.
    pub table: Settings,
    /// Records a second of each of them; `None` is as fast as they are taken.
    pub per_second: Option<NonZeroU32>,
    /// What is around the payloads on the stream.
    pub wrapping: Wrapping,
}

/// template.yaml, deployed to an emulator, with the folder in which its runner works.
#[derive(Debug)]
pub struct SalesStack {
    config: SdkConfig,
    outputs: BTreeMap<String, String>,
    dir: StackDir,
}

/// How waiting for the windows has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// All windows that got records are complete.
    Yes,
    /// The time was up.
    TimeUp,
}

impl SalesStack {
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

    /// Puts sales on the stream and orders into the table at the same time; `put` counts them.
    pub async fn produce(&self, plan: &Plan, put: &Cell<u64>) -> Result<Ledger> {
        let (stream, table) = tokio::try_join!(
            self.put_on_stream(plan, put),
            self.put_into_table(plan, put)
        )?;
        Ok(Ledger { stream, table })
    }

    async fn put_on_stream(&self, plan: &Plan, put: &Cell<u64>) -> Result<StreamLedger> {
        let client = aws_sdk_kinesis::Client::new(&self.config);
        // Both the records and the receipts go into it, by turns.
        let ledger = RefCell::new(StreamLedger::new(plan.wrapping.clone()));
        let records = Sales::<Stream>::new(plan.stream.clone()).map(|produced| {
            ledger.borrow_mut().produced(&produced);
            produced.record
        });
        let stream = self.output("SalesStreamName")?;
        let (rate, wrapping) = (plan.per_second, &plan.wrapping);
        put_wrapped(&client, stream, wrapping, records, rate, |receipts| {
            put.set(put.get() + receipts.len() as u64);
            ledger.borrow_mut().receipts.extend(receipts);
        })
        .await?;
        Ok(ledger.into_inner())
    }

    async fn put_into_table(&self, plan: &Plan, put: &Cell<u64>) -> Result<TableLedger> {
        let client = aws_sdk_dynamodb::Client::new(&self.config);
        let ledger = RefCell::new(TableLedger::default());
        let writes = Sales::<Table>::new(plan.table.clone()).map(|produced| {
            ledger.borrow_mut().produced(&produced);
            produced.record
        });
        let table = self.output("OrdersTableName")?;
        put_items(&client, table, writes, plan.per_second, |written| {
            put.set(put.get() + written.len() as u64);
            ledger.borrow_mut().written.extend(written);
        })
        .await?;
        Ok(ledger.into_inner())
    }

    /// Begins to watch the windows.
    pub fn watch(&self, rules: Rules) -> Result<Watch> {
        let (stream, table) = (
            self.output("SalesStreamName")?,
            self.output("OrdersTableName")?,
        );
        Ok(Watch::new(rules, stream, table))
    }

    /// Looks once, and rests for a while.
    async fn look(&self, watch: &mut Watch) -> Result<Option<RunnerStatus>> {
        let begun = Instant::now();
        // Before the rows: what it says is done is in them.
        let status = RunnerStatus::read(&self.dir)?;
        let rows = read_back::rows(&self.config, self.output("SalesByWindowTableName")?).await?;
        let rows: Vec<ResultRow> = rows.iter().filter_map(ResultRow::read).collect();
        watch.see(&rows, status.as_ref(), system::now_ms());
        tokio::time::sleep(LOOK.max(begun.elapsed() * REST)).await;
        Ok(status)
    }

    /// Puts the plan's records and shows meanwhile how the windows fill.
    pub async fn produce_and_watch(
        &self,
        plan: &Plan,
        watch: &mut Watch,
        board: &mut Board,
    ) -> Result<Ledger> {
        let put = Cell::new(0);
        let all = plan.stream.count + plan.table.count;
        let showing = async {
            loop {
                self.look(watch).await?;
                board.show(watch, PUTTING, &format!(": {} of {all}", put.get()));
            }
        };
        tokio::select! {
            ledger = self.produce(plan, &put) => ledger,
            failed = showing => failed,
        }
    }

    /// Waits until all windows that got records are complete, for `longest` at most.
    pub async fn settle(
        &self,
        watch: &mut Watch,
        board: &mut Board,
        longest: Duration,
    ) -> Result<Settled> {
        let ends = self.ends().await?;
        let begun = Instant::now();
        loop {
            let status = self.look(watch).await?;
            if status.is_some_and(|status| is_settled(&status, &ends)) {
                return Ok(Settled::Yes);
            }
            if begun.elapsed() > longest {
                return Ok(Settled::TimeUp);
            }
            board.show(watch, "waiting until all windows are complete", "");
        }
    }

    /// The last sequence number of each shard by name of stream or table.
    async fn ends(&self) -> Result<BTreeMap<(String, String), String>> {
        let found = self.on_streams().await?;
        let stream = found.stream.iter();
        let stream = stream.map(|r| (&found.stream_name, &r.shard, &r.sequence_number));
        let table = found.table.iter();
        let table = table.map(|r| (&found.table_name, &r.shard, &r.sequence_number));
        let mut ends = BTreeMap::new();
        for (name, shard, sequence_number) in stream.chain(table) {
            ends.insert((name.clone(), shard.clone()), sequence_number.clone());
        }
        Ok(ends)
    }

    async fn on_streams(&self) -> Result<Found> {
        let stream_name = self.output("SalesStreamName")?.clone();
        let arn = self.output("OrdersTableStreamArn")?;
        Ok(Found {
            stream: streams::kinesis(&self.config, &stream_name).await?,
            table: streams::table(&self.config, arn, KEY).await?,
            stream_name,
            table_name: self.output("OrdersTableName")?.clone(),
            ..Found::default()
        })
    }

    /// Compares rows and quarantine with what lies on the streams, and that with the ledger.
    pub async fn judge(&self, ledger: &Ledger, rules: &Rules, console: Console) -> Result<Verdict> {
        let step = console.step("reading both streams back and comparing windows and quarantine");
        let table = self.output("SalesByWindowTableName")?;
        let bucket = self.output("QuarantineBucketName")?;
        let on_streams = self.on_streams().await?;
        let layers = ledger.stream.wrapping().outer_layers();
        let found = Found {
            stream: streams::user_records(&on_streams.stream, &layers)?,
            rows: read_back::rows(&self.config, table).await?,
            quarantine: read_back::quarantine(&self.config, bucket, FUNCTION).await?,
            ..on_streams
        };
        step.done(&format!(
            "{} records read back, {} rows and {} records in quarantine compared",
            found.stream.len() + found.table.len(),
            found.rows.len(),
            found.quarantine.len()
        ));
        Ok(Verdict::new(ledger, &found, rules))
    }

    /// The lines of all batches, and the log.
    pub async fn batches(&self, ledger: &Ledger) -> Result<(Vec<BatchLine>, BatchLog)> {
        let group = self.output("SalesAggregatorLogGroupName")?.clone();
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let from = ledger.first_put_at().unwrap_or_default();
        let mut log = BatchLog::new(client, group, from);
        let lines = log.new_lines().await?;
        Ok((lines, log))
    }
}

/// Whether every shard with records is at its end and has no window open.
fn is_settled(status: &RunnerStatus, ends: &BTreeMap<(String, String), String>) -> bool {
    ends.iter().all(|((stream, shard), end)| {
        let mut mappings = status.mappings.values();
        let mapping = mappings.find(|mapping| mapping.stream == *stream);
        let Some(shard) = mapping.and_then(|mapping| mapping.shards.get(shard)) else {
            return false;
        };
        let is_at_end = shard
            .position
            .as_ref()
            .is_some_and(|at| SequenceNumber::new(at) >= SequenceNumber::new(end));
        let is_idle = shard.buffered == 0 && shard.in_flight == 0 && shard.window.is_none();
        shard.phase == Phase::Finished || (is_at_end && is_idle)
    })
}
