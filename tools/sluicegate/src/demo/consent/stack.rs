//! The deployed stack: what goes in, what comes out.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_pinpointsmsvoicev2::Client as Lists;
use opt_out_list::{ListError, OptOutLists};
use records::Timestamp;

use super::ledger::Ledger;
use super::verdict::{Found, Verdict};
use crate::aws::local_config;
use crate::consent::audience::{countries, listeners};
use crate::consent::reconcile::{Pace, all_listed, lists_client};
use crate::console::Console;
use crate::demo::batch_log::{BatchLine, BatchLog};
use crate::demo::drain::{Drained, wait};
use crate::demo::read_back;
use crate::produce::consent::{Consents, Settings};
use crate::produce::put_records::put_wrapped;
use crate::produce::wrap::Wrapping;

/// The function whose quarantine is read.
const FUNCTION: &str = "opt-in-updater";

/// What to put, and how fast.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The changes.
    pub settings: Settings,
    /// Records a second; `None` is as fast as they are taken.
    pub per_second: Option<NonZeroU32>,
    /// What is around the payloads.
    pub wrapping: Wrapping,
}

impl Plan {
    /// About how many records there are: what a restart sends again, and DMS of its own, is not known before.
    pub fn records(&self) -> u64 {
        self.settings.task.count + u64::from(self.settings.users)
    }
}

/// template.yaml, deployed to an emulator, beside an opt-out list.
#[derive(Debug)]
pub struct ConsentStack {
    config: SdkConfig,
    outputs: BTreeMap<String, String>,
    lists: Lists,
}

impl ConsentStack {
    /// The stack at `endpoint` with its outputs; `lists` is the address of the opt-out lists.
    pub fn new(endpoint: &str, outputs: BTreeMap<String, String>, lists: &str) -> Self {
        Self {
            lists: lists_client(&local_config(lists)),
            config: local_config(endpoint),
            outputs,
        }
    }

    fn output(&self, name: &str) -> Result<&String> {
        let value = self.outputs.get(name);
        value.with_context(|| format!("template.yaml has no output {name}"))
    }

    /// The name of the opt-out list.
    pub fn list(&self) -> Result<&String> {
        self.output("ConsentOptOutListName")
    }

    /// Puts the records on the stream.
    pub async fn produce(&self, plan: &Plan, console: Console) -> Result<Ledger> {
        let step = console.bar("putting loads and changes on the stream", plan.records());
        let put = Cell::new(0);
        // Both the records and the receipts go into it, by turns.
        let ledger = RefCell::new(Ledger::default());
        let records = (0..).zip(Consents::new(plan.settings.clone()));
        let records = records.map(|(index, produced)| {
            ledger.borrow_mut().produced(index, &produced);
            produced.record
        });
        let client = aws_sdk_kinesis::Client::new(&self.config);
        let stream = self.output("ConsentChangesStreamName")?;
        let (rate, wrapping) = (plan.per_second, &plan.wrapping);
        let effort = put_wrapped(&client, stream, wrapping, records, rate, |receipts| {
            put.set(put.get() + receipts.len() as u64);
            ledger.borrow_mut().receipts.put(receipts);
            step.at(put.get());
        })
        .await?;
        step.done(&format!("{} records are on the stream", effort.records));
        Ok(ledger.into_inner())
    }

    /// Waits until the ledger's records are processed; returns the lines of all batches and the log.
    pub async fn drain(
        &self,
        ledger: &Ledger,
        longest: Duration,
        console: Console,
    ) -> Result<(Drained, Vec<BatchLine>, BatchLog)> {
        let group = self.output("OptInUpdaterLogGroupName")?.clone();
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let from = ledger.receipts.first_put_at().unwrap_or_default();
        let mut log = BatchLog::new(client, group, from);
        let (drained, lines) = wait(&ledger.receipts, &mut log, longest, console).await?;
        Ok((drained, lines, log))
    }

    /// Compares table, audience, opt-out list and quarantine with the ledger. `kept` are the numbers that the list does
    /// not let go yet.
    pub async fn judge(
        &self,
        ledger: &Ledger,
        kept: BTreeSet<String>,
        console: Console,
    ) -> Result<Verdict> {
        let step = console.step("comparing table, audience, opt-out list and quarantine");
        let table = self.output("ConsentTableName")?;
        let bucket = self.output("QuarantineBucketName")?;
        let found = Found {
            rows: read_back::rows(&self.config, table).await?,
            audience: self.audience(table).await?,
            listed: self.listed().await?,
            kept,
            quarantine: read_back::quarantine(&self.config, bucket, FUNCTION).await?,
        };
        step.done(&format!(
            "{} rows, {} numbers on the opt-out list and {} records in quarantine compared",
            found.rows.len(),
            found.listed.len(),
            found.quarantine.len()
        ));
        Ok(Verdict::new(ledger, &found))
    }

    /// The numbers on the opt-out list, as anybody is told who asks for them.
    async fn listed(&self) -> Result<BTreeSet<String>> {
        let pace = Pace::of(1);
        let numbers = all_listed(&self.lists, self.list()?, &pace).await?;
        Ok(numbers.into_keys().collect())
    }

    async fn audience(&self, table: &str) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let mut audience = BTreeMap::new();
        for country in countries(&self.config, table).await?.into_keys() {
            let mut numbers = BTreeSet::new();
            let count = listeners(&self.config, table, &country, |listener| {
                numbers.insert(listener.phone.clone());
            });
            count.await?;
            audience.insert(country, numbers);
        }
        Ok(audience)
    }
}

/// The numbers of a list that could not be taken off it now, as they were within 30 days. Tried on a copy.
pub fn kept(lists: &OptOutLists, list: &str, now: Timestamp) -> BTreeSet<String> {
    let mut copy = lists.clone();
    let numbers = lists.numbers(list).into_iter().flatten();
    let kept = numbers.filter(|(phone, _)| {
        let refused = copy.delete(list, phone, now);
        matches!(refused, Err(ListError::Conflict { .. }))
    });
    kept.map(|(phone, _)| phone.clone()).collect()
}
