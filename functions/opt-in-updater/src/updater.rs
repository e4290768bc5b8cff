//! The function: changes of consent into the table, and from there to the channel.

use std::fmt;
use std::sync::Arc;

use aws_config::SdkConfig;
use dynamo::{PutOutcome, Transport, TransportError};
use futures_util::{StreamExt as _, stream};
use pipeline::clock::SystemClock;
use pipeline::metrics::{CountsLine, MetricsLog};
use pipeline::{Clock, Deadline, Outcome, StreamFunction};
use records::{Timestamp, UserRecord};
use tokio::time::Instant;

use crate::NAME;
use crate::batch::{Batch, Fate, Fates};
use crate::channel::{Channel, Pace, SmsOptOutList};
use crate::config::Config;
use crate::counts::Counts;
use crate::keeper::{Halt, Keeper, Kept, Task};
use crate::rows::{ChannelState, NOT_SENT, NumberRow, Status, user_item};
use crate::source::SourceReader;
use crate::table::ConsentTable;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// The name of the channel in rows that no channel is told of: never written.
const NO_CHANNEL: &str = "off";

/// Keeps table and channel in step with the source.
pub struct OptInUpdater {
    reader: SourceReader,
    table: Arc<ConsentTable>,
    /// `None` when the channel is off.
    keeper: Option<Keeper>,
    /// Numbers whose channel is called at a time.
    in_flight: usize,
    /// Seconds that a deleted row of the source is kept in mind.
    tombstone_time: i64,
    metrics: MetricsLog,
}

impl OptInUpdater {
    /// The function with the SDK's configuration.
    pub fn new(config: Config, sdk: &SdkConfig) -> Result<Self, TransportError> {
        let transport = Transport::new(sdk)?;
        let list = config.opt_out_list.clone();
        let channel = list.map(|list| Box::new(SmsOptOutList::new(sdk, list)) as Box<dyn Channel>);
        let metrics = MetricsLog::new(Box::new(std::io::stdout()));
        let clock = Arc::new(SystemClock);
        Ok(Self::with_services(
            config, transport, channel, clock, metrics,
        ))
    }

    /// The function over DynamoDB by a transport of one's own, a channel or none, a clock and a log.
    pub fn with_services(
        config: Config,
        transport: Transport,
        channel: Option<Box<dyn Channel>>,
        clock: Arc<dyn Clock>,
        metrics: MetricsLog,
    ) -> Self {
        let in_flight = config.write_concurrency;
        let table = Arc::new(ConsentTable::new(
            transport,
            &config.table,
            in_flight,
            clock,
        ));
        let keeper =
            channel.map(|channel| Keeper::new(Arc::clone(&table), channel, Pace::new(config.rate)));
        Self {
            reader: config.source,
            table,
            keeper,
            in_flight,
            tombstone_time: i64::from(config.tombstone_days) * DAY,
            metrics,
        }
    }

    /// Writes the row of each number that the batch says something about.
    async fn write_numbers(&self, batch: &Batch<'_>, deadline: Instant) -> Vec<Fate> {
        let now = Timestamp::from(self.table.now()).as_seconds();
        let state = match self.keeper {
            Some(_) => ChannelState::Pending(NOT_SENT.into()),
            None => ChannelState::Off,
        };
        let channel = self.keeper.as_ref().map_or(NO_CHANNEL, Keeper::channel);
        let mut fates = vec![Fate::Superseded; batch.numbers().len()];
        let says = batch.numbers().iter().enumerate();
        let rows = says.filter_map(|(place, number)| {
            let change = &batch.changes()[number.says?];
            Some((place, NumberRow::of(change, state.clone(), now)?))
        });
        let rows: Vec<(usize, NumberRow<'_>)> = rows.collect();
        let items = rows.iter().map(|(_, row)| row.to_item(channel)).collect();
        let outcomes = self.table.put_newer(items, deadline).await;
        for ((place, _), outcome) in rows.iter().zip(outcomes) {
            fates[*place] = fate(outcome);
        }
        fates
    }

    /// Writes the newest change of each user of the numbers that could be written.
    async fn write_users(&self, batch: &Batch<'_>, fates: &mut Fates, deadline: Instant) {
        let expires_at = Timestamp::from(self.table.now()).as_seconds() + self.tombstone_time;
        let numbers = batch.numbers().iter().zip(&fates.numbers);
        let written = numbers.filter(|(_, fate)| is_done(fate));
        let places: Vec<usize> = written
            .flat_map(|(number, _)| number.users.clone())
            .collect();
        let item = |place: &usize| user_item(&batch.changes()[*place], expires_at);
        let items = places.iter().map(item).collect();
        let outcomes = self.table.put_newer(items, deadline).await;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            fates.changes[place] = fate(outcome);
        }
    }

    /// Puts users into the audience or takes them out of it; gives the numbers that the channel is to be told of, the
    /// opt-outs first.
    async fn settle(
        &self,
        batch: &Batch<'_>,
        fates: &mut Fates,
        deadline: Instant,
    ) -> Vec<(usize, NumberRow<'static>)> {
        let mut places: Vec<usize> = (0..fates.numbers.len()).collect();
        places.retain(|place| is_done(&fates.numbers[*place]));
        // Also the numbers whose rows were there already: who wrote them may not have come to this.
        let phones: Vec<&str> = places.iter().map(|place| phone(batch, *place)).collect();
        let settled = self.table.settle(&phones, deadline).await;
        let mut tasks = Vec::new();
        for (place, settled) in places.into_iter().zip(settled) {
            let number = match settled {
                Ok(number) => number,
                Err(detail) => {
                    fates.numbers[place] = Fate::Unfinished(detail);
                    continue;
                }
            };
            let says = batch.numbers()[place].says.and_then(|change| {
                let change = &batch.changes()[change];
                let status = Status::from(change.consent.as_ref()?.answer);
                Some(status.number_version(&change.version.to_string()))
            });
            let ours = number
                .filter(|number| number.is_not_sent() && Some(&number.version) == says.as_ref());
            tasks.extend(ours.map(|number| (place, number)));
        }
        tasks.sort_by_key(|(_, number)| number.status == Status::OptedIn);
        tasks
    }

    /// Tells the channel of numbers.
    async fn tell(
        &self,
        tasks: &[(usize, NumberRow<'static>)],
        fates: &mut Fates,
        counts: &mut Counts,
        deadline: Instant,
    ) {
        let Some(keeper) = &self.keeper else { return };
        let halt = &Halt::new();
        let mut told = stream::iter(0..tasks.len())
            .map(|index| async move {
                let (place, number) = &tasks[index];
                let task = Task {
                    phone: &number.phone,
                    status: number.status,
                    version: (&*number.version).into(),
                    again: false,
                };
                (
                    *place,
                    number.status,
                    keeper.keep(task, deadline, halt).await,
                )
            })
            .buffer_unordered(self.in_flight);
        while let Some((place, status, kept)) = told.next().await {
            match kept {
                Ok(Kept::InStep) => counts.in_step(status),
                Ok(Kept::Refused(_)) => counts.refused(status),
                Ok(Kept::NotOurs) => {}
                Err(detail) => fates.channel[place] = Some(detail),
            }
        }
        drop(told);
        if let Some(reason) = halt.get() {
            tracing::warn!(
                channel = keeper.channel(),
                reason,
                "the channel cannot be used"
            );
        }
    }

    fn write_counts(&self, counts: &Counts) {
        let counts = counts.to_metrics();
        if !counts.is_empty() {
            self.metrics.write_counts(&CountsLine {
                function: NAME,
                done_at: self.table.now(),
                counts: &counts,
            });
        }
    }
}

impl StreamFunction for OptInUpdater {
    /// Numbers before users, rows before the channel: whatever is cut off in between is done by whoever gets the record
    /// again, and till then nobody is in the audience who should not be.
    async fn apply(&self, records: &[UserRecord<'_>], deadline: Deadline) -> Vec<Outcome> {
        let batch = Batch::read(&self.reader, records);
        let deadline = deadline.work();
        let mut counts = Counts::default();
        counts.unclear(batch.unclear());
        let mut fates = Fates {
            numbers: self.write_numbers(&batch, deadline).await,
            channel: vec![None; batch.numbers().len()],
            changes: vec![Fate::Collapsed; batch.changes().len()],
        };
        self.write_users(&batch, &mut fates, deadline).await;
        let tasks = self.settle(&batch, &mut fates, deadline).await;
        self.tell(&tasks, &mut fates, &mut counts, deadline).await;
        self.write_counts(&counts);
        batch.into_outcomes(&fates)
    }
}

/// The number at a place of a batch.
fn phone<'b>(batch: &'b Batch<'_>, place: usize) -> &'b str {
    let number = &batch.numbers()[place];
    let change = number.users.first().map(|change| &batch.changes()[*change]);
    change.map_or("", |change| change.key.phone.e164())
}

fn is_done(fate: &Fate) -> bool {
    matches!(fate, Fate::Written | Fate::Superseded)
}

/// What DynamoDB said of a row is not told: it may quote it.
fn fate(outcome: PutOutcome) -> Fate {
    match outcome {
        PutOutcome::Written => Fate::Written,
        PutOutcome::Superseded(_) => Fate::Superseded,
        PutOutcome::Rejected { reason, .. } => Fate::Rejected(reason),
        PutOutcome::Unfinished { detail } => Fate::Unfinished(detail),
    }
}

impl fmt::Debug for OptInUpdater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptInUpdater")
            .field("reader", &self.reader)
            .field("keeper", &self.keeper)
            .finish_non_exhaustive()
    }
}
