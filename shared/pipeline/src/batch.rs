//! A batch of records through a stream function: what every function does around its own logic.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use records::{BatchResponse, KinesisEvent, KinesisRecord, UserRecord};

use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::outcome::{Counts, Outcome, by_reason};
use crate::quarantine::{Quarantine, Source};
use crate::record_layers::RecordLayers;
use crate::user_records::UserRecords;

/// A function over the records of a stream.
pub trait StreamFunction: Send + Sync {
    /// Applies `records`, which stand in the order of their shard, and returns an outcome for each, in their order.
    ///
    /// No outcome may be lost: a record whose fate is not known is [`Outcome::Retry`]. Applying the same records
    /// again, or any of them, must change nothing. Work ends at [`Deadline::work`].
    fn apply(
        &self,
        records: &[UserRecord<'_>],
        deadline: Deadline,
    ) -> impl Future<Output = Vec<Outcome>> + Send;
}

/// Takes batches through a function: reads the records, has them applied, puts poison into quarantine, and says
/// what Lambda has to deliver again.
#[derive(Debug)]
pub struct Pipeline<F, C> {
    function: F,
    layers: RecordLayers,
    quarantine: Quarantine,
    clock: C,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchReport {
    /// The answer to Lambda.
    pub response: BatchResponse,
    /// What became of the user records, and of records without one.
    pub counts: Counts,
    /// How many were quarantined, by reason.
    pub quarantined: BTreeMap<&'static str, usize>,
    /// Key of the quarantine object, if there is one.
    pub quarantine_key: Option<String>,
    /// Records that begin like an aggregate of the Kinesis Producer Library and were taken as they are, because they are
    /// none.
    pub doubtful: usize,
    /// Age of the oldest record when the batch was done.
    pub record_age: Option<Duration>,
    /// Why the first record to be delivered again was not applied.
    pub retry_reason: Option<String>,
}

/// Why a whole invocation failed. Lambda delivers the batch again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvocationError {
    /// The event is not one that Lambda makes of a stream.
    #[error("{0}")]
    MalformedEvent(String),
    /// The function panicked.
    #[error("the function panicked: {0}")]
    Panic(String),
    /// The function did not give one outcome for each record.
    #[error("the function gave {given} outcomes for {records} records")]
    OutcomeCount {
        /// Outcomes given.
        given: usize,
        /// Records handed over.
        records: usize,
    },
    /// A record without a sequence number has to be delivered again, which only the whole batch can be.
    #[error("a record without a sequence number has to be delivered again: {0}")]
    NoPosition(String),
    /// A layer of a record could not be taken off for now, where a single record cannot be reported.
    #[error("{0}")]
    Layers(String),
    /// The state that Lambda has carried cannot be worked with.
    #[error("{0}")]
    State(String),
    /// The state of a window could not be handed over.
    #[error("the window could not be handed over: {0}")]
    HandOver(String),
    /// Poison could not be kept, where a single record cannot be reported.
    #[error("{0}")]
    Quarantine(String),
    /// A function over events that are not of a stream says that it has failed.
    #[error("{0}")]
    Function(String),
}

impl InvocationError {
    /// The error's name for Lambda's error type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MalformedEvent(_) => "MalformedEvent",
            Self::Panic(_) => "Panic",
            Self::OutcomeCount { .. } => "OutcomeCount",
            Self::NoPosition(_) => "NoPosition",
            Self::Layers(_) => "Layers",
            Self::State(_) => "State",
            Self::HandOver(_) => "HandOver",
            Self::Quarantine(_) => "Quarantine",
            Self::Function(_) => "Function",
        }
    }
}

impl<F: StreamFunction, C: Clock> Pipeline<F, C> {
    /// A pipeline of `function` with its quarantine, of records without layers.
    pub fn new(function: F, quarantine: Quarantine, clock: C) -> Self {
        Self {
            function,
            layers: RecordLayers::default(),
            quarantine,
            clock,
        }
    }

    /// With layers around the records' payloads.
    #[must_use]
    pub fn with_layers(self, layers: RecordLayers) -> Self {
        Self { layers, ..self }
    }

    /// Takes one batch through the function.
    pub async fn process(
        &self,
        event: &KinesisEvent,
        request_id: &str,
        deadline: Deadline,
    ) -> Result<BatchReport, InvocationError> {
        let mut decoder = self.layers.take_decoder();
        let records = self.layers.read(&mut decoder, event, deadline.work()).await;
        let report = self.process_records(&records, request_id, deadline).await;
        let record_age = self.oldest_age(event);
        drop(records);
        self.layers.give_back(decoder);
        report.map(|report| BatchReport {
            record_age,
            ..report
        })
    }

    async fn process_records(
        &self,
        records: &UserRecords<'_>,
        request_id: &str,
        deadline: Deadline,
    ) -> Result<BatchReport, InvocationError> {
        let mut outcomes = self.apply(records, deadline).await?;
        let quarantine_key = self
            .quarantine(records, &mut outcomes, request_id, deadline)
            .await;
        let retry_reason = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Retry(reason) => Some(reason.clone()),
            _ => None,
        });
        let done = records.settled(&outcomes);
        let response = match records.stream_record(done) {
            None => BatchResponse::success(),
            Some(KinesisRecord {
                sequence_number: Some(number),
                ..
            }) => BatchResponse::retry_from(number),
            Some(_) => {
                return Err(InvocationError::NoPosition(
                    retry_reason.unwrap_or_default(),
                ));
            }
        };
        Ok(BatchReport {
            response,
            counts: Counts::of_settled(&outcomes, done),
            quarantined: by_reason(&outcomes[..done]),
            quarantine_key,
            doubtful: records.doubtful,
            record_age: None,
            retry_reason,
        })
    }

    /// Has the readable records applied; gives an outcome for each user record, and each record without one.
    async fn apply(
        &self,
        records: &UserRecords<'_>,
        deadline: Deadline,
    ) -> Result<Vec<Outcome>, InvocationError> {
        let applied = AssertUnwindSafe(self.function.apply(&records.readable, deadline))
            .catch_unwind()
            .await;
        let applied = applied.map_err(|panic| InvocationError::Panic(panic_text(&*panic)))?;
        if applied.len() != records.readable.len() {
            return Err(InvocationError::OutcomeCount {
                given: applied.len(),
                records: records.readable.len(),
            });
        }
        Ok(records.outcomes(applied))
    }

    /// Puts the poison before the first retry into quarantine. If that fails, the poison is to be delivered again:
    /// it is never dropped.
    async fn quarantine(
        &self,
        records: &UserRecords<'_>,
        outcomes: &mut [Outcome],
        request_id: &str,
        deadline: Deadline,
    ) -> Option<String> {
        let done = records.settled(outcomes);
        let poison: Vec<_> = outcomes[..done]
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| match outcome {
                Outcome::Poison(poison) => Some((records.kept(index)?, poison)),
                _ => None,
            })
            .collect();
        if poison.is_empty() {
            return None;
        }
        let source = Source {
            stream_arn: records.stream_arn(),
            request_id,
            now: self.clock.now(),
        };
        match self
            .quarantine
            .put(source, &poison, deadline.report())
            .await
        {
            Ok(key) => Some(key),
            Err(error) => {
                let reason = error.to_string();
                for outcome in &mut outcomes[..done] {
                    if matches!(outcome, Outcome::Poison(_)) {
                        *outcome = Outcome::Retry(reason.clone());
                    }
                }
                None
            }
        }
    }

    fn oldest_age(&self, event: &KinesisEvent) -> Option<Duration> {
        let oldest = event.records().filter_map(|record| record.arrival).min()?;
        Some(
            self.clock
                .now()
                .duration_since(oldest.to_system_time())
                .unwrap_or_default(),
        )
    }
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned())
}
