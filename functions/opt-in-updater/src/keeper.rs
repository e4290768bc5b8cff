//! Keeps the channel in step with the rows of numbers, so that no order of calls loses an opt-out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dynamo::PutOutcome;
use dynamo::backoff::Backoff;
use records::Timestamp;
use tokio::time::Instant;

use crate::channel::{Channel, ChannelError, Pace};
use crate::rows::{CallRow, ChannelState, NumberRow, Partition, Status};
use crate::table::ConsentTable;

/// From the promise of a call to its end. What has been sent and not been answered by then is taken for never to come.
const WINDOW: Duration = Duration::from_secs(5);
/// Least time of a window that is left for the call itself.
const LEAST_CALL: Duration = Duration::from_millis(200);
/// How long after its end a call may still arrive: sent at the last moment, and not yet done by the service.
const ARRIVAL: Duration = Duration::from_secs(2);
/// So far two clocks may be apart. A promise that is older by that is not waited for.
const CLOCKS_APART: Duration = Duration::from_secs(60);
/// Kept free before the deadline to write what has become of a call.
const MARK_TIME: Duration = Duration::from_millis(150);

/// Keeps a channel in step with the table.
///
/// The service has no conditions: a call that opts a number in takes it off the list whatever has happened since. So
/// before each call a row promises it, with the time when it is over. Then the number's row is read: only if it still
/// is what the call is for, the call is made. Whoever writes a newer row of the number, and then reads, finds the
/// promise; or the other one finds the newer row. So nobody says that a number is in step while a call to the contrary
/// may be on its way: an opt-out is made at once, and again when that call is over; an opt-in waits for that and is
/// made once, as there is only one in 30 days.
pub struct Keeper {
    table: Arc<ConsentTable>,
    channel: Box<dyn Channel>,
    pace: Pace,
}

/// A row of a number that the channel is to be told of.
#[derive(Clone, Debug)]
pub struct Task<'t> {
    /// The number in E.164.
    pub phone: &'t str,
    /// What its row says.
    pub status: Status,
    /// The version of its row.
    pub version: Cow<'t, str>,
    /// Whether to call also if the row says that it is in step, or that the channel has refused it.
    pub again: bool,
}

/// What has become of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The channel has it, and the row says so.
    InStep,
    /// The channel refuses it, and the row says why.
    Refused(&'static str),
    /// The row has become another one, or was told by somebody else.
    NotOurs,
}

/// Why no more calls are made, once one has found that none would do.
pub type Halt = OnceLock<String>;

/// What has become of one call.
enum Attempt {
    Done(Kept),
    /// The row is another one now.
    Overtaken(Option<NumberRow<'static>>),
    /// A call to the contrary may be on its way until then.
    Wait(Instant),
    Failed(ChannelError),
}

/// The promises seen so far, and since when.
type Seen = HashMap<String, Instant>;

impl Keeper {
    /// Keeps `channel` in step with `table`.
    pub fn new(table: Arc<ConsentTable>, channel: Box<dyn Channel>, pace: Pace) -> Self {
        Self {
            table,
            channel,
            pace,
        }
    }

    /// The channel's name.
    pub fn channel(&self) -> &'static str {
        self.channel.name()
    }

    /// Tells the channel. What may pass is tried again with full jitter until `deadline`; the error says why it is not
    /// known to be done.
    pub async fn keep(
        &self,
        task: Task<'_>,
        deadline: Instant,
        halt: &Halt,
    ) -> Result<Kept, String> {
        let mut task = task;
        let (mut seen, mut has_removed, mut is_put_back) = (Seen::new(), false, false);
        let mut backoff = Backoff::new(fastrand::Rng::new());
        loop {
            if !self.pace.turn(task.status, deadline).await {
                return Err("the channel's pace leaves no turn in the time left".to_owned());
            }
            if let Some(reason) = halt.get() {
                return Err(reason.clone());
            }
            let attempt = self
                .attempt(&task, &mut seen, &mut has_removed, deadline)
                .await;
            let failure = match attempt? {
                Attempt::Done(_) if is_put_back => return Ok(Kept::NotOurs),
                Attempt::Done(kept) => return Ok(kept),
                Attempt::Overtaken(Some(number))
                    if has_removed && number.status == Status::OptedOut =>
                {
                    // Whoever opted out has waited for our call. But if this process stood still in the midst of it,
                    // the call came later than promised: better once too often.
                    (has_removed, is_put_back) = (false, true);
                    task = Task {
                        status: number.status,
                        version: number.version.into(),
                        again: true,
                        ..task
                    };
                    continue;
                }
                Attempt::Overtaken(_) => return Ok(Kept::NotOurs),
                Attempt::Wait(until) if until < deadline => {
                    tokio::time::sleep_until(until).await;
                    continue;
                }
                Attempt::Wait(_) => {
                    return Err("a call to the contrary may be on its way".to_owned());
                }
                Attempt::Failed(failure) => failure,
            };
            let reason = failure.to_string();
            match failure {
                ChannelError::Unavailable(_) => return Err(halt.get_or_init(|| reason).clone()),
                _ if !backoff.wait(deadline).await => return Err(reason),
                _ => {}
            }
        }
    }

    /// Promises a call, makes it if the row is still what it is for, and writes what has become of it.
    async fn attempt(
        &self,
        task: &Task<'_>,
        seen: &mut Seen,
        has_removed: &mut bool,
        deadline: Instant,
    ) -> Result<Attempt, String> {
        let end = (Instant::now() + WINDOW).min(deadline - MARK_TIME);
        let until = Timestamp::from(self.table.now() + WINDOW).as_millis();
        let call = CallRow::new(task.status, fastrand::u64(..), until);
        written(self.table.put_call(task.phone, &call, end).await)?;
        let partition = self.read(task.phone, end).await?;
        let contrary = self.contrary(&partition, task.status, seen);
        let is_ours = |number: &NumberRow<'_>| {
            (number.status, &*number.version) == (task.status, &*task.version)
        };
        let number = match partition.number {
            Some(number) if is_ours(&number) => number,
            number => {
                self.over(task.phone, call, deadline).await;
                return Ok(Attempt::Overtaken(number));
            }
        };
        if !task.again && !number.is_not_sent() {
            self.over(task.phone, call, deadline).await;
            return Ok(Attempt::Done(Kept::NotOurs));
        }
        if let (Status::OptedIn, Some(over_at)) = (task.status, contrary) {
            self.over(task.phone, call, deadline).await;
            return Ok(Attempt::Wait(over_at));
        }
        if Instant::now() + LEAST_CALL > end {
            let reason = "the table left no time for the call".to_owned();
            return Ok(Attempt::Failed(ChannelError::Transient(reason)));
        }
        let called = match task.status {
            Status::OptedOut => self.channel.opt_out(task.phone, end).await,
            Status::OptedIn => {
                *has_removed = true;
                self.channel.opt_in(task.phone, end).await
            }
        };
        let (state, kept) = match (called, contrary) {
            (Ok(()), None) => (ChannelState::InStep, Kept::InStep),
            (Ok(()), Some(over_at)) => {
                self.over(task.phone, call, deadline).await;
                return Ok(Attempt::Wait(over_at));
            }
            (Err(ChannelError::Refused(reason)), _) => {
                (ChannelState::Pending(reason.into()), Kept::Refused(reason))
            }
            // Its promise stays: the call may have been heard.
            (Err(failure), _) => return Ok(Attempt::Failed(failure)),
        };
        let number = NumberRow {
            state,
            at: Timestamp::from(self.table.now()).as_seconds(),
            ..number
        };
        let mark = self.table.mark(&number, self.channel.name(), deadline);
        let (marked, ()) = futures_util::join!(mark, self.over(task.phone, call, deadline));
        match marked {
            PutOutcome::Superseded(_) => {
                let partition = self.read(task.phone, deadline).await?;
                Ok(Attempt::Overtaken(partition.number))
            }
            marked => written(marked).map(|()| Attempt::Done(kept)),
        }
    }

    /// When the last of the calls to the contrary is over, if one may be on its way.
    fn contrary(&self, partition: &Partition, status: Status, seen: &mut Seen) -> Option<Instant> {
        let now = Instant::now();
        let clock = Timestamp::from(self.table.now()).as_millis();
        let apart = i64::try_from((CLOCKS_APART + ARRIVAL).as_millis()).unwrap_or(i64::MAX);
        let calls = partition.calls.iter();
        let calls = calls.filter(|call| call.status != status && call.until + apart > clock);
        // Not by its clock but by ours: it was promised before it was read here.
        let over = calls.map(|call| {
            let since = seen.entry(call.entity.clone()).or_insert(now);
            *since + WINDOW + ARRIVAL
        });
        over.max().filter(|over| *over > now)
    }

    /// Takes a promise back: the call has been answered, or is not made. If that fails, others wait for nothing.
    async fn over(&self, phone: &str, call: CallRow, deadline: Instant) {
        let call = CallRow { until: 0, ..call };
        self.table.put_call(phone, &call, deadline).await;
    }

    async fn read(&self, phone: &str, deadline: Instant) -> Result<Partition, String> {
        let read = self.table.read(&[phone], deadline).await;
        let read = read.into_iter().next();
        read.unwrap_or_else(|| Err("the number was not read".to_owned()))
    }
}

fn written(outcome: PutOutcome) -> Result<(), String> {
    match outcome {
        PutOutcome::Written => Ok(()),
        PutOutcome::Superseded(_) => Err("another row is in the place of a call's".to_owned()),
        PutOutcome::Unfinished { detail } => Err(detail),
        PutOutcome::Rejected { reason, .. } => Err(format!("a row of a call is refused: {reason}")),
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("channel", &self.channel.name())
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}
