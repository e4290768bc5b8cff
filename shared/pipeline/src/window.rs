//! A batch of a tumbling window through a function: what every windowed function does around its own logic.

mod memory;
mod source;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use bytes::Bytes;
use records::{DynamoDbEvent, KinesisEvent, StreamKind, Window, WindowEvent, WindowResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::{InvocationError, panic_text};
use crate::clock::{Clock, SystemClock};
use crate::deadline::Deadline;
use crate::metrics::Summary;
use crate::outcome::{Counts, Outcome, by_reason};
use crate::quarantine::{Quarantine, Source};
use crate::record_layers::RecordLayers;
use crate::run::{Around, Handler, Setup, StartError, around, serve_until_end};

pub use source::WindowRecord;
use source::WindowSource;

/// A function over the records of tumbling windows.
///
/// Lambda carries the state from call to call. A call succeeds as a whole, with a new state, or fails as a whole and
/// comes again with the old one: what a partial failure inside a window means is documented nowhere.
pub trait WindowFunction: Send + Sync {
    /// What is known of a window of a shard so far.
    type State: Default + Serialize + DeserializeOwned + Send + Sync;

    /// Whether a state that has come in can be worked with; the error says why not.
    fn check(&self, state: &Self::State) -> Result<(), String>;

    /// Whether a state that has come in has something to be handed over before anything is added to it.
    fn is_full(&self, state: &Self::State) -> bool;

    /// Adds records, which stand in the order of their shard, and returns an outcome for each, in their order; never
    /// [`Outcome::Retry`]. Depends on nothing but its arguments: after a failure it is done once more.
    fn fold(
        &self,
        window: &Window<()>,
        state: &mut Self::State,
        records: &[WindowRecord<'_>],
    ) -> Vec<Outcome>;

    /// Hands over what the state holds and takes it out of the state: all of it if the window is final or terminated
    /// early, else what made it full. Doing it again with the same state must change nothing. Ends at
    /// [`Deadline::work`].
    fn hand_over(
        &self,
        window: &Window<()>,
        state: &mut Self::State,
        deadline: Deadline,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// For the log, and for Lambda.
type Answer<S> = (Summary, Result<WindowResponse<S>, InvocationError>);

fn malformed<S>(reason: String) -> Answer<S> {
    (
        Summary::default(),
        Err(InvocationError::MalformedEvent(reason)),
    )
}

/// Takes the batches of windows through a function.
#[derive(Debug)]
pub struct WindowPipeline<F, C> {
    function: F,
    layers: RecordLayers,
    quarantine: Quarantine,
    clock: C,
}

/// Runs a windowed function until Lambda ends the process; like [`run`](crate::run), for both kinds of streams.
pub async fn run_window<F, S>(name: &'static str, start: S) -> ExitCode
where
    F: WindowFunction + 'static,
    S: AsyncFnOnce(&Setup) -> Result<F, StartError>,
{
    let pipeline = async |setup: &Setup| {
        let Around { quarantine, layers } = around(name, setup)?;
        let function = start(setup).await?;
        Ok(WindowPipeline::new(function, quarantine, SystemClock).with_layers(layers))
    };
    memory::keep_between_invocations();
    serve_until_end(name, pipeline).await
}

impl<F: WindowFunction, C: Clock> WindowPipeline<F, C> {
    /// A pipeline of `function` with its quarantine, of records without layers.
    pub fn new(function: F, quarantine: Quarantine, clock: C) -> Self {
        Self {
            function,
            layers: RecordLayers::default(),
            quarantine,
            clock,
        }
    }

    /// With layers around the payloads of the records of Kinesis streams.
    #[must_use]
    pub fn with_layers(self, layers: RecordLayers) -> Self {
        Self { layers, ..self }
    }

    /// Takes one event through the function, whichever kind of stream it is of.
    pub async fn process(
        &self,
        event: &[u8],
        request_id: &str,
        deadline: Deadline,
    ) -> Result<WindowResponse<F::State>, InvocationError> {
        self.handle_any(event, request_id, deadline).await.1
    }

    async fn handle_any(
        &self,
        event: &[u8],
        request_id: &str,
        deadline: Deadline,
    ) -> Answer<F::State> {
        // The HTTP client has given the event and has yet to put its connection back. Most batches wait for nothing: an
        // answer would find no connection, open one and close the other, on each invocation.
        tokio::task::yield_now().await;
        match StreamKind::of_event(event) {
            Some(StreamKind::Kinesis) => match WindowEvent::from_json(event) {
                Ok(event) => self.of_kinesis(event, request_id, deadline).await,
                Err(error) => malformed(error.to_string()),
            },
            Some(StreamKind::DynamoDb) => match WindowEvent::<DynamoDbEvent, _>::from_json(event) {
                Ok(WindowEvent { records, window }) => {
                    self.of_records(&records, window, request_id, deadline)
                        .await
                }
                Err(error) => malformed(error.to_string()),
            },
            None => malformed("no `eventSourceARN` of a Kinesis or DynamoDB stream".to_owned()),
        }
    }

    async fn of_kinesis(
        &self,
        event: WindowEvent<KinesisEvent, F::State>,
        request_id: &str,
        deadline: Deadline,
    ) -> Answer<F::State> {
        let WindowEvent { records, window } = event;
        let mut decoder = self.layers.take_decoder();
        let users = self
            .layers
            .read(&mut decoder, &records, deadline.work())
            .await;
        let answer = self.of_records(&users, window, request_id, deadline).await;
        drop(users);
        self.layers.give_back(decoder);
        answer
    }

    async fn of_records<R: WindowSource>(
        &self,
        records: &R,
        window: Window<F::State>,
        request_id: &str,
        deadline: Deadline,
    ) -> Answer<F::State> {
        let (window, state) = window.take_state();
        let mut summary = records.summary(&window.shard_id, self.clock.now());
        let result = self
            .add(
                records,
                &window,
                state.unwrap_or_default(),
                deadline,
                request_id,
                &mut summary,
            )
            .await;
        if result.is_err() {
            summary.counts = Counts {
                reported: records.count(),
                ..Counts::default()
            };
        }
        (summary, result)
    }

    /// Adds the records of a batch to the state, and hands it over where it is time.
    async fn add<R: WindowSource>(
        &self,
        records: &R,
        window: &Window<()>,
        mut state: F::State,
        deadline: Deadline,
        request_id: &str,
        summary: &mut Summary,
    ) -> Result<WindowResponse<F::State>, InvocationError> {
        self.function
            .check(&state)
            .map_err(InvocationError::State)?;
        let is_last = window.is_final || window.is_terminated_early;
        if !is_last && self.function.is_full(&state) {
            self.hand_over(window, &mut state, deadline).await?;
        }
        let outcomes = self.fold(records, window, &mut state)?;
        if is_last {
            self.hand_over(window, &mut state, deadline).await?;
        }
        summary.quarantine_key = self
            .quarantine(records, window, &outcomes, request_id, deadline)
            .await?;
        summary.counts = Counts::of(&outcomes);
        summary.quarantined = by_reason(&outcomes);
        Ok(if window.is_final {
            WindowResponse::fresh()
        } else {
            WindowResponse::keep(state)
        })
    }

    async fn hand_over(
        &self,
        window: &Window<()>,
        state: &mut F::State,
        deadline: Deadline,
    ) -> Result<(), InvocationError> {
        let handed_over = self.function.hand_over(window, state, deadline).await;
        handed_over.map_err(InvocationError::HandOver)
    }

    /// Adds the readable records; gives an outcome for each record of the event, none of them a retry.
    fn fold<R: WindowSource>(
        &self,
        records: &R,
        window: &Window<()>,
        state: &mut F::State,
    ) -> Result<Vec<Outcome>, InvocationError> {
        let readable = records.readable();
        let folded = catch_unwind(AssertUnwindSafe(|| {
            self.function.fold(window, state, &readable)
        }));
        let folded = folded.map_err(|panic| InvocationError::Panic(panic_text(&*panic)))?;
        if folded.len() != readable.len() {
            return Err(InvocationError::OutcomeCount {
                given: folded.len(),
                records: readable.len(),
            });
        }
        let outcomes = records.outcomes(folded);
        let retry = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Retry(reason) => Some(reason.clone()),
            _ => None,
        });
        match retry {
            Some(reason) => Err(InvocationError::Layers(reason)),
            None => Ok(outcomes),
        }
    }

    /// Puts the poison into quarantine. If that fails the invocation fails: the poison is never dropped.
    async fn quarantine<R: WindowSource>(
        &self,
        records: &R,
        window: &Window<()>,
        outcomes: &[Outcome],
        request_id: &str,
        deadline: Deadline,
    ) -> Result<Option<String>, InvocationError> {
        let poison: Vec<_> = outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| match outcome {
                Outcome::Poison(poison) => Some((records.kept(index, &window.shard_id)?, poison)),
                _ => None,
            })
            .collect();
        if poison.is_empty() {
            return Ok(None);
        }
        let source = Source {
            stream_arn: window.stream_arn.as_deref(),
            request_id,
            now: self.clock.now(),
        };
        let put = self
            .quarantine
            .put(source, &poison, deadline.report())
            .await;
        put.map(Some)
            .map_err(|error| InvocationError::Quarantine(error.to_string()))
    }
}

impl<F: WindowFunction> Handler for WindowPipeline<F, SystemClock> {
    type Response = WindowResponse<F::State>;

    async fn handle(&self, event: Bytes, request_id: &str, deadline: Deadline) -> Answer<F::State> {
        self.handle_any(&event, request_id, deadline).await
    }
}
