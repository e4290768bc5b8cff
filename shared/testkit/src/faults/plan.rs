//! Which call meets which fault.

use std::fmt;

use super::Fault;
use super::unprocessed::is_batch;
use crate::CallView;

type Decide = Box<dyn FnMut(&CallView) -> Option<Fault> + Send>;

/// Decides for each call which fault it meets.
pub struct FaultPlan {
    decide: Decide,
    only: Vec<String>,
}

impl FaultPlan {
    /// No fault at all: the client only counts and logs.
    pub fn none() -> Self {
        Self::when(|_| None)
    }

    /// These faults, one a call in this order, and none thereafter.
    pub fn sequence(faults: impl IntoIterator<Item = Fault>) -> Self {
        let faults: Vec<Fault> = faults.into_iter().collect();
        let mut faults = faults.into_iter();
        Self::when(move |_| faults.next())
    }

    /// The same fault for every call.
    pub fn always(fault: Fault) -> Self {
        Self::when(move |_| Some(fault))
    }

    /// With this probability (0.0 ..= 1.0) a call meets one of all faults, each as likely as the others.
    ///
    /// The same seed gives the same faults for the same calls. Two of the faults never answer: the caller needs
    /// timeouts.
    pub fn random(seed: u64, probability: f64) -> Self {
        let all = [Fault::TRANSIENT, Fault::PERMANENT].concat();
        Self::random_of(seed, probability, all)
    }

    /// As [`random`](Self::random), from these faults, e.g. [`Fault::TRANSIENT`].
    pub fn random_of(seed: u64, probability: f64, faults: impl Into<Vec<Fault>>) -> Self {
        let faults = faults.into();
        let mut random = fastrand::Rng::with_seed(seed);
        Self::when(move |_| {
            let hit = random.f64() < probability;
            let fault = random.choice(&faults).copied();
            fault.filter(|_| hit)
        })
    }

    /// Whatever `decide` says of each call; `None` is [`Fault::None`].
    pub fn when(decide: impl FnMut(&CallView) -> Option<Fault> + Send + 'static) -> Self {
        Self {
            decide: Box::new(decide),
            only: Vec::new(),
        }
    }

    /// Leaves all calls alone but those of this service (`dynamodb`, `s3`) or operation (`BatchWriteItem`). Calls left
    /// alone use up nothing of a sequence. Called twice: those of either.
    #[must_use]
    pub fn only(mut self, service_or_operation: impl Into<String>) -> Self {
        self.only.push(service_or_operation.into());
        self
    }

    pub(super) fn next(&mut self, call: &CallView) -> Fault {
        if !self.only.is_empty() && !self.only.iter().any(|name| call.is(name)) {
            return Fault::None;
        }
        match (self.decide)(call) {
            Some(Fault::Unprocessed(_)) if !is_batch(&call.operation) => Fault::None,
            Some(fault) => fault,
            None => Fault::None,
        }
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FaultPlan")
            .field("only", &self.only)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str) -> CallView {
        CallView {
            index: 0,
            service: "dynamodb".to_owned(),
            operation: operation.to_owned(),
        }
    }

    fn faults(mut plan: FaultPlan, operations: &[&str]) -> Vec<Fault> {
        let calls = operations.iter().map(|operation| call(operation));
        calls.map(|call| plan.next(&call)).collect()
    }

    #[test]
    fn a_sequence_ends_and_is_used_up_only_by_the_calls_it_is_for() {
        let plan = || FaultPlan::sequence([Fault::Throttle, Fault::None, Fault::AccessDenied]);
        assert_eq!(
            faults(plan(), &["PutItem"; 4]),
            [
                Fault::Throttle,
                Fault::None,
                Fault::AccessDenied,
                Fault::None
            ]
        );
        assert_eq!(
            faults(plan().only("PutItem"), &["Query", "PutItem", "Query"]),
            [Fault::None, Fault::Throttle, Fault::None]
        );
        assert_eq!(
            faults(plan().only("s3").only("dynamodb"), &["Query"]),
            [Fault::Throttle]
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_about_as_often_as_asked_for() {
        let run = |seed| faults(FaultPlan::random(seed, 0.25), &vec!["BatchWriteItem"; 2000]);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let hits = run(1).iter().filter(|fault| **fault != Fault::None).count();
        assert!((400..600).contains(&hits), "{hits}");
        for fault in [Fault::TRANSIENT, Fault::PERMANENT].concat() {
            assert!(run(1).contains(&fault), "{fault:?}");
        }
    }

    #[test]
    fn only_batches_are_done_in_part() {
        let plan = || FaultPlan::always(Fault::Unprocessed(2));
        assert_eq!(faults(plan(), &["PutItem"]), [Fault::None]);
        for batch in ["BatchWriteItem", "BatchGetItem"] {
            assert_eq!(faults(plan(), &[batch]), [Fault::Unprocessed(2)]);
        }
    }
}
