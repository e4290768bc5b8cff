//! Batches of changes, each with the rows that both tables have to have afterwards and the calls that this takes.

use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::changes::Change;
use super::rows::{Calls, Rows};
use super::{ENRICHED, SOURCE};
use crate::function::{Call, Event, Handled, Work, check_nothing_failed};
use crate::kinesis;

/// Microseconds since 1970 at which the first record arrives: 2025-11-21T08:00:00Z.
const ARRIVAL: u64 = 1_763_712_000_000_000;

/// A record of a batch.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Change(Change),
    /// One that changes nothing: another table's, DMS's own, or no record at all.
    Other(String),
}

#[derive(Debug)]
struct Batch {
    event: Arc<[u8]>,
    rows: Rows,
    calls: Calls,
}

/// Batches, over and over again.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    batches: Rc<[Batch]>,
    /// Whether each finds the tables as the one before has left them.
    chained: bool,
}

impl Batches {
    /// Batches that each begin with empty tables.
    pub(super) fn alone(batches: impl IntoIterator<Item = Vec<Record>>) -> Self {
        let new = |records: Vec<Record>| Batch::new(&records, 0, &mut Rows::default());
        Self {
            batches: batches.into_iter().map(new).collect(),
            chained: false,
        }
    }

    /// Batches of one stream, to be handled one behind the other, once.
    pub(super) fn chained(batches: impl IntoIterator<Item = Vec<Record>>) -> Self {
        let mut rows = Rows::default();
        let mut sequence = 0;
        let mut new = |records: Vec<Record>| {
            let batch = Batch::new(&records, sequence, &mut rows);
            sequence += records.len() as u64;
            batch
        };
        Self {
            batches: batches.into_iter().map(&mut new).collect(),
            chained: true,
        }
    }

    /// The calls that the first batch takes.
    pub(super) fn calls(&self) -> Calls {
        self.batches
            .first()
            .map_or(Calls::default(), |batch| batch.calls)
    }

    /// How many different ones there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.batches.len()).unwrap_or(u32::MAX)
    }

    fn batch(&self, index: usize) -> &Batch {
        &self.batches[index % self.batches.len()]
    }
}

impl Work for Batches {
    fn event(&self, index: usize, _: Option<&[u8]>) -> Result<Event> {
        Ok(vec![self.batch(index).event.clone()])
    }

    fn continues(&self, index: usize) -> bool {
        self.chained && index > 0
    }

    fn check(&self, handled: &[Handled]) -> Result<()> {
        for (index, handled) in handled.iter().enumerate() {
            let batch = self.batch(index);
            let checked = check_nothing_failed(&handled.answer)
                .and_then(|()| batch.rows.check(&handled.tables))
                .and_then(|()| check_calls(&handled.calls, batch.calls));
            checked.with_context(|| format!("batch {index}"))?;
        }
        Ok(())
    }
}

impl Batch {
    /// Changes `rows` as its records do.
    fn new(records: &[Record], first: u64, rows: &mut Rows) -> Self {
        let mut texts = Vec::with_capacity(records.len());
        let mut changes = Vec::with_capacity(records.len());
        for (sequence, record) in (first..).zip(records) {
            let data = match record {
                Record::Change(change) => {
                    changes.push((sequence, change.clone()));
                    change.payload()
                }
                Record::Other(data) => data.clone(),
            };
            let arrival = ARRIVAL + sequence * 1000;
            let key = "orders.order";
            texts.push(kinesis::record(
                "orders",
                "shardId-000000000001",
                key,
                data.as_bytes(),
                sequence,
                arrival,
            ));
        }
        let calls = rows.apply(&changes);
        Self {
            event: format!("{{\"Records\":[{}]}}", texts.join(","))
                .into_bytes()
                .into(),
            rows: rows.clone(),
            calls,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CallBody<'a> {
    table_name: &'a str,
    #[serde(borrow)]
    condition_expression: Option<&'a RawValue>,
    #[serde(default)]
    consistent_read: bool,
}

/// Checks that each row was written once and on a condition, and each order read once and consistently.
fn check_calls(calls: &[Call], expected: Calls) -> Result<()> {
    let mut made = Calls::default();
    for Call { operation, body } in calls {
        let call: CallBody<'_> =
            serde_json::from_slice(body).context("a call that cannot be read")?;
        match (operation.as_str(), call.table_name) {
            ("Query", _) => {
                ensure!(call.consistent_read, "an order was not read consistently");
                made.queries += 1;
            }
            (_, table) => {
                ensure!(
                    call.condition_expression.is_some(),
                    "a put without a condition"
                );
                let is_source = table == SOURCE.table;
                ensure!(is_source || table == ENRICHED.table, "a put into {table:?}");
                let puts = if is_source {
                    &mut made.source_puts
                } else {
                    &mut made.enriched_puts
                };
                *puts += 1;
            }
        }
    }
    ensure!(
        made == expected,
        "{made:?} were made, expected {expected:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, body: &str) -> Call {
        Call {
            operation: operation.to_owned(),
            body: body.into(),
        }
    }

    #[test]
    fn a_handler_cannot_pass_with_other_calls() {
        let expected = Calls {
            source_puts: 1,
            queries: 1,
            enriched_puts: 1,
        };
        let source = call(
            "PutItem",
            r#"{"TableName":"OrderSource","ConditionExpression":"x"}"#,
        );
        let query = call(
            "Query",
            r#"{"TableName":"OrderSource","ConsistentRead":true}"#,
        );
        let row = call(
            "PutItem",
            r#"{"TableName":"OrderEnriched","ConditionExpression":"x"}"#,
        );
        let all = [source.clone(), query.clone(), row.clone()];
        check_calls(&all, expected).unwrap();
        let lagging = call("Query", r#"{"TableName":"OrderSource"}"#);
        let unconditional = call("PutItem", r#"{"TableName":"OrderEnriched"}"#);
        let elsewhere = call("PutItem", r#"{"TableName":"T","ConditionExpression":"x"}"#);
        for (calls, reason) in [
            (
                [source.clone(), query.clone(), query.clone()],
                "were made, expected",
            ),
            (
                [source.clone(), lagging, row.clone()],
                "not read consistently",
            ),
            (
                [source.clone(), query.clone(), unconditional],
                "without a condition",
            ),
            ([elsewhere, query, row], "a put into \"T\""),
        ] {
            let error = check_calls(&calls, expected).unwrap_err().to_string();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }

    #[test]
    fn batches_of_a_stream_go_on_where_the_one_before_has_ended() {
        let batches = || (0..3).map(|number| super::super::records::mixed(50, number));
        let (alone, chained) = (Batches::alone(batches()), Batches::chained(batches()));
        assert_eq!(
            (
                alone.continues(1),
                chained.continues(0),
                chained.continues(1)
            ),
            (false, false, true)
        );
        let expected = Calls {
            source_puts: 50,
            queries: 17,
            enriched_puts: 33,
        };
        assert_eq!((alone.calls(), chained.calls()), (expected, expected));
        let event = chained.event(2, None).unwrap().concat();
        let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
        let first = &event["Records"][0]["kinesis"]["sequenceNumber"];
        assert_eq!(first, &kinesis::sequence_number(100));
    }
}
