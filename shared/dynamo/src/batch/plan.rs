//! Which items of a batch are written, when several have one key.

use std::collections::HashMap;

use super::WriteOutcome;
use crate::key::Key;

/// The items of a batch as chains of equal keys. The last of a chain is written; the one before it only if the
/// last is rejected for good, so that no valid item is lost to an invalid one behind it.
#[derive(Debug)]
pub(super) struct Plan {
    /// For each item, the item before it with the same key.
    previous: Vec<Option<usize>>,
    /// The items to be written next: one of each chain that is still open.
    round: Vec<usize>,
    outcomes: Vec<Option<WriteOutcome>>,
}

impl Plan {
    /// `keys`: for each item its key, or the outcome that it has already.
    pub(super) fn new(keys: Vec<Result<Key<'_, '_>, WriteOutcome>>) -> Self {
        let mut previous = vec![None; keys.len()];
        let mut is_last = vec![false; keys.len()];
        let mut outcomes = Vec::with_capacity(keys.len());
        let mut last_of_key = HashMap::with_capacity(keys.len());
        for (index, key) in keys.into_iter().enumerate() {
            let outcome = match key {
                Err(outcome) => Some(outcome),
                Ok(key) => {
                    previous[index] = last_of_key.insert(key, index);
                    if let Some(before) = previous[index] {
                        is_last[before] = false;
                    }
                    is_last[index] = true;
                    None
                }
            };
            outcomes.push(outcome);
        }
        let round = (0..outcomes.len())
            .filter(|index| is_last[*index])
            .collect();
        Self {
            previous,
            round,
            outcomes,
        }
    }

    /// Takes the items to be written next; empty when all is settled.
    pub(super) fn next_round(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.round)
    }

    /// Notes what became of an item of the round, and with it of those before it with the same key.
    pub(super) fn settle(&mut self, index: usize, outcome: WriteOutcome) {
        let mut before = self.previous[index];
        let shared = match &outcome {
            WriteOutcome::Rejected { .. } => {
                self.round.extend(before);
                None
            }
            WriteOutcome::Written | WriteOutcome::Collapsed => Some(WriteOutcome::Collapsed),
            WriteOutcome::Unfinished { .. } => Some(outcome.clone()),
        };
        self.outcomes[index] = Some(outcome);
        while let (Some(index), Some(shared)) = (before, &shared) {
            self.outcomes[index] = Some(shared.clone());
            before = self.previous[index];
        }
    }

    /// An outcome for each item.
    pub(super) fn into_outcomes(self) -> Vec<WriteOutcome> {
        let unsettled = || WriteOutcome::Unfinished {
            detail: "not tried".to_owned(),
        };
        self.outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(unsettled))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Value;

    fn rejected() -> WriteOutcome {
        WriteOutcome::Rejected {
            reason: "rejected",
            detail: String::new(),
        }
    }

    fn unfinished() -> WriteOutcome {
        WriteOutcome::Unfinished {
            detail: String::new(),
        }
    }

    /// Runs a plan over one-letter keys; `answer` decides the fate of each item that is written.
    fn run(
        keys: &str,
        answer: impl Fn(usize) -> WriteOutcome,
    ) -> (Vec<Vec<usize>>, Vec<WriteOutcome>) {
        let values: Vec<Value<'_>> = keys
            .chars()
            .map(|key| Value::Text(key.to_string().into()))
            .collect();
        let keys = values
            .iter()
            .map(|hash| Ok(Key { hash, range: None }))
            .collect();
        let (mut plan, mut rounds) = (Plan::new(keys), Vec::new());
        loop {
            let round = plan.next_round();
            if round.is_empty() {
                return (rounds, plan.into_outcomes());
            }
            for index in &round {
                plan.settle(*index, answer(*index));
            }
            rounds.push(round);
        }
    }

    #[test]
    fn the_last_of_equal_keys_is_written_and_stands_for_the_others() {
        let (rounds, outcomes) = run("abaab", |_| WriteOutcome::Written);
        assert_eq!(rounds, [[3, 4]]);
        let collapsed = WriteOutcome::Collapsed;
        let written = WriteOutcome::Written;
        assert_eq!(
            outcomes,
            [
                collapsed.clone(),
                collapsed.clone(),
                collapsed,
                written.clone(),
                written
            ]
        );
    }

    #[test]
    fn when_the_last_is_rejected_the_one_before_it_is_written() {
        let (rounds, outcomes) = run("aaa", |index| {
            if index == 2 {
                rejected()
            } else {
                WriteOutcome::Written
            }
        });
        assert_eq!(rounds, [[2], [1]]);
        assert_eq!(
            outcomes,
            [WriteOutcome::Collapsed, WriteOutcome::Written, rejected()]
        );
    }

    #[test]
    fn when_the_last_is_unfinished_so_are_all_that_it_stands_for() {
        let (_, outcomes) = run("aba", |index| {
            if index == 2 {
                unfinished()
            } else {
                WriteOutcome::Written
            }
        });
        assert_eq!(
            outcomes,
            [unfinished(), WriteOutcome::Written, unfinished()]
        );
    }

    #[test]
    fn rejected_chains_end_with_every_item_rejected() {
        let (rounds, outcomes) = run("aaa", |_| rejected());
        assert_eq!(rounds.len(), 3);
        assert_eq!(outcomes, [rejected(), rejected(), rejected()]);
    }
}
