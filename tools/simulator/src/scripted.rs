//! The function of a scenario: what it answers to an invocation.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use mapping::InvocationResult;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::scenario::{Fail, Function, How, Scenario, Which, amounts};
use crate::timeline::Outcome;

/// The name in the state of what makes it large.
const PADDING: &str = "padding";

/// A function that fails by plan.
#[derive(Debug)]
pub(crate) struct Scripted<'a> {
    scenario: &'a Scenario,
    /// How often each failure is still to come; `None` without end.
    left: Vec<Option<u64>>,
}

/// An invocation as the function sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// Numbers of the records.
    pub(crate) records: &'a [u64],
    /// State of the window, if there is one, and whether this is its final invocation.
    pub(crate) window: Option<(&'a str, bool)>,
}

/// What came of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) outcome: Outcome,
    /// Body of the answer, if the function answered.
    body: String,
}

impl Reply {
    /// The same for the machine.
    pub(crate) fn result(&self) -> InvocationResult<'_> {
        match self.outcome {
            Outcome::Throw => InvocationResult::FunctionError,
            Outcome::Throttle => InvocationResult::NotInvoked,
            Outcome::Ok | Outcome::Report(_) | Outcome::Answer(_) => {
                InvocationResult::Answered(self.body.as_bytes())
            }
        }
    }
}

impl<'a> Scripted<'a> {
    pub(crate) fn new(scenario: &'a Scenario) -> Self {
        let fails = scenario.function.fails.iter();
        Self {
            scenario,
            left: fails.map(|fail| fail.times).collect(),
        }
    }

    pub(crate) fn call(&mut self, call: Call<'_>) -> Reply {
        let outcome = self.outcome(call);
        let body = match &outcome {
            Outcome::Throw | Outcome::Throttle => String::new(),
            Outcome::Ok => self.body(call, &[]),
            Outcome::Report(reported) => self.body(call, reported),
            Outcome::Answer(answer) => answer.clone(),
        };
        Reply { outcome, body }
    }

    /// A call that does not reach the function cannot throw, one that throws cannot answer.
    fn outcome(&mut self, call: Call<'_>) -> Outcome {
        if self.take(call, |how| *how == How::Throttle).is_some() {
            return Outcome::Throttle;
        }
        if self.take(call, |how| *how == How::Throw).is_some() {
            return Outcome::Throw;
        }
        if let Some(fail) = self.take(call, |how| matches!(how, How::Answer(_)))
            && let How::Answer(answer) = &fail.how
        {
            return Outcome::Answer(answer.clone());
        }
        let mut reported = Vec::new();
        for (fail, left) in self.fails() {
            if fail.how == How::Report
                && let Some(record) = record_of(fail, call)
                && spend(left)
            {
                reported.push(record);
            }
        }
        reported.sort_unstable();
        reported.dedup();
        if reported.is_empty() {
            return Outcome::Ok;
        }
        Outcome::Report(reported)
    }

    /// The first failure of such a kind that this call meets.
    fn take(&mut self, call: Call<'_>, kind: impl Fn(&How) -> bool) -> Option<&'a Fail> {
        self.fails()
            .filter(|(fail, _)| kind(&fail.how) && meets(fail, call))
            .find_map(|(fail, left)| spend(left).then_some(fail))
    }

    fn fails(&mut self) -> impl Iterator<Item = (&'a Fail, &mut Option<u64>)> {
        self.scenario.function.fails.iter().zip(&mut self.left)
    }

    /// The answer of a function that has done all records before the first one it reports.
    fn body(&self, call: Call<'_>, reported: &[u64]) -> String {
        let failures = reported
            .iter()
            .map(|number| serde_json::json!({"itemIdentifier": number.to_string()}))
            .collect::<Vec<Value>>();
        let failures = Value::Array(failures);
        let Some((state, _)) = call.window else {
            return format!(r#"{{"batchItemFailures":{failures}}}"#);
        };
        let first = reported.first();
        let until = call.records.iter().position(|number| Some(number) == first);
        let done = until.map_or(call.records, |until| &call.records[..until]);
        let state = self.state(state, done);
        format!(r#"{{"state":{state},"batchItemFailures":{failures}}}"#)
    }

    /// The state after these records.
    fn state(&self, before: &str, records: &[u64]) -> String {
        let Function {
            sum, state_bytes, ..
        } = self.scenario.function;
        if !sum && state_bytes == 0 {
            return before.to_owned();
        }
        let mut state = State::read(before);
        for number in records {
            let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
            if sum && let Some(record) = self.scenario.records.get(index) {
                state.add(&record.data);
            }
            state.padding += state_bytes;
        }
        state.to_json()
    }
}

/// Whether this call meets the failure.
fn meets(fail: &Fail, call: Call<'_>) -> bool {
    match fail.which {
        Which::Record(_) | Which::Position(_) => record_of(fail, call).is_some(),
        Which::Final => call.window.is_some_and(|(_, is_final)| is_final),
    }
}

/// The record at which this call meets the failure.
fn record_of(fail: &Fail, call: Call<'_>) -> Option<u64> {
    match fail.which {
        Which::Record(number) => call.records.contains(&number).then_some(number),
        Which::Position(position) => call.records.get(position - 1).copied(),
        Which::Final => None,
    }
}

/// Whether the failure is still to come; it comes once less then.
fn spend(left: &mut Option<u64>) -> bool {
    match left {
        None => true,
        Some(0) => false,
        Some(times) => {
            *times -= 1;
            true
        }
    }
}

/// The state of a window as the function keeps it.
#[derive(Debug, Default)]
struct State {
    sums: BTreeMap<String, BigDecimal>,
    padding: usize,
}

impl State {
    /// What is no state of this function counts as a fresh one.
    fn read(json: &str) -> Self {
        let padding = serde_json::from_str::<BTreeMap<String, &RawValue>>(json)
            .ok()
            .and_then(|fields| serde_json::from_str::<&str>(fields.get(PADDING)?.get()).ok())
            .map_or(0, str::len);
        Self {
            sums: amounts(json.as_bytes()).unwrap_or_default(),
            padding,
        }
    }

    fn add(&mut self, data: &[u8]) {
        for (name, amount) in amounts(data).unwrap_or_default() {
            *self.sums.entry(name).or_default() += amount;
        }
    }

    fn to_json(&self) -> String {
        let sums = self.sums.iter().map(|(name, sum)| {
            let name = Value::from(name.as_str());
            format!("{name}:{}", sum.normalized().to_plain_string())
        });
        let padding =
            (self.padding > 0).then(|| format!(r#""{PADDING}":"{}""#, "-".repeat(self.padding)));
        let fields: Vec<String> = sums.chain(padding).collect();
        format!("{{{}}}", fields.join(","))
    }
}
