//! Runs one shard of one mapping: reads, invokes, delivers, keeps checkpoints, as the machine says.

use std::time::Duration;

use anyhow::{Context, Result};
use mapping::event::{EventWindow, event_json};
use mapping::{Action, Failure, InvocationId, Shard, Verdict};
use records::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::checkpoint::{Checkpoints, Saved};
use super::destination::random_uuid;
use super::function::{Answer, Outcome};
use super::read_task::{Pages, read};
use super::status::{self, Counts, Phase};
use super::stream::{Page, Position, Read, Reader, RecordJson};
use super::tools::Tools;
use crate::system;

/// Reading stops while so many bytes of events wait, for each batch that may run at once: two full ones.
const MOST_BYTES: usize = 2 * mapping::event::MAX_EVENT_BYTES;
/// Reading goes on while fewer records wait, however small the batches are.
const FEWEST_RECORDS: usize = 1_000;
/// Wait where nothing is to be waited for.
const PAUSE: Duration = Duration::from_secs(1);
/// Shortest sleep: the machine's times are finer than the timer's.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// An invocation that has ended.
struct Ended {
    id: InvocationId,
    attempt: u32,
    records: usize,
    answer: Answer,
}

struct ShardTask {
    tools: Tools,
    shard: String,
    machine: Shard<RecordJson>,
    checkpoints: Checkpoints,
    calls: JoinSet<Ended>,
    counts: Counts,
    position: Option<String>,
    request_id: Option<String>,
    is_closed: bool,
}

/// Runs a shard until everything in it is done.
pub(super) async fn run(tools: Tools, shard: String, saved: Saved) -> Result<()> {
    let reader = Reader::new(tools.stream.clone(), &shard, saved.position.clone());
    let mut reading = JoinSet::new();
    let (sender, pages) = mpsc::channel(1);
    reading.spawn(read(reader, sender, tools.clone(), shard.clone()));
    let window = saved.window.clone().unwrap_or_default();
    let position = match &saved.position {
        Position::After(sequence_number) => Some(sequence_number.clone()),
        Position::TrimHorizon | Position::From(_) => None,
    };
    let task = ShardTask {
        machine: Shard::resume(&tools.mapping.settings, &tools.choices, window),
        checkpoints: Checkpoints::new(tools.store.clone(), &shard, saved),
        calls: JoinSet::new(),
        counts: Counts::default(),
        position,
        request_id: None,
        is_closed: false,
        tools,
        shard,
    };
    task.run(pages).await
}

impl ShardTask {
    async fn run(mut self, mut pages: Pages) -> Result<()> {
        loop {
            let wait = self.act().await;
            self.checkpoints.write_if_due()?;
            if self.machine.is_finished() {
                self.checkpoints.finish()?;
                self.report(Phase::Finished);
                return Ok(());
            }
            self.report(if self.is_closed {
                Phase::Closing
            } else {
                Phase::Reading
            });
            let may_read = !self.is_closed && self.has_room();
            let until = [wait.map(instant), self.checkpoints.due()];
            let until = until.into_iter().flatten().min();
            tokio::select! {
                Some(ended) = self.calls.join_next() => {
                    self.ended(&ended.context("an invocation cannot be awaited")?);
                }
                page = pages.recv(), if may_read => match page {
                    Some((page, asked_at)) => self.take(page, asked_at),
                    None => self.close(),
                },
                () = sleep_until(until), if until.is_some() => {}
                // The machine waits for nothing that could come: it is asked again.
                else => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Does what the machine says, until there is nothing before the time returned.
    async fn act(&mut self) -> Option<Timestamp> {
        loop {
            let failure = match self.machine.poll(system::now()) {
                Action::Invoke(invocation) => {
                    let mapping = &self.tools.mapping;
                    let window = invocation.window.map(|call| EventWindow {
                        call,
                        shard_id: &self.shard,
                        source_arn: &mapping.stream.arn,
                    });
                    let texts = invocation.records.iter().map(|record| &*record.payload);
                    let event = event_json(texts, window.as_ref());
                    let (id, attempt) = (invocation.id, invocation.attempt);
                    let records = invocation.records.len();
                    let function = self.tools.function.clone();
                    self.calls.spawn(async move {
                        let answer = function.invoke(event).await;
                        Ended {
                            id,
                            attempt,
                            records,
                            answer,
                        }
                    });
                    continue;
                }
                Action::Deliver(failure) => failure,
                Action::Checkpoint(checkpoint) => {
                    if let Some(sequence_number) = checkpoint.sequence_number {
                        self.position = Some(sequence_number.to_owned());
                    }
                    self.checkpoints.note(&checkpoint);
                    continue;
                }
                Action::Wait(until) => return until,
            };
            self.deliver(failure).await;
        }
    }

    fn ended(&mut self, ended: &Ended) {
        let Ended {
            id,
            attempt,
            records,
            answer,
        } = ended;
        if answer.request_id.is_some() {
            self.request_id.clone_from(&answer.request_id);
        }
        let verdict = self
            .machine
            .finish(*id, answer.outcome.as_result(), system::now());
        let done = match verdict {
            Verdict::Succeeded => *records,
            Verdict::FailedFrom(index) => index,
            Verdict::Failed | Verdict::NotInvoked => 0,
        };
        self.counts.records_done += done as u64;
        match (&answer.outcome, verdict) {
            (_, Verdict::Succeeded) => self.counts.batches_done += 1,
            (Outcome::Error(text), _) => {
                self.counts.function_errors += 1;
                self.say(&format!(
                    "the function failed with {records} records, attempt {attempt}: {text}"
                ));
            }
            (Outcome::NotInvoked(reason), _) => {
                self.counts.not_invoked += 1;
                self.say(&format!("the function was not invoked: {reason}"));
            }
            (Outcome::Answered(_), _) => {
                self.counts.reported_failures += 1;
                let rest = records - done;
                self.say(&format!(
                    "the function reported {rest} of {records} records, attempt {attempt}"
                ));
            }
        }
    }

    async fn deliver(&mut self, failure: Failure<RecordJson>) {
        let range = &failure.range;
        let what = format!(
            "{} records, {} to {}, {:?} after {} invocations",
            range.count,
            range.first.sequence_number,
            range.last.sequence_number,
            failure.condition,
            failure.invocations
        );
        let request_id = self.request_id.clone().unwrap_or_else(random_uuid);
        let delivered = match &self.tools.destination {
            Some(destination) => destination
                .deliver(&self.tools.mapping, &self.shard, &failure, &request_id)
                .await
                .map_err(|error| error.to_string()),
            None => Err("the mapping has no failure destination".to_owned()),
        };
        let count = failure.records.len() as u64;
        match delivered {
            Ok(()) => {
                self.counts.delivered += count;
                self.say(&format!("given up, to the failure destination: {what}"));
            }
            Err(reason) => {
                self.counts.dropped += count;
                self.say(&format!("LOST, as on AWS: {what}; {reason}"));
            }
        }
    }

    fn take(&mut self, page: Page, asked_at: Timestamp) {
        let now = system::now();
        for read in page.records {
            match read {
                Read::Passed(record) => self.machine.push(record, now),
                Read::Filtered(sequence_number) => {
                    self.counts.filtered += 1;
                    self.machine.skip(sequence_number);
                }
            }
        }
        if page.at_tip {
            self.machine.caught_up(asked_at);
        }
        if page.is_last {
            self.close();
        }
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.machine.close();
    }

    fn has_room(&self) -> bool {
        let settings = &self.tools.mapping.settings;
        let lanes = settings.parallelization_factor;
        let most = (2 * settings.batch_size * lanes).max(FEWEST_RECORDS);
        self.machine.buffered() < most && self.machine.buffered_bytes() < MOST_BYTES * lanes
    }

    fn report(&self, phase: Phase) {
        let machine = &self.machine;
        self.tools
            .board
            .shard(&self.tools.mapping.name, &self.shard, |shard| {
                shard.phase = phase;
                if self.position.is_some() {
                    shard.position.clone_from(&self.position);
                }
                shard.oldest_arrival = machine.oldest_arrival().map(Timestamp::as_millis);
                shard.buffered = machine.buffered() as u64;
                shard.in_flight = self.calls.len() as u64;
                shard.counts = self.counts;
                shard.window = machine.open_window().map(status::window);
            });
    }

    fn say(&self, text: &str) {
        let mapping = &self.tools.mapping;
        self.tools
            .journal
            .say(format_args!("{} {}: {text}", mapping.name, self.shard));
    }
}

/// A time of the clock as one of the timer.
fn instant(time: Timestamp) -> Instant {
    Instant::now() + time.saturating_since(system::now()).max(SHORTEST_SLEEP)
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
