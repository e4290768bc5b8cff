//! The function: changes of a batch into the table of the source's rows, their orders into that of the enriched rows.

use std::fmt;
use std::sync::Arc;

use aws_config::SdkConfig;
use dynamo::{ConditionalWriter, Guard, GuardedPut, PutOutcome, Transport, TransportError};
use pipeline::clock::SystemClock;
use pipeline::{Clock, Deadline, Outcome, StreamFunction};
use records::{Timestamp, UserRecord};
use tokio::time::Instant;

use crate::batch::{Batch, Fate, Joined, Rejection};
use crate::config::Config;
use crate::joiner::Joiner;
use crate::rows::{SOURCE_KEY, VERSION, source_item};
use crate::source::SourceReader;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Keeps the enriched rows in step with the source.
pub struct OrderEnrichment {
    reader: SourceReader,
    source: ConditionalWriter,
    joiner: Joiner,
    /// Seconds that a deleted row of the source is kept in mind.
    tombstone_time: i64,
    clock: Arc<dyn Clock>,
}

impl OrderEnrichment {
    /// The function with the SDK's configuration.
    pub fn new(config: Config, sdk: &SdkConfig) -> Result<Self, TransportError> {
        let transport = Transport::new(sdk)?;
        Ok(Self::with_services(
            config,
            transport,
            sdk,
            Arc::new(SystemClock),
        ))
    }

    /// The function over DynamoDB by a transport of one's own, S3 by `sdk`, and a clock.
    pub fn with_services(
        config: Config,
        transport: Transport,
        sdk: &SdkConfig,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let Config {
            join,
            source: reader,
            tombstone_days,
        } = config;
        let in_flight = join.write_concurrency;
        Self {
            reader,
            source: ConditionalWriter::new(
                transport.clone(),
                &join.source_table,
                SOURCE_KEY,
                in_flight,
            ),
            joiner: Joiner::new(join, transport, sdk, Arc::clone(&clock)),
            tombstone_time: i64::from(tombstone_days) * DAY,
            clock,
        }
    }

    /// Writes the newest change of each row; gives what became of all changes, by their places in the chains.
    ///
    /// If a change can never be written, the next older one of its row is: a good change is not lost to a bad one.
    async fn store(&self, batch: &Batch<'_>, deadline: Instant) -> Vec<Fate> {
        let expires_at = Timestamp::from(self.clock.now()).as_seconds() + self.tombstone_time;
        let mut fates = vec![Fate::Collapsed; batch.changes()];
        let mut round = batch.heads();
        while !round.is_empty() {
            let put = |place: &usize| GuardedPut {
                item: source_item(batch.change(*place), expires_at),
                guard: Guard::Newer(VERSION),
            };
            let puts: Vec<GuardedPut<'_>> = round.iter().map(put).collect();
            let outcomes = self.source.put_all(&puts, deadline).await;
            let places = std::mem::take(&mut round);
            for (place, outcome) in places.into_iter().zip(outcomes) {
                fates[place] = match outcome {
                    PutOutcome::Written => Fate::Written,
                    PutOutcome::Superseded(_) => Fate::Superseded,
                    PutOutcome::Unfinished { detail } => Fate::Unfinished(detail),
                    PutOutcome::Rejected { reason, detail } => {
                        round.extend(batch.older(place));
                        Fate::Rejected(Rejection { reason, detail })
                    }
                };
            }
        }
        fates
    }
}

impl StreamFunction for OrderEnrichment {
    async fn apply(&self, records: &[UserRecord<'_>], deadline: Deadline) -> Vec<Outcome> {
        let batch = Batch::read(&self.reader, records);
        if batch.changes() == 0 {
            return batch.into_outcomes(Vec::new(), Joined::default());
        }
        let fates = self.store(&batch, deadline.work()).await;
        // Also the orders of changes that were there already: who wrote them may not have come to this.
        let joined = self.joiner.join(batch.wanted(), deadline.work()).await;
        batch.into_outcomes(fates, joined)
    }
}

impl fmt::Debug for OrderEnrichment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderEnrichment")
            .field("reader", &self.reader)
            .field("joiner", &self.joiner)
            .finish_non_exhaustive()
    }
}
