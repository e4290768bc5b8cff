//! The deployed stack: what goes in, what comes out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;

use super::ledger::Ledger;
use super::verdict::Verdict;
use crate::aws::local_config;
use crate::console::Console;
use crate::demo::batch_log::{BatchLine, BatchLog};
use crate::demo::drain::{Drained, wait};
use crate::demo::read_back;
use crate::produce::put_records::put_wrapped;
use crate::produce::rate::Rate;
use crate::produce::sensors::{Sensors, Settings};
use crate::produce::wrap::Wrapping;

/// The function whose quarantine is read.
const FUNCTION: &str = "sensor-ingest";

/// template.yaml, deployed to an emulator.
#[derive(Debug)]
pub struct Stack {
    config: SdkConfig,
    outputs: BTreeMap<String, String>,
}

impl Stack {
    /// The stack at `endpoint` with its outputs.
    pub fn new(endpoint: &str, outputs: BTreeMap<String, String>) -> Self {
        Self {
            config: local_config(endpoint),
            outputs,
        }
    }

    fn output(&self, name: &str) -> Result<&String> {
        let value = self.outputs.get(name);
        value.with_context(|| format!("template.yaml has no output {name}"))
    }

    /// Puts the readings on the stream and enters them into a ledger.
    pub async fn produce(
        &self,
        settings: Settings,
        rate: Rate,
        console: Console,
    ) -> Result<Ledger> {
        let bare = Wrapping::default();
        self.produce_wrapped(settings, rate, &bare, console).await
    }

    /// The same with something around the payloads.
    pub async fn produce_wrapped(
        &self,
        settings: Settings,
        rate: Rate,
        wrapping: &Wrapping,
        console: Console,
    ) -> Result<Ledger> {
        let client = aws_sdk_kinesis::Client::new(&self.config);
        let stream = self.output("SensorStreamName")?;
        let step = console.bar("putting readings on the stream", settings.count);
        // Both the records and the receipts go into it, by turns.
        let ledger = RefCell::new(Ledger::default());
        let records = (0..).zip(Sensors::new(settings)).map(|(index, produced)| {
            ledger.borrow_mut().produced(index, &produced);
            produced.record
        });
        let rate = rate.per_second();
        let effort = put_wrapped(&client, stream, wrapping, records, rate, |receipts| {
            ledger.borrow_mut().receipts.put(receipts);
            step.at(ledger.borrow().receipts.count());
        })
        .await?;
        step.done(&format!("{} readings are on the stream", effort.records));
        Ok(ledger.into_inner())
    }

    /// Waits until the ledger's records are processed; returns the lines of all batches and the log.
    pub async fn drain(
        &self,
        ledger: &Ledger,
        longest: Duration,
        console: Console,
    ) -> Result<(Drained, Vec<BatchLine>, BatchLog)> {
        let group = self.output("SensorIngestLogGroupName")?.clone();
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let from = ledger.receipts.first_put_at().unwrap_or_default();
        let mut log = BatchLog::new(client, group, from);
        let (drained, lines) = wait(&ledger.receipts, &mut log, longest, console).await?;
        Ok((drained, lines, log))
    }

    /// Compares the table and the quarantine with the ledger.
    pub async fn judge(&self, ledger: &Ledger, console: Console) -> Result<Verdict> {
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
