//! The batch writer: puts items, and says for each what became of it.

mod plan;
mod request;

use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::item::Item;
use crate::key::{KeySchema, Unfit};
use crate::transport::{CallError, Transport};
use plan::Plan;
use request::Requests;

/// Puts items into one table, 25 a call, several calls in flight.
#[derive(Debug)]
pub struct BatchWriter {
    transport: Transport,
    requests: Requests,
    schema: KeySchema,
    in_flight: usize,
    random: Mutex<fastrand::Rng>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is in the table.
    Written,
    /// A later item of the same call to [`BatchWriter::write`] has the same key and is in the table.
    Collapsed,
    /// It can never be written: poison.
    Rejected {
        /// A short fixed name of the reason: `item-too-large` or `rejected`.
        reason: &'static str,
        /// What DynamoDB or the check before the call said.
        detail: String,
    },
    /// It is not known to be in the table: try again.
    Unfinished {
        /// The failure that the last try met.
        detail: String,
    },
}

impl BatchWriter {
    /// A writer of items with the key `schema` into `table`, with up to `in_flight` calls at a time.
    pub fn new(transport: Transport, table: &str, schema: KeySchema, in_flight: usize) -> Self {
        Self {
            transport,
            requests: Requests::new(table),
            schema,
            in_flight: in_flight.max(1),
            random: Mutex::new(fastrand::Rng::new()),
        }
    }

    /// Puts `items`, the last one of each key, and returns an outcome for each, in their order.
    ///
    /// No call goes out after `deadline`, and none is waited for beyond it.
    pub async fn write(&self, items: &[Item<'_>], deadline: Instant) -> Vec<WriteOutcome> {
        let mut plan = Plan::new(items.iter().map(|item| self.check(item)).collect());
        loop {
            let round = plan.next_round();
            if round.is_empty() {
                return plan.into_outcomes();
            }
            let chunks = self.requests.pack(items, &round);
            let mut finished = stream::iter(chunks)
                .map(|chunk| self.write_chunk(items, chunk, deadline))
                .buffer_unordered(self.in_flight);
            while let Some(outcomes) = finished.next().await {
                for (index, outcome) in outcomes {
                    plan.settle(index, outcome);
                }
            }
        }
    }

    /// The item's key, or why it is not worth a call.
    fn check<'k, 'a>(&self, item: &'k Item<'a>) -> Result<crate::key::Key<'k, 'a>, WriteOutcome> {
        self.schema
            .check(item)
            .map_err(|Unfit { reason, detail }| WriteOutcome::Rejected { reason, detail })
    }

    /// Writes the items at the places of `chunk`, one call's worth, until each has an outcome.
    async fn write_chunk(
        &self,
        items: &[Item<'_>],
        chunk: Vec<usize>,
        deadline: Instant,
    ) -> Vec<(usize, WriteOutcome)> {
        let mut outcomes = Vec::with_capacity(chunk.len());
        let mut backoff = Backoff::new(
            self.random
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fork(),
        );
        let mut open = vec![chunk];
        while let Some(mut chunk) = open.pop() {
            let failure = match self.call(items, &chunk, deadline).await {
                Ok(left_over) => {
                    let written = chunk.iter().filter(|index| !left_over.contains(index));
                    outcomes.extend(written.map(|index| (*index, WriteOutcome::Written)));
                    if left_over.is_empty() {
                        continue;
                    }
                    chunk = left_over;
                    CallError::Transient("left in UnprocessedItems".to_owned())
                }
                Err(failure) => failure,
            };
            match failure {
                CallError::Refused(detail) if chunk.len() == 1 => {
                    outcomes.push((
                        chunk[0],
                        WriteOutcome::Rejected {
                            reason: "rejected",
                            detail,
                        },
                    ));
                }
                CallError::Refused(_) => {
                    let right = chunk.split_off(chunk.len() / 2);
                    open.extend([right, chunk]);
                }
                CallError::Transient(detail) => {
                    open.push(chunk);
                    if !backoff.wait(deadline).await {
                        give_up(&mut outcomes, &mut open, &detail);
                    }
                }
                CallError::Unavailable(detail) => {
                    open.push(chunk);
                    give_up(&mut outcomes, &mut open, &detail);
                }
            }
        }
        outcomes
    }

    /// One call; gives the places of the items that DynamoDB left unprocessed.
    async fn call(
        &self,
        items: &[Item<'_>],
        chunk: &[usize],
        deadline: Instant,
    ) -> Result<Vec<usize>, CallError> {
        let body = self.requests.body(items, chunk);
        let answer = self
            .transport
            .call_by(deadline, "BatchWriteItem", body)
            .await?;
        self.requests.left_over(&answer, items, chunk, self.schema)
    }
}

fn give_up(outcomes: &mut Vec<(usize, WriteOutcome)>, open: &mut Vec<Vec<usize>>, detail: &str) {
    let unfinished = open.drain(..).flatten();
    outcomes.extend(unfinished.map(|index| {
        (
            index,
            WriteOutcome::Unfinished {
                detail: detail.to_owned(),
            },
        )
    }));
}
