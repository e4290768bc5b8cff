//! Numbers put right, by the code of the function itself: whatever the function does at the same time, no opt-out is lost.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws_config::SdkConfig;
use dynamo::Transport;
use opt_in_updater::channel::{Pace, SmsOptOutList};
use opt_in_updater::config::ChannelRate;
use opt_in_updater::keeper::{Halt, Keeper, Kept, Task};
use opt_in_updater::rows;
use opt_in_updater::table::ConsentTable;
use pipeline::clock::SystemClock;
use serde::Serialize;
use tokio::time::Instant;

use super::difference::{Difference, Number, Status};
use super::progress::Progress;

/// How long one number may take: throttling, and calls of others to wait for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Numbers are put right one after the other.
const IN_FLIGHT: usize = 1;

/// What has become of a number that differed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing was tried.
    Left,
    /// Table and list agree.
    Repaired,
    /// Something else has been said of it meanwhile: the function sees to it.
    Changed,
    /// The list refuses it, for this reason.
    Refused(&'static str),
}

/// What puts numbers right.
#[derive(Debug)]
pub struct Repair(Keeper);

impl Repair {
    /// For a list and a table, at so many calls a second.
    pub fn new(
        dynamodb: &SdkConfig,
        lists: &SdkConfig,
        table: &str,
        list: &str,
        calls_per_second: u32,
    ) -> Result<Self> {
        let transport = Transport::new(dynamodb).context("the table cannot be reached")?;
        let table = ConsentTable::new(transport, table, IN_FLIGHT, Arc::new(SystemClock));
        let channel = SmsOptOutList::new(lists, list.to_owned());
        let pace = Pace::new(ChannelRate {
            calls_per_second,
            instances: 1,
        });
        Ok(Self(Keeper::new(Arc::new(table), Box::new(channel), pace)))
    }

    pub(super) async fn repair(
        &self,
        difference: Difference,
        number: &Number,
        progress: &mut Progress,
    ) -> Result<Outcome> {
        if difference == Difference::Stopped {
            return Ok(Outcome::Left);
        }
        let task = Task {
            phone: &number.phone,
            status: match number.status {
                Status::OptedOut => rows::Status::OptedOut,
                Status::OptedIn => rows::Status::OptedIn,
            },
            version: (&*number.version).into(),
            again: true,
        };
        let deadline = Instant::now() + PATIENCE;
        let kept = self.0.keep(task, deadline, &Halt::new()).await;
        let kept = kept.map_err(|reason| anyhow!("a number cannot be put right: {reason}"))?;
        match (kept, number.status) {
            (Kept::InStep, Status::OptedOut) => progress.put(&number.phone)?,
            (Kept::InStep, Status::OptedIn) => progress.removed(&number.phone)?,
            (Kept::NotOurs, _) => return Ok(Outcome::Changed),
            (Kept::Refused(reason), _) => return Ok(Outcome::Refused(reason)),
        }
        Ok(Outcome::Repaired)
    }
}
