//! The table of consent: written under conditions, read as of now.

use std::sync::Arc;
use std::time::SystemTime;

use dynamo::backoff::Backoff;
use dynamo::{ConditionalWriter, Guard, GuardedPut, Item, PutOutcome, Reader, Transport, Value};
use pipeline::Clock;
use records::Timestamp;
use tokio::time::Instant;

use crate::rows::{CallRow, KEY, NUMBER_VERSION, NumberRow, Partition, VERSION};

/// Seconds that the row of a call is kept when it is over. DynamoDB takes its own time to delete it; until then it is
/// in the way of nobody.
const CALL_KEPT: i64 = 60 * 60;

/// A row of a user replaces one that is older in nothing: neither by the user's change nor by the number's.
const SETTLED: Guard = Guard::NotOlder(&[VERSION, NUMBER_VERSION]);

/// The table of consent.
pub struct ConsentTable {
    writer: ConditionalWriter,
    reader: Reader,
    clock: Arc<dyn Clock>,
}

impl ConsentTable {
    /// The table of that name, with up to `in_flight` calls at a time.
    pub fn new(transport: Transport, table: &str, in_flight: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            writer: ConditionalWriter::new(transport.clone(), table, KEY, in_flight),
            reader: Reader::new(transport, table, in_flight),
            clock,
        }
    }

    /// The time of day.
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Puts rows that replace older ones only.
    pub async fn put_newer(&self, items: Vec<Item<'_>>, deadline: Instant) -> Vec<PutOutcome> {
        let guard = Guard::Newer(VERSION);
        let puts = items.into_iter().map(|item| GuardedPut { item, guard });
        self.writer
            .put_all(&puts.collect::<Vec<_>>(), deadline)
            .await
    }

    /// What the table has of numbers, as of now.
    pub async fn read(&self, phones: &[&str], deadline: Instant) -> Vec<Result<Partition, String>> {
        let key = |phone: &&str| Value::Text((*phone).to_owned().into());
        let keys: Vec<Value<'_>> = phones.iter().map(key).collect();
        let read = self.reader.partitions(KEY.hash, &keys, deadline).await;
        read.into_iter()
            .map(|rows| {
                rows.map(|rows| Partition::of(&rows))
                    .map_err(|error| error.to_string())
            })
            .collect()
    }

    /// Puts users into the audience, or takes them out of it, as the rows of their numbers say; gives what of the
    /// numbers is not known to be done.
    ///
    /// Whoever comes here has written the number's row or the user's before. So of all that work on a number the last
    /// one to read has everything. All users that say yes get the version of the number's row, also those that are
    /// where they belong: a row of somebody who has read the number before is refused from then on. Without that he
    /// could put a user into the audience of a number that has been opted out since.
    pub async fn settle(
        &self,
        phones: &[&str],
        deadline: Instant,
    ) -> Vec<Result<Option<NumberRow<'static>>, String>> {
        let mut done = vec![Err("not tried".to_owned()); phones.len()];
        let mut open: Vec<usize> = (0..phones.len()).collect();
        let mut backoff = Backoff::new(fastrand::Rng::new());
        loop {
            let wanted: Vec<&str> = open.iter().map(|index| phones[*index]).collect();
            let read = self.read(&wanted, deadline).await;
            let mut again = Vec::new();
            let mut puts = Vec::new();
            for (index, partition) in open.iter().zip(&read) {
                match partition {
                    Ok(partition) => {
                        done[*index] = Ok(partition.number.clone());
                        puts.extend(settling(partition).map(|item| (*index, item)));
                    }
                    Err(error) => done[*index] = Err(error.clone()),
                }
            }
            let (of, puts): (Vec<usize>, Vec<GuardedPut<'_>>) = puts.into_iter().unzip();
            let outcomes = self.writer.put_all(&puts, deadline).await;
            for (index, outcome) in of.into_iter().zip(outcomes) {
                match outcome {
                    PutOutcome::Written => {}
                    PutOutcome::Superseded(_) => again.push(index),
                    PutOutcome::Unfinished { detail } => done[index] = Err(detail),
                    PutOutcome::Rejected { reason, .. } => {
                        done[index] = Err(format!("a user's row is refused: {reason}"));
                    }
                }
            }
            again.dedup();
            again.retain(|index| done[*index].is_ok());
            open = again;
            if open.is_empty() {
                return done;
            }
            if !backoff.wait(deadline).await {
                for index in open {
                    done[index] = Err("the number changed until there was no time left".to_owned());
                }
                return done;
            }
        }
    }

    /// Puts a number's row over one of the same version or an older one.
    pub async fn mark(
        &self,
        number: &NumberRow<'_>,
        channel: &'static str,
        deadline: Instant,
    ) -> PutOutcome {
        let put = GuardedPut {
            item: number.to_item(channel),
            guard: Guard::NotOlder(&[VERSION]),
        };
        self.put_one(put, deadline).await
    }

    /// Writes the row of a call: that it will be made, or with `until` 0 that it is over.
    pub async fn put_call(&self, phone: &str, call: &CallRow, deadline: Instant) -> PutOutcome {
        let seconds = Timestamp::from(self.clock.now()).as_seconds() + CALL_KEPT;
        let put = GuardedPut {
            item: call.to_item(phone, seconds),
            // The same text in each row of a call: nobody else has its id.
            guard: Guard::NotOlder(&["call"]),
        };
        self.put_one(put, deadline).await
    }

    async fn put_one(&self, put: GuardedPut<'_>, deadline: Instant) -> PutOutcome {
        let outcomes = self.writer.put_all(&[put], deadline).await;
        let detail = "not tried".to_owned();
        outcomes
            .into_iter()
            .next()
            .unwrap_or(PutOutcome::Unfinished { detail })
    }
}

/// The rows of users that are not settled by the number's row as it is.
fn settling(partition: &Partition) -> impl Iterator<Item = GuardedPut<'_>> {
    let number = partition.number.as_ref();
    let users = partition.opted_in.iter();
    users.filter_map(move |user| {
        let number = number.filter(|number| number.version > user.number_version)?;
        Some(GuardedPut {
            item: user.settled(number),
            guard: SETTLED,
        })
    })
}

impl std::fmt::Debug for ConsentTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsentTable")
    }
}
