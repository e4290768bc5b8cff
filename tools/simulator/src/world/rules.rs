//! What holds for every mapping, whatever the function does.
//!
//! The mapping under test is not asked: what is settled is derived from what it did.

use mapping::{Condition, Failure, Settings, Verdict};
use records::Timestamp;
use serde_json::Value;

use super::model::{Fate, Stored, one_at_a_time};

/// What a mapping has done so far, and whether it was allowed to.
#[derive(Debug)]
pub(super) struct Rules {
    settings: Settings,
    /// By the record's place in the stream.
    states: Vec<State>,
}

/// Where a record is, as far as the mapping knows since its last restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    WithFunction,
    Settled,
}

/// What is broken.
type Broken = String;

impl Rules {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            states: Vec::new(),
        }
    }

    /// A record comes to be. Filtered ones are settled.
    pub(super) fn added(&mut self, filtered: bool) {
        let state = if filtered {
            State::Settled
        } else {
            State::Waiting
        };
        self.states.push(state);
    }

    /// A batch is sent. `shard` lists the records of the shard in order.
    pub(super) fn sent<R>(
        &mut self,
        batch: &[usize],
        shard: &[usize],
        attempt: u32,
        records: &[Stored<R>],
        now: Timestamp,
    ) -> Result<(), Broken> {
        if batch.len() > self.settings.batch_size {
            return Err(format!(
                "a batch of {} is larger than BatchSize",
                batch.len()
            ));
        }
        if !batch.is_sorted_by(|left, right| left < right) {
            return Err("the records of a batch are not in the order of their shard".to_owned());
        }
        let most = self.settings.maximum_retry_attempts;
        if most.is_some_and(|most| attempt > most + 1) {
            return Err(format!(
                "attempt {attempt} is more than MaximumRetryAttempts allows"
            ));
        }
        for index in batch {
            self.may_be_sent(*index, batch, records, now)?;
        }
        if let (true, Some(last)) = (one_at_a_time(&self.settings), batch.last()) {
            let up_to_last = shard.iter().take_while(|index| *index <= last);
            let skipped = up_to_last
                .copied()
                .find(|index| !self.is_settled(*index) && !batch.contains(index));
            if let Some(skipped) = skipped {
                return Err(format!("record {} is skipped", skipped + 1));
            }
        }
        for index in batch {
            self.states[*index] = State::WithFunction;
        }
        Ok(())
    }

    fn may_be_sent<R>(
        &self,
        index: usize,
        batch: &[usize],
        records: &[Stored<R>],
        now: Timestamp,
    ) -> Result<(), Broken> {
        let record = &records[index];
        let number = record.number;
        if self.states[index] != State::Waiting {
            return Err(format!(
                "record {number} is sent though it is {:?}",
                self.states[index]
            ));
        }
        if self.is_too_old(record.arrival, now) == Some(true) {
            return Err(format!(
                "record {number} is older than MaximumRecordAgeInSeconds"
            ));
        }
        let overtaken = (0..index).find(|earlier| {
            let same_key = record.put.key.is_some() && records[*earlier].put.key == record.put.key;
            same_key && !self.is_settled(*earlier) && !batch.contains(earlier)
        });
        match overtaken {
            Some(earlier) => Err(format!(
                "record {number} is sent before record {} of the same key is settled",
                earlier + 1
            )),
            None => Ok(()),
        }
    }

    /// An invocation has ended.
    pub(super) fn ended<R>(
        &mut self,
        batch: &[usize],
        verdict: Verdict,
        answer: Option<&[u8]>,
        records: &mut [Stored<R>],
    ) -> Result<(), Broken> {
        let numbers = batch
            .iter()
            .map(|index| records[*index].sequence_number.as_str());
        let expected = answer.and_then(|answer| self.expected(answer, numbers));
        if let Some(expected) = expected.filter(|expected| *expected != verdict) {
            return Err(format!(
                "the answer means {expected:?}, the mapping took it for {verdict:?}"
            ));
        }
        let done = match verdict {
            Verdict::Succeeded => batch.len(),
            Verdict::FailedFrom(index) => index,
            Verdict::Failed | Verdict::NotInvoked => 0,
        };
        for (place, index) in batch.iter().enumerate() {
            self.states[*index] = if place < done {
                records[*index].fate = Some(Fate::Done);
                State::Settled
            } else {
                State::Waiting
            };
        }
        Ok(())
    }

    /// What an answer of a documented shape means; `None` for others, and in windows.
    fn expected<'a>(
        &self,
        answer: &[u8],
        numbers: impl Iterator<Item = &'a str>,
    ) -> Option<Verdict> {
        if self.settings.tumbling_window.is_some() {
            return None;
        }
        if !self.settings.report_batch_item_failures {
            return Some(Verdict::Succeeded);
        }
        let answer: Value = serde_json::from_slice(answer).ok()?;
        let reported = answer.get("batchItemFailures")?.as_array()?;
        let numbers: Vec<&str> = numbers.collect();
        let mut first = None;
        for failure in reported {
            let number = failure.get("itemIdentifier")?.as_str()?;
            let index = numbers.iter().position(|known| *known == number)?;
            first = Some(first.map_or(index, |first: usize| first.min(index)));
        }
        Some(first.map_or(Verdict::Succeeded, Verdict::FailedFrom))
    }

    /// Records are given up.
    pub(super) fn given_up<P, R>(
        &mut self,
        given_up: &[usize],
        failure: &Failure<P>,
        records: &mut [Stored<R>],
        now: Timestamp,
    ) -> Result<(), Broken> {
        let condition = failure.condition;
        let most = self.settings.maximum_retry_attempts;
        let enough = most.is_some_and(|most| failure.invocations > most);
        if condition == Condition::RetryAttemptsExhausted && !enough {
            return Err(format!(
                "given up after {} invocations, before retries are exhausted",
                failure.invocations
            ));
        }
        for index in given_up {
            let record = &mut records[*index];
            if self.states[*index] != State::Waiting {
                let state = self.states[*index];
                return Err(format!(
                    "record {} is given up though it is {state:?}",
                    record.number
                ));
            }
            let too_old = self.is_too_old(record.arrival, now);
            if condition == Condition::RecordAgeExceeded && too_old != Some(true) {
                return Err(format!(
                    "record {} is given up, not being too old",
                    record.number
                ));
            }
            record.fate = Some(Fate::GivenUp(condition));
            self.states[*index] = State::Settled;
        }
        Ok(())
    }

    /// A checkpoint says that of a shard's records so many, from the first, are settled: these must be, and the next
    /// one must not.
    pub(super) fn checkpoint(&self, count: usize, shard: &[usize]) -> Result<(), Broken> {
        let open = shard[..count]
            .iter()
            .find(|index| !self.is_settled(**index));
        if let Some(open) = open {
            return Err(format!(
                "the checkpoint is beyond record {}, which is not settled",
                open + 1
            ));
        }
        match shard.get(count) {
            Some(next) if self.is_settled(*next) => Err(format!(
                "the checkpoint is before record {}, which is settled as all before it",
                next + 1
            )),
            _ => Ok(()),
        }
    }

    /// The mapping starts anew and knows of these records nothing but that they are filtered.
    pub(super) fn forget<R>(&mut self, forgotten: &[usize], records: &[Stored<R>]) {
        for index in forgotten {
            if records[*index].fate != Some(Fate::Filtered) {
                self.states[*index] = State::Waiting;
            }
        }
    }

    /// Everything has come to its end.
    pub(super) fn over(&self) -> Result<(), Broken> {
        let open = (0..self.states.len()).find(|index| !self.is_settled(*index));
        open.map_or(Ok(()), |index| {
            Err(format!("record {} is never settled", index + 1))
        })
    }

    fn is_settled(&self, index: usize) -> bool {
        self.states[index] == State::Settled
    }

    /// `None` without a limit.
    fn is_too_old(&self, arrival: Timestamp, now: Timestamp) -> Option<bool> {
        let longest = self.settings.maximum_record_age?;
        Some(now.saturating_since(arrival) > longest)
    }
}
