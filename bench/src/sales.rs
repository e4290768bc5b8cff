//! sales-aggregator: the batches of windows, each call with the state that the handler itself gave back, and the
//! check that count and sum of every group are right to the last digit.

mod events;
mod model;
mod rows;
mod trial;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::function::{
    Event, Function, Handled, LEAST_BATCHES, Row, RowAims, WARM_UP_RECORDS, Work,
};

use events::{Source, Window};
use model::{Groups, check_state};

/// The table the handlers are told to write to.
const TABLE: &str = "SalesByWindow";

/// Distinct events of one size; within a window the same sales come again, as any others would.
const EVENTS_PER_SIZE: u64 = 4;

/// The function with batches of these sizes; where windows end, a call of DynamoDB takes `latency`.
pub(crate) fn function(sizes: &[u32], latency: Duration) -> Function {
    let measured = RowAims {
        cpu_us: Some(0.45),
        p50_ms: None,
        tenth_of_node: true,
    };
    let mut rows = Vec::new();
    for source in [Source::Kinesis, Source::DynamoDb] {
        for size in sizes {
            rows.push(Row {
                label: format!("{size} records, {source}"),
                records: *size,
                latency: Duration::ZERO,
                work: Box::new(OpenWindow::new(source, *size)),
                aims: measured,
            });
        }
    }
    let size = sizes.first().copied().unwrap_or(500);
    let millis = latency.as_millis();
    rows.push(Row {
        label: format!("{size} records, window ends, {millis} ms a call"),
        records: size,
        latency,
        work: Box::new(EndingWindow::new(size)),
        aims: RowAims::default(),
    });
    Function {
        name: "sales-aggregator",
        peers: "sales",
        plain_rust: None,
        settings: vec![
            ("TABLE_NAME", TABLE),
            ("GROUP_ATTRIBUTE", "store"),
            ("COUNT_EACH_ID_ONCE", "0"),
        ],
        tables: &[],
        objects: Vec::new(),
        trials: trial::all(),
        rows,
        records_per_round: 80_000,
        least_batches: LEAST_BATCHES,
        warm_up_records: WARM_UP_RECORDS,
        parts: Vec::new(),
    }
}

/// An event without its state, with what the state has to know of its sales.
#[derive(Debug)]
struct Batch {
    /// Up to the state.
    before: Arc<[u8]>,
    /// From behind the state on.
    after: Arc<[u8]>,
    groups: Groups,
}

impl Batch {
    fn event(&self, state: &str) -> Event {
        let rest = [state.as_bytes(), &self.after].concat();
        vec![self.before.clone(), rest.into()]
    }
}

fn batches(source: Source, size: u32, window: Window) -> Rc<[Batch]> {
    (0..EVENTS_PER_SIZE)
        .map(|number| Batch::new(source, size as usize, number, window))
        .collect()
}

/// What Lambda takes from an answer.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    state: &'a RawValue,
}

/// The state that an answer gives to the next call.
fn state_of(answer: &[u8]) -> Result<&str> {
    let answer = serde_json::from_slice::<Answer<'_>>(answer).with_context(|| {
        let text = String::from_utf8_lossy(answer);
        format!("no window's answer: {text}")
    })?;
    Ok(answer.state.get())
}

/// A window that goes on from call to call, beginning anew with each row.
#[derive(Debug)]
struct OpenWindow(Rc<[Batch]>);

impl OpenWindow {
    fn new(source: Source, size: u32) -> Self {
        Self(batches(source, size, Window::Open))
    }
}

impl Work for OpenWindow {
    fn event(&self, index: usize, before: Option<&[u8]>) -> Result<Event> {
        let state = before.map_or(Ok("{}"), state_of)?;
        Ok(self.0[index % self.0.len()].event(state))
    }

    fn check(&self, handled: &[Handled]) -> Result<()> {
        let mut expected = Groups::default();
        for (batch, handled) in self.0.iter().cycle().zip(handled) {
            expected.add(&batch.groups);
            check_state(state_of(&handled.answer)?, &expected)?;
            ensure!(handled.calls.is_empty(), "a call within a window");
        }
        Ok(())
    }
}

/// Windows whose only call is their last.
#[derive(Debug)]
struct EndingWindow(Rc<[Batch]>);

impl EndingWindow {
    fn new(size: u32) -> Self {
        Self(batches(Source::Kinesis, size, Window::Ends))
    }
}

impl Work for EndingWindow {
    fn event(&self, index: usize, _: Option<&[u8]>) -> Result<Event> {
        Ok(self.0[index % self.0.len()].event("{}"))
    }

    fn check(&self, handled: &[Handled]) -> Result<()> {
        for (batch, handled) in self.0.iter().cycle().zip(handled) {
            let state = state_of(&handled.answer)?;
            ensure!(state == "{}", "a state behind the window's end: {state}");
            rows::check(&handled.calls, &batch.groups)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::Tables;

    fn handled(state: &str) -> Handled {
        Handled {
            time: Duration::ZERO,
            answer: format!("{{\"state\":{state}}}").into(),
            calls: Vec::new(),
            tables: Tables::default(),
        }
    }

    #[test]
    fn an_event_carries_the_state_of_the_answer_before_it() {
        for source in [Source::Kinesis, Source::DynamoDb] {
            let window = OpenWindow::new(source, 50);
            let first = window.event(0, None).unwrap().concat();
            let second = window.event(1, Some(br#"{"state":{"v":[7]}}"#)).unwrap();
            let event = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
            let (first, second) = (event(&first), event(&second.concat()));
            assert_eq!(first["state"], serde_json::json!({}));
            assert_eq!(second["state"], serde_json::json!({"v": [7]}));
            assert_eq!(second["isFinalInvokeForWindow"], false);
            assert_eq!(second["Records"].as_array().unwrap().len(), 50);
        }
    }

    #[test]
    fn a_handler_cannot_pass_by_forgetting_what_the_state_held() {
        let window = OpenWindow::new(Source::Kinesis, 50);
        let first = window.0[0].groups.clone();
        let mut both = first.clone();
        both.add(&window.0[1].groups);
        let good = [first.to_state(), both.to_state()];
        let good = good.map(|state| handled(&state));
        window.check(&good).unwrap();
        let [first, both] = good;
        let twice = handled(state_of(&first.answer).unwrap());
        let alone = handled(&window.0[1].groups.to_state());
        for wrong in [[twice, alone], [both, first]] {
            assert!(window.check(&wrong).is_err());
        }
    }
}
