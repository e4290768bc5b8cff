//! A stream without end, and a function that answers at once.

use std::hint::black_box;
use std::sync::Arc;

use mapping::{
    Action, Choices, Invocation, InvocationId, InvocationResult, Record, Settings, Shard,
};
use records::Timestamp;

/// Bytes of a record's JSON in the event, as of a reading of a sensor.
const EVENT_BYTES: usize = 600;
/// Different partition keys.
const KEYS: u64 = 1_000;

/// What the function answers.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Nothing,
    State,
    NoFailures,
    MiddleFailsOnce,
}

/// A shard that is fed, a record a millisecond.
pub(crate) struct Stream {
    shard: Shard<Arc<str>>,
    batch_size: usize,
    answer: Answer,
    payload: Arc<str>,
    /// Records pushed so far.
    pushed: u64,
    /// Most records that were ever held at once.
    pub(crate) most_buffered: usize,
    under_way: Vec<(InvocationId, String)>,
}

impl Stream {
    pub(crate) fn new(settings: &Settings, answer: Answer) -> Self {
        Self {
            shard: Shard::new(settings, &Choices::default()),
            batch_size: settings.batch_size,
            answer,
            payload: Arc::from("x".repeat(EVENT_BYTES)),
            pushed: 0,
            most_buffered: 0,
            under_way: Vec::new(),
        }
    }

    /// Pushes `count` records and does what the machine asks for until it holds none of them.
    pub(crate) fn advance(&mut self, count: usize) {
        for _ in 0..count {
            self.push();
        }
        self.most_buffered = self.most_buffered.max(self.shard.buffered());
        loop {
            match self.shard.poll(time(self.pushed)) {
                Action::Invoke(invocation) => {
                    let answer = self.answer.to(&invocation, self.batch_size);
                    self.under_way.push((invocation.id, answer));
                }
                Action::Checkpoint(checkpoint) => {
                    black_box(checkpoint);
                }
                Action::Deliver(failure) => {
                    black_box(failure);
                }
                Action::Wait(_) if self.under_way.is_empty() => break,
                Action::Wait(_) => {
                    for (id, answer) in self.under_way.drain(..) {
                        let result = InvocationResult::Answered(answer.as_bytes());
                        self.shard.finish(id, result, time(self.pushed));
                    }
                }
            }
        }
        assert_eq!(self.shard.buffered(), 0, "all that was pushed is done");
        assert_eq!(
            self.shard.buffered_bytes(),
            0,
            "all that was pushed is done"
        );
    }

    fn push(&mut self) {
        self.pushed += 1;
        let arrival = time(self.pushed);
        let record = Record {
            sequence_number: sequence_number(self.pushed),
            arrival,
            partition_key: Some(format!("sensor-{}", self.pushed % KEYS)),
            event_bytes: EVENT_BYTES,
            payload: Arc::clone(&self.payload),
        };
        self.shard.push(record, arrival);
    }
}

impl Answer {
    fn to(self, invocation: &Invocation<'_, Arc<str>>, batch_size: usize) -> String {
        // As the driver that makes the event does.
        let bytes: usize = invocation
            .records
            .iter()
            .map(|record| record.payload.len())
            .sum();
        black_box(bytes);
        match self {
            Self::Nothing => "null".to_owned(),
            Self::State => r#"{"state":{"count":100,"sum":"2150.5"}}"#.to_owned(),
            Self::MiddleFailsOnce if invocation.records.len() == batch_size => {
                let middle = invocation.records.iter().nth(batch_size / 2);
                let number = middle.map_or("", |record| &record.sequence_number);
                format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{number}"}}]}}"#)
            }
            Self::NoFailures | Self::MiddleFailsOnce => r#"{"batchItemFailures":[]}"#.to_owned(),
        }
    }
}

fn time(millis: u64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(millis).unwrap_or(0) * 1_000)
}

/// As long as those of Kinesis.
fn sequence_number(number: u64) -> String {
    format!("49590338271490256608559692538361571095{number:018}")
}
