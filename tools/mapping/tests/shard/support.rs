//! A shard in virtual time with a scripted function, and a log of what happened, one short line each.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use mapping::{
    Action, Choices, Condition, InvocationId, InvocationResult, Record, Settings, Shard, Verdict,
    WindowProgress,
};
use records::Timestamp;

/// A second as a point in time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// What the function is given.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) records: Vec<u32>,
    pub(crate) state: Option<String>,
    pub(crate) is_final: bool,
    pub(crate) terminated_early: bool,
    pub(crate) attempt: u32,
}

/// How it ends.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Body(String),
    Throw,
    Throttled,
}

/// All is well.
pub(crate) fn ok() -> End {
    End::Body("null".to_owned())
}

/// This record has failed.
pub(crate) fn report(record: u32) -> End {
    End::Body(format!(
        r#"{{"batchItemFailures":[{{"itemIdentifier":"{record}"}}]}}"#
    ))
}

/// All is well, and this is the state.
pub(crate) fn state(json: impl std::fmt::Display) -> End {
    End::Body(format!(r#"{{"state":{json}}}"#))
}

/// A record before it is handed over.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) arrival: i64,
    pub(crate) key: Option<&'static str>,
    pub(crate) bytes: usize,
}

/// `count` small records that arrive at the same second.
pub(crate) fn arriving(arrival: i64, count: usize) -> Vec<Input> {
    let input = Input {
        arrival,
        key: None,
        bytes: 300,
    };
    vec![input; count]
}

pub(crate) struct Run<F> {
    pub(crate) shard: Shard<u32>,
    pub(crate) now: Timestamp,
    inputs: VecDeque<(u32, Input)>,
    close_at: Option<Timestamp>,
    function: F,
    log: Vec<String>,
    last_wait: Option<Timestamp>,
    last_checkpoint: String,
}

impl<F: FnMut(&Call) -> End> Run<F> {
    pub(crate) fn new(settings: &Settings, inputs: Vec<Input>, function: F) -> Self {
        Self::with_choices(settings, &Choices::default(), inputs, function)
    }

    pub(crate) fn with_choices(
        settings: &Settings,
        choices: &Choices,
        inputs: Vec<Input>,
        function: F,
    ) -> Self {
        Self {
            shard: Shard::new(settings, choices),
            now: at(0),
            inputs: (1..).zip(inputs).collect(),
            close_at: None,
            function,
            log: Vec::new(),
            last_wait: None,
            last_checkpoint: String::new(),
        }
    }

    /// The shard ends at this second.
    pub(crate) fn closing_at(mut self, seconds: i64) -> Self {
        self.close_at = Some(at(seconds));
        self
    }

    /// The shard goes on from what a checkpoint has said about its window.
    pub(crate) fn resumed(mut self, settings: &Settings, window: WindowProgress) -> Self {
        self.shard = Shard::resume(settings, &Choices::default(), window);
        self
    }

    /// Runs until nothing is left to do, for 200 actions at most.
    pub(crate) fn log(&mut self) -> Vec<String> {
        for _ in 0..200 {
            self.hand_over();
            if !self.step() {
                break;
            }
        }
        std::mem::take(&mut self.log)
    }

    /// Hands over what has arrived and takes one action.
    pub(crate) fn one_action(&mut self) {
        self.hand_over();
        self.step();
    }

    fn hand_over(&mut self) {
        while let Some((number, input)) = self.inputs.pop_front() {
            if at(input.arrival) > self.now {
                self.inputs.push_front((number, input));
                break;
            }
            let record = Record {
                sequence_number: number.to_string(),
                arrival: at(input.arrival),
                partition_key: input.key.map(str::to_owned),
                event_bytes: input.bytes,
                payload: number,
            };
            self.shard.push(record, self.now);
        }
        self.shard.caught_up(self.now);
        if self.close_at.is_some_and(|time| time <= self.now) && self.inputs.is_empty() {
            self.shard.close();
        }
    }

    /// One action; false when nothing is left to do.
    fn step(&mut self) -> bool {
        let seconds = self.now.as_micros() / 1_000_000;
        match self.shard.poll(self.now) {
            Action::Invoke(invocation) => {
                let window = invocation.window;
                let call = Call {
                    records: invocation
                        .records
                        .iter()
                        .map(|record| record.payload)
                        .collect(),
                    state: window.map(|window| window.state.to_owned()),
                    is_final: window.is_some_and(|window| window.is_final),
                    terminated_early: window.is_some_and(|window| window.terminated_early),
                    attempt: invocation.attempt,
                };
                let id = invocation.id;
                let mut line = format!("{seconds}: {}", span(&call.records));
                if let Some(window) = window {
                    let state = if window.state.len() > 40 {
                        "large"
                    } else {
                        window.state
                    };
                    let second = |time: Timestamp| time.as_micros() / 1_000_000;
                    let _ = write!(
                        line,
                        " in {}-{} {state}",
                        second(window.start),
                        second(window.end)
                    );
                }
                line += if call.is_final { " final" } else { "" };
                line += if call.terminated_early { " early" } else { "" };
                let end = (self.function)(&call);
                let verdict = self.finish(id, &end);
                self.log.push(format!("{line} {verdict}"));
            }
            Action::Deliver(failure) => {
                let condition = match failure.condition {
                    Condition::RetryAttemptsExhausted => "exhausted",
                    Condition::RecordAgeExceeded => "too old",
                };
                let records: Vec<u32> = failure
                    .records
                    .iter()
                    .map(|record| record.payload)
                    .collect();
                self.log.push(format!(
                    "{seconds}: {} {condition} after {}",
                    span(&records),
                    failure.invocations
                ));
            }
            Action::Checkpoint(checkpoint) => {
                let number = checkpoint.sequence_number.unwrap_or_default().to_owned();
                if number != self.last_checkpoint {
                    self.log.push(format!("{seconds}: checkpoint {number}"));
                    self.last_checkpoint = number;
                }
            }
            Action::Wait(until) => return self.wait(until),
        }
        true
    }

    fn finish(&mut self, id: InvocationId, end: &End) -> &'static str {
        let result = match end {
            End::Body(body) => InvocationResult::Answered(body.as_bytes()),
            End::Throw => InvocationResult::FunctionError,
            End::Throttled => InvocationResult::NotInvoked,
        };
        match self.shard.finish(id, result, self.now) {
            Verdict::Succeeded => "ok",
            Verdict::Failed => "failed",
            Verdict::FailedFrom(_) => "partly",
            Verdict::NotInvoked => "throttled",
        }
    }

    fn wait(&mut self, until: Option<Timestamp>) -> bool {
        let arrival = self.inputs.front().map(|(_, input)| at(input.arrival));
        let close = self.close_at.filter(|time| *time > self.now);
        let Some(next) = [until, arrival, close].into_iter().flatten().min() else {
            return false;
        };
        assert!(
            next > self.now,
            "a wait must lead on: {until:?} at {:?}",
            self.now
        );
        if until.is_some() && until != self.last_wait {
            let tenths = next.as_micros() / 100_000;
            self.log
                .push(format!("wait until {}.{}", tenths / 10, tenths % 10));
            self.last_wait = until;
        }
        self.now = next;
        true
    }
}

/// Settings with a change.
pub(crate) fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Only the lines of invocations, without their time.
pub(crate) fn calls(log: &[String]) -> Vec<&str> {
    let calls = log.iter().filter_map(|line| line.split_once(": "));
    calls
        .map(|(_, call)| call)
        .filter(|call| !call.starts_with("checkpoint") && !call.contains(" after "))
        .collect()
}

/// `1-10`, `4`, `1,3-4`, or `none`.
fn span(records: &[u32]) -> String {
    if records.is_empty() {
        return "none".to_owned();
    }
    let runs = records.chunk_by(|left, right| left + 1 == *right);
    let runs = runs.map(|run| match run {
        [single] => single.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(",")
}
