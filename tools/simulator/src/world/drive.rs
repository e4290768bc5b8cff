//! A history taking its course.

mod course;

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use mapping::{Action, InvocationId};
use records::Timestamp;
use tokio::time::sleep_until;

use super::clock::Clock;
use super::handler::Handler;
use super::history::{History, Mishap};
use super::invocation::{Plan, Reply, invoke};
use super::journal::{self, Journal};
use super::model::{LostWindow, Model, Stored};
use super::reader::Reader;
use super::rules::Rules;
use super::stream::{self, Stream};
use super::tally::Tally;
use crate::timeline::{Place, What};
use course::Event;

/// Invocations after which a history is taken to be endless.
const MOST_INVOCATIONS: usize = 1_000;
/// Longest way of an event to the function, and of the answer back.
const LONGEST_WAY_MS: u64 = 15;

/// A history under way.
pub(super) struct World<'a, M: Model, H> {
    history: &'a History<M::Record>,
    handler: &'a H,
    clock: Clock,
    journal: &'a Journal,
    random: Rng,
    coming: VecDeque<(Timestamp, Event)>,
    stream: Stream,
    readers: Vec<Reader>,
    pub(super) stored: Vec<Stored<M::Record>>,
    pub(super) lost_windows: Vec<LostWindow>,
    json: Vec<Rc<str>>,
    rules: Rules,
    running: FuturesUnordered<LocalBoxFuture<'a, Ended>>,
    pub(super) tally: Tally,
}

/// An invocation that has come to its end.
struct Ended {
    shard: usize,
    id: InvocationId,
    batch: Vec<usize>,
    place: Place,
    reply: Reply,
}

impl<'a, M: Model, H: Handler> World<'a, M, H> {
    pub(super) fn new(
        history: &'a History<M::Record>,
        handler: &'a H,
        clock: Clock,
        journal: &'a Journal,
    ) -> Self {
        let stream = Stream::new(history.shards);
        let reader = || Reader::new(&history.settings, &history.choices, true);
        Self {
            history,
            handler,
            clock,
            journal,
            random: Rng::with_seed(history.pace),
            coming: course::events(history),
            readers: stream.shards().iter().map(|_| reader()).collect(),
            stream,
            stored: Vec::new(),
            lost_windows: Vec::new(),
            json: Vec::new(),
            rules: Rules::new(&history.settings),
            running: FuturesUnordered::new(),
            tally: Tally::default(),
        }
    }

    /// Lets everything happen, until nothing is left to be done.
    pub(super) async fn run(&mut self) -> Result<(), String> {
        loop {
            self.happen_until(self.clock.now());
            let wake = self.advance()?;
            let idle = self.coming.is_empty() && self.readers.iter().all(Reader::is_idle);
            if idle && self.running.is_empty() {
                return self.rules.over();
            }
            if self.tally.invocations > MOST_INVOCATIONS {
                return Err(format!("no end after {MOST_INVOCATIONS} invocations"));
            }
            let event = self.coming.front().map(|(time, _)| *time);
            let until = [wake, event].into_iter().flatten().min();
            let Some(until) = until.or_else(|| self.while_running()) else {
                return Err("records wait, and the mapping waits for nothing".to_owned());
            };
            tokio::select! {
                biased;
                Some(ended) = self.running.next() => self.ended(ended)?,
                () = sleep_until(self.clock.instant(until)) => {}
            }
        }
    }

    /// Some time far off, if something is under way.
    fn while_running(&self) -> Option<Timestamp> {
        let far_off = self.clock.now() + Duration::from_hours(24);
        (!self.running.is_empty()).then_some(far_off)
    }

    /// Has every shard do what it has to do now; gives when one wants to be asked again.
    fn advance(&mut self) -> Result<Option<Timestamp>, String> {
        let mut wake: Option<Timestamp> = None;
        // Children come after their parents and begin in the same moment.
        for shard in 0..self.readers.len() {
            self.begin_or_finish(shard)?;
            while !self.readers[shard].finished && self.readers[shard].begun {
                let until = match self.step(shard)? {
                    Step::Done => continue,
                    Step::Wait(until) => until,
                };
                wake = [wake, until].into_iter().flatten().min();
                break;
            }
            self.begin_or_finish(shard)?;
        }
        Ok(wake)
    }

    fn begin_or_finish(&mut self, shard: usize) -> Result<(), String> {
        let parents = &self.stream.shards()[shard].parents;
        let begins =
            !self.readers[shard].begun && parents.iter().all(|p| self.readers[*p].finished);
        let reader = &mut self.readers[shard];
        reader.begun |= begins;
        if !reader.begun || reader.finished {
            return Ok(());
        }
        reader.read(&self.stored, &self.json, self.clock.now());
        if reader.machine.is_finished() {
            reader.finished = true;
            return self.rules.checkpoint(reader.records.len(), &reader.records);
        }
        Ok(())
    }

    /// One action of a shard's machine.
    fn step(&mut self, shard: usize) -> Result<Step, String> {
        let now = self.clock.now();
        let id = &self.stream.shards()[shard].id;
        let reader = &mut self.readers[shard];
        match reader.machine.poll(now) {
            Action::Wait(until) => Ok(Step::Wait(until)),
            Action::Deliver(failure) => {
                self.journal.destination(id, &failure);
                let given_up: Vec<usize> =
                    failure.records.iter().map(|r| r.payload.index).collect();
                if let (true, Some(window)) = (given_up.is_empty(), &failure.window) {
                    self.lost_windows.push(LostWindow {
                        shard: id.clone(),
                        start: window.start,
                    });
                }
                self.tally.given_up += given_up.len();
                self.rules
                    .given_up(&given_up, &failure, &mut self.stored, now)?;
                Ok(Step::Done)
            }
            Action::Checkpoint(checkpoint) => {
                let number = checkpoint.sequence_number.map(journal::number);
                let window = checkpoint.window.cloned();
                let count = reader.keep(number, window);
                let record = number.unwrap_or(0);
                self.journal.add(Some(id), What::Checkpoint { record });
                self.rules.checkpoint(count, &reader.records)?;
                self.tally.checkpoints += 1;
                Ok(Step::Done)
            }
            Action::Invoke(invocation) => {
                let place = self.journal.begin(id, &invocation);
                let records = || invocation.records.iter().map(|record| &record.payload);
                let batch: Vec<usize> = records().map(|payload| payload.index).collect();
                let arn = batch.first().or(reader.records.first());
                let arn = arn.map_or("", |index| stream::arn(&self.stored[*index].put));
                let window = invocation.window.map(|call| mapping::event::EventWindow {
                    call,
                    shard_id: id,
                    source_arn: arn,
                });
                let texts = records().map(|payload| &*payload.json);
                let event = mapping::event::event_json(texts, window.as_ref());
                let (attempt, id) = (invocation.attempt, invocation.id);
                self.rules
                    .sent(&batch, &reader.records, attempt, &self.stored, now)?;
                self.start(shard, id, batch, place, event);
                Ok(Step::Done)
            }
        }
    }

    fn start(
        &mut self,
        shard: usize,
        id: InvocationId,
        batch: Vec<usize>,
        place: Place,
        event: String,
    ) {
        let number = self.tally.invocations;
        self.tally.invocations += 1;
        let mishap = self.history.mishaps.get(&number).copied();
        if let Some(mishap) = mishap {
            self.journal
                .note(format!("invocation {number}: {mishap:?}"));
        }
        if mishap != Some(Mishap::Throttled) {
            for index in &batch {
                self.stored[*index].sent += 1;
            }
        }
        let plan = Plan {
            event,
            request_id: format!("request-{number}"),
            mishap,
            timeout: Duration::from_millis(self.history.timeout_ms),
            ways: [(); 2].map(|()| Duration::from_millis(self.random.u64(0..=LONGEST_WAY_MS))),
        };
        let (handler, clock) = (self.handler, self.clock);
        self.running.push(Box::pin(async move {
            let reply = invoke(handler, plan, clock).await;
            Ended {
                shard,
                id,
                batch,
                place,
                reply,
            }
        }));
    }

    fn ended(&mut self, ended: Ended) -> Result<(), String> {
        let Ended {
            shard,
            id,
            batch,
            place,
            reply,
        } = ended;
        if let Reply::Failed(reason) = &reply {
            self.journal.note(reason.clone());
        }
        self.tally.failed += usize::from(matches!(reply, Reply::Failed(_)));
        let machine = &mut self.readers[shard].machine;
        let verdict = machine.finish(id, reply.result(), self.clock.now());
        self.journal
            .end(place, reply.outcome(journal::number), verdict);
        self.rules
            .ended(&batch, verdict, reply.body(), &mut self.stored)
    }
}

/// What came of asking a machine once.
enum Step {
    Done,
    Wait(Option<Timestamp>),
}
