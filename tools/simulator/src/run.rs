//! A scenario's run: one shard in virtual time.

mod record;
mod waits;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mapping::{Action, InvocationId, InvocationResult, Shard, StartingPosition, Verdict};
use records::Timestamp;

use crate::scenario::{Input, Scenario};
use crate::scripted::{Call, Reply, Scripted};
use crate::summary::Summary;
use crate::timeline::{Destination, Entry, Invoke, Place, Timeline, What};

use record::record;
use waits::Waits;

/// Invocations in a row of which none does a record, at which a run stops that nothing else would ever stop.
const FRUITLESS: usize = 100;
/// The same where `MaximumRetryAttempts` (10,000 at most) or `MaximumRecordAgeInSeconds` bound the retries.
const FRUITLESS_IF_BOUNDED: usize = 20_000;

/// What a scenario came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What happened.
    pub timeline: Timeline,
    /// What became of the records.
    pub summary: Summary,
}

impl Scenario {
    /// Runs the scenario from its beginning until nothing is left to be done, or until its end.
    pub fn run(&self) -> Run {
        let mut driver = Driver::new(self);
        driver.run();
        driver.into_run()
    }
}

struct Driver<'a> {
    scenario: &'a Scenario,
    shard: Shard<()>,
    function: Scripted<'a>,
    now: Timestamp,
    /// The records that have not arrived, with their numbers.
    coming: VecDeque<(u64, &'a Input)>,
    shard_closes: Option<Timestamp>,
    /// Invocations under way, by when they end and when they began.
    running: BTreeMap<(Timestamp, Place), (InvocationId, Reply)>,
    timeline: Timeline,
    summary: Summary,
    checkpoint: Option<u64>,
    waits: Waits,
    fruitless: usize,
}

impl<'a> Driver<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let read_from = match scenario.settings.starting_position {
            StartingPosition::AtTimestamp(time) => time,
            // The mapping is there before the first record.
            StartingPosition::TrimHorizon | StartingPosition::Latest => Timestamp::from_micros(0),
        };
        let numbered = (1..).zip(&scenario.records);
        let coming: VecDeque<_> = numbered
            .filter(|(_, record)| record.arrival >= read_from)
            .collect();
        Self {
            scenario,
            shard: Shard::new(&scenario.settings, &scenario.choices),
            function: Scripted::new(scenario),
            now: Timestamp::from_micros(0),
            summary: Summary {
                records: coming.len(),
                ..Summary::default()
            },
            coming,
            shard_closes: scenario.shard_closed,
            running: BTreeMap::new(),
            timeline: Timeline::default(),
            checkpoint: None,
            waits: Waits::default(),
            fruitless: 0,
        }
    }

    fn run(&mut self) {
        loop {
            self.end_invocations();
            self.let_arrive();
            let wake = self.act();
            if self.is_hopeless() {
                let text = format!(
                    "after {} invocations in a row that did no record",
                    self.fruitless
                );
                self.tell(What::Stopped(text));
                return;
            }
            let Some(next) = self.next_moment(wake) else {
                return;
            };
            if self.scenario.until.is_some_and(|until| next > until) {
                self.now = self.scenario.until.unwrap_or(next);
                self.tell(What::Stopped("end of the simulated time".to_owned()));
                return;
            }
            self.now = next;
            self.waits.run_out(next, &mut self.timeline);
        }
    }

    fn into_run(self) -> Run {
        let mut summary = self.summary;
        summary.left = self.shard.buffered() + self.coming.len();
        let others = summary.given_up + summary.filtered + summary.left;
        summary.done = summary.records.saturating_sub(others);
        Run {
            timeline: self.timeline,
            summary,
        }
    }

    fn end_invocations(&mut self) {
        while let Some(first) = self.running.first_entry() {
            if first.key().0 > self.now {
                return;
            }
            let ((_, place), (id, reply)) = first.remove_entry();
            self.end(place, id, reply);
        }
    }

    fn end(&mut self, place: Place, id: InvocationId, reply: Reply) {
        let verdict = self.shard.finish(id, reply.result(), self.now);
        self.timeline.end(place, self.now, reply.outcome, verdict);
        self.waits.ended(id.lane(), verdict);
        self.fruitless = match verdict {
            Verdict::Succeeded | Verdict::FailedFrom(1..) => 0,
            _ => self.fruitless + 1,
        };
    }

    fn let_arrive(&mut self) {
        let mut filtered = Vec::new();
        while let Some((number, input)) = self.coming.front().copied() {
            if input.arrival > self.now {
                break;
            }
            self.coming.pop_front();
            if self.scenario.settings.filters.passes_kinesis(&input.data) {
                self.shard.push(record(number, input), self.now);
            } else {
                self.shard.skip(number.to_string());
                filtered.push(number);
            }
        }
        if !filtered.is_empty() {
            self.summary.filtered += filtered.len();
            self.tell(What::Filtered { records: filtered });
        }
        if self.shard_closes.take_if(|at| *at <= self.now).is_some() {
            self.shard.close();
            self.tell(What::ShardClosed);
        }
        self.shard.caught_up(self.now);
    }

    /// Does what the machine wants done now. The time at which it wants to be asked again.
    fn act(&mut self) -> Option<Timestamp> {
        loop {
            match self.shard.poll(self.now) {
                Action::Invoke(invocation) => {
                    let id = invocation.id;
                    let window = invocation.window;
                    let invoke = Invoke::begin(&invocation, number_of);
                    let reply = self.function.call(Call {
                        records: &invoke.records,
                        window: window.map(|window| (window.state, window.is_final)),
                    });
                    self.invoke(id, invoke, reply);
                    if self.is_hopeless() {
                        return None;
                    }
                }
                Action::Deliver(failure) => {
                    let destination = Destination::of(&failure, number_of);
                    self.summary.given_up += destination.records.len();
                    self.summary.states_lost += usize::from(destination.lost_window.is_some());
                    self.fruitless = 0;
                    self.waits.gave_up();
                    self.tell(What::Destination(destination));
                }
                Action::Checkpoint(checkpoint) => {
                    let record = checkpoint.sequence_number.map(number_of);
                    if let Some(record) = record.filter(|_| record != self.checkpoint) {
                        self.checkpoint = Some(record);
                        self.tell(What::Checkpoint { record });
                    }
                }
                Action::Wait(until) => {
                    let reason = self.waits.reason(&self.scenario.settings, &self.shard);
                    self.waits
                        .begin(self.now, until, reason, &mut self.timeline);
                    return until;
                }
            }
        }
    }

    fn invoke(&mut self, id: InvocationId, invoke: Invoke, reply: Reply) {
        self.summary.invocations += 1;
        let place = self.tell(What::Invoke(invoke));
        // What never reaches the function takes no time.
        let duration = match reply.result() {
            InvocationResult::NotInvoked => Duration::ZERO,
            _ => self.scenario.function.duration,
        };
        if duration.is_zero() {
            self.end(place, id, reply);
        } else {
            self.running
                .insert((self.now + duration, place), (id, reply));
        }
    }

    fn tell(&mut self, what: What) -> Place {
        if !matches!(what, What::Filtered { .. }) {
            self.waits.cut_short();
        }
        self.timeline.add(entry(self.now, what))
    }

    fn is_hopeless(&self) -> bool {
        let settings = &self.scenario.settings;
        let is_bounded =
            settings.maximum_retry_attempts.is_some() || settings.maximum_record_age.is_some();
        let limit = if is_bounded {
            FRUITLESS_IF_BOUNDED
        } else {
            FRUITLESS
        };
        self.fruitless >= limit
    }

    fn next_moment(&self, wake: Option<Timestamp>) -> Option<Timestamp> {
        let ends = self.running.keys().next().map(|(at, _)| *at);
        let arrives = self.coming.front().map(|(_, input)| input.arrival);
        [ends, arrives, self.shard_closes, wake]
            .into_iter()
            .flatten()
            .min()
    }
}

fn entry(at: Timestamp, what: What) -> Entry {
    Entry {
        at,
        shard: None,
        what,
    }
}

/// Sequence numbers are the records' numbers.
fn number_of(sequence_number: &str) -> u64 {
    sequence_number.parse().unwrap_or_default()
}
