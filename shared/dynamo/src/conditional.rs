//! The conditional writer: puts items unless what is there is newer.

mod request;

use std::collections::HashMap;
use std::sync::OnceLock;

use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::item::Item;
use crate::key::{Key, KeySchema, Unfit};
use crate::row::Row;
use crate::transport::{CallError, Transport};
use request::Requests;

/// Puts items into one table, each on its own and only over what is older, several calls in flight.
#[derive(Debug)]
pub struct ConditionalWriter {
    transport: Transport,
    requests: Requests,
    schema: KeySchema,
    in_flight: usize,
}

/// An item to be put if its guard lets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardedPut<'a> {
    /// The whole item, with the attributes of the guard as texts.
    pub item: Item<'a>,
    /// What may be there for the item to replace it.
    pub guard: Guard,
}

/// What may be there for a new item to replace it. Texts are compared by their bytes, so versions need a fixed width.
/// An item that is there without an attribute of the guard, or with one that is not text, is not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// No item, or one whose text in this attribute is less than the new item's.
    Newer(&'static str),
    /// No item, or one whose texts in each of these attributes are less than or equal to the new item's.
    NotOlder(&'static [&'static str]),
}

/// What became of a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// The item was put. Also if the answer of a first try was lost and another try finds the very item there.
    Written,
    /// The guard did not let it: this is the item that is there. It may be equal to the one that was to be put, if
    /// somebody else, or an earlier call, put the same.
    Superseded(Row),
    /// It can never be put: poison.
    Rejected {
        /// A short fixed name of the reason: `item-too-large` or `rejected`.
        reason: &'static str,
        /// What DynamoDB or the check before the call said.
        detail: String,
    },
    /// It is not known whether the item was put: try again.
    Unfinished {
        /// The failure that the last try met.
        detail: String,
    },
}

/// Why no more calls are made, once a call has found that none would do.
type Halt = OnceLock<String>;

impl ConditionalWriter {
    /// A writer of items with the key `key` into `table`, with up to `in_flight` calls at a time.
    pub fn new(transport: Transport, table: &str, key: KeySchema, in_flight: usize) -> Self {
        Self {
            transport,
            requests: Requests::new(table, key),
            schema: key,
            in_flight: in_flight.max(1),
        }
    }

    /// Puts each of `puts` on its own and returns an outcome for each, in their order.
    ///
    /// What may pass is tried again with full jitter until `deadline`: no call goes out after it, and none is waited
    /// for beyond it. What does not pass soon (no permission, no table) ends the calls: the puts that are left are
    /// [`PutOutcome::Unfinished`]. Puts with equal keys are made one after the other in their order, each with an
    /// outcome of its own.
    pub async fn put_all(&self, puts: &[GuardedPut<'_>], deadline: Instant) -> Vec<PutOutcome> {
        let mut outcomes: Vec<Option<PutOutcome>> = Vec::with_capacity(puts.len());
        let mut chains = Chains::with_capacity(puts.len());
        for (index, put) in puts.iter().enumerate() {
            outcomes.push(match self.check(put) {
                Ok(key) => {
                    chains.add(index, key);
                    None
                }
                Err(Unfit { reason, detail }) => Some(PutOutcome::Rejected { reason, detail }),
            });
        }
        let (chains, halt) = (&chains, &Halt::new());
        let mut finished = stream::iter(chains.heads.iter().copied())
            .map(|head| async move {
                let mut outcomes = Vec::with_capacity(1);
                let mut next = Some(head);
                while let Some(index) = next {
                    outcomes.push((index, self.put(&puts[index], deadline, halt).await));
                    next = chains.next.get(&index).copied();
                }
                outcomes
            })
            .buffer_unordered(self.in_flight);
        while let Some(chain) = finished.next().await {
            for (index, outcome) in chain {
                outcomes[index] = Some(outcome);
            }
        }
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(|| unfinished("not tried")))
            .collect()
    }

    /// The item's key, or why it is not worth a call.
    fn check<'k, 'a>(&self, put: &'k GuardedPut<'a>) -> Result<Key<'k, 'a>, Unfit> {
        put.guard.check(&put.item)?;
        self.schema.check(&put.item)
    }

    /// Puts one item, again and again until it has an outcome.
    async fn put(&self, put: &GuardedPut<'_>, deadline: Instant, halt: &Halt) -> PutOutcome {
        let body = self.requests.body(put);
        let mut backoff = Backoff::new(fastrand::Rng::new());
        let mut is_in_doubt = false;
        loop {
            if let Some(detail) = halt.get() {
                return unfinished(detail);
            }
            let call = self.transport.call_by(deadline, "PutItem", body.clone());
            let failure = match call.await.map(|answer| request::is_read(&answer)) {
                Ok(Ok(())) => return PutOutcome::Written,
                Ok(Err(error)) => error,
                Err(failure) => match failure.there {
                    // A try that seemed to fail has arrived after all.
                    Some(there) if is_in_doubt && there.is(&put.item) => {
                        return PutOutcome::Written;
                    }
                    Some(there) => return PutOutcome::Superseded(there),
                    None => failure.error,
                },
            };
            match failure {
                CallError::Refused(detail) => {
                    return PutOutcome::Rejected {
                        reason: "rejected",
                        detail,
                    };
                }
                CallError::Transient(detail) => {
                    is_in_doubt = true;
                    if !backoff.wait(deadline).await {
                        return PutOutcome::Unfinished { detail };
                    }
                }
                CallError::Unavailable(detail) => {
                    return unfinished(halt.get_or_init(|| detail));
                }
            }
        }
    }
}

fn unfinished(detail: &str) -> PutOutcome {
    PutOutcome::Unfinished {
        detail: detail.to_owned(),
    }
}

/// The places of puts, those with equal keys chained: put at once, an older one could find the newer one there, or not,
/// as it happens.
#[derive(Debug)]
struct Chains<'k, 'a> {
    heads: Vec<usize>,
    /// For a place the next one with the same key.
    next: HashMap<usize, usize>,
    last_of_key: HashMap<Key<'k, 'a>, usize>,
}

impl<'k, 'a> Chains<'k, 'a> {
    fn with_capacity(puts: usize) -> Self {
        Self {
            heads: Vec::with_capacity(puts),
            next: HashMap::new(),
            last_of_key: HashMap::with_capacity(puts),
        }
    }

    fn add(&mut self, index: usize, key: Key<'k, 'a>) {
        match self.last_of_key.insert(key, index) {
            None => self.heads.push(index),
            Some(before) => {
                self.next.insert(before, index);
            }
        }
    }
}
