//! What became of each record of a batch, and where Lambda has to continue.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a stream function made of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its effect is where it belongs.
    Applied,
    /// A later record of the batch replaces it and is applied.
    Collapsed,
    /// A documented rule says that it has no effect.
    Skipped,
    /// It can never be applied: to be put into quarantine.
    Poison(Poison),
    /// It may be applied another time: to be delivered again.
    Retry(String),
}

/// Why a record can never be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// Where on its way it failed.
    pub stage: Stage,
    /// A short fixed name of the reason, for metrics: `not-json`.
    pub reason: &'static str,
    /// What exactly was wrong. May quote the payload: for the quarantine, not for logs.
    pub detail: Cow<'static, str>,
}

/// The stages of a record's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The record as Lambda delivers it.
    Envelope,
    /// What is around the payload: the name of the layer.
    Layer(&'static str),
    /// From bytes to a typed payload.
    Payload,
    /// The values of the payload.
    Domain,
    /// The write of its effect.
    Write,
}

impl Stage {
    /// The stage's name in the quarantine.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Layer(name) => name,
            Self::Payload => "payload",
            Self::Domain => "domain",
            Self::Write => "write",
        }
    }
}

/// How many of `outcomes`, from the front, are done with: all records before the first that has to be delivered
/// again. Lambda delivers that one and all behind it once more, whatever became of them; so what stands behind it
/// is neither counted nor quarantined yet.
pub fn settled(outcomes: &[Outcome]) -> usize {
    let retry = |outcome: &Outcome| matches!(outcome, Outcome::Retry(_));
    outcomes.iter().position(retry).unwrap_or(outcomes.len())
}

/// How many of `outcomes` are poison, by its reason.
pub(crate) fn by_reason(outcomes: &[Outcome]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for outcome in outcomes {
        if let Outcome::Poison(poison) = outcome {
            *counts.entry(poison.reason).or_default() += 1;
        }
    }
    counts
}

/// Counts of the records of a batch by what became of them. They add up to the records received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Applied.
    pub applied: usize,
    /// Replaced by a later record of the batch.
    pub collapsed: usize,
    /// Without effect by a documented rule.
    pub skipped: usize,
    /// In quarantine.
    pub quarantined: usize,
    /// To be delivered again.
    pub reported: usize,
}

impl Counts {
    /// Counts `outcomes`, all behind the first retry as reported.
    pub fn of(outcomes: &[Outcome]) -> Self {
        Self::of_settled(outcomes, settled(outcomes))
    }

    /// Counts `outcomes`, all but the first `settled` as reported.
    pub(crate) fn of_settled(outcomes: &[Outcome], settled: usize) -> Self {
        let (done, again) = outcomes.split_at(settled.min(outcomes.len()));
        let mut counts = Self {
            reported: again.len(),
            ..Self::default()
        };
        for outcome in done {
            match outcome {
                Outcome::Applied => counts.applied += 1,
                Outcome::Collapsed => counts.collapsed += 1,
                Outcome::Skipped => counts.skipped += 1,
                Outcome::Poison(_) => counts.quarantined += 1,
                Outcome::Retry(_) => counts.reported += 1,
            }
        }
        counts
    }

    /// All records counted.
    pub fn total(self) -> usize {
        self.applied + self.collapsed + self.skipped + self.quarantined + self.reported
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome() -> impl Strategy<Value = Outcome> {
        let poison = Poison {
            stage: Stage::Payload,
            reason: "not-json",
            detail: "".into(),
        };
        prop_oneof![
            4 => Just(Outcome::Applied),
            1 => Just(Outcome::Collapsed),
            1 => Just(Outcome::Skipped),
            2 => Just(Outcome::Poison(poison)),
            1 => Just(Outcome::Retry("throttled".to_owned())),
        ]
    }

    proptest! {
        #[test]
        fn nothing_before_the_reported_record_has_to_come_again(outcomes in proptest::collection::vec(outcome(), 0..40)) {
            let done = settled(&outcomes);
            let retries = |part: &[Outcome]| part.iter().filter(|o| matches!(o, Outcome::Retry(_))).count();
            prop_assert_eq!(retries(&outcomes[..done]), 0);
            prop_assert!(done == outcomes.len() || matches!(outcomes[done], Outcome::Retry(_)));
        }

        #[test]
        fn every_record_is_counted_once(outcomes in proptest::collection::vec(outcome(), 0..40)) {
            let counts = Counts::of(&outcomes);
            prop_assert_eq!(counts.total(), outcomes.len());
            prop_assert_eq!(counts.reported, outcomes.len() - settled(&outcomes));
        }
    }
}
